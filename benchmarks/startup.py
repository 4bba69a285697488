"""Compile time and cached load time of the kernel, each in a process of its own with a cache of its own."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from benchmarks.page import Table, figure

MODELS = ("two-drug", "remit's own", "network of 150 states")


def load(model: str) -> dict[str, float]:
    """Seconds to import remit and the model, and then to the first patient's first step."""
    began = time.perf_counter()
    from benchmarks.models import Workload, full, networks, two_drug_patients  # noqa: PLC0415 - timed
    from benchmarks.peers.kernel import prepare  # noqa: PLC0415 - timed

    makers: Sequence[Callable[[], Workload]] = (
        lambda: two_drug_patients.workload(1),
        lambda: full.workload(1),
        lambda: networks.workload(150, 1),
    )
    workload = dict(zip(MODELS, makers, strict=True))[model]()
    imported = time.perf_counter()
    prepare(workload)
    return {"imports": imported - began, "kernel": time.perf_counter() - imported}


def table(models: Sequence[str]) -> Table:
    """First time and again, with a cache folder that is empty at first."""
    rows: list[list[str]] = []
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            first, again = (child(model, folder) for _ in range(2))
        rows.append([model, *map(figure, (first["kernel"], again["kernel"], again["imports"]))])
    head = ("Model", "first time, s", "from the cache, s", "imports, s")
    remarks = ["From equations to a first solved patient; the imports are those of the cached start."]
    return Table("Compilation of the kernel", head, rows, remarks)


def child(model: str, folder: str) -> dict[str, float]:
    """What another process measures."""
    environment = os.environ | {"REMIT_CACHE": folder}
    command = [sys.executable, "-m", "benchmarks.startup", model]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure one model here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    print(json.dumps(load(parser.parse_args().model)))


if __name__ == "__main__":
    main()

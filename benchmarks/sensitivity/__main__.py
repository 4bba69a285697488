"""Analyse both settings, print what is found, and write it into the page if asked to."""

import argparse
import importlib.util
import time
from pathlib import Path

from benchmarks import page
from benchmarks.sensitivity.analysis import QUICK, Sizes, analysed
from benchmarks.sensitivity.drawing import drawn
from benchmarks.sensitivity.inputs import SETTINGS
from benchmarks.sensitivity.tables import SECTIONS, summary
from remit.report.html import svg

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sensitivity.md"


def main() -> None:
    """Analyse, print, and write if asked to."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    given.add_argument(
        "--write", action="store_true", help="put what is found into sensitivity.md, with its drawings"
    )
    asked = given.parse_args()
    if asked.quick and asked.write:
        given.error("--quick does too little to be written into sensitivity.md")
    if importlib.util.find_spec("SALib") is None:
        given.error("SALib is missing; requirements-bench.lock holds it")
    began = time.process_time()
    found = [analysed(setting, QUICK if asked.quick else Sizes()) for setting in SETTINGS]
    texts = {name: section(found) for name, section in SECTIONS.items()}
    texts = {"summary": summary(found, time.process_time() - began), **texts}
    print("\n".join(texts.values()))
    drawings = {PAGE.with_name(f"sensitivity-{each.model.setting.name}.svg"): drawn(each) for each in found}
    if asked.write:
        for name, text in texts.items():
            page.write(name, text, PAGE)
        for path, drawing in drawings.items():
            path.write_text(svg(drawing, path.stem), encoding="utf-8")


if __name__ == "__main__":
    main()

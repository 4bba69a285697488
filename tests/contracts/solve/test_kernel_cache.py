"""Compiled models are kept, found again, and made anew when anything that they depend on changes."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import remit
from remit import compiled_loops
from remit.solve import Equations, cache, compile_kernel, driver_cache
from remit.solve.fingerprint import fingerprint

PACKAGE = Path(remit.__file__).parent
MODEL = """
from remit.functions import exp
from remit import compiled_loops
from remit.solve import Equations

{helper}

def rates(y, p):
    return (-p["k"] * shaped(y[0]),)

def observe(y, p):
    return (y[0],)

DECAY = Equations("decay", ("y",), ("k",), ("y",), rates, observe, (1.0,))
"""
HELPER = "def shaped(value):\n    return {factor} * value\n"
SOLVE = """
import sys
import numpy as np
from decay import DECAY
from remit.dosing import no_doses
from remit.solve import KernelBlock, compile_kernel

block = KernelBlock(compile_kernel(DECAY), np.array([[0.5]]), np.array([[1.0]]), np.empty((1, 0)))
seen = block.advance(np.array([2.0]), no_doses(1), np.array([[2.0]]))
heavy = sorted({"sympy", "pint"} & set(sys.modules))
print(float(seen[0, 0, 0]), "with", *heavy)
"""


class Workshop:
    """A folder with a model, a copy of the package and a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "source" / "remit"
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        self.cache = folder / "cache"
        (folder / "solve.py").write_text(SOLVE)
        self.write_model(1.0)

    def write_model(self, factor: float) -> None:
        (self.folder / "decay.py").write_text(MODEL.format(helper=HELPER.format(factor=factor)))

    def start(self, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-W", "default::RuntimeWarning", "solve.py"],
            cwd=self.folder,
            env=os.environ
            | {"REMIT_CACHE": str(self.cache), "PYTHONPATH": str(self.package.parent)}
            | {"PYTHONDONTWRITEBYTECODE": "1"}
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def solve(self, **environment: str) -> tuple[float, str, str]:
        """What one process found, what it had loaded, and what it said on the side."""
        process = self.start(**environment)
        out, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        value, _, loaded = out.partition(" with")
        return float(value), loaded.strip(), said

    def kernels(self) -> list[Path]:
        return sorted((self.cache / "remit" / "kernels").glob("*.kernel"))


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    made = Workshop(tmp_path_factory.mktemp("workshop"))
    made.solve()
    return made


def test_a_second_process_finds_the_code_and_loads_no_generator(workshop):
    before = [(path, path.stat().st_mtime_ns) for path in workshop.kernels()]
    value, loaded, said = workshop.solve()
    assert value == pytest.approx(np.exp(-1.0), rel=1e-4)
    assert loaded == ""
    assert said == ""
    assert [(path, path.stat().st_mtime_ns) for path in workshop.kernels()] == before


def test_an_edit_of_the_generator_is_seen(workshop):
    before = workshop.kernels()
    generator = workshop.package / "solve" / "vector.py"
    original = generator.read_text()
    generator.write_text(original + "\n# Edited.\n")
    try:
        _, loaded, _ = workshop.solve()
    finally:
        generator.write_text(original)
    assert "sympy" in loaded
    assert len(workshop.kernels()) == len(before) + 1


def test_an_edit_of_an_equation_is_seen_wherever_it_stands(workshop):
    """The number is in a function that the rates call."""
    try:
        workshop.write_model(2.0)
        value, loaded, _ = workshop.solve()
    finally:
        workshop.write_model(1.0)
    assert value == pytest.approx(np.exp(-2.0), rel=1e-4)
    assert "sympy" in loaded
    assert workshop.solve()[0] == pytest.approx(np.exp(-1.0), rel=1e-4)


def test_a_broken_file_is_made_anew(workshop):
    for each in workshop.kernels():
        whole = each.read_bytes()
        each.write_bytes(whole[: len(whole) // 2])
    value, loaded, _ = workshop.solve()
    assert value == pytest.approx(np.exp(-1.0), rel=1e-4)
    assert "sympy" in loaded
    assert workshop.solve()[1] == ""


def test_processes_that_compile_at_once_do_not_disturb_each_other(workshop):
    shared = workshop.folder / "shared"
    processes = [workshop.start(REMIT_CACHE=str(shared)) for _ in range(2)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len({out.partition(" with")[0] for out, _ in outputs}) == 1
    kept = [path for path in (shared / "remit" / "kernels").iterdir() if path.is_file()]
    assert [path.suffix for path in kept] == [".kernel"]


def test_a_cache_that_cannot_be_written_costs_a_warning_and_no_result(workshop):
    blocked = workshop.folder / "a file"
    blocked.write_text("in the way")
    value, _, said = workshop.solve(REMIT_CACHE=str(blocked))
    assert value == pytest.approx(np.exp(-1.0), rel=1e-4)
    assert "compiled code is not kept" in said
    assert "REMIT_CACHE" in said


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_costs_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("REMIT_CACHE", str(tmp_path))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        cache.write("key", cache.Compiled(b"code", {}))
    assert cache.read("key") is None


def test_the_driver_is_compiled_where_its_own_cache_fails():
    class Failing:
        def load_overload(self, *_: object) -> None:
            raise EOFError

        save_overload = staticmethod(full)

    forgiving = compiled_loops.Forgiving(Failing())
    assert forgiving.load_overload("signature", "target") is None
    with pytest.warns(RuntimeWarning, match="No space left"):
        forgiving.save_overload("signature", "data")


def test_the_driver_is_kept_under_a_name_that_follows_its_sources(monkeypatch, tmp_path):
    before = driver_cache.place()
    sources = {name: (PACKAGE / "solve" / f"{name}.py").read_bytes() for name in ("driver", "workspace")}
    for name, content in sources.items():
        (tmp_path / f"{name}.py").write_bytes(content)
    monkeypatch.setattr(driver_cache, "__file__", str(tmp_path / "driver_cache.py"))
    assert driver_cache.place() == before
    (tmp_path / "workspace.py").write_bytes(sources["workspace"] + b"\n")
    assert driver_cache.place() != before


def decay_of(factor: float) -> Equations:
    return Equations(
        "decay", ("y",), ("k",), (), lambda y, p: (-factor * p["k"] * y[0],), lambda y, p: (), (1.0,)
    )


def test_the_key_follows_everything_that_the_code_depends_on():
    processor = ("some", "+avx")
    keys = [
        fingerprint(decay_of(1.0), 4, processor),
        fingerprint(decay_of(2.0), 4, processor),
        fingerprint(decay_of(1.0), 8, processor),
        fingerprint(decay_of(1.0), 4, ("some", "+avx,+avx2")),
    ]
    assert len(set(keys)) == len(keys)
    assert fingerprint(decay_of(1.0), 4, processor) == keys[0]


def test_levels_and_groups_need_no_new_code():
    one = decay_of(1.0)
    other = Equations(
        one.name, one.states, one.parameters, one.observables, one.rates, one.observe, (7.0,), (("y",),)
    )
    assert compile_kernel(one).library is compile_kernel(other).library
    assert compile_kernel(other).equations.levels == (7.0,)


def test_the_same_sources_give_the_same_code_whatever_the_hash_seed(workshop):
    found = []
    for seed in ("1", "2"):
        for path in workshop.kernels():
            path.unlink()
        workshop.solve(PYTHONHASHSEED=seed)
        (path,) = workshop.kernels()
        found.append(path.read_bytes())
    assert found[0] == found[1]


TYPED = """
from remit.solve.fingerprint import written
print(written(compile("x in {'a', 'b', 'c', 'd', 'e', 'f'}", "<string>", "eval")).hex())
"""


def test_a_typed_function_is_written_alike_in_every_process():
    said = {
        subprocess.run(
            [sys.executable, "-c", TYPED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(said) == 1

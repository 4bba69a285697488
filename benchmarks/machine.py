"""What a benchmark ran on: processor, memory, system, versions."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("llvmlite", "numba", "numpy", "scipy", "sympy", "polars")


def processor() -> str:
    """Name and widest vectors of the processor, as Linux and macOS tell them."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        except (FileNotFoundError, subprocess.CalledProcessError):
            return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
    told = {key.strip(): value.strip() for key, value in fields.items()}
    flags = told.get("flags", told.get("Features", "")).split()
    wide = next((name for flag, name in VECTORS.items() if flag in flags), "")
    numbers = [f"{key} {told[key]}" for key in ("cpu family", "model") if key in told]
    return ", ".join(each for each in (told.get("model name", platform.machine()), *numbers, wide) if each)


VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "sve": "SVE", "asimd": "NEON"}


def memory() -> float:
    """Memory of the machine [GiB]."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def cores() -> int:
    """Processors that may be used."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def described() -> str:
    """All of it, in a few lines."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    load = os.getloadavg()[0]
    return (
        f"{processor()}; {cores()} cores, {memory():.0f} GiB; {platform.system()} {platform.machine()}, "
        f"load {load:.1f} at the start.  \nPython {platform.python_version()}, {versions}.\n"
    )

"""What a run folder says about itself: the study, the sizes and the software that made it.

Neither a time nor a host is inside. Two runs with equal manifests have equal tables.
"""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from remit.run.files import write_text
from remit.run.plan import Plan, Sizes
from remit.run.refusal import refused

FORMAT = 1
MANIFEST = "manifest.json"
PACKAGES = ("remit", "numpy", "numba", "polars", "scipy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Identity of a run. ``versions`` holds the software that decides the bytes; ``tasks`` the ids."""

    format: int
    study: str
    study_hash: str
    seed: int
    sizes: Sizes
    versions: Mapping[str, str]
    tasks: tuple[str, ...]


def installed_versions() -> dict[str, str]:
    """Versions of the software that decides the bytes of a run, and the type of machine."""
    found = {name: installed(name) for name in PACKAGES}
    return found | {"python": platform.python_version(), "machine": platform.machine()}


def installed(package: str) -> str:
    """Version of a package; from a source tree that is not installed, remit has none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def manifest_of(plan: Plan, study: str) -> Manifest:
    """The manifest that a run of this plan would have here and now."""
    return Manifest(
        format=FORMAT, study=study, study_hash=plan.study_hash, seed=plan.seed, sizes=plan.sizes,
        versions=installed_versions(), tasks=tuple(task.id for task in plan.tasks),
    )  # fmt: skip


def save_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest; it is there whole or not at all."""
    write_text(folder / MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")


def open_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run folder.

    Raises
    ------
    RunError
        If there is none, or it cannot be read.
    """
    try:
        read: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sizes = Sizes(**read.pop("sizes"))
        return Manifest(sizes=sizes, tasks=tuple(read.pop("tasks")), **read)
    except FileNotFoundError:
        found, remedy = f"no {MANIFEST}", "name a folder that `remit run --out` wrote"
    except (ValueError, TypeError, KeyError):
        found, remedy = f"a damaged {MANIFEST}", "run the study again in another folder"
    raise refused(folder, found, "the folder of a run", remedy)


def require_same(found: Manifest, wanted: Manifest, folder: Path) -> None:
    """Refuse to go on in the folder of another run.

    Raises
    ------
    RunError
        Naming everything in which the two differ.
    """
    ours, theirs = _facts(wanted), _facts(found)
    differing = [name for name in ours if ours[name] != theirs.get(name)]
    if not differing:
        return
    there = "; ".join(f"{name} {theirs.get(name, 'none')}" for name in differing)
    needed = "; ".join(f"{name} {ours[name]}" for name in differing)
    remedy = "choose another folder; nothing in this one was changed"
    raise refused(folder, f"another run: {there}", needed, remedy)


def _facts(manifest: Manifest) -> dict[str, str]:
    """What must be equal, in words."""
    sizes = manifest.sizes
    return {
        "format": str(manifest.format),
        "study": manifest.study,
        "contents of the study": manifest.study_hash[:12],
        "seed": str(manifest.seed),
        "draws": str(sizes.draws),
        "patients per draw": str(sizes.patients),
        "replicates": str(sizes.replicates),
        "patients of each level": str(sizes.sensitivity),
        **manifest.versions,
    }

"""What a run has to do, as a list of pure tasks in stages.

One population task per parameter draw makes its virtual patients; then one course task per draw, arm,
scenario and block of patients takes them through the trial. Last, one variation task per level of the
sensitivity analysis makes patients of its own and takes them through. A task knows everything that
decides its result except the study, so any process may carry it out, in any order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from remit.errors import Finding, InputError

BLOCK_SIZE = 1_024
"""Patients of a course task at most; fixed, so that a block does not depend on the machine."""

MOST_DRAWS, MOST_PATIENTS = 10_000, 100_000
"""What the four and five digits of USUBJID can name."""

Kind = Literal["population", "course", "variation"]
STAGES: tuple[Kind, ...] = ("population", "course", "variation")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a run is: parameter draws, virtual patients per draw, trial replicates.

    ``sensitivity`` is virtual patients per level of the sensitivity analysis; 0 leaves it out.
    """

    draws: int
    patients: int
    replicates: int
    sensitivity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One unit of work. A population task has no arm and no scenario and holds every patient of its draw.

    Patients ``first`` to ``first + n_patients - 1`` of the draw belong to it, counted from zero, of
    ``pool`` in all; the draw is one of ``n_draws``. A variation task is about the typical draw, the only
    one of one; ``variation`` counts the levels from zero.
    """

    kind: Kind
    seed: int
    draw: int
    n_draws: int
    pool: int
    n_patients: int
    first: int = 0
    block: int = 0
    cohort: int = 0
    arm: str = ""
    scenario: str = ""
    variation: int = 0

    @property
    def id(self) -> str:
        """Its name, which is also the name of its block in the store."""
        if self.kind == "population":
            cohort = f"{self.cohort}-" if self.cohort else ""
            return f"population-{cohort}{self.draw:04d}"
        if self.kind == "variation":
            return f"variation-{self.variation:03d}"
        scenario = self.scenario.replace("/", "-")
        return f"course-{self.arm}-{scenario}-{self.draw:04d}-{self.block:02d}"

    @property
    def population(self) -> "Task":
        """The task that makes its patients."""
        return Task(
            kind="population",
            seed=self.seed,
            draw=self.draw,
            n_draws=self.n_draws,
            pool=self.pool,
            n_patients=self.pool,
            cohort=self.cohort,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks of a run, in the order of their stages, and what identifies the run."""

    study_hash: str
    seed: int
    sizes: Sizes
    tasks: tuple[Task, ...]

    @property
    def stages(self) -> tuple[tuple[Task, ...], ...]:
        """Tasks that may run side by side; a stage needs all of those before it."""
        return tuple(tuple(task for task in self.tasks if task.kind == kind) for kind in STAGES)

    @property
    def n_courses(self) -> int:
        """Patients that are simulated, counted once under every arm and scenario."""
        return sum(task.n_patients for task in self.tasks if task.kind == "course")


def course_tasks(population: Task, arm: str, scenario: str) -> tuple[Task, ...]:
    """The blocks of one draw under one arm and scenario."""
    return tuple(
        replace(
            population, kind="course", arm=arm, scenario=scenario, block=block, first=first,
            n_patients=min(BLOCK_SIZE, population.pool - first),
        )
        for block, first in enumerate(range(0, population.pool, BLOCK_SIZE))
    )  # fmt: skip


def variation_tasks(seed: int, sizes: Sizes, n_variations: int) -> tuple[Task, ...]:
    """One task for every level of the sensitivity analysis; none where it has no patients."""
    size = sizes.sensitivity
    return tuple(
        Task(kind="variation", seed=seed, draw=0, n_draws=1, pool=size, n_patients=size, variation=each)
        for each in range(n_variations if size else 0)
    )


def make_plan(
    study_hash: str,
    courses: Sequence[tuple[str, str]],
    *,
    seed: int,
    sizes: Sizes,
    n_variations: int = 0,
    cohort_of: Mapping[str, int] | None = None,
) -> Plan:
    """The plan of a run.

    Parameters
    ----------
    study_hash
        Digest of everything the resolved study says.
    courses
        Arm and scenario of every course that each virtual patient is taken through.
    seed
        Seed of the run.
    sizes
        How large the run is.
    n_variations
        Levels of the sensitivity analysis.
    cohort_of
        Cohort of the patients of each arm, from zero; one for all unless given.

    Raises
    ------
    InputError
        With every size or seed that cannot be used, or if two scenarios have the same name.
    """
    findings = [*_size_findings(seed, sizes), *_course_findings(courses)]
    if findings:
        raise InputError(findings)
    pool = sizes.patients
    cohorts = cohort_of or {}
    populations = tuple(
        Task(
            kind="population", seed=seed, draw=draw, n_draws=sizes.draws, pool=pool, n_patients=pool,
            cohort=cohort,
        )
        for draw in range(sizes.draws)
        for cohort in sorted({0, *cohorts.values()})
    )  # fmt: skip
    blocks = (
        task
        for each in populations
        for arm, scenario in courses
        if cohorts.get(arm, 0) == each.cohort
        for task in course_tasks(each, arm, scenario)
    )
    varied = variation_tasks(seed, sizes, n_variations)
    return Plan(study_hash, seed, sizes, (*populations, *blocks, *varied))


def _size_findings(seed: int, sizes: Sizes) -> list[Finding]:
    """Numbers outside what a run can take."""
    limits = (
        ("seed", seed, 0, 2**63),
        ("draws", sizes.draws, 1, MOST_DRAWS),
        ("patients per draw", sizes.patients, 1, MOST_PATIENTS),
        ("replicates", sizes.replicates, 1, 10**7),
        ("sensitivity", sizes.sensitivity, 0, MOST_PATIENTS),
    )
    return [
        Finding(f"run: {name}", str(value), f"a whole number from {low} to {high - 1}", f"change {name}")
        for name, value, low, high in limits
        if not low <= value < high
    ]


def _course_findings(courses: Sequence[tuple[str, str]]) -> list[Finding]:
    """Courses that would share the name of a block, or none at all."""
    if not courses:
        return [
            Finding(
                "run: scenarios", "none", "at least one arm with one scenario", "add a [[scenarios]] table"
            )
        ]
    names = [f"{arm}-{scenario}".replace("/", "-") for arm, scenario in courses]
    return [
        Finding(
            "run: scenarios", f"{name} twice", "names that differ in more than / and -", "rename one of them"
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]

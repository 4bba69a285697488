"""What a caller may change in a study: sizes, seed and threads; and the plan that follows."""

from dataclasses import dataclass, replace

from remit.errors import Finding, InputError
from remit.library.study_file import RunTable
from remit.run.plan import Plan, Sizes, make_plan
from remit.run.variations import variations
from remit.study import Study

NEUTRAL = RunTable(draws=1, patients=1, replicates=1, sensitivity=0, seed=0)
"""Sizes under which the digest of a study is taken: they are compared on their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller wants otherwise than the study file; None leaves it as it is.

    ``patients`` counts the whole pool, over all draws; ``sensitivity`` the patients of each level.
    """

    patients: int | None = None
    draws: int | None = None
    replicates: int | None = None
    sensitivity: int | None = None
    seed: int | None = None
    threads: int | None = None


def plan_of(study: Study, options: Options) -> Plan:
    """The plan of a study under the caller's options.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    findings: list[Finding] = []
    if options.threads is not None and options.threads < 1:
        findings.append(Finding("run: threads", str(options.threads), "1 or more", "leave it out"))
    if options.patients is not None and options.patients < 1:
        findings.append(Finding("run: patients", str(options.patients), "1 or more", "leave it out"))
        options = replace(options, patients=None)
    default = study.file.run
    seed = default.seed if options.seed is None else options.seed
    courses = [(each.arm, each.name) for each in study.scenarios]
    try:
        plan = make_plan(
            digest_of(study),
            courses,
            seed=seed,
            sizes=sizes_of(default, options),
            n_variations=len(variations(study)),
            cohort_of=cohorts_of(study),
        )
    except InputError as error:
        raise InputError([*findings, *error.findings]) from None
    if findings:
        raise InputError(findings)
    return plan


def cohorts_of(study: Study) -> dict[str, int]:
    """Place of the cohort of each arm among the populations of the study."""
    places = {each: place for place, each in enumerate(study.populations)}
    return {arm.name: places[arm.disease, arm.population] for arm in study.arms}


def sizes_of(default: RunTable, options: Options) -> Sizes:
    """Sizes of a run; a pool given as a whole is shared by the draws and rounded up for each."""
    draws = default.draws if options.draws is None else options.draws
    patients = default.patients if options.patients is None else -(-options.patients // max(draws, 1))
    replicates = default.replicates if options.replicates is None else options.replicates
    sensitivity = default.sensitivity if options.sensitivity is None else options.sensitivity
    return Sizes(draws, patients, replicates, sensitivity)


def digest_of(study: Study) -> str:
    """Digest of everything that a study says, but for the size and seed of its default run."""
    return sized(study, NEUTRAL).digest()


def sized(study: Study, run: RunTable) -> Study:
    """The study with another default run."""
    return replace(study, file=study.file.model_copy(update={"run": run}))

"""What an endpoint declares, which strategies each variable knows, and how a declaration is refused.

Intercurrent events and their strategies follow ICH E9(R1) (2019). Loss to follow-up and withdrawal from the
study are missing data, not intercurrent events: they censor a time and count as no response.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from remit.errors import Finding, InputError
from remit.trial.estimands.response_sets import MEANING

POLICY = "treatment_policy"
HYPOTHETICAL = "hypothetical"
COMPOSITE = "composite"
WHILE = "while_on_treatment"
PRINCIPAL = "principal_stratum"
STRATEGIES = (POLICY, HYPOTHETICAL, COMPOSITE, WHILE, PRINCIPAL)

NEW_THERAPY = "new_therapy"
TOXICITY_STOP = "discontinuation_toxicity"
OTHER_STOP = "discontinuation_other"
MISSED = "missed_assessments"
CROSSOVER = "crossover"
HOLD = "dose_hold"
DEATH = "death"
PROGRESSION = "progression"
EVENTS = (NEW_THERAPY, TOXICITY_STOP, OTHER_STOP, MISSED, CROSSOVER, HOLD, DEATH, PROGRESSION)
MISSING = "missing data, not an intercurrent event: a time is censored, a response counts as none"
NOT_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "loss": MISSING,
        "withdrawal": MISSING,
        "transplant": "not simulated: no virtual patient is transplanted",
        "treatment_discontinuation": f"two events with a strategy each: {TOXICITY_STOP} and {OTHER_STOP}",
    }
)
"""What may be taken for an intercurrent event, and why it is refused."""

ASSESSED_TIMES: Mapping[str, str] = MappingProxyType(
    {
        "PFS": "progression-free survival: time to progression or death from any cause",
        "DOR": "duration of response: time from first response to progression or death from any cause",
        "DOCR": "duration of complete response: time from it to progression or death from any cause",
        "EFS": "event-free survival: time to failure to reach remission, relapse, or death from any cause",
        "RFS": "relapse-free survival: time from remission to relapse or death from any cause",
    }
)
"""Times that rest on assessments by a reader."""
TIMES: Mapping[str, str] = MappingProxyType(
    {
        **ASSESSED_TIMES,
        "TTR": "time to first response",
        "OS": "overall survival: time to death from any cause",
        "TTNT": "time to next treatment",
    }
)
BEST_RESPONSES: Mapping[str, str] = MEANING
AFTER_TREATMENT: Mapping[str, str] = MappingProxyType(
    {"EOTORR": "overall response after treatment", "EOTCR": "complete response after treatment"}
)
RESIDUAL: Mapping[str, str] = MappingProxyType(
    {
        "UMRD": "undetectable minimal residual disease at a time point",
        "UMRDEVER": "undetectable minimal residual disease at any time",
    }
)
RESPONSES: Mapping[str, str] = MappingProxyType({**BEST_RESPONSES, **AFTER_TREATMENT, **RESIDUAL})
VARIABLES: Mapping[str, str] = MappingProxyType({**TIMES, **RESPONSES})
"""Every variable and what it is."""
OF_RESPONDERS = ("DOR", "DOCR", "RFS", "TTR")
"""Times of a group that is defined after randomisation, and not the same one in every arm."""
START: Mapping[str, str] = MappingProxyType({"DOR": "ORR", "TTR": "ORR", "DOCR": "CR"})
"""Response with which a time of responders begins; that of RFS is declared."""

REMISSIONS = ("CR", "CRFULL", "CRH", "CRC")
"""Sets of responses that may be remission."""

Role = Literal["primary", "key_secondary", "secondary", "exploratory"]
ROLES = ("primary", "key_secondary", "secondary", "exploratory")
POPULATIONS = ("randomised", "treated", "evaluable", "responders")
TIME_SUMMARIES = ("hazard_ratio", "restricted_mean", "milestone", "median", "cumulative_incidence")
RATE_SUMMARIES = ("rate", "rate_difference", "risk_ratio", "odds_ratio")
THREE_MONTHS = 3 * 365.25 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MrdTest:
    """Which MRD result is meant.

    Parameters
    ----------
    compartment, assay
        As in table ``admrd``.
    threshold
        Share of malignant cells below which the assay calls disease undetectable.
    origin
        ``last_dose`` or ``first_dose``, from which the time point counts.
    day
        Time point after the origin [day]; three months by default.
    window
        Samples up to this far from the time point count for it [day]; the nearest valid one does.
    """

    compartment: str
    assay: str
    threshold: float
    origin: Literal["last_dose", "first_dose"] = "last_dose"
    day: float = THREE_MONTHS
    window: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint with its estimand.

    Parameters
    ----------
    name
        PARAMCD, at most eight capitals and digits.
    variable
        One of ``VARIABLES``.
    reader
        Whose assessments count, for variables that rest on them.
    population
        ``randomised``, ``treated``, ``evaluable`` (of responses only) or ``responders`` (of times that begin
        with a response, or are those of responders).
    strategies
        Strategy by intercurrent event; see :func:`strategies_of` for events that are not named.
    summary
        Population-level summary.
    role
        In the study.
    landmark
        Day by which remission must be reached, for EFS.
    remission
        Set of responses that is remission, for EFS and RFS; one of ``REMISSIONS``.
    mrd
        Which MRD result, for UMRD and UMRDEVER.
    """

    name: str
    variable: str
    reader: str = "IRC"
    population: str = "randomised"
    strategies: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: str = "hazard_ratio"
    role: Role = "secondary"
    landmark: float | None = None
    remission: str = "CRC"
    mrd: MrdTest | None = None

    @property
    def is_time(self) -> bool:
        """Whether the variable is a time, not a response."""
        return self.variable in TIMES

    @property
    def is_assessed(self) -> bool:
        """Whether the variable rests on assessments by a reader."""
        return self.variable in ASSESSED_TIMES or self.variable == "TTR" or (
            self.variable in BEST_RESPONSES or self.variable in AFTER_TREATMENT
        )  # fmt: skip


def allowed(variable: str) -> Mapping[str, tuple[str, ...]]:
    """Strategies that are built, by intercurrent event; the first is the one of an event not named.

    Events that are the variable's own, or its missing data, are left out.
    """
    if variable == "TTR":
        stops = dict.fromkeys((TOXICITY_STOP, OTHER_STOP), (POLICY, COMPOSITE))
        return {NEW_THERAPY: (COMPOSITE,), **stops, HOLD: (POLICY,), CROSSOVER: (POLICY,)}
    if variable in TIMES:
        every = (POLICY, HYPOTHETICAL, COMPOSITE, WHILE)
        rows = {TOXICITY_STOP: every, OTHER_STOP: every, CROSSOVER: (POLICY, HYPOTHETICAL), HOLD: (POLICY,)}
        if variable in ASSESSED_TIMES:
            return {NEW_THERAPY: every, **rows, MISSED: (POLICY, HYPOTHETICAL)}
        if variable == "OS":
            return {NEW_THERAPY: (POLICY, HYPOTHETICAL, WHILE), PROGRESSION: (POLICY,), **rows}
        return {DEATH: (COMPOSITE, HYPOTHETICAL, WHILE), PROGRESSION: (POLICY,), **rows}
    early = (POLICY, COMPOSITE)
    if variable in BEST_RESPONSES or variable == "UMRDEVER":
        early = (POLICY, COMPOSITE, WHILE)
    rows = {
        NEW_THERAPY: (COMPOSITE, *(each for each in early if each != COMPOSITE)),
        TOXICITY_STOP: early,
        OTHER_STOP: early,
        CROSSOVER: (POLICY, COMPOSITE),
        HOLD: (POLICY,),
        DEATH: (COMPOSITE,),
    }
    return rows if variable in BEST_RESPONSES else {**rows, PROGRESSION: (COMPOSITE, POLICY)}


def strategies_of(endpoint: Endpoint) -> Mapping[str, str]:
    """Strategy of every intercurrent event of the variable, declared or by default.

    By default times ignore an event (treatment policy), death before the next treatment is an event of TTNT,
    and a response counts only before death, progression and new therapy (composite).
    """
    rows = allowed(endpoint.variable)
    return {event: endpoint.strategies.get(event, ways[0]) for event, ways in rows.items()}


def check(endpoints: Sequence[Endpoint]) -> None:
    """Refuse endpoints that cannot be computed as declared.

    Raises
    ------
    InputError
        With every finding at once.
    """
    names = [each.name for each in endpoints]
    findings = [
        Finding(f"endpoint {name}", "two endpoints of this name", "a name of its own for each")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    findings += [finding for each in endpoints for finding in _findings(each)]
    if findings:
        raise InputError(findings)


def _findings(endpoint: Endpoint) -> Iterator[Finding]:
    where = f"endpoint {endpoint.name}"
    short = 1 <= len(endpoint.name) <= 8 and endpoint.name.isascii() and endpoint.name.isalnum()
    if not (short and endpoint.name[0].isalpha() and endpoint.name.isupper()):
        needed = "one to eight capitals and digits, a capital first, as PARAMCD"
        yield Finding("endpoint: name", endpoint.name, needed)
    if endpoint.variable not in VARIABLES:
        yield Finding(f"{where}: variable", endpoint.variable, f"one of {', '.join(VARIABLES)}")
        return
    for event, strategy in endpoint.strategies.items():
        yield from _strategy_findings(endpoint, event, strategy)
    if endpoint.role not in ROLES:
        yield Finding(f"{where}: role", endpoint.role, f"one of {', '.join(ROLES)}")
    fits = populations(endpoint.variable)
    if endpoint.population not in fits:
        yield Finding(f"{where}: population", endpoint.population, f"one of {', '.join(fits)}")
    yield from _summary_findings(endpoint)
    yield from _detail_findings(endpoint)


def populations(variable: str) -> tuple[str, ...]:
    """Populations that an endpoint of a variable may name."""
    if variable in OF_RESPONDERS:
        return ("responders",)
    return POPULATIONS[:2] if variable in TIMES else POPULATIONS[:3]


def _strategy_findings(endpoint: Endpoint, event: str, strategy: str) -> Iterator[Finding]:
    where, rows = f"endpoint {endpoint.name}: strategies: {event}", allowed(endpoint.variable)
    ways = "; ".join(f"{name}: {', '.join(each)}" for name, each in rows.items())
    if event in NOT_EVENTS:
        yield Finding(
            where, NOT_EVENTS[event], f"events of {endpoint.variable}: {', '.join(rows)}", "leave it out"
        )
    elif event not in EVENTS:
        yield Finding(where, f"unknown intercurrent event {event}", f"one of {', '.join(rows)}")
    elif event not in rows:
        found = f"{event}, which is an event of {endpoint.variable} itself or cannot touch it"
        yield Finding(where, found, f"for {endpoint.variable}: {ways}", "leave it out")
    elif strategy == PRINCIPAL:
        found = "principal_stratum: who would have the event under the other arm is not observed, so that no "
        found += "analysis identifies the stratum without assumptions that cannot be checked"
        remedy = "truth.estimand_truth gives the effect in the stratum, for simulated patients have every arm"
        yield Finding(where, found, f"one of {', '.join(rows[event])}", remedy)
    elif strategy not in rows[event]:
        yield Finding(where, strategy, f"one of {', '.join(rows[event])}", f"for {endpoint.variable}: {ways}")


def _summary_findings(endpoint: Endpoint) -> Iterator[Finding]:
    where = f"endpoint {endpoint.name}: summary"
    ways = TIME_SUMMARIES if endpoint.is_time else RATE_SUMMARIES
    if endpoint.variable in OF_RESPONDERS:
        ways = ("milestone", "median")
    if endpoint.is_time and WHILE in endpoint.strategies.values():
        # Kaplan-Meier would treat those whose period has ended as if they could still have the event.
        ways = ("cumulative_incidence",)
    if endpoint.summary not in ways:
        yield Finding(where, endpoint.summary, f"one of {', '.join(ways)}")


def _detail_findings(endpoint: Endpoint) -> Iterator[Finding]:
    where = f"endpoint {endpoint.name}"
    is_failure = endpoint.variable == "EFS"
    if is_failure != (endpoint.landmark is not None) or (is_failure and not (endpoint.landmark or 0) > 0):
        needed = "a day above 0 by which remission must be reached" if is_failure else "none: it is for EFS"
        yield Finding(f"{where}: landmark", str(endpoint.landmark), needed)
    if endpoint.variable in ("EFS", "RFS") and endpoint.remission not in REMISSIONS:
        yield Finding(f"{where}: remission", endpoint.remission, f"one of {', '.join(REMISSIONS)}")
    test = endpoint.mrd
    if (endpoint.variable in RESIDUAL) != (test is not None):
        needed = "compartment, assay and threshold" if test is None else "none: it is for UMRD and UMRDEVER"
        yield Finding(f"{where}: mrd", "none" if test is None else "a test", needed)
    elif test is not None:
        if not 0 < test.threshold < 1:
            yield Finding(
                f"{where}: mrd: threshold", f"{test.threshold:g}", "a share between 0 and 1", "1e-4"
            )
        if endpoint.variable == "UMRD" and not 0 < test.window < test.day:
            needed = f"days above 0 and below the time point, {test.day:g}"
            yield Finding(f"{where}: mrd: window", f"{test.window:g}", needed)

"""Tables of adverse events: overview, by system organ class and term, serious, of special interest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import polars as pl

from remit.analysis.display_text import level_text
from remit.analysis.safety_input import LAST, REPORTING, SafetyInput, elapsed
from remit.analysis.safety_numbers import (
    EVENTS,
    MEASURES,
    NOT_MODELLED,
    SEVERE,
    SUBJECTS,
    Laid,
    Line,
    Number,
    laid_out,
    n_percent,
    of_incidence,
    rate,
    whole,
    without_number,
)
from remit.stats.safety.incidence import TIME, incidence
from remit.trial.adverse_event_terms import (
    SPECIAL_INTEREST,
    SYSTEM_ORGAN_CLASS,
    UNCODED,
    system_organ_class,
)

TERM, CLASS, GRADE, SERIOUS, FATAL, ACTION = "#TERM", "#CLASS", "#GRADE", "#SERIOUS", "#FATAL", "#ACTION"

HELD, REDUCED, WITHDRAWN = "held", "reduced", "withdrawn"
ACTIONS: Mapping[str, str] = {
    "HELD": HELD,
    "DRUG INTERRUPTED": HELD,
    "DOSING INTERRUPTED": HELD,
    "REDUCED": REDUCED,
    "DOSE REDUCED": REDUCED,
    "WITHDRAWN": WITHDRAWN,
    "DRUG WITHDRAWN": WITHDRAWN,
}
"""What was done with the dose, by the words of CDISC's codelist ACN and of remit's own tables."""

NOT_RECORDED = "not recorded"
EMERGENT = (
    f"Treatment-emergent: from the first dose to {REPORTING:g} days after the last. A subject counts once in "
    "each line."
)
RATES = (
    "Incidence: subjects with an event per 100 patient-years (PY) until the first event, with exact Poisson "
    "limits (Garwood)."
)


def emergent_events(data: SafetyInput) -> pl.DataFrame | None:
    """Treatment-emergent events of treated subjects; None without ADAE.

    TRTEMFL says which they are, if it is there; else their start does. An event whose start is not known is
    taken for treatment-emergent.
    """
    if not data.tables.has("ADAE", *data.key, "AEDECOD"):
        return None
    rows = data.of_subjects("ADAE").filter(pl.col("AEDECOD").is_not_null())
    columns, nothing = rows.columns, pl.lit(None, pl.String)
    grades = [pl.col(name).cast(pl.Int64) for name in ("ATOXGR", "AETOXGR") if name in columns]
    coded = pl.col("AEBODSYS") if "AEBODSYS" in columns else nothing
    own = pl.col("AEDECOD").replace_strict(dict(SYSTEM_ORGAN_CLASS), default=UNCODED, return_dtype=pl.String)
    action = pl.col("AEACN") if "AEACN" in columns else nothing

    def said(name: str, value: str) -> pl.Expr:
        if name not in columns:
            return pl.lit(value=False)
        return (pl.col(name).str.to_uppercase() == value).fill_null(value=False)

    found = rows.with_columns(
        pl.col("AEDECOD").alias(TERM),
        pl.coalesce(coded, own).alias(CLASS),
        (pl.coalesce(grades) if grades else pl.lit(None, pl.Int64)).alias(GRADE),
        said("AESER", "Y").alias(SERIOUS),
        action.str.to_uppercase()
        .replace_strict(dict(ACTIONS), default=None, return_dtype=pl.String)
        .alias(ACTION),
        elapsed(columns, "ASTDT", "ASTDY", whole_days=data.whole_days).alias(TIME),
    )
    fatal = said("AESDTH", "Y") | said("AEOUT", "FATAL") | (pl.col(GRADE) == 5).fill_null(value=False)
    start = pl.col(TIME)
    within = ((start >= 0) & (start <= (pl.col(LAST) + REPORTING).fill_null(float("inf")))).fill_null(
        value=True
    )
    emergent = (pl.col("TRTEMFL") == "Y").fill_null(value=False) if "TRTEMFL" in columns else within
    return (
        found.with_columns(fatal.alias(FATAL))
        .filter(emergent)
        .with_columns((start + data.day).clip(lower_bound=0.0).alias(TIME))
        .select(*data.key, TERM, CLASS, GRADE, SERIOUS, FATAL, ACTION, TIME)
    )


def severe() -> pl.Expr:
    """Whether an event is of grade 3 or more; one without a grade is not."""
    return (pl.col(GRADE) >= 3).fill_null(value=False)


def counted(
    data: SafetyInput,
    events: pl.DataFrame,
    place: tuple[str, str],
    ending: str = "",
    known: Callable[[str], bool] = lambda _: True,
) -> Iterator[Number]:
    """Numbers of the incidence of some events; see ``of_incidence``."""
    found = incidence(data.people, events, data.key, level=data.level)
    yield from of_incidence(found, data.groups, place, ending, known)


def is_modelled(data: SafetyInput, arm: str, terms: Iterable[str]) -> bool:
    """Whether any of the terms that remit may write is modelled under an arm; true if it writes none."""
    own = [each for each in terms if each in SYSTEM_ORGAN_CLASS]
    return not own or any(each not in data.not_modelled[arm] for each in own)


def missing_notes(data: SafetyInput, events: pl.DataFrame) -> list[str]:
    """What must be known of events that lack something, and of those that are not modelled."""
    ungraded, undated = (int(events[name].null_count()) for name in (GRADE, TIME))
    notes: list[str] = []
    if ungraded:
        notes.append(f"Events without a grade, counted in any grade only: {ungraded}.")
    if undated:
        notes.append(f"Events without a start, taken for treatment-emergent: {undated}.")
    absent = data.somewhere_not
    if absent:
        shown = [each if each in data.nowhere else f"{each} ({_arms_without(data, each)})" for each in absent]
        notes.append(f"Not modelled, which is not zero, and in no sum: {', '.join(shown)}.")
    mild = sorted(frozenset[str]().union(*data.severity_not_modelled.values()))
    if mild:
        notes.append(f"Severity not modelled, so in no count of grade 3 or more: {', '.join(mild)}.")
    return notes


def _arms_without(data: SafetyInput, term: str) -> str:
    """Arms under which a term is not modelled."""
    return ", ".join(arm for arm, terms in data.not_modelled.items() if term in terms)


def overview(data: SafetyInput, events: pl.DataFrame, number: str) -> Laid:
    """Any event, by severity, seriousness, what was done with the dose, and fatal ones."""
    has_action = data.tables.has("ADAE", "AEACN")
    has_seriousness = data.tables.has("ADAE", "AESER")
    anyone = pl.lit(value=True)
    rows: dict[str, tuple[pl.Expr, bool]] = {
        "Any adverse event": (anyone, True),
        "Grade 3 or more": (severe(), True),
        "Serious": (pl.col(SERIOUS), has_seriousness),
        "Leading to a hold of the dose": (pl.col(ACTION) == HELD, has_action),
        "Leading to a lower dose": (pl.col(ACTION) == REDUCED, has_action),
        "Leading to the end of treatment": (pl.col(ACTION) == WITHDRAWN, has_action),
        "Fatal": (pl.col(FATAL), True),
    }
    numbers: list[Number] = []
    for row, (chosen, is_known) in rows.items():
        if is_known:
            numbers += counted(data, events.filter(chosen.fill_null(value=False)), (number, row))
        else:
            numbers += without_number(data.groups, (number, row), MEASURES, NOT_RECORDED)
    shown = {"n (%)": n_percent(SUBJECTS), "Events": whole(EVENTS), _per(data): rate()}
    lines = [Line(row, row, int(place > 0)) for place, row in enumerate(rows)]
    notes = [EMERGENT, RATES, *missing_notes(data, events)]
    if not (has_action and has_seriousness):
        notes.append("Not recorded: the tables do not say it.")
    return laid_out(numbers, lines, shown, data, (number, "Overview of adverse events"), notes)


def by_class(
    data: SafetyInput, events: pl.DataFrame, number: str, title: str, *, with_rates: bool = False
) -> Laid:
    """Events by system organ class and preferred term: any grade, and grade 3 or more.

    Classes and terms stand in falling order of subjects over all arms. ``with_rates`` prints events and
    incidence of any grade instead.
    """
    numbers = list(counted(data, events, (number, "Any")))
    numbers += counted(data, events.filter(severe()), (number, "Any"), SEVERE)
    lines = [Line("Any adverse event", "Any")]
    classes = dict.fromkeys(map(system_organ_class, data.somewhere_not), 0) | _falling(data, events, CLASS)
    for name in sorted(classes, key=lambda each: (-classes[each], each)):
        own = events.filter(pl.col(CLASS) == name)
        absent = [each for each in data.somewhere_not if system_organ_class(each) == name]
        terms = dict.fromkeys(absent, 0) | _falling(data, own, TERM)
        lines.append(Line(name, name))
        written = [each for each, part in SYSTEM_ORGAN_CLASS.items() if part == name]
        numbers += _both(data, own, (number, name), [*terms, *written])
        for term in sorted(terms, key=lambda each: (-terms[each], each)):
            row = f"{name}: {term}"
            lines.append(Line(term, row, 1))
            numbers += _both(data, own.filter(pl.col(TERM) == term), (number, row), [term])
    notes = [EMERGENT, *missing_notes(data, events)]
    if with_rates:
        shown = {"n (%)": n_percent(SUBJECTS), "Events": whole(EVENTS), _per(data): rate()}
        notes.insert(1, RATES)
    else:
        shown = {
            "Any grade\nn (%)": n_percent(SUBJECTS),
            "Grade 3 or more\nn (%)": n_percent(SUBJECTS + SEVERE),
        }
    return laid_out(numbers, lines, shown, data, (number, title), notes)


def _falling(data: SafetyInput, events: pl.DataFrame, column: str) -> dict[str, int]:
    """Subjects with each level of a column."""
    counts = events.select(*data.key, column).unique().group_by(column).len().sort(column)
    return {str(level): int(n) for level, n in counts.iter_rows()}


def _per(data: SafetyInput) -> str:
    """Heading of rates."""
    return f"Per 100 PY ({level_text(data.level)})"


def _both(
    data: SafetyInput, events: pl.DataFrame, place: tuple[str, str], terms: Sequence[str]
) -> Iterator[Number]:
    """Any grade and grade 3 or more of a class, group or term; ``terms`` are those that are in it."""

    def any_grade(arm: str) -> bool:
        return is_modelled(data, arm, terms)

    def grade_three(arm: str) -> bool:
        left = [each for each in terms if each not in data.severity_not_modelled[arm]]
        return any_grade(arm) and (not terms or (bool(left) and is_modelled(data, arm, left)))

    yield from counted(data, events, place, "", any_grade)
    yield from counted(data, events.filter(severe()), place, SEVERE, grade_three)


def special_interest(
    data: SafetyInput,
    events: pl.DataFrame,
    number: str,
    groups: Mapping[str, Sequence[str]] = SPECIAL_INTEREST,
) -> Laid:
    """Events of special interest: groups of preferred terms, or of whole system organ classes."""
    numbers: list[Number] = []
    notes = [EMERGENT, RATES]
    for name, terms in groups.items():
        own = events.filter(pl.col(TERM).is_in(list(terms)) | pl.col(CLASS).is_in(list(terms)))
        written = [each for each, part in SYSTEM_ORGAN_CLASS.items() if each in terms or part in terms]
        numbers += _both(data, own, (number, name), written)
        for arm, absent in data.not_modelled.items():
            lacking = [each for each in written if each in absent]
            if lacking and len(lacking) < len(written):
                notes.append(f"{name}, {arm}: without {', '.join(lacking)}, which is not modelled.")
    shown = {
        "Any grade\nn (%)": n_percent(SUBJECTS),
        "Grade 3 or more\nn (%)": n_percent(SUBJECTS + SEVERE),
        "Events": whole(EVENTS),
        _per(data): rate(),
    }
    if any(each.NOTE == NOT_MODELLED for each in numbers):
        notes.append("Not modelled: no public rate was found; it is not zero.")
    held = "; ".join(f"{name}: {', '.join(terms)}" for name, terms in groups.items())
    notes.append(f"Groups of preferred terms or system organ classes: {held}.")
    lines = [Line(name, name) for name in groups]
    return laid_out(numbers, lines, shown, data, (number, "Adverse events of special interest"), notes)

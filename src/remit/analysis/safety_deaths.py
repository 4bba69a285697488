"""Deaths: on treatment and within 30 days of the last dose, or later, by cause."""

import polars as pl

from remit.analysis.safety_events import FATAL, TERM
from remit.analysis.safety_input import CAUSE, DEATH, LAST, REPORTING, SafetyInput
from remit.analysis.safety_numbers import SUBJECTS, Laid, Line, Number, laid_out, n_percent
from remit.stats.safety.incidence import GROUP

UNKNOWN = "Cause not known"


def deaths(data: SafetyInput, events: pl.DataFrame | None, number: str) -> Laid:
    """Deaths by time since the last dose and by cause, and fatal adverse events by term.

    A death without a known last dose belongs to treatment.
    """
    died = data.people.filter(pl.col(DEATH).is_not_null()).with_columns(
        pl.col(CAUSE).fill_null(UNKNOWN).str.to_titlecase().alias(CAUSE)
    )
    on = (pl.col(DEATH) <= pl.col(LAST) + REPORTING).fill_null(value=True)
    parts = {
        f"Within {REPORTING:g} days of the last dose": died.filter(on),
        f"More than {REPORTING:g} days after it": died.filter(~on),
    }
    numbers = _counts(data, died, number, "Deaths")
    lines = [Line("Deaths", "Deaths")]
    for title, part in parts.items():
        numbers += _counts(data, part, number, title)
        lines.append(Line(title, title, 1))
        for cause in died[CAUSE].unique().sort().to_list():
            row = f"{title}: {cause}"
            numbers += _counts(data, part.filter(pl.col(CAUSE) == cause), number, row)
            lines.append(Line(str(cause).capitalize(), row, 2))
    notes = ["Deaths of all treated subjects, whenever they died. Causes as the tables give them."]
    if events is not None:
        fatal = events.filter(FATAL).join(
            data.people.select(*data.key, GROUP), on=list(data.key), how="left", maintain_order="left"
        )
        numbers += _counts(data, fatal.unique(data.key), number, "Fatal adverse event")
        lines.append(Line("Fatal treatment-emergent adverse event", "Fatal adverse event"))
        for term in fatal[TERM].unique().sort().to_list():
            row = f"Fatal adverse event: {term}"
            numbers += _counts(data, fatal.filter(pl.col(TERM) == term).unique(data.key), number, row)
            lines.append(Line(str(term), row, 1))
    return laid_out(numbers, lines, {"n (%)": n_percent(SUBJECTS)}, data, (number, "Deaths"), notes)


def _counts(data: SafetyInput, subjects: pl.DataFrame, table: str, row: str) -> list[Number]:
    """Subjects of each column."""
    found = dict(subjects.group_by(GROUP).len().iter_rows())
    return [
        Number(table, by, arm, row, SUBJECTS, found.get(f"{by}|{arm}", 0), N=n) for by, arm, n in data.groups
    ]

"""The words of the first page: question, date, status, the answer in a paragraph, how to read it."""

from html import escape

import polars as pl

from remit.report.headline import responses
from remit.report.labels import arm_title
from remit.report.tabled import Refusal, Report, refusal

MANY_ERRORS = 4.0


def opening_html(report: Report) -> str:
    """Title, question, as-of date, regulatory status and the answer in one paragraph."""
    facts = report.facts
    status = "".join(f"<li>{escape(text)}</li>" for text in facts.status) or "<li>not stated</li>"
    lines = "".join(f"<li>{escape(text)}</li>" for text in facts.design)
    design = f'<ul class="design">{lines}</ul>' if lines else ""
    return (
        f'<header id="opening"><h1>{escape(facts.title)}</h1>'
        f'<p class="question">{escape(facts.question)}</p>{design}'
        f'<div class="facts"><div><h3>As of</h3><p>{facts.as_of.day} {facts.as_of:%B %Y}</p></div>'
        f"<div><h3>Regulatory status</h3><ul>{status}</ul></div>"
        f'<div><h3>Standing of the model</h3><p><span class="badge">{escape(facts.stamp)}</span> '
        f"{escape(facts.stamp_because)}</p></div></div>"
        f'<p class="answer">{escape(" ".join(answer(report)))}</p></header>'
    )


def answer(report: Report) -> list[str]:
    """Sentences of the first paragraph."""
    facts = report.facts
    refused = refusal(report)
    if refused is not None:
        return [*refused_sentences(report, refused), *facts.opening]
    found = [each for each in responses(report) if each["ARM"] == facts.investigational]
    if not found:
        return ["The response rate was not computed.", *facts.opening]
    rates = [float(each["ORR"] or 0) for each in found]
    low, high = (
        min(float(each["LOW"] or 0) for each in found),
        max(float(each["HIGH"] or 0) for each in found),
    )
    name = arm_title(facts.investigational)
    range_sentence = (
        f"{name}: in {len(found)} scenarios, none preferred, the mean predicted response rate runs "
        f"from {100 * min(rates):.0f}% to {100 * max(rates):.0f}%; "
        f"a single trial of {found[0]['N']} patients would observe between {100 * low:.0f}% and "
        f"{100 * high:.0f}% (widest 90% limits over the scenarios)."
    )
    return [
        range_sentence,
        *recalled_sentences(report),
        *facts.opening,
        "This is a prediction from a class model, not evidence about the drug.",
    ]


def refused_sentences(report: Report, refused: Refusal) -> list[str]:
    """That there is no answer, why, and what would be needed."""
    more = "More virtual patients are needed: more parameter draws, or more patients in each."
    if refused.size and refused.needed:
        more = (
            f"About {refused.needed / refused.size:.1f} times as many virtual patients are needed "
            f"({report.facts.pool}): more parameter draws, or more patients in each."
        )
    return [
        "This run gives no answer.",
        refused.sentence,
        more,
        "What follows shows only what was simulated; no response rate in it is an answer.",
    ]


def recalled_sentences(report: Report) -> list[str]:
    """What happens when recalled records weigh more or less; said first if the answer changes.

    A change counts that is larger than ``MANY_ERRORS`` of its own Monte Carlo errors, which are those of
    the same virtual patients under both weights.
    """
    own = report.table("sensitivity").filter(
        pl.col("FACTOR").str.contains("(?i)recalled") & (pl.col("ARM") == report.facts.investigational)
    )
    surely = pl.col("CHANGE").abs() > MANY_ERRORS * pl.col("CHANGEERR").fill_null(0.0)
    base = pl.col("ORR") - pl.col("CHANGE")
    spread = own.group_by("FACTOR", "SCENARIO").agg(
        LOW=pl.min_horizontal(pl.col("ORR").min(), base.min()),
        HIGH=pl.max_horizontal(pl.col("ORR").max(), base.max()),
        SURE=surely.any(),
    )
    widest = (
        spread.filter(pl.col("SURE"))
        .sort("FACTOR", pl.col("HIGH") - pl.col("LOW"), "SCENARIO", descending=[False, True, False])
        .unique("FACTOR", keep="first", maintain_order=True)
    )
    return [
        f"The answer depends on records that are recalled and not yet checked ({each['FACTOR']}): "
        "with their weight varied, the mean response rate about the typical parameter draw moves between "
        f"{100 * each['LOW']:.0f}% and {100 * each['HIGH']:.0f}%."
        for each in widest.iter_rows(named=True)
    ]


def reading_html(report: Report) -> str:
    """How far to trust the numbers, in a few lines."""
    facts = report.facts
    fitted = (
        ' How near the model comes to the results that it was fitted to is in <a href="#calibration">'
        "Calibration</a>."
        if facts.calibration
        else ""
    )
    return (
        f"<p>{escape(arm_title(facts.investigational))} has no public result with its number of "
        f"patients that the model could be fitted to. It is predicted from {escape(facts.reference)}, "
        "the one drug of its class with enough public data. Two things stand between the two drugs: "
        "how potent a dose is, and whether "
        "resistance after a BTK inhibitor can be overcome by potency at all. Neither is known, so "
        "both are shown as scenarios. "
        f"A first test is whether {escape(facts.reference)} itself, put through the same study, comes "
        f"out where its published results lie.{fitted}</p>"
        "<p>Blue figures are simulated, black ones published. Nothing here was observed in patients "
        "treated with "
        f"{escape(facts.investigational)}.</p>"
    )

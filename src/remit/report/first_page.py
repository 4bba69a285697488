"""The words of the first page: question, date, status, the answer in a paragraph, how to read it."""

from html import escape

import polars as pl

from remit.report.headline import response_summary
from remit.report.labels import arm_title
from remit.report.tabled import Report

MANY_ERRORS = 4.0


def opening_html(report: Report) -> str:
    """Title, question, as-of date, regulatory status and the answer in one paragraph."""
    facts = report.facts
    status = "".join(f"<li>{escape(text)}</li>" for text in facts.status) or "<li>not stated</li>"
    design = f"<p>{escape(' '.join(facts.design))}</p>" if facts.design else ""
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
    found = [
        each
        for each in response_summary(report.table("trials"), facts)
        if each["ARM"] == facts.investigational
    ]
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


def recalled_sentences(report: Report) -> list[str]:
    """What happens when recalled records weigh more or less; said first if the answer changes."""
    table = report.table("sensitivity").filter(
        pl.col("FACTOR").str.contains("(?i)recalled") & (pl.col("ARM") == report.facts.investigational)
    )
    sentences: list[str] = []
    for (factor,), part in sorted(table.group_by("FACTOR"), key=lambda each: each[0]):
        spread = part.group_by("SCENARIO").agg(
            LOW=pl.col("ORR").min(), HIGH=pl.col("ORR").max(), MCSE=pl.col("MCSE").max()
        )
        widest = spread.sort(pl.col("HIGH") - pl.col("LOW"), descending=True).row(0, named=True)
        if widest["HIGH"] - widest["LOW"] > MANY_ERRORS * float(widest["MCSE"] or 0.0):
            sentences.append(
                f"The answer depends on records that are recalled and not yet checked ({factor}): "
                "with their weight varied, "
                f"the mean response rate moves between {100 * widest['LOW']:.0f}% and "
                f"{100 * widest['HIGH']:.0f}%."
            )
    return sentences


def reading_html(report: Report) -> str:
    """How far to trust the numbers, in a few lines."""
    facts = report.facts
    return (
        f"<p>{escape(arm_title(facts.investigational))} has no public result with its number of "
        f"patients that the model could be fitted to. It is predicted from {escape(facts.reference)}, "
        "the one drug of its class with enough public data. Two things stand between the two drugs: "
        "how potent a dose is, and whether "
        "resistance after a BTK inhibitor can be overcome by potency at all. Neither is known, so "
        "both are shown as scenarios. "
        f"A first test is whether {escape(facts.reference)} itself, put through the same study, comes "
        "out where its published results lie.</p>"
        "<p>Blue figures are simulated, black ones published. Nothing here was observed in patients "
        "treated with "
        f"{escape(facts.investigational)}.</p>"
    )

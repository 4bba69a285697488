"""What was found, as tables of a page."""

from collections.abc import Sequence
from importlib import metadata

import numpy as np
from scipy.stats import t

from benchmarks import machine
from benchmarks.page import Table
from benchmarks.sensitivity.analysis import Found
from benchmarks.sensitivity.effects import Effect, floor, is_told, ranked
from benchmarks.sensitivity.inputs import ALL_BYSTANDERS, HIGH, LOW, WHO_ENTERS, entries_of, inputs_of
from benchmarks.sensitivity.outcomes import OUTPUTS, Output
from remit.dosing import Floats

LEAST_SHARE = 0.02
MOST_SHOWN = 8


def number(value: float, output: Output) -> str:
    """A value of an output, as shown."""
    return f"{output.scale * value:.{output.digits}f}"


def levels(found: Sequence[Found]) -> str:
    """Where the outputs stand, their Monte Carlo error, and how far what is not known moves them."""
    rows = [
        [
            each.model.setting.short,
            output.title,
            number(each.typical[:, i].mean(), output),
            number(each.typical[:, i].std(ddof=1), output),
            "{1} ({0} to {2})".format(
                *(number(q, output) for q in np.quantile(each.everywhere[:, i], (LOW, 0.5, HIGH)))
            ),
            output.unit,
        ]
        for each in found
        for i, output in enumerate(OUTPUTS)
    ]
    n = found[0].model.patients
    head = ("", "Output", "typical", f"error of {n}", "median (5th to 95th percentile)", "unit")
    return str(Table("Outputs at the typical values, and over everything that is not known", head, rows))


def screening(found: Sequence[Found]) -> str:
    """Elementary effects: a table for each output."""
    tables: list[str] = []
    for output in OUTPUTS:
        rows: list[list[str]] = []
        remarks: list[str] = []
        for each in found:
            effects, name = each.effects[output.name], each.model.setting.short
            least = floor(output, effects, each.model.patients)
            every = ranked(effects)
            rows += [effect_row(name, one, output, least) for one in every[:MOST_SHOWN]]
            told = sum(is_told(one, least) for one in every)
            remarks.append(
                f"{name}: {told} of {len(effects)} are told from zero; "
                f"the floor is {least:.{output.digits + 1}f}."
            )
        head = ("", "Value", "mu*", "95% interval", "sigma", "more of it")
        tables.append(str(Table(f"{output.title} [{output.unit}]", head, rows, [" ".join(remarks)])))
    return "\n".join(tables)


def effect_row(setting: str, effect: Effect, output: Output, least: float) -> list[str]:
    """One effect as text."""
    size, low, high, sd = (
        f"{value:.{output.digits}f}" for value in (effect.mean_size, effect.low, effect.high, effect.sd)
    )
    verb = effect.sign if is_told(effect, least) else "not told from zero"
    return [setting, f"`{effect.name}`", size, f"{low} to {high}", sd, verb]


def division(found: Sequence[Found]) -> str:
    """Shares of variance: a table for each setting."""
    tables: list[str] = []
    for each in found:
        rows: list[list[str]] = []
        remarks: list[str] = []
        for i, output in enumerate(OUTPUTS):
            shares = sorted(each.shares.get(output.name, {}).values(), key=lambda one: -one.total)
            rows += [
                [
                    output.title,
                    f"`{one.name}`",
                    *within(one.first, one.first_half),
                    *within(one.total, one.total_half),
                ]
                for one in shares
                if one.total > max(one.total_half, LEAST_SHARE)
            ]
            whole = float(each.everywhere[:, i].var(ddof=1))
            remarks += [f"{output.short} {each.variances[i] / whole:.0%}"] if whole else []
        names = ", ".join(f"`{name}`" for name in max(each.shares.values(), key=len))
        head = ("Output", "Value", "alone", "95%", "in total", "95%")
        text = (
            f"Divided among {names}. Totals of less than 2%, or not told from zero, have no row. Variance "
            f"over these values alone, relative to that over all: {', '.join(remarks)}."
        )
        tables.append(str(Table(each.model.setting.title, head, rows, [text])))
    return "\n".join(tables)


def within(value: float, half: float) -> tuple[str, str]:
    """A share and its interval."""
    return f"{value:.2f}", f"{value - half:.2f} to {value + half:.2f}"


def line(found: Sequence[Found]) -> str:
    """Outputs along the value that moves response most."""
    rows = [
        [
            each.model.setting.short,
            f"`{ranked(each.effects[OUTPUTS[0].name])[0].name}`",
            f"{value:.3g}",
            *(number(one, output) for one, output in zip(outputs, OUTPUTS, strict=True)),
        ]
        for each in found
        for value, outputs in each.first.items()
    ]
    head = ("", "Value", "at", *(each.short for each in OUTPUTS))
    return str(Table("Along the value that moves response most, the others typical", head, rows))


def switches(found: Sequence[Found]) -> str:
    """Changes by other structures, at the typical values."""
    rows = [
        [
            each.model.setting.short,
            name,
            *(change(other[:, i] - each.typical[:, i], output) for i, output in enumerate(OUTPUTS)),
        ]
        for each in found
        for name, other in each.switched.items()
    ]
    head = ("", "Structure", *(each.short for each in OUTPUTS))
    return str(Table("Change by a choice of structure, with half its 95% interval", head, rows))


def change(differences: Floats, output: Output) -> str:
    """A mean change with its 95% interval over cohorts."""
    scaled = output.scale * differences
    half = float(t.ppf(0.975, len(scaled) - 1)) * scaled.std(ddof=1) / np.sqrt(len(scaled))
    mean = round(float(scaled.mean()), output.digits) + 0.0
    return f"{mean:+.{output.digits}f} ({half:.{output.digits}f})"


def names(found: Sequence[Found]) -> str:
    """What the values that were shown mean, and between what they were moved."""
    shown = {
        one.name for each in found for of in each.effects.values() for one in ranked(of)[:MOST_SHOWN]
    }  # fmt: skip
    ranges: dict[str, dict[str, str]] = {}
    meanings: dict[str, str] = {}
    for each in found:
        for one in each.model.inputs:
            if one.name in shown:
                own = one.members[0]
                ends = " to ".join(f"{one.values(end)[own.key]:.3g}" for end in (0.0, 1.0))
                is_group = one.name == WHO_ENTERS
                ranges.setdefault(one.name, {})[each.model.setting.short] = "together" if is_group else ends
                unit = f" [{own.unit}]" if own.unit else ""
                meanings[one.name] = ALL_BYSTANDERS if is_group else f"{own.meaning}{unit}"
    settings = [each.model.setting.short for each in found]
    rows = [
        [f"`{name}`", meanings[name], *(ranges[name].get(short, "-") for short in settings)]
        for name in sorted(ranges)
    ]
    return str(Table("The values in the tables above", ("Value", "Meaning", *settings), rows))


def summary(found: Sequence[Found], seconds: float) -> str:
    """What was done, in a few lines."""
    lines = [
        machine.described().strip(),
        f"SALib {metadata.version('SALib')}; {seconds / 60:.0f} minutes of one core.",
    ]
    for each in found:
        every = inputs_of(entries_of(each.model.setting).values())
        lost = sum(count for name, count in each.model.status.items() if name != "OK")
        lines.append(
            f"{each.model.setting.short}: {len(each.model.inputs)} of {len(every)} coordinates act; "
            f"{each.model.evaluations:,} evaluations of {each.model.patients} virtual patients; "
            f"{lost:,} courses of {each.model.status.total():,} could not be solved."
        )
    return "  \n".join(lines)


SECTIONS = {
    "levels": levels,
    "screening": screening,
    "division": division,
    "line": line,
    "switches": switches,
    "names": names,
}

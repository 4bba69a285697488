"""A plan as commented TOML: every key with its meaning; a key that stands at its default is commented out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from remit.analysis.plan_file import AnalysisPlan
from remit.errors import problem
from remit.library.toml_text import written

HEAD = (
    "# Plan of an analysis of ADaM tables.",
    "# remit analyse DIR --plan FILE --out FOLDER",
    "# A key that is commented out stands at its default, or shows an example where that is nothing.",
)
EXAMPLES = {
    "data": "simulated",
    "population": "SAFFL",
    "cut_off": "2026-06-30",
    "restricted_mean": 24.0,
    "p0": 0.3,
    "competing": ["death"],
    "not_modelled": ["Pneumonia"],
}
"""What a comment shows for keys that have no default to show."""
AS_DATE = ("cut_off",)


def plan_text(plan: AnalysisPlan, assumed: Iterable[str] = ()) -> str:
    """The plan as TOML with comments; reading it back gives the same plan.

    Parameters
    ----------
    plan
        The plan.
    assumed
        What was assumed when it was made, for the head of the file.
    """
    lines = [*HEAD, *(f"# Assumed: {each}" for each in assumed), ""]
    lines += _keys(plan, skip=("endpoints",))
    for endpoint in plan.endpoints:
        lines += ["", "[[endpoints]]", *_keys(endpoint)]
    return "\n".join(lines) + "\n"


def write_plan(plan: AnalysisPlan, path: str | Path, assumed: Iterable[str] = ()) -> Path:
    """Write a plan as commented TOML; a file that is there is left alone.

    Raises
    ------
    InputError
        If the file is there already.
    """
    target = Path(path)
    if target.exists():
        raise problem(
            str(target), "a file that is there already", "a new file", "name another, or move it away"
        )
    target.write_text(plan_text(plan, assumed), encoding="utf-8")
    return target


def _keys(table: BaseModel, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """Lines of one table: comment and key."""
    fields = type(table).model_fields
    # The kind of an endpoint comes first, since it says which keys there are.
    order = sorted((name for name in fields if name not in skip), key=lambda name: name != "kind")
    for name in order:
        value, field = vars(table)[name], fields[name]
        if field.description:
            yield f"# {field.description}."
        is_default = (
            name != "format"
            and not field.is_required()
            and value == field.get_default(call_default_factory=True)
        )
        shown = EXAMPLES.get(name, value) if is_default and not value and value is not False else value
        line = f"{name} = {_inline(shown)}"
        if name in AS_DATE:
            line = line.replace('"', "")
        yield f"# {line}" if is_default else line


def _inline(value: object) -> str:
    """A value on one line; a mapping as an inline table."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {_inline(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    given = list(value) if isinstance(value, tuple) else value
    return written({"key": given}).strip().removeprefix("key = ")

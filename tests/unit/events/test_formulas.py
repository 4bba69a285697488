"""Formulas of covariates: arithmetic and nothing else."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.events.formulas import evaluate, names_in, parsed

VALUES = {"WT": np.array([35.0, 70.0, 140.0]), "AGE": np.array([1.0, 2.0, 3.0])}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1*(WT/70)**0.75", 1.1 * (VALUES["WT"] / 70) ** 0.75),
        ("1.1*(WT/70)^0.75", 1.1 * (VALUES["WT"] / 70) ** 0.75),
        ("exp(log(WT)) - -AGE", VALUES["WT"] + VALUES["AGE"]),
        ("min(WT, 70) + max(AGE, 2)", [37.0, 72.0, 73.0]),
        ("sqrt(power(WT, 2))", VALUES["WT"]),
        ("+2", 2.0),
    ],
)
def test_a_formula_is_evaluated(text, expected):
    np.testing.assert_allclose(evaluate(parsed(text, "here"), VALUES), expected, rtol=1e-14)


def test_names_are_those_of_columns_and_not_of_functions():
    assert set(names_in(parsed("exp(WT) + exp(AGE)*exp(WT)", "here"))) == {"WT", "AGE"}


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1 +", "WT.real", "WT[0]", "lambda: 1", "'a'", "True", "WT if AGE else 1", "WT > 1", "1j",
        "exp(WT, 2)", "min(WT)", "exp(x=1)", "exp", "__import__('os').system('x')", "[1 for _ in WT]",
        "(1, 2)", "WT // 2", "WT % 2", "~1", "not 1", "1 and 2", "x" * 500, "(" * 300 + "1" + ")" * 300,
        "\x00", "1_0 if 1 else 2",
        "**", "WT := 1", "f'{WT}'", "...", "None",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    if text == "exp":
        assert list(names_in(parsed(text, "here"))) == ["exp"]
        return
    with pytest.raises(InputError):
        parsed(text, "here")


def test_division_by_zero_gives_no_traceback():
    with np.errstate(all="ignore"):
        assert np.isinf(evaluate(parsed("1/0", "here"), {}))
        assert np.isnan(evaluate(parsed("0/0", "here"), {}))

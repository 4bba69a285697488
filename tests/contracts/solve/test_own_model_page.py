"""The example of the page on models of one's own runs as it is printed, and does what the page says."""

import re
from pathlib import Path

import numpy as np


def test_the_example_runs(repository: Path) -> None:
    text = (repository / "docs" / "how-to" / "solve-your-own-model.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "the example", "exec"), names)  # noqa: S102
    seen, block = names["seen"], names["block"]
    assert seen.shape == (1000, 13, 2)
    assert not block.status.any()
    assert (seen[:, :, 0] > 0).all()
    # Growth 0.02 against a kill of up to 0.12 a day: some die out, at thresholds of one cell.
    assert 0.1 < (seen[:, -1, 1] == 0).mean() < 1.0
    slopes = names["gradients"](
        names["block"].kernel,
        names["parameters"][:5],
        names["state"][:5],
        names["daily_doses"](np.zeros(5), np.full(5, 10.0), np.full(5, 100.0), 0),
        np.tile([5.0, 10.0], (5, 1)),
        ("kill", "CL"),
    )
    assert slopes.shape == (5, 2, 2, 2)
    assert (slopes[:, :, 1, 0] < 0).all()

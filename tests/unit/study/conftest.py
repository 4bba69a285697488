"""Study files with something changed."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.errors import Finding, InputError
from remit.library.toml_text import written
from remit.study import init_text, load_study

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def findings_after(tmp_path: Path) -> Callable[[Edit], list[Finding]]:
    """Findings in the shipped study when it has been edited; none if it loads."""

    def check(edit: Edit) -> list[Finding]:
        data = tomllib.loads(init_text("mcl_btki_treated"))
        edit(data)
        path = tmp_path / "edited.toml"
        path.write_text(written(data), encoding="utf-8")
        try:
            load_study(path)
        except InputError as error:
            return list(error.findings)
        return []

    return check

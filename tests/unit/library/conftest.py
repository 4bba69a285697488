"""A library directory with one file changed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.errors import Finding
from remit.library import check_library, open_library
from remit.library.toml_text import written

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def findings_after(tmp_path: Path) -> Callable[[str, Edit], list[Finding]]:
    """Findings in the library when one shipped file has been edited."""

    def check(file: str, edit: Edit) -> list[Finding]:
        data = copy.deepcopy(dict(open_library().document(file).data))
        edit(data)
        path = tmp_path / f"{file}.toml"
        path.parent.mkdir(parents=True)
        path.write_text(written(data), encoding="utf-8")
        return check_library(tmp_path)

    return check

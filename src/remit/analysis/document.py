"""An analysis as one JSON document, for programs: every number unrounded, plan, findings and assumptions."""

import json
from dataclasses import asdict
from math import isinf
from typing import Any

from remit.analysis.analysed import Analysis
from remit.interop.adam.findings import AdamFinding
from remit.report.records import STAMPS


def document(analysis: Analysis) -> dict[str, Any]:
    """The analysis as plain values. JSON has no infinity: what is not reached is the text ``inf``."""
    return {
        "data": analysis.kind,
        "stamp": STAMPS[analysis.kind],
        "plan": analysis.plan.model_dump(mode="json"),
        "assumed": list(analysis.assumed),
        "findings": [plain(each) for each in analysis.findings],
        "stopped": sorted(analysis.stopped),
        "results": [
            {name: _finite(value) for name, value in row.items()} for row in analysis.results.to_dicts()
        ],
        "safety": analysis.safety.numbers.to_dicts(),
    }


def plain(finding: AdamFinding) -> dict[str, Any]:
    """A finding as plain values."""
    return asdict(finding)


def json_text(analysis: Analysis) -> str:
    """The document as text; the same analysis gives the same text."""
    return json.dumps(document(analysis), indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and isinf(value) else value

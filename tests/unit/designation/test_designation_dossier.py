"""Clinical-evidence fields hold observed data or say what is planned; simulation stays in the annex."""

import datetime

import pytest

from remit.designation import Observed, PlannedReadout, Simulated, dossier_outline
from remit.designation.dossier import clinical_evidence_field
from remit.errors import InputError

PLANNED = PlannedReadout(n=80, months=24, endpoint="ORR by independent review")
SIMULATED = Simulated(endpoint="Overall response rate", text="61.3% over four scenarios")
OBSERVED = Observed(study="A real study", n=40, text="ORR 50%", cut_off=datetime.date(2026, 6, 1))


def test_an_empty_field_names_the_planned_readout():
    fields = dossier_outline({}, PLANNED, [SIMULATED]).clinical_evidence
    expected = "No observed data; planned readout: n = 80, 24 months, ORR by independent review."
    assert set(fields.values()) == {expected}


def test_a_simulated_value_appears_in_the_annex_and_in_no_clinical_field():
    outline = dossier_outline({"Overall response rate": OBSERVED}, PLANNED, [SIMULATED])
    assert "61.3%" not in " ".join(outline.clinical_evidence.values())
    assert "61.3%" in outline.planning_annex[0]
    assert outline.planning_annex[0].startswith("Simulated, not clinical evidence")


def test_a_simulated_value_offered_as_clinical_evidence_is_refused():
    with pytest.raises(InputError, match="put simulated results in the planning annex"):
        clinical_evidence_field(SIMULATED, PLANNED)


def test_an_unknown_field_is_refused():
    with pytest.raises(InputError, match="rename the field"):
        dossier_outline({"Response": OBSERVED}, PLANNED, [])

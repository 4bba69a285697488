"""The files of the how-to pages, laid into a library of one's own: a drug, a disease and a partner, tried."""

import re
from pathlib import Path

import pytest

import remit
from remit.treatment import Who

PAGES = ("add-a-drug", "add-a-disease", "add-a-partner")
BLOCK = re.compile(r"```toml\n# my_library/(\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def mine(tmp_path_factory, repository: Path) -> Path:
    """A library with every file that the pages show."""
    folder = tmp_path_factory.mktemp("mine") / "my_library"
    for page in PAGES:
        text = (repository / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
        for name, content in BLOCK.findall(text):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    return folder


def test_the_pages_show_a_drug_a_disease_its_patients_and_a_partner(mine: Path) -> None:
    shown = {path.relative_to(mine).as_posix() for path in mine.rglob("*.toml")}
    assert shown == {
        "sources.toml", "drugs/unobtaclax.toml", "drugs/cladribine.toml", "diseases/hcl.toml",
        "populations/hcl_relapsed.toml",
    }  # fmt: skip


def test_the_files_have_no_findings(mine: Path) -> None:
    assert remit.check_library(mine) == []


def test_what_is_not_said_is_borrowed_marked_and_wider(mine: Path) -> None:
    library = remit.open_library(mine)
    own, base = library.values("drugs/unobtaclax"), library.values("drugs/venetoclax")
    assert own["bcl2i.Vc"].origin == "reported"
    assert own["bcl2i.Vc"].value == 20.0
    borrowed = own["bcl2i.CL"]
    assert (borrowed.value, borrowed.origin, borrowed.grade) == (
        base["bcl2i.CL"].value,
        "assumed",
        "class-borrowed",
    )
    assert borrowed.because.startswith("Borrowed from Venetoclax, the reference of the class.")
    assert borrowed.uncertainty is not None
    assert base["bcl2i.CL"].uncertainty is not None
    assert borrowed.uncertainty.sd == pytest.approx(
        (base["bcl2i.CL"].uncertainty.sd ** 2 + 0.3**2) ** 0.5, rel=1e-3
    )
    assert not any(key.startswith("label.") for key in own)


def test_the_drug_is_given_and_keeps_its_grip_on_mutants(mine: Path) -> None:
    who = Who(values={"clone_shares.log10_V": -0.5})
    left: dict[str, float] = {}
    for drug, dose in (("unobtaclax", 200), ("venetoclax", 400)):
        lines = [f"{drug} {dose} mg q24h"]
        found = remit.simulate_treatment("cll", lines, days=180, every=30.0, who=who, library=mine)
        left[drug] = found.courses["node_V"][-1]
    assert left["unobtaclax"] < 0.2 * left["venetoclax"]


def test_the_disease_is_treated_alone_and_with_the_partner(mine: Path) -> None:
    lines = ["venetoclax 20 mg q24h x 7 then 400 mg q24h", "cladribine 0.14 mg/kg q24h x 5"]
    who = Who(patients=8)
    found = {
        n: remit.simulate_treatment("hcl", lines[:n], days=84, every=28.0, who=who, library=mine)
        for n in range(3)
    }
    last = {n: each.courses.filter(each.courses["DAY"] == 84)["tumour"].median() for n, each in found.items()}
    assert last[2] < last[1] < last[0]
    assert found[1].patients["TP53FL"].is_null().all()

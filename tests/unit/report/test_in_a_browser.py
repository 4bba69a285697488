"""Pages in a browser: their script runs without an error, and draws what can be pointed at."""

import shutil
import subprocess

import polars as pl
import pytest

from remit.report import write_report
from remit.report.patient_page import write_patient_page
from remit.treatment import Who, simulate_treatment

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium, which opens the pages, is missing")


@pytest.fixture
def opened(tmp_path):
    """What a browser says on its console about a page, and the page as it stands after its script ran."""

    def show(path):
        found = subprocess.run(
            [
                str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=15000", "--dump-dom",
                path.as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return [line for line in found.stderr.splitlines() if "CONSOLE" in line], found.stdout

    return show


@pytest.fixture(scope="module")
def course() -> pl.DataFrame:
    lines = ["venetoclax 20 mg q24h x 7 then 400 mg q24h"]
    return simulate_treatment("cll", lines, days=56, every=1.0, who=Who(patients=3)).courses


def test_the_page_of_a_patient_draws_itself_and_offers_every_patient(opened, course, tmp_path):
    path = write_patient_page(course, tmp_path / "page.html", title="CLL", given=["a drug"], notes=["a note"])
    console, page = opened(path)
    assert console == []
    assert "<button" not in page
    assert page.count("<option") == 3


def test_the_report_of_a_study_has_a_script_that_runs(opened, tables, facts, tmp_path):
    console, _ = opened(write_report(tables, facts, tmp_path / "report.html"))
    assert console == []

"""The page of treated patients: panels with something to show, few points, a script that is left alone."""

import polars as pl
import pytest

from remit.report.figures import patient_course
from remit.report.html import script_html
from remit.treatment import Who, simulate_treatment


@pytest.fixture(scope="module")
def course() -> pl.DataFrame:
    return simulate_treatment("cll", ["venetoclax 400 mg q24h"], days=900, every=1.0).courses


def titles(figure):
    return [each["encoding"]["y"]["title"] for each in figure.spec["vconcat"]]


def test_panels_without_anything_to_show_are_left_out(course):
    drawn = patient_course.figure(course, "title", "caption")
    assert titles(drawn)[-1] == "overview"
    first = drawn.spec["vconcat"][0]["encoding"]["color"]["scale"]["domain"]
    assert first == ["BCL2 inhibitor"]
    assert drawn.n == "1 patient"


def test_a_long_course_is_thinned_and_keeps_its_ends(course):
    thin = patient_course.thinned(course)
    assert thin.height <= patient_course.MOST_POINTS + 1
    assert (thin["DAY"][0], thin["DAY"][-1]) == (course["DAY"][0], course["DAY"][-1])


def test_exposure_is_relative_to_its_own_mean_while_on_drug():
    course = simulate_treatment("cll", ["venetoclax 400 mg q24h until day 100"], days=400, every=1.0).courses
    shown = patient_course.relative(course)["bcl2i_relative"]
    on_drug = shown.filter(shown > 1e-3)
    assert on_drug.mean() == pytest.approx(1.0, rel=0.05)


def test_several_patients_can_be_chosen_from():
    course = simulate_treatment("cll", [], days=28, every=7.0, who=Who(patients=15)).courses
    drawn = patient_course.figure(course, "title", "caption")
    assert drawn.n == "12 of 15 patients"
    choice = next(each for each in drawn.spec["params"] if "bind" in each)
    assert len(choice["bind"]["options"]) == 12


def test_a_script_keeps_its_regular_expressions_and_cannot_end_early():
    page = script_html('x.replace(/</g,"&lt;");y="</script>"')
    assert "/</g" in page
    assert page.count("</script>") == 1

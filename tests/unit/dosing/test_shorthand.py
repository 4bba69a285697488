"""Regimens in the field's shorthand: what is read, how it is printed, and what is refused."""

import pytest

from remit.dosing import Course, parse_regimen, print_courses
from remit.errors import InputError

READ = {
    "dose alone": ("400 mg", "400 mg q24h"),
    "two courses": ("100 mg q24h x 7 then 200 mg q24h", "100 mg q24h x 7 then 200 mg q24h"),
    "interval left out": ("100 mg x 7 then 200 mg", "100 mg q24h x 7 then 200 mg q24h"),
    "comma": ("100 mg x 7, 200 mg", "100 mg q24h x 7 then 200 mg q24h"),
    "comma and then": ("100 mg x 7, then 200 mg", "100 mg q24h x 7 then 200 mg q24h"),
    "days": ("100 mg q12h x 7 d then 200 mg q12h", "100 mg q12h x 14 then 200 mg q12h"),
    "weeks": ("100 mg x 2 w then 200 mg", "100 mg q24h x 14 then 200 mg q24h"),
    "length": ("100 mg for 7 d then 200 mg", "100 mg q24h x 7 then 200 mg q24h"),
    "length in words": ("100 mg for 2 weeks then 200 mg", "100 mg q24h x 14 then 200 mg q24h"),
    "half a day": ("100 mg bid for 0.5 d", "100 mg q12h x 1"),
    "no space": ("100mg q24h x7d,200mg", "100 mg q24h x 7 then 200 mg q24h"),
    "capitals": ("100 MG Q24H X 7 THEN 200 Mg QD", "100 mg q24h x 7 then 200 mg q24h"),
    "several lines": ("100 mg x 7\n  then 200 mg\n", "100 mg q24h x 7 then 200 mg q24h"),
    "study dose": (
        "0.05 study dose x 7 then 1 study dose",
        "0.05 study dose q24h x 7 then 1 study dose q24h",
    ),
    "study dose as a factor": ("0.5 x study dose q24h x 7 d", "0.5 study dose q24h x 7"),
    "small dose": (".00001 mg", "0.00001 mg q24h"),
    "last course with a count": ("400 mg x 28", "400 mg q24h x 28"),
    "days that are no short number of hours": ("1 mg q0.1234567890123d", "1 mg q0.1234567890123d"),
}

OFTEN = {
    "q24h": (1.0, "q24h"),
    "q12h": (0.5, "q12h"),
    "q0.5d": (0.5, "q12h"),
    "q0.1d": (0.1, "q2.4h"),
    "q1w": (7.0, "q168h"),
    "qd": (1.0, "q24h"),
    "bid": (0.5, "q12h"),
    "tid": (1 / 3, "q8h"),
    "q8h": (1 / 3, "q8h"),
    "qw": (7.0, "q168h"),
    "BID": (0.5, "q12h"),
}

REFUSED = {
    "nothing": ("", "the end in column 1", "a dose, as '400 mg'"),
    "no unit": ("400", "the end in column 4", "a unit, 'mg' or 'study dose'"),
    "another unit": ("400 g", "'g' in column 5", "a unit, 'mg' or 'study dose'"),
    "half a unit": ("0.5 study", "the end in column 10", "a unit, 'mg' or 'study dose'"),
    "no dose": ("mg q24h", "'mg' in column 1", "a dose, as '400 mg'"),
    "negative dose": ("-400 mg", "'-400' in column 1", "a dose above 0"),
    "no amount": ("0 mg", "'0' in column 1", "a dose above 0"),
    "endless number": ("1" * 50 + " mg", "in column 1", "at most 40 characters"),
    "interval without unit": ("100 mg q24 x 7", "'x' in column 12", "h, d or w after 'q24'"),
    "interval without number": ("100 mg q x 7", "'x' in column 10", "a number after 'q'"),
    "no interval": ("100 mg q0h", "'0' in column 9", "an interval of a minute to a century"),
    "word": ("100 mg daily", "'daily' in column 8", "how often, as 'q24h'"),
    "full stop": ("100 mg q24h.", "'.' in column 12", "or the end"),
    "courses side by side": ("100 mg x 7 200 mg", "'200' in column 12", "'then' or a comma"),
    "nothing after then": ("100 mg x 7 then", "the end in column 16", "a dose, as '400 mg'"),
    "earlier course without count": ("100 mg then 200 mg", "'then' in column 8", "a count for the course"),
    "another unit later": ("1 mg x 7 then 1 study dose", "'study' in column 17", "'mg', as in the courses"),
    "no doses": ("100 mg x 0", "'0' in column 10", "a whole number of doses, 1 or more"),
    "part of a dose": ("100 mg x 7.5", "'7.5' in column 10", "a whole number of doses, 1 or more"),
    "part of an interval": ("100 mg x 7.5 d", "'7.5' in column 10", "a whole number of intervals of 24 h"),
    "part of a week": ("100 mg qw for 10 d", "'10' in column 15", "a whole number of intervals of 168 h"),
    "length without unit": ("100 mg for 7 then 200 mg", "'then' in column 14", "h, d or w after a length"),
    "two lengths": ("100 mg x 7 for 7 d", "'for' in column 12", "'then' or a comma"),
    "more than a century": ("100 mg x 999999", "'999999' in column 10", "a course of at most a century"),
    "a millennium": ("100 mg for 365250 d", "'365250' in column 12", "a course of at most a century"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "printed"), READ.values(), ids=READ)
def test_a_regimen_is_read_and_printed_in_one_way(text: str, printed: str) -> None:
    courses = parse_regimen(text)
    assert print_courses(courses) == printed
    assert parse_regimen(printed) == courses


@pytest.mark.parametrize(("often", "expected"), OFTEN.items())
def test_intervals_are_days_to_the_last_digit_and_are_printed_as_hours(
    often: str, expected: tuple[float, str]
) -> None:
    (course,) = parse_regimen(f"100 mg {often}")
    assert (course.interval, print_courses([course])) == (expected[0], f"100 mg {expected[1]}")


def test_a_course_says_what_it_is() -> None:
    first, last = parse_regimen("20 mg tid x 7 d then 400 mg tid")
    assert first == Course(20.0, "mg", 8 / 24, 21)
    assert last == Course(400.0, "mg", 8 / 24, None)
    assert (first.days, last.days) == (7.0, None)


@pytest.mark.parametrize(("text", "found", "needed"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_regimen_is_refused_at_its_word(text: str, found: str, needed: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_regimen(text, "my_study.toml: arms.1.regimen")
    (finding,) = caught.value.findings
    assert finding.where == "my_study.toml: arms.1.regimen"
    assert found in finding.found
    assert needed in finding.needed
    assert finding.remedy


def test_a_long_text_is_shown_about_the_wrong_word() -> None:
    with pytest.raises(InputError) as caught:
        parse_regimen("20 mg q24h x 7 then " * 50 + "40 grams then" + " 20 mg" * 50)
    (finding,) = caught.value.findings
    assert finding.found.startswith("'grams' in column 1004 of '...")
    assert finding.found.endswith("...'")
    assert "then 40 grams then 20 mg" in finding.found
    assert len(finding.found) < 130


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ((0.0, "mg"), "amount"),
        ((float("nan"), "mg"), "amount"),
        ((float("inf"), "mg"), "amount"),
        ((100.0, "g"), "unit"),
        ((100.0, "mg", 0.0), "interval"),
        ((100.0, "mg", 1e6), "interval"),
        ((100.0, "mg", 1.0, 0), "doses"),
        ((100.0, "mg", 1.0, 10**6), "doses"),
    ],
)
def test_a_course_that_cannot_be_taken_is_refused(values: tuple, key: str) -> None:
    with pytest.raises(InputError, match=f"course: {key}"):
        Course(*values)

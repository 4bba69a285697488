"""Lines of a treatment: what they say, and which doses they give."""

import pytest

from remit.errors import InputError
from remit.treatment import parse_given


def doses(text: str, end: float) -> list[tuple[float, float]]:
    """Time and amount of every dose."""
    return [
        (round(each.start + k * each.interval, 9), each.amount)
        for each in parse_given(text).segments(end)
        for k in range(each.additional + 1)
    ]


def test_courses_follow_one_another():
    assert doses("venetoclax 20 mg q24h x 2 then 50 mg q24h", 4) == [(0, 20), (1, 20), (2, 50), (3, 50)]


def test_no_dose_is_given_at_the_end_or_after_it():
    assert doses("ibrutinib 420 mg q24h", 3) == [(0, 420), (1, 420), (2, 420)]
    assert doses("ibrutinib 420 mg q24h until day 2", 9) == [(0, 420), (1, 420)]
    assert doses("ibrutinib 420 mg q24h from day 9", 9) == []


def test_a_course_longer_than_the_time_is_cut():
    assert len(doses("venetoclax 20 mg q24h x 7 then 50 mg q24h x 7", 10)) == 10


def test_twice_a_day_is_every_half_day():
    assert doses("acalabrutinib 100 mg q12h", 1.25) == [(0, 100), (0.5, 100), (1, 100)]


def test_cycles_repeat_and_end():
    found = doses("bendamustine 90 mg/m2 q24h x 2 every 28 d x 2 from day 3", 200)
    assert [time for time, _ in found] == [3, 4, 31, 32]
    weeks = doses("azacitidine 75 mg/m2 q24h x 7 every 4 weeks", 60)
    assert len(weeks) == 7 + 7 + 4


def test_a_course_that_goes_on_is_cut_by_its_cycle():
    assert [time for time, _ in doses("a 1 dose q24h until day 40 every 20 d x 1", 90)] == list(range(20))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no drug and regimen"),
        ("venetoclax", "no drug and regimen"),
        ("400 mg q24h", "no drug and regimen"),
        ("venetoclax four mg", "a dose"),
        ("venetoclax 400 mg q24h x", "how many doses"),
        ("venetoclax 400 mg q24h every 0 d", "do not overlap"),
        ("bendamustine 90 mg/m2 q24h x 30 every 28 d", "do not overlap"),
        ("venetoclax 400 mg q24h from day 9 until day 9", "an end after the start"),
        ("venetoclax 400 mg q24h from day 1.2.3", "a number of days"),
        ("venetoclax 400 mg q24h from day 99999", "a century"),
        ("rituximab 375 mg/m3 q28d", "m2"),
        ("bendamustine 90 mg/m2 q24h x 2 every 28 d x 0", "1 cycle or more"),
        ("a 1 dose q24h x 7 every 28 d x 6 then 2 dose q24h", "after all courses"),
    ],
)
def test_a_line_that_cannot_be_used_says_what_was_needed(text, says):
    with pytest.raises(InputError) as caught:
        parse_given(text)
    assert says in str(caught.value)
    assert "treatment" in str(caught.value)

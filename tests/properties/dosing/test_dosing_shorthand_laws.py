"""Laws of the shorthand: what is printed is read back exactly, and no text ends in a traceback."""

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from remit.dosing import Course, parse_regimen, print_courses
from remit.dosing.shorthand import LEAST, LONGEST, MOST, SHORTEST, UNITS, interval_text
from remit.errors import InputError
from remit.library import open_library
from remit.library.load import Document
from remit.library.opening import shipped_shelf
from remit.library.study_checks import check_study

amounts = st.floats(LEAST, MOST) | st.integers(1, 1000).map(lambda n: n / 8)
intervals = (
    st.floats(SHORTEST, LONGEST)
    | st.integers(1, 400).map(lambda n: n / 24)
    | st.sampled_from([0.1, 0.3, 7.0])
)
units = st.sampled_from(UNITS)

WORDS = (
    "100", "0.5", "7", "0", "-5", "1e3", ".", "99999999999", "mg", "MG", "study", "dose", "x", "for", "then",
    ",", "q", "q24h", "q0.5d", "q1w", "q0h", "qd", "bid", "tid", "qw", "h", "d", "w", "days",
    "\n", "²", "İ", "٣",
)  # fmt: skip
texts = st.text() | st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join)


@st.composite
def regimens(draw: st.DrawFn, one_interval: bool = False) -> tuple[Course, ...]:
    """Courses of one unit, all but the last with an end."""
    unit, shared = draw(units), draw(intervals)
    found: list[Course] = []
    for _ in range(draw(st.integers(0, 4))):
        interval = shared if one_interval else draw(intervals)
        found.append(Course(draw(amounts), unit, interval, draw(st.integers(1, int(LONGEST / interval)))))
    interval = shared if one_interval else draw(intervals)
    ending = st.none() if one_interval else st.none() | st.integers(1, int(LONGEST / interval))
    return (*found, Course(draw(amounts), unit, interval, draw(ending)))


@given(regimens())
def test_what_is_printed_is_read_back_exactly(courses: tuple[Course, ...]) -> None:
    assert parse_regimen(print_courses(courses)) == courses


@given(intervals)
def test_an_interval_is_printed_as_a_number_that_is_exactly_it(interval: float) -> None:
    number, unit = interval_text(interval)
    assert float(Fraction(number) / (24 if unit == "h" else 1)) == interval


@settings(max_examples=500)
@given(texts)
@example("9" * 5000 + " mg")
@example("1 mg q" + "9" * 5000 + "d")
@example("1 mg x " + "9" * 30)
@example("1 mg x " + "9" * 30 + " w")
@example("1 mg q0." + "0" * 30 + "1d x 1 d")
@example("\ud800 mg")
def test_any_text_is_a_regimen_or_one_finding(text: str) -> None:
    try:
        courses = parse_regimen(text, "here")
    except InputError as error:
        (finding,) = error.findings
        assert finding.where == "here"
        assert " in column " in finding.found
        assert finding.needed and finding.remedy
        assert "\n" not in str(finding.found) and len(finding.found) < 400
    else:
        printed = print_courses(courses)
        assert parse_regimen(printed) == courses
        assert print_courses(parse_regimen(printed)) == printed


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["20 mg", "0.5 MG", ".125mg", "1 mg"]),
            st.sampled_from(["", "q24h", "QD", "bid", "tid", "q0.5d", "qw", "q1w"]),
            st.sampled_from(["x 7", "x14", "for 1 w", "x 14 d", "X 2 weeks", "for 28 days"]),
            st.sampled_from([" then ", ", ", ", then ", ",\n"]),
        ),
        max_size=5,
    )
)
def test_printing_what_was_read_changes_nothing_the_second_time(parts: list[tuple[str, ...]]) -> None:
    text = "".join(f"{dose} {often} {length}{between}" for dose, often, length, between in parts) + "400 mg"
    courses = parse_regimen(text)
    assert len(courses) == len(parts) + 1
    assert parse_regimen(print_courses(courses)) == courses
    assert print_courses(parse_regimen(print_courses(courses))) == print_courses(courses)


@given(texts | st.sampled_from([1, True, None, [], ["400 mg"], {"x": 1}]))
def test_an_arm_with_any_line_gives_findings_and_no_other_error(line: object) -> None:
    study, shelf = open_library().document("studies/mcl_btki_treated"), shipped_shelf()
    arms = [dict(each) for each in study.data["arms"]]
    arms[1] = {"treatment": [line], **{key: arms[1][key] for key in ("name", "role")}}
    document = Document(study.folder, study.name, "odd.toml", {**study.data, "arms": arms})
    found = check_study(document, shelf.documents, shelf.sources)
    assert all("odd.toml: arms.2.treatment" in each.where or "scenarios" in each.where for each in found)

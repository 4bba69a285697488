"""Files as data sets: cells as text, lines as in the file, and one error where it is no such file."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import InputError
from remit.events.data_set import from_frame, plain_table, read_data_set

CELLS = st.text(st.sampled_from("0123456789.-eE xé"), max_size=4)


def written(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"])
)
def test_plain_files_are_read_as_any_other(tmp_path_factory, rows, end):
    folder = tmp_path_factory.mktemp("plain")
    text = end.join([",".join(row) for row in [["a", "b", "c"], *rows]])
    plain = plain_table(text.encode())
    assert plain is not None
    assert plain.rows() == [tuple(row) for row in rows]
    quoted = end.join([",".join(f'"{cell}"' for cell in row) for row in [["a", "b", "c"], *rows]])
    found = read_data_set(written(folder, quoted))
    assert found.frame.equals(plain)
    assert found.lines.tolist() == list(range(2, len(rows) + 2))


def test_blank_lines_are_passed_over_and_counted(tmp_path):
    found = read_data_set(written(tmp_path, "a,b\n1,2\n\n3,4\n"))
    assert found.frame.rows() == [("1", "2"), ("3", "4")]
    assert found.lines.tolist() == [2, 4]


def test_a_mark_of_byte_order_is_no_part_of_a_name(tmp_path):
    assert read_data_set(written(tmp_path, "\ufeffID,TIME\n1,2\n")).frame.columns == ["ID", "TIME"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no header line"),
        (b"\n", "no header line"),
        (b"a,b\n1\n", "1 values"),
        (b"a,b\n1,2,3\n", "3 values"),
        (b"a,A\n1,2\n", "A twice"),
        (b"a,\n1,2\n", "no name"),
        (b'a,b\n"1,2\n', "comma-separated values"),
        (b"a,b\n\xff,2\n", "not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        read_data_set(written(tmp_path, text))


def test_of_many_findings_the_first_are_listed_and_the_rest_counted(tmp_path):
    path = written(tmp_path, "a,b\n" + "1\n" * 100)
    with pytest.raises(InputError) as caught:
        read_data_set(path)
    assert len(caught.value.findings) == 21
    assert caught.value.findings[-1].found == "80 more problems like these"


def test_numbers_are_read_strictly():
    data = from_frame(pl.DataFrame({"x": ["1", " 2.5 ", "-3e2", ".", ""]}))
    values, findings = data.numbers("X", 0.0)
    assert not findings
    np.testing.assert_array_equal(values, [1.0, 2.5, -300.0, 0.0, 0.0])
    _, findings = data.numbers("x")
    assert [each.where for each in findings] == ["data: line 5, column x", "data: line 6, column x"]


def test_a_table_in_memory_may_have_nulls_and_numbers():
    data = from_frame(pl.DataFrame({"ID": [1, 2], "AMT": [None, 0.1]}))
    values, findings = data.numbers("AMT", 0.0)
    assert not findings
    assert values.tolist() == [0.0, 0.1]

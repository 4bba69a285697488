"""How the benchmark judges: errors of a solution, and times at matched accuracy."""

import numpy as np
import pytest
from benchmarks import page
from benchmarks.accuracy import MATCHED, Error, error, matched
from benchmarks.models import two_drug_patients


@pytest.fixture(scope="module")
def workload():
    return two_drug_patients.workload(3)


def seen(workload):
    """Observables of untreated patients, the same at two times."""
    return np.repeat(workload.observed(workload.state[:, None]), 2, axis=1)


def test_no_difference_is_no_error(workload):
    found = error(workload, seen(workload), seen(workload))
    assert (found.burden, found.counts, found.unsolved) == (0.0, 0.0, 0)


def test_errors_are_the_largest_over_patients_and_times(workload):
    wrong = seen(workload)
    wrong[1, 1, workload.equations.observables.index("total_burden")] *= 10**0.01
    wrong[2, 0, workload.equations.observables.index("platelets")] *= 1.003
    found = error(workload, wrong, seen(workload))
    assert found.burden == pytest.approx(0.01)
    assert found.counts == pytest.approx(0.003)


def test_a_burden_below_the_floor_is_not_judged(workload):
    true, wrong = seen(workload), seen(workload)
    column = workload.equations.observables.index("blood_burden")
    true[..., column], wrong[..., column] = 1e-12, 1e-10
    assert error(workload, wrong, true).burden == 0.0


def test_a_patient_that_was_not_solved_is_counted(workload):
    wrong = seen(workload)
    wrong[1] = np.nan
    found = error(workload, wrong, seen(workload))
    assert (found.burden, found.unsolved) == (0.0, 1)


def errors(*burdens, unsolved=0):
    return [Error(burden, 0.0, unsolved) for burden in burdens]


def test_time_at_matched_accuracy_lies_between_the_neighbours_on_a_log_scale():
    found = matched([1e-3, 1e-4], errors(MATCHED * 10, MATCHED / 10), [10.0, 40.0])
    assert found.ms == pytest.approx(20.0)


def test_a_tolerance_that_is_accurate_enough_counts_as_it_is():
    assert matched([1e-2, 1e-3], errors(MATCHED / 2, MATCHED / 20), [10.0, 15.0]).ms == 10.0


def test_a_tool_that_is_never_accurate_enough_has_no_time():
    assert np.isnan(matched([1e-2, 1e-3], errors(1.0, MATCHED * 2), [10.0, 15.0]).ms)


def test_a_tolerance_at_which_a_patient_was_lost_does_not_count():
    lost, solved = errors(MATCHED / 2, unsolved=1), errors(MATCHED / 20)
    assert matched([1e-2, 1e-3], [*lost, *solved], [10.0, 15.0]).ms == 15.0


def test_a_section_of_the_page_is_replaced_and_the_rest_is_left(tmp_path):
    file = tmp_path / "page.md"
    file.write_text(f"before\n{page.BEGIN.format('one')}\nold\n{page.END.format('one')}\nafter\n")
    page.write("one", "new", file)
    assert (
        file.read_text() == f"before\n{page.BEGIN.format('one')}\n\nnew\n\n{page.END.format('one')}\nafter\n"
    )
    with pytest.raises(ValueError, match="no section"):
        page.write("two", "new", file)


def test_a_table_prints_as_aligned_markdown():
    table = page.Table("Title", ("Tool", "ms"), [("remit", "9.5"), ("other", "120")], ["A remark."])
    lines = str(table).splitlines()
    assert lines[2:6] == ["| Tool  |  ms |", "| ----- | --: |", "| remit | 9.5 |", "| other | 120 |"]
    assert lines[-1] == "A remark."

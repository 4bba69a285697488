"""Inputs that begin again before they end: one compartment, by superposition, in every back end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.dosing import DoseRecords, constant_input, no_doses, together
from remit.run.averaged import AveragedBlock
from remit.solve import Equations, KernelBlock, ReferenceBlock, compile_kernel
from remit.solve.object_code import WIDTHS

KE, AMOUNT = 0.5, 7.0
ONE_COMPARTMENT = Equations(
    name="one_compartment",
    states=("central",),
    parameters=("ke",),
    observables=("central",),
    rates=lambda y, p: (-p["ke"] * y[0],),
    observe=lambda y, p: (y[0],),
    levels=(1.0,),
)


def kernel_of(width):
    """Blocks of compiled code for so many patients abreast."""

    def build(n=1):
        compiled = compile_kernel(ONE_COMPARTMENT, width)
        return KernelBlock(compiled, np.full((n, 1), KE), np.zeros((n, 1)), np.empty((n, 0)), rtol=1e-8)

    return build


kernel = kernel_of(None)


def reference(n=1):
    return ReferenceBlock(ONE_COMPARTMENT, np.full((n, 1), KE), np.zeros((n, 1)), np.empty((n, 0)), rtol=1e-8)


every_kernel = [pytest.param(kernel_of(width), id=f"kernel of width {width}") for width in WIDTHS]
every_back_end = pytest.mark.parametrize("block_of", [*every_kernel, pytest.param(reference, id="scipy")])
RECORDS = {
    "two or three at once": (0.3, 2.5, 1.0, 3),
    "each end at a begin": (0.0, 2.0, 1.0, 4),
    "each end at a begin, by rounded times": (0.3, 0.7, 0.1, 12),
    "an end just before a begin": (1.0, 1.2, 1 / 3, 6),
    "all begin before one ends": (0.0, 4.0, 0.25, 5),
    "alternate": (0.0, 0.5, 1.0, 3),
}
"""Time, duration, interval, additional."""
every_record = pytest.mark.parametrize("times", RECORDS.values(), ids=RECORDS)


def repeated(time, duration, interval, additional, amount=AMOUNT):
    """One patient's record of an input that repeats."""

    def column(value, kind=float):
        return np.array([[value]], dtype=kind)

    return DoseRecords(
        column(time),
        column(amount),
        column(0, np.int64),
        column(duration),
        column(interval),
        column(additional, np.int64),
    )


def starts_of(time, interval, additional):
    return time + np.arange(additional + 1) * interval


def singles(time, duration, interval, additional, amount=AMOUNT):
    """The same, each input a record of its own."""
    starts = starts_of(time, interval, additional)
    return together(*(repeated(start, duration, 0.0, 0, amount) for start in starts))


def left_of(time, duration, interval, additional, since):
    """What is left of each input from a time on, as records of their own."""
    starts = starts_of(time, interval, additional)
    rate, begin = np.full(1, AMOUNT / duration), np.maximum(starts, since)
    return together(
        *(
            constant_input(b[None], np.array([s + duration]), rate, 0)
            for b, s in zip(begin, starts, strict=True)
        )
    )


def infused(looks, time, duration, interval, additional):
    """Closed form: every input alone, added up."""
    total = np.zeros_like(looks)
    for start in starts_of(time, interval, additional):
        during = np.clip(looks - start, 0, duration)
        after = np.clip(looks - start - duration, 0, None)
        total += AMOUNT / duration / KE * (1 - np.exp(-KE * during)) * np.exp(-KE * after)
    return total


def changes_of(time, duration, interval, additional):
    """Times at which an input begins or ends."""
    starts = starts_of(time, interval, additional)
    return np.unique(np.concatenate([starts, starts + duration]))


@every_back_end
@every_record
def test_the_course_is_the_sum_of_the_inputs(block_of, times):
    changes = changes_of(*times)
    looks = np.unique(np.concatenate([changes, np.linspace(0.05, changes[-1] + 2, 23)]))
    block = block_of()
    seen = block.advance(looks[-1:], repeated(*times), looks[None])
    np.testing.assert_allclose(seen[0, :, 0], infused(looks, *times), rtol=1e-6, atol=1e-8)


@every_back_end
@every_record
def test_it_may_stop_at_any_begin_or_end_and_no_input_goes_on_from_there(block_of, times):
    stops = changes_of(*times)
    n = len(stops)
    one = repeated(*times)
    columns = (one.time, one.amount, one.state, one.duration, one.interval, one.additional)
    block = block_of(n)
    block.advance(stops, DoseRecords(*(np.repeat(each, n, axis=0) for each in columns)), np.empty((n, 0)))
    np.testing.assert_allclose(block.state[:, 0], infused(stops, *times), rtol=1e-6, atol=1e-8)
    block.advance(stops + 1.5, no_doses(n), np.empty((n, 0)))
    expected = infused(stops, *times) * np.exp(-KE * 1.5)
    np.testing.assert_allclose(block.state[:, 0], expected, rtol=1e-6, atol=1e-8)


@every_back_end
@pytest.mark.parametrize("stop", [1.9, 2.3])
def test_what_is_left_of_an_input_is_a_record_of_the_next_interval(block_of, stop):
    times = RECORDS["two or three at once"]
    block = block_of()
    block.advance(np.array([stop]), repeated(*times), np.empty((1, 0)))
    looks = np.array([stop + 0.2, 3.0, 5.8, 8.0])
    seen = block.advance(looks[-1:], left_of(*times, stop), looks[None])
    np.testing.assert_allclose(seen[0, :, 0], infused(looks, *times), rtol=1e-6)


@every_back_end
def test_inputs_of_several_records_may_end_and_begin_at_once(block_of):
    """On day 3.5 the second input of the first record ends, the first of the other, and its third begins."""
    one, other = (0.0, 2.5, 1.0, 2), (0.5, 3.0, 1.5, 2)
    looks = np.array([0.7, 2.5, 3.4, 3.5, 3.6, 4.5, 6.5, 8.0])
    block = block_of()
    seen = block.advance(looks[-1:], together(repeated(*one), repeated(*other)), looks[None])
    expected = infused(looks, *one) + infused(looks, *other)
    np.testing.assert_allclose(seen[0, :, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("block_of", [kernel, reference], ids=["kernel", "scipy"])
@settings(max_examples=30)
@given(
    st.floats(0.0, 2.0),
    st.floats(0.05, 2.0),
    st.one_of(st.integers(1, 5), st.floats(0.1, 5.0)),
    st.integers(0, 8),
    st.floats(0.1, 1e4),
    st.floats(0.5, 15.0),
)
def test_a_record_is_the_same_as_its_inputs_one_by_one(
    block_of, time, interval, at_once, additional, amount, until
):
    record = (time, at_once * interval, interval, additional, amount)
    looks = np.linspace(0.0, until, 9)
    found, expected = (
        block_of().advance(np.array([until]), records, looks[None])
        for records in (repeated(*record), singles(*record))
    )
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * expected.max())


@every_record
def test_an_averaged_block_takes_inputs_that_last_as_they_are(times):
    looks = np.linspace(0.1, 9.0, 17)
    averaged = AveragedBlock(kernel()).advance(looks[-1:], repeated(*times), looks[None])
    np.testing.assert_array_equal(averaged, kernel().advance(looks[-1:], repeated(*times), looks[None]))
    np.testing.assert_allclose(averaged[0, :, 0], infused(looks, *times), rtol=1e-6, atol=1e-8)

"""The pace of the fold while notes arrive: short slices, pauses, and yet as many facts as come in."""

import pytest

from passalong.flow.fold.pace import LEAST, LONGEST_PAUSE_S, MANY_A_SECOND, PATIENCE, QUIET_S, SLICE_S, Pace
from passalong.flow.fold.worker import LARGE_SLICE, LARGE_SLICE_S

LARGEST = 100
EACH_SLICE_S, EACH_FACT_S = 0.0043, 0.0006
"""The processor time of a slice and of a fact in it, as measured for first visits."""


def busy(size: int) -> Pace:
    """A pace at that size, while notes arrive."""
    pace = Pace(LARGEST)
    pace.pause_s(size, SLICE_S, 0.0, notes=1, backlog=0)
    pace.size = size
    return pace


def test_without_notes_slices_are_large_and_need_no_pause() -> None:
    pace = Pace(LARGEST)
    assert pace.pause_s(LARGEST, 0.07, 10.0, notes=0, backlog=0) == 0
    assert pace.size == LARGEST


@pytest.mark.parametrize(("folded", "size"), [(1, LEAST), (3, 6), (40, 80), (90, LARGEST)])
def test_a_slice_that_was_not_full_proves_no_more_than_twice_its_size(folded: int, size: int) -> None:
    pace = Pace(LARGEST)
    pace.pause_s(folded, 0.008, 10.0, notes=1, backlog=0)
    assert pace.size == size


@pytest.mark.parametrize(
    ("size", "took_s", "after"),
    [
        (100, 6 * SLICE_S, 17),
        (20, 2 * SLICE_S, 11),
        (20, SLICE_S / 1.5, 31),
        (20, SLICE_S / 50, 40),
        (80, SLICE_S / 50, LARGEST),
        (LEAST, 100 * SLICE_S, LEAST),
    ],
)
def test_a_full_slice_is_followed_by_one_that_notes_hardly_wait_for(size: int, took_s: float, after: int) -> None:
    pace = busy(size)
    pace.pause_s(size, took_s, 10.0, notes=2, backlog=0)
    assert pace.size == after


def test_a_slice_that_failed_folded_nothing_and_the_next_is_small() -> None:
    pace = busy(50)
    pace.pause_s(0, 0.001, 10.0, notes=2, backlog=0)
    assert pace.size == LEAST


def test_folding_takes_half_of_the_time_and_a_quarter_where_many_notes_wait() -> None:
    pace = busy(20)
    few, many = int(MANY_A_SECOND * SLICE_S), int(MANY_A_SECOND * SLICE_S) + 1
    assert pace.pause_s(20, SLICE_S, 10.0, notes=2, backlog=few) == SLICE_S
    assert pace.pause_s(20, SLICE_S, 10.0, notes=3, backlog=many) == PATIENCE * SLICE_S
    assert pace.pause_s(20, 60.0, 10.0, notes=4, backlog=0) == LONGEST_PAUSE_S


def test_notes_that_cease_let_slices_be_large_again() -> None:
    pace = busy(20)
    pace.pause_s(20, SLICE_S, 10.0, notes=2, backlog=0)
    assert pace.pause_s(20, SLICE_S, 10.0 + QUIET_S, notes=2, backlog=0) > 0
    assert pace.pause_s(20, SLICE_S, 10.01 + QUIET_S, notes=2, backlog=0) == 0
    assert pace.size == LARGEST


@pytest.mark.parametrize(
    ("pace", "each_slice_s", "each_fact_s", "meant_s"),
    [
        (Pace(LARGEST), EACH_SLICE_S, EACH_FACT_S, SLICE_S),
        (Pace(LARGE_SLICE, LARGE_SLICE_S), 0.024, 0.00075, LARGE_SLICE_S),
    ],
    ids=["SQLite", "PostgreSQL"],
)
def test_300_notes_a_second_are_folded_as_they_come_in_slices_of_at_most_about_the_length_that_was_meant(
    pace: Pace, each_slice_s: float, each_fact_s: float, meant_s: float
) -> None:
    """On PostgreSQL a slice takes long for its round trips alone: short ones would fall behind."""
    now_s, folded, longest_s = 0.0, 0, 0.0
    while now_s < 60:
        arrived = int(now_s * 300) + 1
        size = min(pace.size, arrived - folded)
        took_s = each_slice_s + each_fact_s * size
        folded, now_s, longest_s = folded + size, now_s + took_s, max(longest_s, took_s)
        now_s += pace.pause_s(size, took_s, now_s, notes=arrived, backlog=int(300 * took_s))
    assert longest_s < 1.25 * meant_s
    assert now_s * 300 - folded < 300 * 3 * (each_slice_s + meant_s)

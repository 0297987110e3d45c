"""The size of the next slice of a long piece of work, judged by the last one."""

import pytest

from passalong.lib.slices import LONGEST_SLICE_S, next_size


@pytest.mark.parametrize(
    ("size", "took_s", "expected"),
    [
        (100, 5 * LONGEST_SLICE_S, 20),
        (20, LONGEST_SLICE_S, 20),
        (20, LONGEST_SLICE_S / 1.5, 30),
        (20, LONGEST_SLICE_S / 50, 40),
        (100, LONGEST_SLICE_S / 50, 100),
        (1, 100 * LONGEST_SLICE_S, 1),
    ],
)
def test_a_slice_is_cut_to_what_notes_may_wait(size: int, took_s: float, expected: int) -> None:
    assert next_size(size, 100, took_s) == expected

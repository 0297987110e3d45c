"""The schedule of retries, on both sides of each limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.webhooks.schedule import (
    DAY_MS,
    LONGEST_ASKED_MS,
    PAUSE_AFTER_MS,
    RETRY_MS,
    Answer,
    break_ms,
    is_to_pause,
    retry_wait_ms,
)


def test_twelve_attempts_take_three_days_and_less_than_four() -> None:
    waits = [retry_wait_ms(failures, 0, chance=0.0) or 0 for failures in range(1, len(RETRY_MS) + 1)]
    longest = [retry_wait_ms(failures, 0, chance=0.999) or 0 for failures in range(1, len(RETRY_MS) + 1)]
    assert 3 * DAY_MS <= sum(waits) <= sum(longest) <= 4 * DAY_MS
    assert retry_wait_ms(len(RETRY_MS) + 1, 0, chance=0.5) is None


@given(st.integers(1, len(RETRY_MS)), st.integers(0, 10**12), st.floats(0, 0.999))
def test_a_wait_is_never_shorter_than_planned_nor_longer_than_a_receiver_may_ask_for(
    failures: int, asked_ms: int, chance: float
) -> None:
    wait_ms = retry_wait_ms(failures, asked_ms, chance) or 0
    assert RETRY_MS[failures - 1] <= wait_ms <= 1.2 * max(RETRY_MS[failures - 1], min(asked_ms, LONGEST_ASKED_MS))


@given(st.integers(1, 10**6))
def test_a_break_grows_to_ten_minutes_and_no_further(failures: int) -> None:
    assert 5_000 <= break_ms(failures, 0) <= break_ms(failures + 1, 0) <= 600_000


@pytest.mark.parametrize(
    ("status", "failed_ms", "why"),
    [
        (500, PAUSE_AFTER_MS - 1, ""),
        (500, PAUSE_AFTER_MS, "failing"),
        (None, PAUSE_AFTER_MS, "failing"),
        (410, 0, "gone"),
        (409, 0, ""),
    ],
)
def test_a_webhook_is_paused_after_three_days_or_when_its_receiver_is_gone(
    status: int | None, failed_ms: int, why: str
) -> None:
    assert is_to_pause(Answer(status, 1, error="no"), 1_000, 1_000 + failed_ms) == why

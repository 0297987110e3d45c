"""The months of a site whose time zone changes: each moment is in one month, and no month comes back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.dates import Zones, period_after, site_period_of, site_period_start_ms

HOUR_MS = 3_600_000
FIRST_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000
ZONES = st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Asia/Tokyo"])


@st.composite
def any_zones(draw: st.DrawFn) -> Zones:
    """Up to three changes of the time zone within two days of the first of November."""
    untils = sorted(draw(st.lists(st.integers(-48, 48), max_size=3)))
    former = [(draw(ZONES), FIRST_MS + hours * HOUR_MS) for hours in untils]
    return [*former, (draw(ZONES), None)]


@given(zones=any_zones(), minutes=st.integers(-4_000, 4_000))
def test_each_moment_is_in_exactly_the_month_whose_edges_are_around_it(zones: Zones, minutes: int) -> None:
    at_ms = FIRST_MS + minutes * 60_000
    period = site_period_of(at_ms, zones)
    assert site_period_start_ms(period, zones) <= at_ms < site_period_start_ms(period_after(period), zones)


@pytest.mark.parametrize(
    ("zones", "hours"),
    [
        ([("Asia/Tokyo", FIRST_MS - 5 * HOUR_MS), ("America/New_York", None)], -9),
        ([("UTC", FIRST_MS - 5 * HOUR_MS), ("Asia/Tokyo", None)], -5),
        ([("UTC", FIRST_MS - 20 * HOUR_MS), ("Asia/Tokyo", None)], -9),
    ],
    ids=["west, after it began", "east, into it", "east, before it began"],
)
def test_a_month_begins_once(zones: Zones, hours: int) -> None:
    assert site_period_start_ms("2026-11", zones) == FIRST_MS + hours * HOUR_MS

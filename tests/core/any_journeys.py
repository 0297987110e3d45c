"""Journeys that nobody would think of, for hypothesis."""

from hypothesis import strategies as st
from msgspec.structs import replace

from core.journeys import PURCHASE_MS, a_journey
from passalong.core.attribution.allocate import (
    BURST_MS,
    DAY_MS,
    Hop,
    Journey,
    Touch,
)
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms

PEOPLE = [*"abcdefghijklmn", "cleo"]
TERMS = [
    Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),), window_days=30),
    Terms(goals=(Goal("purchase", "EUR", rate_bp=333),), window_days=90, version=2),
    Terms(goals=(Goal("purchase", "EUR", fixed_micros=1_000_001),), window_days=1, version=3),
    Terms(goals=(Goal("purchase", POINTS, fixed_micros=7 * MICROS),), version=4),
    Terms(goals=(), version=5),
    Terms(goals=(Goal("purchase", "EUR", rate_bp=2_000, welcome_micros=3 * MICROS),), version=6, hold_days=14),
    Terms(goals=(Goal("purchase", POINTS, fixed_micros=MICROS, welcome_micros=9 * MICROS),), window_days=60, version=7),
    Terms(goals=(Goal("purchase", "EUR", rate_bp=900, cap_micros=5 * MICROS, welcome_micros=MICROS),), version=8),
]

people = st.sampled_from(PEOPLE)
ages = st.one_of(
    st.integers(-DAY_MS, 95 * DAY_MS),
    st.integers(0, 3 * BURST_MS),
    st.sampled_from([0, -1, 30 * DAY_MS, 30 * DAY_MS + 1, DAY_MS, DAY_MS + 1]),
)


@st.composite
def touches(draw: st.DrawFn) -> Touch:
    """An arrival by a link of up to six generations."""
    owners = draw(st.lists(people, min_size=1, max_size=6))
    number = draw(st.integers(0, 999))
    path = tuple(Hop(f"s{number}-{place}", owner) for place, owner in enumerate(owners))
    return Touch(f"e{number:03}", PURCHASE_MS - draw(ages), path, draw(st.sampled_from(TERMS)))


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """A conversion of Cleo's after up to fourteen arrivals with ids of their own."""
    found = draw(st.lists(touches(), max_size=14, unique_by=lambda touch: touch.event_id))
    journey = a_journey(*found, conversion_id=draw(st.sampled_from(["o1", "o2", "o3"])))
    gross = draw(st.integers(0, 10**12))
    return replace(
        journey,
        gross_micros=gross,
        refunded_micros=draw(st.one_of(st.just(0), st.integers(0, gross + 1))),
        currency=draw(st.sampled_from(["EUR", "EUR", "USD", None])),
        terms=draw(st.sampled_from(TERMS)),
    )

"""Links of several versions of the terms: what one link promised is paid, whatever the others are worth."""

import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.any_journeys import TERMS, journeys
from core.journeys import a_journey, a_touch
from fuzzing import examples
from passalong.core.attribution.allocate import (
    DAY_MS,
    KEPT,
    POOL,
    UNATTRIBUTED,
    Allocation,
    Journey,
    Limit,
    Touch,
    allocate,
)
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms

EURO = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5 * MICROS),))
POINT = Terms(goals=(Goal("purchase", POINTS, fixed_micros=10 * MICROS, welcome_micros=2 * MICROS),), version=2)
WELCOME_ONLY_FIRST = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),), version=3)


def earned_by(allocation: Allocation, touch: Touch) -> set[tuple[str, int, str, Fraction]]:
    """What a touch pays, before rounding: (recipient, level, unit, micros)."""
    return {
        (part.recipient, part.level, part.unit, part.exact)
        for part in allocation.parts
        if part.event_id == touch.event_id and part.exact
    }


@given(journeys(), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_other_versions_never_change_what_a_touch_pays(journey: Journey, data: st.DataObject) -> None:
    """Goal, unit, rate and conditions of the others may be any; which touches count and by which model stays."""
    before = allocate(journey)
    for kept in journey.touches:
        others = tuple(
            touch if touch is kept else replace(touch, terms=_paying_as(touch.terms, data.draw(st.sampled_from(TERMS))))
            for touch in journey.touches
        )
        after = allocate(replace(journey, touches=others))
        assert earned_by(after, kept) == earned_by(before, kept)


def _paying_as(terms: Terms, other: Terms) -> Terms:
    return replace(terms, goals=other.goals, version=100 + other.version)


def amounts(allocation: Allocation) -> dict[str, dict[str, int]]:
    """Amounts that are not zero, by unit."""
    found = {pot.unit: {who: micros for who, micros in pot.amounts.items() if micros} for pot in allocation.pots}
    return {unit: paid for unit, paid in sorted(found.items()) if paid}


@given(st.lists(st.sampled_from(TERMS), min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=examples(150), deadline=None)
def test_the_order_of_touches_never_changes_what_anybody_gets(versions: list[Terms], chance: random.Random) -> None:
    wide = [replace(terms, window_days=90) for terms in versions]
    ages = list(range(1, len(wide) + 1))
    found = []
    for _ in range(3):
        touches = [
            a_touch(f"p{number}", "root", age_ms=age * DAY_MS, event_id=f"e{number}", terms=terms)
            for number, (age, terms) in enumerate(zip(ages, wide, strict=True))
        ]
        found.append(amounts(allocate(a_journey(*touches))))
        chance.shuffle(ages)
    assert found[0] == found[1] == found[2]


@given(journeys())
@settings(max_examples=examples(150), deadline=None)
def test_each_pot_sums_to_its_budget_and_the_referee_reward_on_top(journey: Journey) -> None:
    for pot in allocate(journey).pots:
        assert sum(pot.cells.values()) == pot.budget_micros + pot.referee_micros
        assert pot.cells.get((KEPT, 8), 0) <= MICROS


def test_each_promise_to_the_person_who_came_stands_in_its_unit() -> None:
    anna, ben = a_touch("anna", age_ms=5 * DAY_MS, terms=EURO), a_touch("ben", terms=POINT)
    dora = a_touch("dora", age_ms=2 * DAY_MS, terms=WELCOME_ONLY_FIRST)
    paid = amounts(allocate(a_journey(anna, ben, dora)))
    assert (paid["EUR"][KEPT], paid[POINTS][KEPT]) == (5 * MICROS, 2 * MICROS)


def test_a_cap_holds_for_what_its_own_version_pays() -> None:
    """Ben's version has a budget of 1.00 that is spent; Anna's link was shared when there was none."""
    anna, ben = a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", terms=WELCOME_ONLY_FIRST)
    spent = Limit(None, 0, Reason.BUDGET_SPENT, "EUR", WELCOME_ONLY_FIRST.version)
    found = allocate(replace(a_journey(anna, ben), limits=(spent,)))
    assert amounts(found) == {"EUR": {"anna": 4 * MICROS, POOL: MICROS, UNATTRIBUTED: 5 * MICROS}}
    assert found.refusal is None


def test_the_cap_of_an_outcome_holds_for_the_referee_reward_too() -> None:
    capped = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000, cap_micros=8 * MICROS, welcome_micros=5 * MICROS),))
    paid = amounts(allocate(a_journey(a_touch("anna", terms=capped))))
    assert paid == {"EUR": {"anna": 2_400_000, POOL: 600_000, KEPT: 5 * MICROS}}

"""What holds for every journey, whatever it looks like."""

import random
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.any_journeys import journeys
from core.journeys import a_journey, a_touch
from fuzzing import examples
from passalong.core.attribution.allocate import (
    BURST_MS,
    DAY_MS,
    Hop,
    Journey,
    allocate,
    chain,
    eligible,
    generations,
)
from passalong.core.attribution.journey import NOBODYS


@given(journeys())
@settings(max_examples=examples(200), deadline=None)
def test_amounts_are_never_negative_and_sum_to_the_budget(journey: Journey) -> None:
    allocation = allocate(journey)
    for pot in allocation.pots:
        assert all(amount >= 0 for amount in pot.amounts.values())
        assert sum(pot.amounts.values()) == pot.budget_micros + pot.referee_micros


@given(journeys(), st.randoms())
@settings(max_examples=examples(100), deadline=None)
def test_the_order_in_which_touches_are_listed_does_not_matter(journey: Journey, chance: random.Random) -> None:
    mixed = list(journey.touches)
    chance.shuffle(mixed)
    assert allocate(replace(journey, touches=tuple(mixed))) == allocate(journey)


@given(journeys())
@settings(max_examples=examples(100), deadline=None)
def test_the_converter_never_gets_credit(journey: Journey) -> None:
    allocation = allocate(journey)
    assert "cleo" not in allocation.amounts
    assert all(part.recipient != "cleo" for part in allocation.parts)


@given(journeys())
@settings(max_examples=examples(100), deadline=None)
def test_every_touch_is_kept_or_ignored_and_never_both(journey: Journey) -> None:
    kept, ignored = eligible(journey)
    names = [touch.event_id for touch in kept] + [left.event_id for left in ignored]
    assert sorted(names) == sorted(touch.event_id for touch in journey.touches)


@given(journeys())
@settings(max_examples=examples(100), deadline=None)
def test_kept_touches_are_ten_seconds_apart(journey: Journey) -> None:
    kept, _ = eligible(journey)
    assert all(later.at_ms - earlier.at_ms >= BURST_MS for earlier, later in pairwise(kept))


@given(journeys())
@settings(max_examples=examples(100), deadline=None)
def test_a_rounded_amount_is_less_than_a_micro_from_the_exact_one(journey: Journey) -> None:
    allocation = allocate(journey)
    for pot in allocation.pots:
        for recipient, amount in pot.amounts.items():
            if recipient not in NOBODYS:
                mine = [part.exact for part in allocation.parts if (part.recipient, part.unit) == (recipient, pot.unit)]
                assert abs(amount - sum(mine, Fraction(0))) < 1


@given(journeys())
@settings(max_examples=examples(100), deadline=None)
def test_touching_the_same_persons_link_again_at_the_same_moment_changes_no_amount(journey: Journey) -> None:
    """A duplicate under another id falls to the burst rule; under the same id it never gets this far."""
    kept, _ = eligible(journey)
    again = tuple(replace(touch, event_id=f"{touch.event_id}-again") for touch in kept)
    assert allocate(replace(journey, touches=journey.touches + again)).amounts == allocate(journey).amounts


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 5))
def test_cloning_oneself_gains_at_most_a_quarter(length: int, clones: int, position: int) -> None:
    """One position of a chain split into several persons: their sum is at most 25 % more than it was."""
    honest = [f"p{number}" for number in range(length)]
    place = position % length
    split = [*honest[:place], *(f"clone{number}" for number in range(clones + 1)), *honest[place + 1 :]]
    before = sum(share for who, share in _shares(honest).items() if who == honest[place])
    after = sum(share for who, share in _shares(split).items() if who.startswith("clone"))
    assert after <= before * Fraction(5, 4) or before == 0
    assert after <= 1


def test_the_bound_on_cloning_is_reached() -> None:
    """A quarter is not a guess: the closer of a chain of one, as three persons, gets it."""
    assert sum(_shares(["clone0", "clone1", "clone2"]).values()) / _shares(["anna"])["anna"] == Fraction(5, 4)


@given(st.integers(2, 6), st.data())
def test_bypassing_ancestors_gains_nothing(length: int, data: st.DataObject) -> None:
    """A person who drops those above them has no more than before."""
    honest = [f"p{number}" for number in range(length)]
    place = data.draw(st.integers(0, length - 1))
    dropped = data.draw(st.integers(place + 1, length))
    bypassing = [*honest[: place + 1], *honest[dropped:]]
    assert _shares(bypassing).get(honest[place], 0) <= _shares(honest).get(honest[place], 0)


def _shares(owners: list[str]) -> dict[str, Fraction]:
    """What each person of a chain, closest first, gets of one touch."""
    found = chain([Hop(f"s{number}", owner) for number, owner in enumerate(owners)], "cleo")
    return {hop.person: part for hop, part in zip(found, generations("fair", len(found)), strict=True)}


@given(journeys(), st.integers(0, 10**12))
@settings(max_examples=examples(100), deadline=None)
def test_a_refund_never_raises_what_is_paid(journey: Journey, more: int) -> None:
    after = replace(journey, refunded_micros=journey.refunded_micros + more)
    before = allocate(journey)
    assert all(pot.budget_micros <= before.pot(pot.unit).budget_micros for pot in allocate(after).pots)


def test_a_share_is_the_same_for_equals() -> None:
    allocation = allocate(a_journey(a_touch("a", age_ms=DAY_MS), a_touch("b", age_ms=2 * DAY_MS)))
    assert allocation.amounts["a"] == allocation.amounts["b"]

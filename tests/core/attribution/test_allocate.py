"""The rule, as tables: who is credited, how much, and why somebody is not."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from core.journeys import MINUTE_MS, PURCHASE_MS, TEN_PERCENT, a_journey, a_touch, level
from passalong.core.attribution.allocate import (
    DAY_MS,
    POOL,
    UNATTRIBUTED,
    Allocation,
    Hop,
    Journey,
    Touch,
    allocate,
    chain,
    credited_touches,
    eligible,
    generations,
    reward,
)
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms


def euros(amounts: dict[str, int]) -> dict[str, str]:
    """Amounts in words that can be compared at a glance, without what is zero."""
    return {who: f"{amount / MICROS:.2f}" for who, amount in amounts.items() if amount}


# --- the split --------------------------------------------------------------------------------------------------------

SPLITS: dict[str, tuple[tuple[Touch, ...], dict[str, str]]] = {
    "one person alone leaves two levels to the pool": ((a_touch("anna"),), {"anna": "8.00", POOL: "2.00"}),
    "a parent takes the second level": ((a_touch("ben", "anna"),), {"ben": "8.00", "anna": "1.60", POOL: "0.40"}),
    "three generations take everything": (
        (a_touch("dora", "ben", "anna"),),
        {"dora": "8.00", "ben": "1.60", "anna": "0.40"},
    ),
    "a fourth generation gets nothing": (
        (a_touch("emil", "dora", "ben", "anna"),),
        {"emil": "8.00", "dora": "1.60", "ben": "0.40"},
    ),
    "two people share equally": (
        (a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben")),
        {"anna": "4.00", "ben": "4.00", POOL: "2.00"},
    ),
    "coming three times counts once": (
        (*(a_touch("anna", age_ms=days * DAY_MS) for days in (1, 2, 3)), a_touch("ben", age_ms=4 * DAY_MS)),
        {"anna": "4.00", "ben": "4.00", POOL: "2.00"},
    ),
    "a person can be both the closer and somebody's parent": (
        (a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", "anna")),
        {"anna": "4.80", "ben": "4.00", POOL: "1.20"},
    ),
    "the chain is the one of the last touch": (
        (a_touch("ben", "dora", age_ms=2 * DAY_MS), a_touch("ben", "anna")),
        {"ben": "8.00", "anna": "1.60", POOL: "0.40"},
    ),
}


@pytest.mark.parametrize(("touches", "expected"), SPLITS.values(), ids=SPLITS)
def test_ten_euros_are_split(touches: tuple[Touch, ...], expected: dict[str, str]) -> None:
    allocation = allocate(a_journey(*touches))
    assert euros(allocation.amounts) == expected
    assert (allocation.unit, allocation.budget_micros, allocation.refusal) == ("EUR", 10 * MICROS, None)


def test_generations_are_80_16_and_4_percent() -> None:
    assert [str(part) for part in generations("fair", 4)] == ["4/5", "4/25", "1/25", "0"]


def test_every_part_says_how_it_came_about() -> None:
    parts = allocate(a_journey(a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", "anna"))).parts
    assert {(part.recipient, part.level, part.touch_share, part.level_share, part.exact) for part in parts} == {
        ("anna", 0, Fraction(1, 2), level(0), Fraction(4 * MICROS)),
        ("ben", 0, Fraction(1, 2), level(0), Fraction(4 * MICROS)),
        ("anna", 1, Fraction(1, 2), level(1), Fraction(8 * MICROS, 10)),
    }
    assert {part.reward_micros for part in parts} == {10 * MICROS}


# --- the chain --------------------------------------------------------------------------------------------------------

CHAINS = {
    "one": (["anna"], ["anna"]),
    "three": (["dora", "ben", "anna"], ["dora", "ben", "anna"]),
    "four": (["emil", "dora", "ben", "anna"], ["emil", "dora", "ben", "anna"]),
    "the converter is skipped and the next moves up": (["dora", "cleo", "anna"], ["dora", "anna"]),
    "the converter as the link's owner": (["cleo", "anna"], ["anna"]),
    "nobody stands in it twice": (["ben", "ben", "anna", "ben", "otto"], ["ben", "anna", "otto"]),
    "only the converter": (["cleo"], []),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("owners", "expected"), CHAINS.values(), ids=CHAINS)
def test_a_chain_names_who_is_paid_at_each_level(owners: list[str], expected: list[str]) -> None:
    path = [Hop(f"s{number}", owner) for number, owner in enumerate(owners)]
    assert [hop.person for hop in chain(path, "cleo")] == expected


# --- which touches count ----------------------------------------------------------------------------------------------


def windowed(days: int) -> Terms:
    """The usual terms with another window."""
    return replace(TEN_PERCENT, window_days=days)


WINDOW = [
    (30, 30 * DAY_MS - 1, None),
    (30, 30 * DAY_MS, None),
    (30, 30 * DAY_MS + 1, Reason.OUTSIDE_WINDOW),
    (1, DAY_MS, None),
    (1, DAY_MS + 1, Reason.OUTSIDE_WINDOW),
    (90, 90 * DAY_MS, None),
    (90, 90 * DAY_MS + 1, Reason.OUTSIDE_WINDOW),
    (30, 0, None),
    (30, 1, None),
    (30, -1, Reason.OUTSIDE_WINDOW),
]


@pytest.mark.parametrize(("days", "age_ms", "reason"), WINDOW)
def test_the_window_has_both_ends_in(days: int, age_ms: int, reason: Reason | None) -> None:
    kept, ignored = eligible(a_journey(a_touch("anna", age_ms=age_ms, terms=windowed(days))))
    assert [touch.owner for touch in kept] == ([] if reason else ["anna"])
    assert [left.reason for left in ignored] == ([reason] if reason else [])


def test_each_touch_has_the_window_of_its_own_terms() -> None:
    short = a_touch("anna", age_ms=8 * DAY_MS, terms=windowed(7))
    long = a_touch("ben", age_ms=60 * DAY_MS, terms=windowed(90))
    assert [touch.owner for touch in eligible(a_journey(short, long))[0]] == ["ben"]


@pytest.mark.parametrize(
    ("gap_ms", "who"),
    [(0, ["anna"]), (1, ["anna"]), (9_999, ["anna"]), (10_000, ["anna", "ben"]), (10_001, ["anna", "ben"])],
)
def test_a_second_link_within_ten_seconds_is_a_burst(gap_ms: int, who: list[str]) -> None:
    journey = a_journey(a_touch("anna", age_ms=DAY_MS), a_touch("ben", age_ms=DAY_MS - gap_ms))
    kept, ignored = eligible(journey)
    assert [touch.owner for touch in kept] == who
    assert [left.reason for left in ignored] == [Reason.BURST] * (2 - len(who))


def test_a_burst_is_measured_from_the_last_touch_that_was_kept() -> None:
    """A stream of touches 6 s apart keeps every second one; it does not swallow everything after the first."""
    touches = [a_touch(name, age_ms=DAY_MS - number * 6_000) for number, name in enumerate("abcde")]
    assert [touch.owner for touch in eligible(a_journey(*touches))[0]] == ["a", "c", "e"]


def test_a_touch_that_does_not_count_starts_no_burst() -> None:
    own = a_touch("cleo", age_ms=DAY_MS)
    after = a_touch("anna", age_ms=DAY_MS - 1)
    kept, ignored = eligible(a_journey(own, after))
    assert [touch.owner for touch in kept] == ["anna"]
    assert [left.reason for left in ignored] == [Reason.OWN_LINK]


def test_touches_of_the_same_moment_are_ordered_by_their_id() -> None:
    first, second = a_touch("ben", event_id="visit-a"), a_touch("anna", event_id="visit-b")
    for touches in ((first, second), (second, first)):
        assert [touch.event_id for touch in eligible(a_journey(*touches))[0]] == ["visit-a"]


@pytest.mark.parametrize(("people", "ignored"), [(9, 0), (10, 0), (11, 1), (12, 2)])
def test_the_ten_most_recent_people_are_credited(people: int, ignored: int) -> None:
    touches = [a_touch(f"p{number:02}", age_ms=(number + 1) * MINUTE_MS) for number in range(people)]
    allocation = allocate(a_journey(*touches))
    credited = {part.recipient for part in allocation.parts}
    assert credited == {f"p{number:02}" for number in range(min(people, 10))}
    assert [left.reason for left in allocation.ignored] == [Reason.BEYOND_TEN] * ignored
    assert {part.touch_share for part in allocation.parts} == {Fraction(1, min(people, 10))}
    assert sum(allocation.amounts.values()) == allocation.budget_micros


def test_a_person_touched_first_and_last_is_among_the_ten_most_recent() -> None:
    touches = [a_touch(f"p{number:02}", age_ms=(number + 1) * MINUTE_MS) for number in range(10)]
    again = [a_touch("anna", age_ms=DAY_MS), a_touch("anna", age_ms=30_000)]
    credited = [touch.owner for touch in credited_touches(eligible(a_journey(*touches, *again))[0])]
    assert credited[0] == "anna"
    assert "p09" not in credited


# --- no credit, and why -----------------------------------------------------------------------------------------------

REFUSALS = {
    "no code": (a_journey(), Reason.NO_TOKEN),
    "a bad code": (a_journey(refused=Reason.BAD_SIGNATURE), Reason.BAD_SIGNATURE),
    "her own link": (a_journey(a_touch("cleo")), Reason.OWN_LINK),
    "her own link with a parent": (a_journey(a_touch("cleo", "anna")), Reason.OWN_LINK),
    "too long ago": (a_journey(a_touch("anna", age_ms=31 * DAY_MS)), Reason.OUTSIDE_WINDOW),
    "afterwards": (a_journey(a_touch("anna", age_ms=-1)), Reason.OUTSIDE_WINDOW),
    "the last thing that was wrong is named": (
        a_journey(a_touch("anna", age_ms=31 * DAY_MS), a_touch("cleo")),
        Reason.OWN_LINK,
    ),
}


@pytest.mark.parametrize(("journey", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_without_a_touch_the_budget_is_nobodys(journey: Journey, reason: Reason) -> None:
    allocation = allocate(journey)
    assert allocation.refusal is reason
    assert allocation.amounts == {UNATTRIBUTED: 10 * MICROS}
    assert allocation.parts == ()


@pytest.mark.parametrize(
    ("journey", "reason"),
    [
        (a_journey(a_touch("anna"), goal="donation"), Reason.NO_MATCHING_GOAL),
        (a_journey(a_touch("anna"), currency="USD"), Reason.UNKNOWN_CURRENCY),
        (a_journey(a_touch("anna"), currency=None, gross=0), Reason.UNKNOWN_CURRENCY),
    ],
    ids=["a goal that nothing is paid for", "another currency", "no currency"],
)
def test_an_unknown_goal_pays_nothing(journey: Journey, reason: Reason) -> None:
    allocation = allocate(journey)
    assert (allocation.refusal, allocation.amounts, allocation.budget_micros) == (reason, {}, 0)


# --- refunds ----------------------------------------------------------------------------------------------------------

REFUNDS = [
    # goal, refunded of 100, budget in micros, refusal
    ("purchase", 0, 10_000_000, None),
    ("purchase", 1, 9_900_000, None),
    ("purchase", 99, 100_000, None),
    ("purchase", 100, 0, Reason.REFUNDED),
    ("purchase", 101, 0, Reason.REFUNDED),
    ("first_order", 0, 5_000_000, None),
    ("first_order", 99, 5_000_000, None),
    ("first_order", 100, 0, Reason.REFUNDED),
    ("first_order", 101, 0, Reason.REFUNDED),
]


@pytest.mark.parametrize(("goal", "refunded", "budget", "refusal"), REFUNDS)
def test_a_part_follows_refunds_and_a_fixed_amount_ends_with_the_last_cent(
    goal: str, refunded: int, budget: int, refusal: Reason | None
) -> None:
    allocation = allocate(a_journey(a_touch("anna"), goal=goal, refunded=refunded))
    assert (allocation.budget_micros, allocation.refusal) == (budget, refusal)
    assert sum(allocation.amounts.values()) == budget


def test_a_fixed_amount_is_paid_for_a_goal_without_a_value() -> None:
    allocation = allocate(a_journey(a_touch("anna"), goal="sign_up", gross=0, currency=None))
    assert (allocation.unit, euros(allocation.amounts)) == (POINTS, {"anna": "5.60", POOL: "1.40"})


@pytest.mark.parametrize(
    ("rate_bp", "micros", "expected"), [(1, 9_999, 0), (1, 10_000, 1), (10_000, 7, 7), (3_333, 10, 3)]
)
def test_a_part_of_the_value_is_cut_to_whole_micros(rate_bp: int, micros: int, expected: int) -> None:
    journey = replace(a_journey(), gross_micros=micros)
    assert reward(Goal(name="purchase", unit="EUR", rate_bp=rate_bp), journey) == expected


# --- several terms ----------------------------------------------------------------------------------------------------

FIVE_PERCENT = Terms(goals=(Goal(name="purchase", unit="EUR", rate_bp=500),), version=2, hold_days=14)
ONLY_POINTS = Terms(goals=(Goal(name="purchase", unit=POINTS, fixed_micros=MICROS),), version=3)
NOTHING = Terms(goals=(), version=4)


def test_each_touch_is_paid_by_the_terms_of_its_own_link() -> None:
    allocation = allocate(a_journey(a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", terms=FIVE_PERCENT)))
    assert allocation.budget_micros == 7_500_000  # half of 10.00 and half of 5.00
    assert euros(allocation.amounts) == {"anna": "4.00", "ben": "2.00", POOL: "1.50"}
    assert {part.recipient: part.terms_version for part in allocation.parts} == {"anna": 1, "ben": 2}


def test_the_latest_touch_brings_the_terms_and_the_longest_hold_holds() -> None:
    older, newer = a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", terms=FIVE_PERCENT)
    allocation = allocate(a_journey(older, newer))
    assert (allocation.terms_version, allocation.hold_days) == (2, 30)


def in_units(allocation: Allocation) -> dict[str, dict[str, str]]:
    """Amounts that are not zero, by unit."""
    return {
        pot.unit: euros({who: amount for who, amount in pot.amounts.items() if amount})
        for pot in sorted(allocation.pots, key=lambda pot: pot.unit)
    }


def test_one_conversion_pays_in_the_unit_of_each_touchs_own_terms() -> None:
    """Half of 10.00 EUR by Anna's link, half of a point by Ben's: each is rounded by itself and never mixes."""
    older, newer = a_touch("anna", age_ms=5 * DAY_MS), a_touch("ben", terms=ONLY_POINTS)
    expected = {"EUR": {"anna": "4.00", POOL: "1.00"}, POINTS: {"ben": "0.40", POOL: "0.10"}}
    allocation = allocate(a_journey(older, newer))
    assert (allocation.unit, in_units(allocation)) == (POINTS, expected)
    swapped = (a_touch("ben", terms=ONLY_POINTS, age_ms=5 * DAY_MS), a_touch("anna"))
    assert in_units(allocate(a_journey(*swapped))) == expected


def test_a_version_without_the_goal_takes_nothing_from_an_older_link() -> None:
    expected = {"EUR": {"anna": "4.00", POOL: "1.00"}}
    for anna, ben in ((5, 1), (1, 5)):
        touches = (a_touch("anna", age_ms=anna * DAY_MS), a_touch("ben", age_ms=ben * DAY_MS, terms=NOTHING))
        allocation = allocate(a_journey(*touches))
        assert (allocation.refusal, in_units(allocation)) == (None, expected)


def test_nothing_is_paid_where_no_links_terms_have_the_goal() -> None:
    touches = (a_touch("anna", age_ms=5 * DAY_MS, terms=NOTHING), a_touch("ben", terms=NOTHING))
    assert allocate(a_journey(*touches)).refusal is Reason.NO_MATCHING_GOAL


def test_without_touches_the_terms_of_the_day_hold() -> None:
    allocation = allocate(a_journey(terms=FIVE_PERCENT))
    assert (allocation.budget_micros, allocation.terms_version, allocation.hold_days) == (5 * MICROS, 2, 14)


def test_the_conversions_own_time_is_in_the_window() -> None:
    at_once = Touch("visit-now", PURCHASE_MS, (Hop("s1", "anna"),), TEN_PERCENT)
    assert allocate(a_journey(at_once)).refusal is None

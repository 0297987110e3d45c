"""Links of two versions of the terms lead to one purchase: each is paid as it promised, in its own unit.

Anna shared under version 1, Ben under version 2. Cleo comes by both links, in either order, and buys for 100.00 EUR.
"""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cast import a_person, anna, ben, cleo
from flow.world import SITE, STAYS, World, a_decision, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.facts import About, Action, ClockTicked
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms
from passalong.flow.explain import explain
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store import sites
from passalong.store.books.conversions import next_due_ms
from passalong.store.queries import advocates
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.credits import credits
from tables import make_tables

FIRST = replace(STAYS, goals=(*STAYS.goals[:1], Goal("purchase", "EUR", rate_bp=1_000)))
IN_POINTS = replace(FIRST, goals=(*FIRST.goals[:1], Goal("purchase", POINTS, fixed_micros=10 * MICROS)))
WITHOUT = replace(FIRST, goals=FIRST.goals[:1])
BUDGET = replace(FIRST, goals=(Goal("purchase", "EUR", rate_bp=1_000, month_budget_micros=MICROS),))


@pytest.fixture
def two(world_url: str) -> Iterator[World]:
    """A world whose books must be in order afterwards, and whose replay must come to the same journal."""
    made = World(world_url, FIRST)
    yield made
    try:
        made.check()
        assert len(set(replay.compare(made.db, SITE, make_tables))) == 1
        for subject in made.receipts():
            assert explained(made, subject) == ()
    finally:
        made.close()


def explained(world: World, subject: str) -> tuple[str, ...]:
    """Where a receipt that is worked out again differs from the stored one."""
    with world.db.reading() as session:
        site = sites.find_site(session, SITE)
        found = explain(session, site, subject) if site else None
    assert found is not None
    return tuple(found.differs)


def next_version(world: World, terms: Terms) -> None:
    """The rule changes at once, as it may until somebody shares."""
    with writing(world.db) as session:
        sites.add_terms(session, SITE, terms, world.clock.at_ms, "Another rule.")


def both_bring_cleo(world: World, second: Terms, order: str) -> None:
    """Anna's link is of the first version, Ben's of the second; Cleo comes by both and buys."""
    annas = world.link(anna)
    next_version(world, second)
    bens = world.link(ben)
    links = {"anna": annas, "ben": bens}
    first, last = order.split()
    world.happens(
        a_visit("one", links[first], cleo, 1),
        a_visit("two", links[last], cleo, 2),
        an_order("o", 3, share_id=links[last], visit="two"),
    )


ORDERS = pytest.mark.parametrize("order", ["anna ben", "ben anna"])


@ORDERS
def test_a_version_without_the_goal_takes_nothing_from_an_older_link(two: World, order: str) -> None:
    both_bring_cleo(two, WITHOUT, order)
    assert two.waiting(anna, ben) == ["4.00", "0.00"]
    two.happens(a_refund("r", "o", 4, euros=50))
    assert two.waiting(anna) == ["2.00"]


@ORDERS
def test_a_purchase_pays_money_and_points_and_each_is_rounded_by_itself(two: World, order: str) -> None:
    both_bring_cleo(two, IN_POINTS, order)
    expected = {
        (f"advocate:{anna.advocate_id(SITE)}:waiting", "EUR"): 4_000_000,
        ("pool:2026-01", "EUR"): 1_000_000,
        ("program:issued", "EUR"): -5_000_000,
        (f"advocate:{ben.advocate_id(SITE)}:waiting", POINTS): 4_000_000,
    }
    found = {key: amount for key, amount in two.balances().items() if "EUR" in key or "ben" in key}
    assert {key: found.get(key) for key in expected if key[1] == "EUR"} == {
        key: amount for key, amount in expected.items() if key[1] == "EUR"
    }
    made = two.receipt("conversion:o")
    lines = {(line.recipient, line.unit): line.amount_micros for line in made.lines}
    assert lines == {(anna.advocate_id(SITE), "EUR"): 4_000_000, (ben.advocate_id(SITE), POINTS): 4_000_000}
    assert {pot.unit: pot.budget_micros for pot in made.pots} == {"EUR": 5_000_000, POINTS: 5_000_000}


def test_after_the_hold_both_units_follow_refunds_and_decisions(two: World) -> None:
    both_bring_cleo(two, IN_POINTS, "anna ben")
    two.happens(a_tick(60))
    assert two.waiting(anna, bucket="ready") == ["4.00"]
    points = two.waiting(ben, bucket="ready", unit=POINTS)
    two.happens(a_refund("r", "o", 61, euros=25))
    assert two.waiting(anna, bucket="ready") == ["3.00"]
    assert two.waiting(ben, bucket="ready", unit=POINTS) == points, "a fixed amount outlives a partial refund"
    two.happens(a_decision("fraud", 62, "void", "conversion", "o"))
    assert two.waiting(anna, bucket="ready") == ["0.00"]
    two.happens(a_decision("mistake", 63, "release", "conversion", "o"))
    assert two.waiting(anna, bucket="ready") == ["3.00"]
    two.happens(a_refund("all", "o", 64, euros=75))
    assert two.waiting(anna, bucket="ready") == ["0.00"]
    gone = [line for line in two.receipt("conversion:o").lines if line.unit == POINTS]
    assert [(line.amount_micros, line.earned_micros) for line in gone] == [(0, 4_000_000)]


def test_one_person_has_a_line_in_each_unit_and_one_outcome(two: World) -> None:
    """Anna brings Cleo herself under version 1, and stands above Ben's link of version 2."""
    annas = two.link(anna)
    next_version(two, IN_POINTS)
    bens = two.link(ben, parent=annas)
    two.happens(
        a_visit("one", annas, cleo, 1),
        a_visit("two", bens, cleo, 2),
        an_order("o", 3, share_id=bens, visit="two"),
    )
    mine = anna.advocate_id(SITE)
    rows = [row for row in two.rows(credits.select()) if row.recipient == mine and row.conversion_id == "o"]
    assert {row.unit: (row.amount_micros, row.level) for row in rows} == {"EUR": (4_000_000, 0), POINTS: (800_000, 1)}
    assert len({row.line_id for row in rows}) == 2
    with two.db.reading() as session:
        found = [advocates.find_credit(session, SITE, [mine], row.line_id) for row in rows]
    assert [(one.unit, one.amount_micros) for one in found if one] == [(row.unit, row.amount_micros) for row in rows]
    outcomes = {row.advocate_id: row.outcomes for row in two.rows(advocate_totals.select())}
    assert outcomes[mine] == 1


def test_a_newer_budget_that_is_spent_takes_nothing_from_an_older_link(two: World) -> None:
    annas = two.link(anna)
    next_version(two, BUDGET)
    bens = two.link(ben)
    dora = a_person("dora")
    two.happens(a_visit("d", bens, dora, 1), an_order("spends", 1.1, share_id=bens, visit="d"))
    assert two.waiting(ben) == ["0.80"]
    two.happens(
        a_visit("one", annas, cleo, 2),
        a_visit("two", bens, cleo, 3),
        an_order("o", 4, share_id=bens, visit="two"),
    )
    assert two.waiting(anna, ben) == ["4.00", "0.80"]
    made = two.receipt("conversion:o")
    assert made.reason is None
    assert {kept.reason for kept in made.limited} == {Reason.BUDGET_SPENT}


def a_budget(euros: int) -> Terms:
    """Terms with a budget of so much a month, of which all goes to whose link it was."""
    goal = Goal("purchase", "EUR", rate_bp=1_000, month_budget_micros=euros * MICROS)
    return replace(FIRST, generation_model="none", goals=(goal,))


@pytest.mark.parametrize(
    ("first", "then", "amounts"),
    [("ben", "anna", ["0.00", "20.00"]), ("anna", "ben", ["10.00", "10.00"])],
    ids=["newer first", "older first"],
)
def test_a_raised_budget_can_use_up_that_of_older_links(two: World, first: str, then: str, amounts: list[str]) -> None:
    """As docs/attribution.md says: version 1 pays 10.00 a month, version 2 20.00, and all of it counts for both."""
    next_version(two, a_budget(10))
    links = {"anna": two.link(anna)}
    next_version(two, a_budget(20))
    links["ben"] = two.link(ben)
    for number, (who, euros) in enumerate([(first, 120), (then, 120), ("ben", 200)]):
        buyer = a_person("buys", number)
        two.happens(
            a_visit(f"v{number}", links[who], buyer, number + 1),
            an_order(f"o{number}", number + 1.1, share_id=links[who], visit=f"v{number}", euros=euros),
        )
        if (number, first) == (0, "ben"):
            assert two.waiting(anna, ben) == ["0.00", "12.00"]
        if (number, first) == (1, "ben"):
            assert two.receipt("conversion:o1").reason is Reason.BUDGET_SPENT
    assert two.waiting(anna, ben) == amounts


@ORDERS
def test_each_line_waits_for_the_hold_of_its_own_terms(two: World, order: str) -> None:
    """Anna's terms hold for 30 days, Ben's for 60: neither waits for the other; the first end makes the split final."""
    both_bring_cleo(two, replace(FIRST, hold_days=60), order)
    two.happens(a_tick(34))
    assert two.waiting(anna, ben, bucket="ready") == ["4.00", "0.00"]
    assert two.waiting(anna, ben) == ["0.00", "4.00"]
    two.happens(a_visit("late", two.link(a_person("dora")), cleo, 1.5), a_refund("r", "o", 35, euros=50))
    assert (two.waiting(anna, bucket="ready"), two.waiting(ben)) == (["2.00"], ["2.00"])
    two.happens(a_tick(62.9))
    assert two.waiting(ben) == ["2.00"]
    two.happens(a_tick(63.1))
    assert two.waiting(anna, ben, bucket="ready") == ["2.00", "2.00"]
    two.happens(a_refund("rest", "o", 64, euros=50))
    assert two.waiting(anna, ben, bucket="ready") == ["0.00", "0.00"]


def test_a_tick_that_ends_a_few_holds_leaves_the_rest_to_the_next(two: World) -> None:
    both_bring_cleo(two, replace(FIRST, hold_days=60), "anna ben")
    few = an_event("clock", "few", day(70), ClockTicked(most=1))
    two.happens(few, an_event("clock", "more", day(70.1), ClockTicked(most=2)))
    two.happens(an_event("clock", "last", day(70.2), ClockTicked(most=5)))
    assert two.waiting(anna, ben, bucket="ready") == ["4.00", "4.00"]


LONGER = replace(FIRST, hold_days=60)


@pytest.mark.parametrize(
    ("holds", "lets_go", "reason"),
    [
        (("ban", "advocate", ben.advocate_id(SITE)), ("lift", "advocate", ben.advocate_id(SITE)), None),
        (("hold", "conversion", "o"), ("release", "conversion", "o"), Reason.HELD_FOR_REVIEW),
    ],
    ids=["a ban", "a hold"],
)
def test_a_line_that_still_waits_is_held_though_the_split_is_final(
    two: World, holds: tuple[Action, About, str], lets_go: tuple[Action, About, str], reason: Reason | None
) -> None:
    """Anna's line was ready after 30 days; Ben's waits 60 under his terms, and somebody looks at it on day 40."""
    both_bring_cleo(two, LONGER, "anna ben")
    two.happens(a_tick(34))
    assert (two.waiting(anna, bucket="ready"), two.waiting(ben)) == (["4.00"], ["4.00"])
    two.happens(a_decision("stop", 40, *holds), a_tick(70))
    assert (two.waiting(ben), two.waiting(ben, bucket="ready")) == (["4.00"], ["0.00"])
    assert two.receipt("conversion:o").reason is reason
    with two.db.reading() as session:
        assert next_due_ms(session, SITE) is None, "the worker does not tick for it"
    two.happens(a_decision("go on", 71, *lets_go), a_tick(72))
    assert (two.waiting(ben), two.waiting(anna, ben, bucket="ready")) == (["0.00"], ["4.00", "4.00"])
    assert two.receipt("conversion:o").reason is None

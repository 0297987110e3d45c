"""The pool of a month: what fills it, when it is shared out and to whom, and what comes after."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from cast import a_person, anna, ben, cleo
from flow.world import SITE, World, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.facts import Event
from passalong.core.money import MICROS
from passalong.core.pools.facts import PoolAdded
from passalong.core.redemptions.facts import RedemptionRequested
from passalong.core.terms.model import PoolModel, Terms, default_terms
from passalong.flow.fold.worker import Worker
from passalong.flow.replay import replay
from passalong.store.books.pools import all_pools, find_pool
from passalong.store.queries import due, overview
from passalong.store.schema.credits import credits
from tables import make_tables

JANUARY, FEBRUARY, MARCH = "pool:2026-01", "pool:2026-02", "pool:2026-03"
"""Day 0 is 8 January: day 24 is the first of February, day 52 the first of March."""


def pool_of(model: PoolModel) -> Terms:
    """The first terms of every site, but for the pool."""
    terms = default_terms("EUR")
    return Terms(goals=terms.goals, pool_model=model)


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site that shares its pools out as every new one does."""
    made = World(world_url, default_terms("EUR"))
    yield made
    try:
        made.check()
    finally:
        made.close()


def two_orders(world: World, first_day: int = 1) -> None:
    """Anna brings 100.00, Ben, who had it from Anna, brings 50.00: 8.80 and 4.00, of which 8.00 and 4.00 directly."""
    annas = world.link(anna)
    world.clock.at_ms += 1
    bens = world.link(ben, parent=annas)
    world.happens(a_visit("a", annas, cleo, first_day), a_visit("b", bens, a_person("dora"), first_day))
    world.happens(an_order("one", first_day + 1, euros=100, share_id=annas, visit="a"))
    world.happens(an_order("two", first_day + 2, euros=50, share_id=bens, visit="b"))


def added(euros: int, period: str, days: float) -> Event:
    """Otto sets something aside."""
    return an_event("owner", f"add-{days}", day(days), PoolAdded(period, "EUR", euros * MICROS, "otto"))


def pools(world: World) -> dict[str, float]:
    """What is in the pools of euros."""
    found = world.balances().items()
    return {name: amount / MICROS for (name, unit), amount in found if name.startswith("pool:") and unit == "EUR"}


def test_missing_levels_fill_the_pool_of_their_month(world: World) -> None:
    two_orders(world)
    assert pools(world) == {JANUARY: 2.2}  # 20 % of 10.00, 4 % of 5.00


def test_it_is_shared_out_when_the_months_last_hold_ends(world: World) -> None:
    two_orders(world)
    world.happens(a_tick(32.5))  # it is February, but a hold of January is left
    assert pools(world) == {JANUARY: 2.2}
    world.happens(a_tick(33))
    assert pools(world) == {}
    assert world.waiting(anna, ben, bucket="ready") == ["10.27", "4.73"]  # 8.80 and 4.00, and 2.20 as 8 to 4
    receipt = world.receipt(f"{JANUARY}:EUR")
    assert {line.recipient: line.parts[0].touch_share for line in receipt.lines} == {
        anna.advocate_id(SITE): "2/3",
        ben.advocate_id(SITE): "1/3",
    }
    assert sum(line.amount_micros for line in receipt.lines) == 2_200_000
    shared = world.rows(select(credits).where(credits.c.goal == "pool", credits.c.unit == "EUR"))
    assert sorted(row.amount_micros for row in shared) == [733_333, 1_466_667]


def test_a_shared_out_pool_counts_as_gone_back(world: World) -> None:
    """15.00 are the two pots: 12.80 at once, and 2.20 when January's pool is shared out."""
    two_orders(world)
    assert brought(world) == [(12.8, 2.2)]
    world.happens(a_tick(33))
    assert brought(world) == [(15.0, 0.0)]


def brought(world: World) -> list[tuple[float, float]]:
    """What the open book says went back, and what is in the pool, in euros."""
    with world.db.reading() as session:
        money = overview.open_book(session, world.site.site, world.clock.at_ms).money
    return [(one.went_back_micros / MICROS, one.pool_micros / MICROS) for one in money if one.unit == "EUR"]


def test_a_pool_knows_what_it_was_made_of(world: World) -> None:
    world.happens(added(4, "2026-01", 1), a_tick(25))
    two_orders(world, first_day=26)
    world.happens(added(1, "2026-02", 27), a_tick(62))
    with world.db.reading() as session:
        found = find_pool(session, SITE, "2026-02", "EUR")
    assert found is not None
    assert (found.carried_micros, found.levels_micros, found.added_micros) == (4_000_000, 2_200_000, 1_000_000)
    assert found.amount_micros == 7_200_000


def test_a_month_that_is_not_over_is_not_closed_though_no_hold_is_left(world: World) -> None:
    world.happens(added(5, "2026-03", 1), a_tick(53))
    assert pools(world) == {MARCH: 5}


def test_an_owners_addition_is_shared_out_with_the_pool(world: World) -> None:
    two_orders(world)
    world.happens(added(10, "2026-01", 4), a_tick(33))
    assert pools(world) == {}
    assert world.waiting(anna, ben, bucket="ready") == ["16.93", "8.07"]


def test_an_addition_to_a_closed_month_goes_to_the_open_one(world: World) -> None:
    two_orders(world)
    world.happens(a_tick(33), added(10, "2026-01", 34))
    assert pools(world) == {FEBRUARY: 10}


def test_later_refunds_charge_the_open_month_and_what_is_below_zero_is_carried_on(world: World) -> None:
    two_orders(world)
    world.happens(a_tick(33), a_refund("r", "one", 34, euros=50))
    assert pools(world) == {FEBRUARY: -1}
    world.happens(a_tick(53))
    assert pools(world) == {MARCH: -1}
    world.happens(added(3, "2026-03", 54))
    assert pools(world) == {MARCH: 2}


def test_a_pool_that_nobody_earned_a_part_of_is_carried_to_the_next_month(world: World) -> None:
    world.happens(added(10, "2026-01", 1), a_tick(25))
    assert pools(world) == {FEBRUARY: 10}


@pytest.mark.parametrize(("model", "left"), [("none", 2.2), ("pachira", 0.0), ("proportional", 0.0)])
def test_the_terms_say_how_a_pool_is_shared_out(world_url: str, model: PoolModel, left: float) -> None:
    world = World(world_url, pool_of(model))
    two_orders(world)
    world.happens(a_tick(33))
    assert pools(world).get(FEBRUARY, 0.0) == left
    with world.db.reading() as session:
        euros = all_pools(session, SITE)[0]
    shared = round((2.2 - left) * MICROS)
    assert (euros.period, euros.amount_micros, euros.shared_micros) == ("2026-01", 2_200_000, shared)
    if model == "pachira":  # Anna stands above Ben: pi(1) - pi(1/3) and pi(1/3), where pi(x) is x/2 + x^2/2
        assert world.waiting(anna, ben, bucket="ready") == ["10.51", "4.49"]
    world.check()
    world.close()


def test_a_debt_is_paid_back_out_of_the_pool_first(world: World) -> None:
    """Anna gives credit back to the site; then its order is refunded; her part of the pool pays what she owes."""
    share, owner = world.link(anna), anna.advocate_id(SITE)
    world.happens(a_visit("a", share, cleo, 1), a_visit("b", share, ben, 1))
    world.happens(an_order("one", 2, euros=10, share_id=share, visit="a"))
    world.happens(an_order("two", 3, euros=90, share_id=share, visit="b"), a_tick(32))
    world.happens(an_event("use", "u", day(32.1), RedemptionRequested(owner, "give_back", "EUR", 800_000)))
    world.happens(a_refund("r", "one", 32.2, euros=10))
    assert world.balances()[f"clawback:{owner}", "EUR"] == -800_000
    world.happens(a_tick(33))
    assert world.waiting(anna, bucket="ready") == ["8.20"]  # 7.20, and 1.80 of the pool, less 0.80


def test_the_clock_closes_a_month_by_itself_and_a_replay_closes_it_alike(world: World) -> None:
    two_orders(world)
    world.clock.at_ms = day(33)
    working = Worker(world.db, world.clock)
    working.fold_all()
    working.stop()
    assert pools(world) == {}
    with world.db.reading() as session:
        assert due.next_due_ms(session, SITE, (("UTC", None),), day(33)) is None
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_a_month_without_holds_is_closed_by_the_clock_too(world: World) -> None:
    world.happens(added(10, "2026-01", 1))
    first_of_february = 1_769_904_000_000
    with world.db.reading() as session:
        assert due.next_due_ms(session, SITE, (("UTC", None),), day(1)) == first_of_february
        assert (
            due.next_due_ms(session, SITE, (("America/New_York", None),), day(1)) == first_of_february + 5 * 3_600_000
        )
    world.clock.at_ms = first_of_february
    working = Worker(world.db, world.clock)
    assert working.fold_all() == 1
    working.stop()
    assert pools(world) == {FEBRUARY: 10}

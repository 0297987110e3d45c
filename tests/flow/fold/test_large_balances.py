"""Sums that no database can hold: the fact that would make one is set aside, and the ledger goes on."""

from sqlalchemy import insert

from cast import anna, cleo
from flow.world import SITE, World, a_gift, a_tick, a_visit, an_order
from passalong.core.ledger.entries import MOST_BALANCE
from passalong.core.money import MAX_MICROS, MICROS
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.queries import overview
from passalong.store.schema.rollups import day_money

LARGEST = MAX_MICROS // MICROS


def test_a_balance_stays_a_whole_number_however_much_is_given(database_url: str) -> None:
    world = World(database_url)
    world.take_in(*(a_gift(f"large {number}", 1, (anna, cleo)[number % 2], euros=LARGEST) for number in range(520)))
    world.fold()
    world.happens(a_gift("small", 2, anna), a_tick(3))
    found = world.balances()
    with world.db.reading() as session:
        aside = event_log.aside(session, SITE)
    world.close()
    assert all(isinstance(micros, int) and abs(micros) <= MOST_BALANCE for micros in found.values())
    assert {error.partition(":")[0] for _, _, _, error in aside} == {"BalanceTooLargeError"}
    assert len([event_id for _, event_id, _, _ in aside if event_id.startswith("large")]) == len(aside) == 8
    assert sum(found.values()) == 0


def test_what_sharing_brought_stays_a_whole_number_however_large_the_orders_are(database_url: str) -> None:
    world = World(database_url)
    before = MOST_BALANCE - 2 * MAX_MICROS
    with writing(world.db) as session:
        session.execute(insert(day_money).values(site_id=SITE, day="2025-01-01", unit="EUR", brought_micros=before))
    share = world.link()
    large = [an_order(f"large {number}", 2, euros=LARGEST, share_id=share, visit="came") for number in range(3)]
    world.take_in(a_visit("came", share, cleo, 1), *large)
    world.fold()
    world.happens(an_order("small", 3, share_id=share, visit="came"))
    with world.db.reading() as session:
        money = overview.money_between(session, SITE, overview.ALWAYS)
        aside = event_log.aside(session, SITE)
    world.close()
    assert [one.brought_micros for one in money if one.unit == "EUR"] == [before + (2 * LARGEST + 100) * MICROS]
    assert [error.partition(":")[0] for _, _, _, error in aside] == ["BalanceTooLargeError"]

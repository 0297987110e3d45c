"""Sums that no database can hold: the fact that would make one is set aside, and the ledger goes on."""

from cast import anna, cleo
from flow.world import SITE, World, a_gift, a_tick
from passalong.core.ledger.entries import MOST_BALANCE
from passalong.core.money import MAX_MICROS, MICROS
from passalong.store import event_log

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

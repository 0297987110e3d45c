"""When many holds end at once: a bounded number at a time, in one order everywhere, while notes are answered."""

import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from cast import a_person, anna, cleo
from flow.world import SITE, World, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.facts import ClockTicked, Event, decode_fact
from passalong.core.money import MICROS
from passalong.flow.fold import worker
from passalong.flow.fold.fold import fold_site
from passalong.flow.fold.handlers import HANDLERS
from passalong.flow.fold.worker import Worker
from passalong.flow.replay import replay
from passalong.store.engine import Database
from passalong.store.schema.conversions import conversions
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.event_log import events
from passalong.store.schema.journal import balances
from tables import make_tables

MANY = 4_000
ENOUGH = 800


def a_tick_of(days: float, most: int, number: int = 0) -> Event:
    """Time has passed, and so many holds are ended."""
    return an_event("clock", f"{day(days)}.{number}", day(days), ClockTicked(most))


def ended(world: World) -> set[str]:
    """The orders whose hold has ended."""
    found = select(conversions.c.conversion_id).where(
        conversions.c.frozen_seq.is_not(None), conversions.c.goal == "purchase"
    )
    return {row.conversion_id for row in world.rows(found)}


def kinds(world: World) -> Counter[str]:
    """How many facts of each kind are on record."""
    return Counter(row.kind for row in world.rows(select(events.c.kind)))


def five_orders(world: World) -> None:
    """Five orders of one moment, whose ids a dictionary sorts otherwise than their bytes do; first visits are ready."""
    share = world.link(anna)
    for number, name in enumerate(["b", "A", "a", "B", "ä"]):
        world.happens(a_visit(f"v{number}", share, a_person("visitor", number), 1))
        world.happens(an_order(name, 2, share_id=share, visit=f"v{number}"))
    world.happens(a_tick(31.5))


def test_a_tick_ends_no_more_holds_than_it_says_and_the_next_goes_on(world: World) -> None:
    five_orders(world)
    counts = []
    for number in range(4):
        world.happens(a_tick_of(40, 2, number))
        counts.append(len(ended(world)))
    assert counts == [2, 4, 5, 5]
    assert world.waiting(anna, bucket="ready") == ["40.00"]


def test_of_holds_that_end_at_one_moment_both_databases_end_the_same_first(world: World) -> None:
    five_orders(world)
    world.happens(a_tick_of(40, 3))
    assert ended(world) == {"A", "B", "a"}


def test_a_replay_ends_the_same_holds_with_the_same_ticks(world: World) -> None:
    five_orders(world)
    world.happens(a_tick_of(40, 2), a_refund("r", "b", 40.5, euros=50), a_tick_of(41, 2))
    assert ended(world) == {"A", "B", "a", "b"}
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_the_worker_ticks_until_nothing_is_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "QUIET_RELEASES", 2)
    five_orders(world)
    world.clock.at_ms = day(40)
    before = kinds(world)
    working = Worker(world.db, world.clock)
    assert working.fold_all() == 5
    working.stop()
    assert len(ended(world)) == 5
    # three ticks, then each of January's pools, in which no hold is left
    assert kinds(world) - before == Counter(clock=3, pool_closed=2)


def test_holds_end_although_notes_never_cease(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a slice is folded further notes come in: the worker need not find nothing left before it looks at holds."""
    five_orders(world)
    world.clock.at_ms = day(40)
    working, share, counts = Worker(world.db, world.clock), world.link(anna), list[int]()

    def fold_while_notes_come(db: Database, site_id: str, limit: int, name: str) -> int:
        counts.append(len(ended(world)))
        world.clock.at_ms += 1_000
        done = fold_site(db, site_id, limit, name)
        if len(counts) < 10:
            working.collector.submit(a_visit(f"n{len(counts)}", share, cleo, 40))
        return done

    monkeypatch.setattr(worker, "fold_site", fold_while_notes_come)
    working.collector.submit(a_visit("n", share, cleo, 40))
    working.fold_all()
    working.stop()
    assert counts[5] == 5
    assert kinds(world)["clock"] == 2, "the tick of before, and one for all five"


def test_a_tick_that_cannot_be_folded_is_not_made_over_and_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    five_orders(world)
    world.clock.at_ms = day(40)
    before = world.count("events")
    monkeypatch.setitem(HANDLERS, ClockTicked, lambda *_: 1 / 0)
    working = Worker(world.db, world.clock)
    working.fold_all()
    working.stop()
    assert (world.count("events") - before, world.count("set_aside")) == (1, 1)


# --- a month that ends at once ----------------------------------------------------------------------------------------


@pytest.fixture
def month(tmp_path: Path, migrated_file: Path) -> World:
    """4,000 holds that end today, written as the fold would have left them: folding their orders takes long."""
    path = tmp_path / "month.db"
    path.write_bytes(migrated_file.read_bytes())
    world = World(f"sqlite:///{path}")
    advocate_id = anna.advocate_id(SITE)
    whole = MANY * MICROS
    with world.db.writer.begin() as connection:
        connection.execute(insert(conversions), [_conversion(number) for number in range(MANY)])
        connection.execute(insert(credits), [_credit(number, advocate_id) for number in range(MANY)])
        sums = {"site_id": SITE, "unit": "EUR"}
        connection.execute(
            insert(balances), [sums | {"account": f"advocate:{advocate_id}:waiting", "amount_micros": whole}]
        )
        connection.execute(
            insert(unit_totals), [sums | {"recipient": advocate_id, "earned_micros": whole, "waiting_micros": whole}]
        )
    world.clock.at_ms = day(40)
    return world


def _conversion(number: int) -> dict[str, object]:
    name = f"order-{number:05d}"
    return {
        "site_id": SITE,
        "conversion_id": name,
        "subject": f"conversion:{name}",
        "goal": "purchase",
        "at_ms": day(5),
        "gross_micros": 10 * MICROS,
        "release_at_ms": day(35),
        "counted": True,
    }


def _credit(number: int, advocate_id: str) -> dict[str, object]:
    name = f"order-{number:05d}"
    return {
        "site_id": SITE,
        "conversion_id": name,
        "recipient": advocate_id,
        "unit": "EUR",
        "line_id": name,
        "subject": f"conversion:{name}",
        "goal": "purchase",
        "level": 0,
        "at_ms": day(5),
        "amount_micros": MICROS,
        "earned_micros": MICROS,
        "release_at_ms": day(35),
        "ready": False,
    }


def most_holds_between_two_notes(world: World) -> int:
    """Let the worker end what is due while notes come in; how many holds ended, at the most, from one to the next."""
    share = world.link(anna)
    working = Worker(world.db, world.clock)
    working.start()
    counts = [0]
    while counts[-1] < ENOUGH:
        working.collector.offer(a_visit(f"n{len(counts)}", share, cleo, 40)).result(30)
        counts.append(len(ended(world)))
        time.sleep(0.02)
    working.stop()
    return max(after - before for before, after in pairwise(counts))


def test_notes_are_taken_between_the_ticks_while_a_month_of_holds_ends(month: World) -> None:
    """A note waits for a tick or two, never for the whole month."""
    assert most_holds_between_two_notes(month) <= 3 * worker.QUIET_RELEASES
    assert len(ended(month)) < MANY
    sizes = sizes_of_ticks(month)
    assert sum(sizes) >= len(ended(month))
    assert worker.RELEASES in sizes, "the ticks are small while notes come in"
    month.close()


def test_ticks_are_large_while_no_notes_come_in(month: World) -> None:
    month.happens(a_visit("first", month.link(anna), cleo, 40))
    working = Worker(month.db, month.clock)
    working.fold_all()
    working.stop()
    assert sizes_of_ticks(month) == [worker.QUIET_RELEASES] * (MANY // worker.QUIET_RELEASES)
    month.close()


def sizes_of_ticks(world: World) -> list[int]:
    """Return how many holds each tick was to end."""
    facts = [decode_fact(row.fact) for row in world.rows(select(events.c.fact).where(events.c.kind == "clock"))]
    return [fact.most for fact in facts if isinstance(fact, ClockTicked) and fact.most is not None]


def test_where_one_tick_ends_a_whole_month_a_note_waits_for_it(month: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(worker, "RELEASES", MANY)
    monkeypatch.setattr(worker, "QUIET_RELEASES", MANY)
    assert most_holds_between_two_notes(month) == MANY
    month.close()

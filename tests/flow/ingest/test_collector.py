"""The one door for facts: recorded once however often offered, answered after the commit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cast import a_site
from flow.world import SITE, START_MS, HandClock, World, an_event
from passalong.core.facts import ConversionReported, Event, input_hash
from passalong.flow.ingest.collector import MOST_IN_BATCH, MOST_WAITING, Collector, QueueFullError
from passalong.flow.ingest.recorder import Kept
from passalong.flow.transaction import writing
from passalong.store.engine import Database
from passalong.store.schema.event_log import events, queue

WAIT_S = 30


def an_order(number: int | str, euros: int = 1, site_id: str = SITE) -> Event:
    """The owner's server reports one; its hash is that of what it says."""
    fact = ConversionReported("purchase", euros * 1_000_000, "EUR")
    return replace(an_event("api", f"order-{number}", 0, fact, site_id), input_hash=input_hash(euros=euros))


@pytest.fixture
def collector(world: World) -> Iterator[Collector]:
    """A collector of that world."""
    made = Collector(world.db, world.clock)
    yield made
    made.close()


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site whose facts are only taken in, not folded."""
    made = World(world_url)
    yield made
    made.close()


@contextmanager
def held_up(db: Database) -> Iterator[None]:
    """As long as this lasts nothing can be written, so what is offered gathers into batches."""
    with writing(db) as session:
        session.execute(text("SELECT 1" if db.is_sqlite else "LOCK TABLE events IN EXCLUSIVE MODE"))
        yield


def outcomes(offered: list[Future[Kept]]) -> list[Kept]:
    """What became of each."""
    return [future.result(WAIT_S) for future in offered]


# --- once -------------------------------------------------------------------------------------------------------------


def test_an_event_is_new_once_and_a_duplicate_ever_after(collector: Collector, world: World) -> None:
    assert outcomes([collector.offer(an_order(1))]) == [Kept.NEW]
    assert outcomes([collector.offer(an_order(1)) for _ in range(5)]) == [Kept.DUPLICATE] * 5
    assert (world.count("events"), world.count("queue")) == (1, 1)


def test_the_same_id_with_other_input_is_a_conflict_and_changes_nothing(collector: Collector, world: World) -> None:
    outcomes([collector.offer(an_order(1, euros=1))])
    before = world.rows(select(events))
    assert outcomes([collector.offer(an_order(1, euros=2))]) == [Kept.CONFLICT]
    assert outcomes([collector.offer(an_order(1, euros=1))]) == [Kept.DUPLICATE]
    assert world.rows(select(events)) == before


def test_inside_one_batch_the_first_counts(collector: Collector, world: World) -> None:
    with held_up(world.db):
        first = collector.offer(an_order(0))
        offered = [collector.offer(an_order(1, euros)) for euros in (1, 1, 2, 1, 2)]
        other = collector.offer(an_order(2))
    assert first.result(WAIT_S) is Kept.NEW
    assert outcomes(offered) == [Kept.NEW, Kept.DUPLICATE, Kept.CONFLICT, Kept.DUPLICATE, Kept.CONFLICT]
    assert other.result(WAIT_S) is Kept.NEW
    assert world.count("events") == 3


@pytest.mark.parametrize("same", ["site", "source"])
def test_an_id_belongs_to_its_site_and_its_source(collector: Collector, world: World, same: str) -> None:
    """A browser's note can never take the id of an order, nor one site that of another's."""
    a_site(world.db, world.clock, site_id="other1", home_url="https://other.example")
    one = an_order(1)
    other = replace(one, source="browser") if same == "site" else replace(one, site_id="other1")
    assert outcomes([collector.offer(one), collector.offer(other)]) == [Kept.NEW, Kept.NEW]
    assert world.count("events") == 2


def test_eight_threads_that_offer_the_same_record_each_once(collector: Collector, world: World) -> None:
    def offer_all(_thread: int) -> list[Kept]:
        return outcomes([collector.offer(an_order(number)) for number in range(100)])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(offer_all, range(8)))
    assert sum(answer.count(Kept.NEW) for answer in answers) == 100
    assert sum(answer.count(Kept.DUPLICATE) for answer in answers) == 700
    assert (world.count("events"), world.count("queue")) == (100, 100)


def test_two_collectors_on_one_database_record_each_once(world: World, world_url: str) -> None:
    """As two processes would: they meet at the unique key, and the later one finds the same input there."""
    databases = [Database(world_url), Database(world_url)]
    collectors = [Collector(db, world.clock) for db in databases]

    def offer_all(number: int) -> list[Kept]:
        return outcomes([collectors[number % 2].offer(an_order(order)) for order in range(60)])

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(offer_all, range(4)))
    assert sum(answer.count(Kept.NEW) for answer in answers) == 60
    assert sum(answer.count(Kept.DUPLICATE) for answer in answers) == 180
    assert world.count("events") == 60
    for collector, db in zip(collectors, databases, strict=True):
        collector.close()
        db.close()


# --- nobody pays for another ------------------------------------------------------------------------------------------

BAD: dict[str, Callable[[], Event]] = {
    "a site that is not there": lambda: an_order("bad", site_id="nosite"),
    "an id that is too long": lambda: an_order("x" * 200),
    "an id with a NUL": lambda: an_order("a\0b"),
    "an id with half a character": lambda: an_order("a\ud800b"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_row_costs_nobody_else(collector: Collector, world: World, bad: Callable[[], Event]) -> None:
    """SQLite takes some of what PostgreSQL refuses; either way the neighbours are recorded."""
    recorded = 0
    for place in (0, 7, 15):
        batch = [an_order(f"{place}-{number}") for number in range(15)]
        batch.insert(place, bad())
        with held_up(world.db):
            first = collector.offer(an_order(f"first-{place}"))
            offered = [collector.offer(event) for event in batch]
        assert first.result(WAIT_S) is Kept.NEW
        taken = offered.pop(place).exception(WAIT_S) is None
        assert outcomes(offered) == [Kept.NEW] * 15
        recorded += 16 + (taken and place == 0)
        assert world.count("events") == recorded
    assert world.count("queue") == recorded


def test_after_a_bad_row_the_door_is_still_open(collector: Collector, world: World) -> None:
    with pytest.raises(DBAPIError):
        collector.offer(an_order(1, site_id="nosite")).result(WAIT_S)
    assert outcomes([collector.offer(an_order(1))]) == [Kept.NEW]


# --- time -------------------------------------------------------------------------------------------------------------


def test_an_event_gets_the_servers_time(collector: Collector, world: World) -> None:
    world.clock.at_ms = START_MS + 17
    outcomes([collector.offer(replace(an_order(1), at_ms=5))])
    assert [row.at_ms for row in world.rows(select(events.c.at_ms))] == [START_MS + 17]


def test_time_never_goes_back_within_a_site(collector: Collector, world: World) -> None:
    a_site(world.db, world.clock, site_id="other1", home_url="https://other.example")
    for number, moment in enumerate((1_000, 2_000, 1_500, 1_999, 2_001)):
        world.clock.at_ms = moment
        outcomes([collector.offer(an_order(number))])
    world.clock.at_ms = 1_200
    outcomes([collector.offer(an_order("other", site_id="other1"))])
    rows = world.rows(select(events.c.site_id, events.c.at_ms).order_by(events.c.event_id))
    assert [row.at_ms for row in rows if row.site_id == SITE] == [1_000, 2_000, 2_000, 2_000, 2_001]
    assert [row.at_ms for row in rows if row.site_id == "other1"] == [1_200]


def test_time_does_not_go_back_over_a_restart(world: World) -> None:
    for moment in (2_000, 1_000):
        world.clock.at_ms = moment
        restarted = Collector(world.db, world.clock)
        outcomes([restarted.offer(an_order(moment))])
        restarted.close()
    assert [row.at_ms for row in world.rows(select(events.c.at_ms))] == [2_000, 2_000]


def test_the_queue_has_the_time_of_the_event(collector: Collector, world: World) -> None:
    outcomes([collector.offer(an_order(number)) for number in range(3)])
    assert sorted(world.rows(select(queue.c.event_id, queue.c.at_ms))) == sorted(
        world.rows(select(events.c.event_id, events.c.at_ms))
    )


# --- too much ---------------------------------------------------------------------------------------------------------


def test_beyond_its_limit_the_door_says_busy_and_forgets_nothing_it_took(collector: Collector, world: World) -> None:
    taken: list[Future[Kept]] = []
    with held_up(world.db):
        with pytest.raises(QueueFullError):
            for number in range(MOST_WAITING + MOST_IN_BATCH + 1):
                taken.append(collector.offer(an_order(number)))
        assert MOST_WAITING <= len(taken) <= MOST_WAITING + MOST_IN_BATCH
        assert not any(future.done() for future in taken)
    assert set(outcomes(taken)) == {Kept.NEW}
    assert world.count("events") == len(taken)
    assert outcomes([collector.offer(an_order(len(taken)))]) == [Kept.NEW]


def test_a_closed_door_is_busy_and_what_it_took_is_written(world: World) -> None:
    collector = Collector(world.db, world.clock)
    taken = [collector.offer(an_order(number)) for number in range(50)]
    collector.close()
    assert outcomes(taken) == [Kept.NEW] * 50
    with pytest.raises(QueueFullError):
        collector.offer(an_order("late"))
    assert world.count("events") == 50


def test_nothing_is_answered_before_it_is_committed(collector: Collector, world: World) -> None:
    with held_up(world.db):
        offered = collector.offer(an_order(1))
        with pytest.raises(TimeoutError):
            offered.result(0.2)
    assert offered.result(WAIT_S) is Kept.NEW


def test_after_each_commit_the_folding_worker_is_woken(world: World) -> None:
    woken = threading.Event()
    collector = Collector(world.db, HandClock(), woken.set)
    outcomes([collector.offer(an_order(1))])
    assert woken.wait(WAIT_S)
    woken.clear()
    outcomes([collector.offer(an_order(1))])
    collector.close()
    assert not woken.is_set()

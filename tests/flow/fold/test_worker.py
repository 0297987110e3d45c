"""Workers: claims that lapse, facts that cannot be folded, and waking up without polling."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import insert, update
from structlog.testing import capture_logs

from cast import anna, ben, cleo
from flow.world import SITE, World, a_visit, an_event, visit_id
from passalong.core.facts import LinkVisited
from passalong.flow.fold import worker as worker_module
from passalong.flow.fold.fold import CLAIM_MS, fold_site
from passalong.flow.fold.worker import LOOK_AGAIN_S, Worker
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.notify import Listener
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store import event_log
from passalong.store.schema.event_log import events, queue, turns


@pytest.fixture
def worker(world: World) -> Iterator[Worker]:
    """A worker that runs, and has looked for something to fold once."""
    worker = Worker(world.db, world.clock)
    worker._wake = wake = WakeEvent()
    worker.start()
    until(lambda: wake.waits > 0)
    yield worker
    worker.stop()


def claim(world: World, name: str, until_ms: int) -> None:
    """Somebody holds the site."""
    with writing(world.db) as session:
        event_log.take_turn(session, SITE, name, 0, until_ms)


def poison(world: World, name: str) -> None:
    """Record a fact whose JSON is none of ours: it can be read by nobody."""
    with writing(world.db) as session:
        envelope = {"site_id": SITE, "source": "browser", "event_id": name, "at_ms": 1}
        session.execute(insert(events).values(**envelope, kind="visit", input_hash="x", fact='{"kind": "nonsense"}'))
        session.execute(insert(queue).values(**envelope))


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds: long enough for a crowded machine, not until the worker looks again by itself."""
    ends_s = time.monotonic() + LOOK_AGAIN_S / 2
    while not condition():
        assert time.monotonic() < ends_s
        time.sleep(0.005)


class WakeEvent(threading.Event):
    """An event that knows how often a thread began to wait for it."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Count, then wait."""
        self.waits += 1
        return super().wait(timeout)


# --- claims -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left_ms", "folded"), [(CLAIM_MS, 0), (-1, 1)])
def test_a_claim_keeps_others_off_until_it_lapses(world: World, left_ms: int, folded: int) -> None:
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    claim(world, "a worker that died", SystemClock().now_ms() + left_ms)
    assert fold_site(world.db, SITE, worker="another") == folded


def test_a_worker_goes_on_with_its_own_claim(world: World) -> None:
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    claim(world, "myself", SystemClock().now_ms() + CLAIM_MS)
    assert fold_site(world.db, SITE, worker="myself") == 1


def test_a_site_is_let_go_when_its_slice_is_folded(world: World) -> None:
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    fold_site(world.db, SITE, worker="one")
    assert [row.worker for row in world.rows(turns.select())] == [None]


def test_a_worker_that_finds_nothing_claims_nothing(world: World) -> None:
    assert fold_site(world.db, SITE, worker="one") == 0
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    assert fold_site(world.db, SITE, worker="another") == 1


# --- facts that cannot be folded --------------------------------------------------------------------------------------


def test_a_poison_fact_is_set_aside_with_its_error_and_costs_nobody_else(world: World) -> None:
    share = world.link(anna)
    world.take_in(a_visit("before", share, cleo, 1), a_visit("after", share, ben, 2))
    poison(world, "broken")
    with capture_logs() as logs:
        world.fold()
    assert world.waiting(anna, unit="points") == ["16.00"]
    with world.db.reading() as session:
        [(source, event_id, _, error)] = event_log.aside(session, SITE)
    assert (source, event_id) == ("browser", "broken")
    assert "ValidationError" in error
    assert any(line["event"] == "a fact was set aside" for line in logs)


def test_quarantined_facts_are_retried_on_command(world: World) -> None:
    share = world.link(anna)
    poison(world, visit_id("late"))
    world.fold()
    mended = LinkVisited(share, cleo.visitor, "https://bees.example/bees")
    _mend(world, visit_id("late"), json.dumps({"kind": "visit", **_fields(mended)}))
    with writing(world.db) as session:
        assert event_log.put_back(session, SITE) == 1
    world.fold()
    assert world.count("set_aside") == 0
    assert world.waiting(anna, unit="points") == ["8.00"]


def _fields(fact: LinkVisited) -> dict[str, str]:
    return {"share_id": fact.share_id, "visitor_id": fact.visitor_id, "page_url": fact.page_url}


def _mend(world: World, event_id: str, fact: str) -> None:
    """What a new version does by reading better: here the row is changed behind the triggers."""
    with world.db.writer.begin() as connection:
        if world.db.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER events_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER events_no_update")
        connection.execute(update(events).where(events.c.event_id == event_id).values(fact=fact))


# --- waking up --------------------------------------------------------------------------------------------------------


def test_a_visit_wakes_the_worker(world: World, worker: Worker) -> None:
    share = world.link(anna)
    fact = a_visit("v", share, cleo, 1)
    worker.collector.offer(fact).result(10)
    until(lambda: world.count("receipts") == 1)


@pytest.mark.postgresql
def test_a_fact_that_another_process_took_in_wakes_the_worker(postgresql_url: str) -> None:
    world = World(postgresql_url)
    worker = Worker(world.db, world.clock)
    elsewhere, listens = Collector(world.db, world.clock), threading.Event()

    def ring() -> None:
        listens.set()
        worker.wake()

    worker._listener = Listener(world.db.writer, ring)
    worker.start()
    try:
        share = world.link(anna)
        assert listens.wait(LOOK_AGAIN_S / 2)
        until(lambda: not worker._wake.is_set())
        elsewhere.offer(a_visit("v", share, cleo, 1)).result(10)
        until(lambda: world.count("receipts") == 1)
    finally:
        elsewhere.close()
        worker.stop()
        world.close()


def test_a_stopped_worker_has_written_what_was_handed_in(world: World) -> None:
    worker = Worker(world.db, world.clock)
    share = world.link(anna)
    worker.start()
    offered = [worker.collector.offer(a_visit(f"v{number}", share, cleo, 1)) for number in range(200)]
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 10
    assert all(outcome.done() for outcome in offered)
    assert world.count("events") == 200


def test_folding_goes_on_by_itself_after_the_database_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "AFTER_FAILURE_S", 0.05)
    share = world.link(anna)
    with world.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE turns RENAME TO hidden")
    world.take_in(a_visit("v", share, cleo, 1))
    worker, fails = Worker(world.db, world.clock), threading.Event()
    monkeypatch.setattr(worker_module.log, "exception", lambda *_, **__: fails.set(), raising=False)
    worker.start()
    try:
        assert fails.wait(LOOK_AGAIN_S / 2)
        with world.db.writer.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO turns")
        until(lambda: world.count("receipts") == 1)
    finally:
        worker.stop()
    assert world.count("set_aside") == 0


def test_an_event_helper_makes_events_of_this_site() -> None:
    assert an_event("browser", "x", 1, LinkVisited("s", "v", "p")).site_id == SITE

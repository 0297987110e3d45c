"""What time brings is found by a kept moment: idle sites and what ended long ago cost nothing."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cast import a_person, a_site, anna, ben, cleo
from flow.world import SITE, World, a_decision, a_tick, a_visit, an_order, day
from passalong.core.terms.model import Terms, default_terms
from passalong.flow.fold import failures as failures_module
from passalong.flow.fold import worker as worker_module
from passalong.flow.fold.fold import fold_site
from passalong.flow.fold.worker import Worker
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.books import conversions
from passalong.store.engine import Database
from passalong.store.queries import due
from passalong.store.schema.event_log import events, turns
from plumbing.statements import plan_of, statements, whole_tables

ALL_DIRECT = Terms(goals=default_terms("EUR").goals, generation_model="none", pool_model="none")
"""Nothing goes to a pool, so that nothing but holds is due."""


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site on an empty database; whatever the test does, its books must be in order afterwards."""
    made = World(world_url, ALL_DIRECT)
    yield made
    try:
        made.check()
    finally:
        made.close()


@pytest.fixture
def worker(world: World) -> Iterator[Worker]:
    """A worker whose thread does not run: a test folds by hand."""
    made = Worker(world.db, world.clock)
    yield made
    made.stop()


def kept_ms(world: World) -> int | None:
    """When the site is next due, as the fold kept it."""
    [row] = world.rows(select(turns.c.next_due_ms).where(turns.c.site_id == SITE))
    moment: int | None = row[0]
    return moment


def idle_sites(world: World, first: int, last: int) -> None:
    """Sites on which something happened once: a person came and was credited, and the hold is still open."""
    for number in range(first, last):
        site_id = f"idle{number}"
        a_site(world.db, world.clock, site_id=site_id, home_url=f"https://idle{number}.example", terms=ALL_DIRECT)
        with writing(world.db) as session:
            session.execute(turns.insert().values(site_id=site_id, last_seq=9, next_due_ms=day(400)))


# --- the moment is kept -----------------------------------------------------------------------------------------------


def test_the_first_hold_is_the_next_thing_due_and_nothing_is_after_the_last(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("a", share, cleo, 1), a_visit("b", share, ben, 3))
    assert kept_ms(world) == day(31)
    world.happens(a_tick(31))
    assert kept_ms(world) == day(33)
    world.happens(a_tick(33))
    assert kept_ms(world) is None


def test_a_conversion_that_is_looked_at_waits_for_a_decision_and_not_for_a_day(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"), a_tick(31))
    assert kept_ms(world) == day(32)
    world.happens(a_decision("odd", 31.1, "hold", "conversion", "o"))
    assert kept_ms(world) is None
    world.happens(a_decision("fine", 31.2, "release", "conversion", "o"))
    assert kept_ms(world) == day(32)


def test_a_hold_that_ended_in_the_worker_is_no_longer_due(world: World, worker: Worker) -> None:
    world.happens(a_visit("v", world.link(anna), cleo, 1))
    world.clock.at_ms = day(40)
    worker.fold_all()
    assert world.waiting(anna, bucket="ready", unit="points") == ["10.00"]
    assert kept_ms(world) is None


def test_a_moment_that_is_kept_too_early_is_corrected_without_a_fact(world: World, worker: Worker) -> None:
    """After an upgrade every site is due at once, and after a change of its time zone it may be."""
    world.happens(a_visit("v", world.link(anna), cleo, 1))
    with writing(world.db) as session:
        session.execute(update(turns).values(next_due_ms=0))
    world.clock.at_ms = day(2)
    before = world.count("events")
    assert worker.fold_all() == 0
    assert world.count("events") == before
    assert kept_ms(world) == day(31)


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_a_fact_costs_as_many_statements_beside_three_sites_as_beside_thirty(world: World, worker: Worker) -> None:
    share = world.link(anna)
    world.happens(a_visit("first", share, a_person("many", "first"), 1))
    counted = []
    for round_, (first, last) in enumerate([(0, 3), (3, 30)]):
        idle_sites(world, first, last)
        world.take_in(a_visit(f"v{round_}", share, a_person("many", round_), 1))
        with statements(world.db) as found:
            assert worker.fold_all() == 1
        counted.append(len(found))
    assert counted[0] == counted[1]
    with statements(world.db) as found:
        assert worker.fold_all() == 0
    assert len(found) == 2, "an idle look asks what waits, and what is due"


def test_a_site_that_is_due_costs_the_others_nothing(world: World, worker: Worker) -> None:
    idle_sites(world, 0, 20)
    world.happens(a_visit("v", world.link(anna), cleo, 1))
    world.clock.at_ms = day(31)
    with statements(world.db) as found:
        worker.fold_all()
    assert not [statement for statement in found if "idle" in statement.text]
    ticks = world.rows(select(events.c.site_id).where(events.c.kind == "clock"))
    assert [row.site_id for row in ticks] == [SITE]


@pytest.mark.parametrize(
    ("asked", "indexes"),
    [
        (
            lambda session: due.next_due_ms(session, SITE, (("UTC", None),), day(40)),
            [
                "ix_conversions_open_release",
                "ix_conversions_later",
                "ix_claims_outcome",
                "pk_balances",
            ],
        ),
        (lambda session: due.due_sites(session, day(1)), ["ix_turns_next_due_ms"]),
        (
            lambda session: conversions.waits_before(session, SITE, day(1)),
            ["ix_conversions_open_at", "ix_conversions_later"],
        ),
        (lambda session: event_log.next_waiting_site(session, "a"), ["pk_queue"]),
        (lambda session: event_log.hashes_of(session, [(SITE, "browser", "a"), (SITE, "browser", "b")]), ["pk_events"]),
    ],
    ids=["a site's next moment", "the sites that are due", "a month's last hold", "what waits", "what came before"],
)
def test_due_sites_are_read_from_an_index(world: World, asked: Callable[[Session], object], indexes: list[str]) -> None:
    """No statement looks at holds that ended, at every balance or at every site."""
    with statements(world.db) as found, world.db.reading() as session:
        asked(session)
    plans = [plan_of(world.db, statement) for statement in found]
    assert [whole_tables(plan) for plan in plans] == [[]] * len(plans)
    for index in indexes:
        # SQLite gives the index of a primary key a name of its own
        here = index.replace("pk_", "sqlite_autoindex_") if world.db.is_sqlite else index
        assert any(here in plan for plan in plans), (here, plans)


def test_a_plan_that_reads_a_whole_table_is_found(world: World) -> None:
    with statements(world.db) as found, world.db.reading() as session:
        session.execute(select(func.count()).select_from(turns).where(turns.c.last_tx == 3))
    assert whole_tables(plan_of(world.db, found[0]))


# --- one site's failure -----------------------------------------------------------------------------------------------


def test_a_site_that_cannot_be_folded_stops_no_other(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its node may be away: it is tried again after a pause, and the others are folded meanwhile."""
    now_s = [100.0]  # turned by hand: on a busy machine a second can pass between two calls
    monkeypatch.setattr(failures_module, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    a_site(world.db, world.clock, site_id="aaaa01", home_url="https://a.example", terms=ALL_DIRECT)
    world.take_in(a_visit("lost", "no-share", ben, 1, site_id="aaaa01"), a_visit("v", world.link(anna), cleo, 1))
    tried = []

    def fold(db: Database, site_id: str, limit: int, name: str) -> int:
        tried.append(site_id)
        if site_id == "aaaa01":
            raise ConnectionError("its node is away")
        return fold_site(db, site_id, limit, name)

    monkeypatch.setattr(worker_module, "fold_site", fold)
    assert worker.fold_all() == 1
    assert world.waiting(anna, unit="points") == ["10.00"]
    assert worker.fold_all() == 0
    assert tried.count("aaaa01") == 1, "it pauses"
    now_s[0] += worker._failures.next_s()
    worker.fold_all()
    assert tried.count("aaaa01") == 2

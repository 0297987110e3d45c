"""The closing of a pool is planned and recorded a few facts at a time: interrupted anywhere, it comes to the same."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy import select

from cast import a_person
from flow.world import SITE, World, a_refund, a_visit, an_event, an_order, day
from passalong import migrate
from passalong.core.facts import ClockTicked
from passalong.core.terms.model import default_terms
from passalong.flow.fold import pool_closing
from passalong.flow.fold.fold import fold_site
from passalong.flow.fold.worker import Worker
from passalong.flow.replay.compare import check_replay
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.books import pool_plans
from passalong.store.schema.credits import credits
from passalong.store.schema.event_log import events, numbered

PEOPLE = 5
FACTS = 2 + 2 * PEOPLE
"""Two units: a closing and a fact for each person in each."""
Share = tuple[str, str, int]


class InterruptedFoldError(Exception):
    """The process ended here."""


@pytest.fixture
def world(world_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site on which five people earned in January and every hold has ended; one person and one fact at a time."""
    monkeypatch.setattr(pool_closing, "PEOPLE_EACH", 1)
    monkeypatch.setattr(pool_closing, "FACTS_EACH", 1)
    made = World(world_url, default_terms("EUR"))
    for number in range(PEOPLE):
        share, visitor = made.link(a_person("earner", number)), a_person("came", number)
        made.take_in(a_visit(f"v{number}", share, visitor, 1))
        made.take_in(an_order(f"o{number}", 2, euros=100 + number, share_id=share, visit=f"v{number}"))
    made.fold()
    made.clock.at_ms = day(33)
    made.happens(an_event("clock", "holds", day(32), ClockTicked(closes_pools=False)))
    yield made
    try:
        made.check()
    finally:
        made.close()


def record(world: World) -> bool:
    """What a worker does when the month can be closed."""
    return pool_closing.record(world.db, world.site.site, world.clock.at_ms)


def work(world: World) -> None:
    """Let the worker do all that is due."""
    worker = Worker(world.db, world.clock)
    worker.fold_all()
    worker.stop()


def shares(world: World) -> list[Share]:
    """What everybody got from pools."""
    rows = world.rows(select(credits).where(credits.c.goal == "pool"))
    return sorted((row.recipient, row.unit, row.amount_micros) for row in rows)


def fair(world: World) -> None:
    """Check that each of the five has one share in each unit, that more was earned by more, and that all went out."""
    paid = shares(world)
    assert len(paid) == 2 * PEOPLE
    euros = {who: amount for who, unit, amount in paid if unit == "EUR"}
    in_order = [euros[a_person("earner", number).advocate_id(SITE)] for number in range(PEOPLE)]
    assert all(low < high for low, high in pairwise(in_order))
    assert ("pool:2026-01", "EUR") not in world.balances()


def recorded(world: World) -> int:
    """The number of facts of the closing that are on record."""
    return len(world.rows(select(events.c.event_id).where(events.c.kind.startswith("pool_"))))


def test_no_transaction_records_more_than_its_few_facts(world: World) -> None:
    counts = []
    while record(world) and recorded(world) < FACTS:
        counts.append(recorded(world))
    assert counts == list(range(1, FACTS))
    assert world.count("pool_plans") == 0
    world.fold()
    fair(world)


@pytest.mark.parametrize("after", [0, 1, FACTS - 1, FACTS])
def test_a_plan_that_was_interrupted_is_made_anew(world: World, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """`after` facts of it are written: without its end it is no plan, even when every share is in it."""
    add, written = pool_plans.add, list[object]()

    def stops(*args: object) -> None:
        if len(written) == after:
            raise InterruptedFoldError
        written.append(add(*args))  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(pool_plans, "add", stops)
        with pytest.raises(InterruptedFoldError):
            record(world)
    assert (world.count("pool_plans"), recorded(world)) == (after, 0)
    lapse(world)
    work(world)
    fair(world)


def lapse(world: World) -> None:
    """Let the lease of the process that is gone lapse."""
    with writing(world.db) as session:
        event_log.end_turn(session, SITE, event_log.last_seq(session, SITE), event_log.last_transaction(session, SITE))


def test_a_refund_between_two_recordings_changes_nobodys_share(world: World) -> None:
    """The shares are those of the plan: worked out again they would be others, and not sum to what was closed."""
    undisturbed = planned_shares(world)
    assert record(world)
    assert record(world)
    world.take_in(a_refund("r", "o1", 33, euros=101))
    world.fold()
    world.clock.at_ms = day(34)
    work(world)
    assert shares(world) == undisturbed
    assert world.balances()["pool:2026-02", "EUR"] < 0


def planned_shares(world: World) -> list[Share]:
    """The shares as the pools stand now."""
    with world.db.reading() as session:
        plans = [
            pool_closing._plan_of(session, world.site.site, pool)
            for pool in pool_closing._closable(session, world.site.site, world.clock.at_ms)
        ]
    return sorted((who, plan.pool.unit, micros) for plan in plans for who, micros in plan.amounts_micros.items())


def test_a_plan_in_the_middle_is_due_at_once_after_a_restart(world: World) -> None:
    """Its pools are closed by then, so nothing else would wake a worker for the rest."""
    for _ in range(4):
        assert record(world)
        world.fold()
    assert 0 < recorded(world) < FACTS
    with world.db.reading_one_moment() as session:
        assert check_replay(session, SITE, migrate.upgrade) > 0, "a ledger is in order in the middle of it, too"
    work(world)
    assert recorded(world) == FACTS
    fair(world)


def test_the_shares_are_folded_after_their_closing(world: World) -> None:
    work(world)
    kinds = world.rows(
        select(events.c.kind, events.c.event_id)
        .join(numbered, (numbered.c.source == events.c.source) & (numbered.c.event_id == events.c.event_id))
        .where(events.c.kind.startswith("pool_"))
        .order_by(numbered.c.seq)
    )
    for unit in ("EUR", "points"):
        own = [row.kind for row in kinds if f":{unit}:" in row.event_id]
        assert own == ["pool_closed"] + ["pool_shared"] * PEOPLE


def test_nothing_is_planned_while_another_worker_has_the_site(world: World) -> None:
    with writing(world.db) as session:
        event_log.take_turn(session, SITE, "another", 0, 4_102_444_800_000)
    assert record(world)
    assert (world.count("pool_plans"), recorded(world)) == (0, 0)
    lapse(world)
    assert fold_site(world.db, SITE, 1) == 0
    work(world)
    fair(world)

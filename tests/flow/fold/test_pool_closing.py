"""A pool is closed by small facts: the shares are those of the rule, each person has a receipt, and others go first."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from sqlalchemy import select

from cast import a_person, anna, ben, cleo
from flow.world import SITE, World, a_decision, a_gift, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.claim_facts import ONLY_OWNER_MS
from passalong.core.facts import ClaimOpened, ClaimResolved, ClockTicked
from passalong.core.ledger.line_kinds import LineKind
from passalong.core.terms.model import default_terms
from passalong.flow.fold import pool_closing
from passalong.flow.fold.fold import fold_site
from passalong.flow.fold.worker import Worker
from passalong.flow.replay import replay
from passalong.store.queries.why import why_page
from passalong.store.schema.credits import credits
from passalong.store.schema.event_log import events
from passalong.store.schema.pools import pools
from tables import make_tables

PEOPLE = 7
JANUARY = "pool:2026-01"


@pytest.fixture
def world(world_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A site on which seven people earned in January, and nobody stood above them."""
    monkeypatch.setattr(pool_closing, "PEOPLE_EACH", 2)
    made = World(world_url, default_terms("EUR"))
    for number in range(PEOPLE):
        share, visitor = made.link(a_person("earner", number)), a_person("came", number)
        made.take_in(a_visit(f"v{number}", share, visitor, 1))
        made.take_in(an_order(f"o{number}", 2, euros=100 + number, share_id=share, visit=f"v{number}"))
    made.fold()
    made.clock.at_ms = day(33)
    yield made
    try:
        made.check()
    finally:
        made.close()


def record(world: World) -> bool:
    """What a worker does when the month can be closed; the holds must have ended."""
    return pool_closing.record(world.db, world.site.site, world.clock.at_ms)


def end_holds(world: World) -> None:
    """End the holds, and nothing else."""
    world.happens(an_event("clock", "holds", day(32), ClockTicked(closes_pools=False)))


def work(world: World) -> None:
    """Let the worker do all that is due."""
    worker = Worker(world.db, world.clock)
    worker.fold_all()
    worker.stop()


def test_the_share_of_a_banned_person_waits_like_their_other_credit_until_the_ban_is_lifted(world: World) -> None:
    """Nobody else's share is later or larger by it."""
    who, other = a_person("earner", 1), a_person("earner", 2)
    end_holds(world)
    world.happens(a_decision("spam", 32.5, "ban", "advocate", who.advocate_id(SITE)))
    before = world.waiting(who, bucket="ready")
    work(world)
    waiting, theirs = world.waiting(who)[0], [row[3] for row in shares(world) if row[0] == who.advocate_id(SITE)]
    assert (f"{theirs[0] / 1_000_000:.2f}", world.waiting(who, bucket="ready")) == (waiting, before)
    assert (world.waiting(other), len(shares(world))) == (["0.00"], 2 * PEOPLE)
    line = next(row[2] for row in shares(world) if row[0] == who.advocate_id(SITE))
    with world.db.reading() as session:
        page = why_page(session, world.site.site, [who.advocate_id(SITE)], line)
    assert page is not None and page.state == "held"
    world.happens(a_decision("sorry", 40, "lift", "advocate", who.advocate_id(SITE)))
    total = float(before[0]) + theirs[0] / 1_000_000
    assert (world.waiting(who), world.waiting(who, bucket="ready")) == (["0.00"], [f"{total:.2f}"])
    assert len(set(replay.compare(world.db, SITE, make_tables))) == 1


def test_the_owner_who_grants_a_question_about_a_held_share_releases_it_though_the_ban_stays(world: World) -> None:
    who = a_person("earner", 1)
    end_holds(world)
    world.happens(a_decision("spam", 32.5, "ban", "advocate", who.advocate_id(SITE)))
    work(world)
    mine = select(credits.c.line_id, credits.c.conversion_id).where(credits.c.on_hold, credits.c.unit == "EUR")
    [(line, subject)] = world.rows(mine)
    question = ClaimOpened(who.advocate_id(SITE), ONLY_OWNER_MS, line, subject)
    world.happens(an_event("portal", "q", day(34), question))
    assert world.waiting(who) != ["0.00"]
    world.happens(an_event("console", "a", day(35), ClaimResolved("q", True, "Otto")))
    assert (world.waiting(who), world.rows(mine)) == (["0.00"], [])
    assert len(set(replay.compare(world.db, SITE, make_tables))) == 1


def shares(world: World) -> list[tuple[str, str, str, int]]:
    """Everybody's lines from pools."""
    rows = world.rows(select(credits).where(credits.c.goal == "pool"))
    return sorted((row.recipient, row.unit, row.line_id, row.amount_micros) for row in rows)


@pytest.mark.parametrize("by_worker", [True, False], ids=["by facts of its own", "by a tick"])
def test_everybody_gets_their_part_to_the_micro(world: World, by_worker: bool) -> None:
    """In logs from before, a tick of the clock closed a pool: both ways come to the same."""
    if by_worker:
        work(world)
    else:
        world.happens(a_tick(33))
    paid = {who: amount for who, unit, _, amount in shares(world) if unit == "EUR"}
    earned = {a_person("earner", number).advocate_id(SITE): 100 + number for number in range(PEOPLE)}
    pool = sum(2_000_000 + 20_000 * number for number in range(PEOPLE))
    exact = {who: Fraction(pool * part, sum(earned.values())) for who, part in earned.items()}
    assert sum(paid.values()) == pool
    assert all(abs(paid[who] - exact[who]) < 1 for who in earned)
    assert not [name for name, _ in world.balances() if name == JANUARY]


def test_each_fact_names_a_few_people_and_each_person_has_a_receipt(world: World) -> None:
    work(world)
    kinds = [row.kind for row in world.rows(select(events.c.kind).where(events.c.kind.startswith("pool")))]
    assert sorted(kinds) == ["pool_closed"] * 2 + ["pool_shared"] * 8
    [closed] = world.rows(select(pools).where(pools.c.unit == "EUR"))
    assert closed.people == PEOPLE
    whole = world.receipt(f"{JANUARY}:EUR")
    assert whole.lines == ()
    own = [world.receipt(f"{JANUARY}:EUR:{a_person('earner', number).advocate_id(SITE)}") for number in range(PEOPLE)]
    assert [len(receipt.lines) for receipt in own] == [1] * PEOPLE
    assert sum(receipt.lines[0].amount_micros for receipt in own) == closed.shared_micros
    assert all(len(str(receipt)) < 2_000 for receipt in own)


def test_other_facts_are_folded_between(world: World) -> None:
    end_holds(world)
    assert record(world)
    world.take_in(a_visit("late", world.link(anna), cleo, 0.5))  # came in before
    assert fold_site(world.db, SITE, 2) == 2
    assert world.receipt("visit:" + a_visit("late", "", cleo, 0).event_id).status == "credited"
    assert fold_site(world.db, SITE, 2) == 1, "two people are as much as two facts"
    world.fold()


def test_credit_that_was_given_takes_no_part_of_the_pool(world: World) -> None:
    """An opening balance, a gift or a granted question brought nobody: everybody's part stays what it was."""
    world.happens(a_gift("opening balance", 2, ben, euros=50_000))
    work(world)
    assert ben.advocate_id(SITE) not in {who for who, *_ in shares(world)}
    assert len(shares(world)) == 2 * PEOPLE


def test_it_is_recorded_once_however_often_it_is_looked_at(world: World) -> None:
    end_holds(world)
    assert [record(world), record(world)] == [True, True]
    assert world.count("queue") == 10
    fold_site(world.db, SITE, 1)
    work(world)
    assert len(shares(world)) == 2 * PEOPLE
    assert not record(world)


def test_a_refund_that_comes_while_it_is_shared_out_charges_the_open_month(world: World) -> None:
    end_holds(world)
    assert record(world)
    fold_site(world.db, SITE, 2)
    world.take_in(a_refund("r", "o1", 33.5, euros=50))
    world.fold()
    assert (JANUARY, "EUR") not in world.balances()
    assert world.balances()["pool:2026-02", "EUR"] < 0


def test_a_replay_shares_out_the_same(world: World) -> None:
    work(world)
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_each_line_is_explained(world: World) -> None:
    work(world)
    me = a_person("earner", 3).advocate_id(SITE)
    [line] = world.rows(
        select(credits).where(credits.c.goal == "pool", credits.c.recipient == me, credits.c.unit == "EUR")
    )
    with world.db.reading() as session:
        page = why_page(session, world.site.site, [me], line.line_id)
    assert page is not None
    assert page.pool is not None
    assert (page.kind, page.pool.people, page.pool.period) == (LineKind.POOL, PEOPLE, "2026-01")

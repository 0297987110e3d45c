"""Every kind of fact, in any order and more than once, by any number of workers, on both databases: the same books.

Order does not matter until a hold ends, given the decisions about limits, which are facts themselves.
"""

import random
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cast import a_person, anna, ben, cleo, mallory
from flow.world import (
    SITE,
    World,
    a_decision,
    a_gift,
    a_name,
    a_refund,
    a_share,
    a_tick,
    a_visit,
    an_order,
    one_person,
    visit_id,
)
from fuzzing import examples
from passalong.core import decisions
from passalong.core.decisions import Decision
from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import advocate_key, customer_key, visitor_key
from passalong.core.ledger.receipts import Receipt
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms
from passalong.flow.fold import caps
from passalong.flow.fold import decisions as flow_decisions
from passalong.flow.fold.fold import fold_site
from passalong.flow.replay import copy, replay
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.schema.credits import credits
from plumbing.postgres import Postgres
from tables import make_tables

TERMS = Terms(
    goals=(
        Goal(NEW_VISITOR, POINTS, fixed_micros=10 * MICROS, day_cap_micros=14 * MICROS),
        Goal("purchase", "EUR", rate_bp=1_000, day_cap_micros=12 * MICROS, month_budget_micros=30 * MICROS),
        Goal("signup", "EUR", fixed_micros=2 * MICROS, welcome_micros=1 * MICROS),
    ),
    pool_model="none",
)
dora, emil = a_person("dora"), a_person("emil")
Outcome = tuple[dict[tuple[str, str], int], dict[str, Receipt], set[tuple[str, str]]]
"""Balances, receipts, and the lines that wait for a person (conversion, recipient)."""


def a_history(world: World) -> list[Event]:
    """Facts of every kind whose order must not matter, in the order of their times."""
    annas = world.link(anna)
    bens = world.link(ben, parent=annas, visitor=True)
    mallorys = world.link(mallory, parent=annas)
    emils = world.link(emil, visitor=True)
    below = world.link(ben, parent=mallorys)
    return [
        a_visit("cleo", annas, cleo, 1),
        a_visit("cleo again", bens, cleo, 1.2),
        an_order("o1", 1.3, share_id=bens, visit="cleo again", customer="77"),
        a_visit("dora", mallorys, dora, 1.4),
        an_order("o2", 1.5, share_id=mallorys, visit="dora", coupon=annas),
        a_decision("spam", 1.6, "ban", "advocate", mallory.advocate_id(SITE)),
        a_visit("dora later", mallorys, dora, 1.7),
        a_visit("emil", below, emil, 1.8),
        an_order("o3", 1.9, share_id=below, visit="emil"),
        an_order("o4", 2, customer="77", euros=200),
        a_decision("sorry", 2.1, "lift", "advocate", mallory.advocate_id(SITE)),
        an_order("o5", 2.2, share_id=mallorys, visit="dora later"),
        an_order("s1", 2.25, share_id=below, visit="emil", goal="signup", euros=0),
        a_share("emil shares", emils, 2.3),
        one_person("77", 2.4, customer_key("77"), visitor_key(dora.visitor)),
        one_person("two", 2.5, advocate_key(ben.advocate_id(SITE)), visitor_key(ben.visitor)),
        a_decision("odd", 2.6, "void", "conversion", "o4"),
        a_decision("fine", 2.7, "release", "conversion", "o4"),
        a_decision("clicks", 2.8, "void", "visit", visit_id("cleo")),
        a_decision("look", 2.9, "hold", "conversion", "o3"),
        a_name("told", 3, "o3", annas),
        a_refund("r1", "o1", 3.1, euros=40),
        a_gift("thanks", 3.2, anna),
        an_order("o6", 3.3, coupon=annas, euros=300),
    ]


def later(facts: Sequence[Event]) -> list[Event]:
    """The same, and what comes when holds have ended."""
    after = [
        a_tick(60),
        a_refund("r2", "o1", 61, euros=60),
        a_decision("late", 62, "void", "conversion", "o6"),
        a_decision("seen", 63, "release", "conversion", "o3"),
        a_tick(64),
        one_person("late", 65, visitor_key(cleo.visitor), advocate_key(mallory.advocate_id(SITE))),
    ]
    return [*facts, *after]


class Told:
    """A history that was folded once, so that what was decided about limits is known; told again in other orders."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._count = 0
        world = World(f"sqlite:///{folder}/links.db", TERMS)
        facts = a_history(world)
        world.close()
        shutil.copy(folder / "links.db", folder / "original.db")
        world = World(f"sqlite:///{folder}/original.db", new=False)
        world.happens(*facts)
        world.check()
        with world.db.reading() as session:
            self.facts = [event for _, event in event_log.numbered_events(session, SITE, 0, 1_000)]
        self.outcome = self._outcome(world)
        world.close()
        assert len(self.facts) > len(facts), "limits were decided"

    def again(self, facts: Sequence[Event], slices: int = 7) -> Outcome:
        """What comes of these facts in this order, so many at a time; nothing is decided anew."""
        self._count += 1
        path = self._folder / f"copy-{self._count}.db"
        shutil.copy(self._folder / "links.db", path)
        world = World(f"sqlite:///{path}", new=False)
        once = {(fact.source, fact.event_id): fact for fact in facts}
        with writing(world.db) as session:
            event_log.append_in_order(session, list(enumerate(once.values(), start=1)))
        while fold_site(world.db, SITE, slices, decides=False):
            pass
        world.take_in(*facts)  # every one of them is there: nothing comes of it
        assert not fold_site(world.db, SITE, decides=False)
        found = self._outcome(world)
        world.close()
        path.unlink()
        return found

    @staticmethod
    def _outcome(world: World) -> Outcome:
        held = world.rows(select(credits.c.conversion_id, credits.c.recipient).where(credits.c.on_hold))
        return world.balances(), world.receipts(), {(row.conversion_id, row.recipient) for row in held}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The history, once."""
    return Told(tmp_path_factory.mktemp("told"))


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_any_order_with_duplicates_comes_to_the_same(told: Told, chance: random.Random) -> None:
    """A database for each example: it takes a few seconds."""
    mixed = chance.sample(told.facts, len(told.facts))
    repeated = chance.choices(told.facts, k=4)
    assert told.again([*mixed[:10], *repeated, *mixed[10:]], chance.choice((1, 4, 100))) == told.outcome


def test_the_history_holds_what_it_is_to_show(told: Told) -> None:
    balances, receipts, _ = told.outcome
    reasons = {str(made.reason) for made in receipts.values()}
    for made in receipts.values():
        reasons |= {str(one.reason) for one in made.ignored} | {str(one.reason) for one in made.limited}
    assert {"cap_reached", "budget_spent", "held_for_review", "void_by_review", "banned_advocate"} <= reasons
    assert {made.kind for made in receipts.values()} == {"visit", "conversion", "given"}
    assert any(made.referee_reward for made in receipts.values())
    assert balances["unattributed", "EUR"] > 0


def _last_to_come_in(given: Sequence[Decision], at_ms: int | None = None) -> Decision | None:
    """A wrong rule: the decision that came in last stands, whenever it was given."""
    found = [one for one in given if one.action not in ("name", "give") and (at_ms is None or one.at_ms <= at_ms)]
    return found[-1] if found else None


@pytest.mark.parametrize("fault", ["the last to come in", "what a ban touches is forgotten", "decisions are not read"])
def test_a_fold_for_which_order_matters_is_found_out(told: Told, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "the last to come in":
        monkeypatch.setattr(decisions, "standing", _last_to_come_in)
        monkeypatch.setattr(flow_decisions, "standing", _last_to_come_in)
    elif fault == "what a ban touches is forgotten":
        monkeypatch.setattr(flow_decisions, "_touch_by_advocate", lambda *_: None)
    else:
        monkeypatch.setattr(flow_decisions, "about", lambda work, conversion: [])
    orders = (random.Random(number).sample(told.facts, len(told.facts)) for number in range(8))
    assert any(told.again(order, 100) != told.outcome for order in orders)


def test_a_cap_that_forgets_what_is_taken_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def most_of_a_day(world: World) -> int:
        world.happens(*a_history(world))
        lines = [(made, line) for made in world.receipts().values() if made.goal == "purchase" for line in made.lines]
        return sum(line.amount_micros for made, line in lines if line.recipient == anna.advocate_id(SITE))

    world = World(f"sqlite:///{tmp_path}/right.db", TERMS)
    right = most_of_a_day(world)
    world.close()
    monkeypatch.setattr(caps, "_taken", lambda *_: 0)
    world = World(f"sqlite:///{tmp_path}/wrong.db", TERMS)
    assert most_of_a_day(world) > right
    world.close()


# --- workers ----------------------------------------------------------------------------------------------------------


def _fold_by(db: Database, workers: int) -> None:
    """Fold all that waits, by so many threads at once, in small slices."""

    def work(name: str) -> None:
        with db.reading() as session:
            waits = event_log.is_waiting(session, SITE)
        while waits:
            fold_site(db, SITE, 3, name)
            with db.reading() as session:
                waits = event_log.is_waiting(session, SITE)

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def _digests(db: Database) -> set[str]:
    """The journal's digest as it stands and as a replay makes it."""
    return set(replay.compare(db, SITE, make_tables))


@pytest.mark.postgresql
def test_workers_and_databases_write_the_same_journal_and_so_does_a_replay(tmp_path: Path, postgres: Postgres) -> None:
    """Six folds of one log and a replay of each: it takes a few seconds."""
    world = World(f"sqlite:///{tmp_path}/log.db", TERMS)
    world.take_in(*later(a_history(world)))
    found: set[str] = set()
    for workers in (1, 2, 4):
        path = tmp_path / f"{workers}.db"
        world.db.close()
        shutil.copy(tmp_path / "log.db", path)
        here = World(f"sqlite:///{path}", new=False)
        _fold_by(here.db, workers)
        here.check()
        found |= _digests(here.db)
        here.close()
        with postgres.fresh_database() as url:
            there = Database(url)
            make_tables(there)
            source = Database(f"sqlite:///{tmp_path}/log.db")
            copy.copy_instance(source, there)
            source.close()
            _fold_by(there, workers)
            found |= _digests(there)
            there.close()
    assert len(found) == 1


def test_a_replay_that_decides_again_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(f"sqlite:///{tmp_path}/log.db", TERMS)
    world.take_in(*later(a_history(world)))
    world.fold()
    assert len(_digests(world.db)) == 1
    deciding: Callable[..., int] = lambda db, site_id, decides=True: fold_site(db, site_id)  # noqa: E731
    monkeypatch.setattr(replay, "fold_site", deciding)
    monkeypatch.setattr(caps, "_taken", lambda *_: 0)
    try:
        different = len(_digests(world.db)) == 2
    except Exception:
        different = True  # what it decides anew has the id of what is in the log
    assert different
    world.close()

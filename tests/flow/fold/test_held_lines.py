"""A ban holds the lines of the banned person and nothing else: everybody else's credit is released at its own time."""

import random
import shutil
from collections.abc import Iterator
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
    a_name,
    a_refund,
    a_tick,
    a_visit,
    an_event,
    an_order,
    day,
    one_account,
    visit_id,
)
from fuzzing import examples
from passalong.core.facts import About, Action, ClockTicked, Event
from passalong.core.reasons import Reason
from passalong.flow.explain import explain
from passalong.flow.replay import replay
from passalong.store import sites
from passalong.store.queries import advocates, review
from passalong.store.queries.people import held_people
from passalong.store.schema.credits import credits
from passalong.store.schema.journal import journal
from tables import make_tables

MALLORYS = mallory.advocate_id(SITE)
Ruling = tuple[Action, About, str]
BAN: Ruling = ("ban", "advocate", MALLORYS)
LIFT: Ruling = ("lift", "advocate", MALLORYS)


@pytest.fixture
def shared(world: World) -> Iterator[World]:
    """Cleo has bought after Anna, Ben and Mallory had each brought her; Mallory is banned. The books are in order."""
    links = {who: world.link(who) for who in (anna, ben, mallory)}
    for number, (who, link) in enumerate(links.items(), start=1):
        world.happens(a_visit(who.name, link, cleo, number))
    world.happens(an_order("o", 4, share_id=links[mallory], visit=mallory.name), a_decision("spam", 5, *BAN))
    yield world
    world.check()
    assert len(set(replay.compare(world.db, SITE, make_tables))) == 1
    with world.db.reading() as session:
        site = sites.find_site(session, SITE)
        assert site is not None
        explained = [explain(session, site, subject) for subject in world.receipts()]
    assert all(one is not None and one.differs == () for one in explained)


def held(world: World) -> list[str]:
    """Return the recipients of lines that wait for a person."""
    rows = world.rows(
        select(credits.c.recipient).where(credits.c.on_hold).order_by(credits.c.at_ms, credits.c.recipient)
    )
    return [row.recipient for row in rows]


def test_only_the_line_of_the_banned_person_waits_and_the_ban_lets_go_of_it_when_it_is_lifted(shared: World) -> None:
    assert held(shared) == [MALLORYS]
    assert shared.receipt("conversion:o").reason is None, "most of it waits for the clock alone"
    shared.happens(a_tick(35))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["2.67", "2.67", "0.00"]
    assert shared.waiting(mallory) == ["2.67"]
    shared.happens(a_decision("sorry", 40, *LIFT), a_tick(41))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["2.67", "2.67", "2.67"]


def test_a_line_that_a_ban_holds_follows_refunds_and_voids(shared: World) -> None:
    shared.happens(a_tick(35), a_refund("half", "o", 36, euros=50))
    assert (shared.waiting(mallory), shared.waiting(anna, bucket="ready")) == (["1.33"], ["1.33"])
    shared.happens(a_decision("fraud", 37, "void", "conversion", "o"), a_tick(38))
    assert (shared.waiting(mallory), shared.waiting(anna, bucket="ready")) == (["0.00"], ["0.00"])
    assert queued(shared) == [], "nothing is left to decide"
    shared.happens(a_decision("undone", 39, "hold", "conversion", "o"), a_tick(40))
    assert (shared.waiting(mallory), shared.waiting(anna, bucket="ready")) == (["1.33"], ["1.33"])
    shared.happens(a_decision("fine", 41, "release", "conversion", "o"), a_tick(42))
    assert shared.waiting(anna, mallory, bucket="ready") == ["1.33", "1.33"]


def test_a_hold_of_the_order_holds_all_of_it_and_a_ban_that_is_lifted_does_not_end_it(shared: World) -> None:
    shared.happens(a_decision("odd", 6, "hold", "conversion", "o"), a_decision("sorry", 7, *LIFT), a_tick(35))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["0.00", "0.00", "0.00"]
    assert len(held(shared)) == 3
    assert shared.receipt("conversion:o").reason is Reason.HELD_FOR_REVIEW
    shared.happens(a_decision("fine", 36, "release", "conversion", "o"), a_tick(37))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["2.67", "2.67", "2.67"]


def test_a_hold_of_the_order_reaches_the_one_line_that_still_waits(shared: World) -> None:
    shared.happens(a_tick(35), a_decision("odd", 36, "hold", "conversion", "o"), a_decision("sorry", 37, *LIFT))
    shared.happens(a_tick(38))
    assert shared.waiting(anna, mallory, bucket="ready") == ["2.67", "0.00"]
    shared.happens(a_decision("fine", 39, "release", "conversion", "o"), a_tick(40))
    assert shared.waiting(mallory, bucket="ready") == ["2.67"]


def test_an_order_that_credits_the_banned_person_alone_is_held(shared: World) -> None:
    dora = a_person("dora")
    link = shared.link(mallory)
    shared.happens(a_visit("d", link, dora, 4.1), an_order("hers", 4.2, share_id=link, visit="d"))
    assert shared.receipt("conversion:hers").reason is Reason.HELD_FOR_REVIEW
    shared.happens(a_tick(60))
    assert shared.receipt("conversion:hers").reason is Reason.HELD_FOR_REVIEW
    assert shared.waiting(mallory, bucket="ready") == ["0.00"]


def test_a_ban_reaches_the_lines_of_an_account_that_joins_later(shared: World) -> None:
    """Ben turns out to be Mallory: their lines wait from then on, and count as those of one person."""
    dora = a_person("dora")
    link = shared.link(ben)
    shared.happens(a_visit("d", link, dora, 4.1), an_order("bens", 4.2, share_id=link, visit="d"))
    shared.happens(one_account("the same", 6, MALLORYS, ben.advocate_id(SITE)), a_tick(80))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["4.00", "0.00", "0.00"]
    assert shared.waiting(ben, mallory) == ["8.00", "4.00"]


def test_a_visit_that_is_void_holds_nobody(shared: World) -> None:
    shared.happens(a_decision("clicks", 6, "void", "visit", visit_id(mallory.name)), a_tick(35))
    assert shared.waiting(anna, ben, mallory, bucket="ready") == ["4.00", "4.00", "0.00"]
    assert held(shared) == queued(shared) == []


def test_whom_the_owner_names_waits_with_their_other_credit_if_they_are_banned(shared: World) -> None:
    theirs = shared.link(mallory)
    shared.happens(an_order("by phone", 6), a_name("told", 7, "by phone", theirs), a_tick(50))
    assert shared.waiting(mallory, bucket="ready") == ["0.00"]


def queued(world: World) -> list[str]:
    """The orders in the owner's review queue."""
    with world.db.reading() as session:
        found = review.held_results(session, SITE, None)
    return [one.conversion_id for pattern in found.patterns for one in pattern.results]


def test_the_owner_sees_whose_line_waits_and_its_advocate_when_the_next_one_is_released(shared: World) -> None:
    assert queued(shared) == ["o"]
    with shared.db.reading() as session:
        assert [line.advocate_id for line in held_people(session, SITE)] == [MALLORYS]
        of_each = {
            who.name: {
                row.state for row in advocates.advocate_credit(session, SITE, [who.advocate_id(SITE)], None).rows
            }
            for who in (anna, mallory)
        }
    assert of_each == {"anna": {"waiting"}, "mallory": {"held"}}


# --- a property -------------------------------------------------------------------------------------------------------

PEOPLE = (anna, ben, mallory)


class Told:
    """Orders to which several people led, before anything was decided; each example goes on from a copy."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._number = 0
        world = World(f"sqlite:///{folder}/before.db")
        annas = world.link(anna)
        links = (annas, world.link(ben, parent=annas), world.link(mallory, parent=annas))
        below = world.link(ben, parent=links[2])
        chance = random.Random(5)
        for number in range(4):
            who = a_person(f"buyer {number}")
            ways = chance.sample([*links, below], 3)
            visits = [a_visit(f"{number}.{way}", share, who, number + way / 10) for way, share in enumerate(ways)]
            world.take_in(*visits, an_order(f"o{number}", number + 0.5, share_id=ways[-1], visit=f"{number}.2"))
        world.fold()
        world.close()

    def goes_on(self, facts: list[Event]) -> tuple[list[tuple[str, int, int]], tuple[str, str]]:
        """Return what everybody but Mallory has at which moment, and the digests of the journal, live and replayed."""
        self._number += 1
        path = self._folder / f"copy-{self._number}.db"
        shutil.copy(self._folder / "before.db", path)
        world = World(f"sqlite:///{path}", new=False)
        world.happens(*facts)
        world.check()
        digests = replay.compare(world.db, SITE, make_tables)
        others = journal.c.account.notlike(f"%{MALLORYS}%") & journal.c.account.like("advocate:%")
        rows = world.rows(select(journal).where(others).order_by(journal.c.at_ms, journal.c.account, journal.c.subject))
        found = [(f"{row.account} {row.subject}", row.amount_micros, row.at_ms) for row in rows]
        world.close()
        path.unlink()
        return found, digests


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The orders, once."""
    return Told(tmp_path_factory.mktemp("told"))


def what_follows(chance: random.Random) -> list[Event]:
    """Refunds, decisions about orders and ticks, in the order of their times."""
    makes = (
        lambda name, at, order: a_refund(name, order, at, euros=30),
        lambda name, at, order: a_decision(name, at, "hold", "conversion", order),
        lambda name, at, order: a_decision(name, at, "release", "conversion", order),
        lambda name, at, order: a_decision(name, at, "void", "conversion", order),
        lambda name, at, _: an_event("clock", name, day(at), ClockTicked(most=2)),
        lambda name, at, _: a_tick(at),
    )
    times = sorted(chance.uniform(5, 60) for _ in range(8))
    return [chance.choice(makes)(f"f{at}", at, f"o{chance.randrange(4)}") for at in times]


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False))
def test_banning_one_person_changes_neither_amounts_nor_times_of_anybody_else(
    told: Told, chance: random.Random
) -> None:
    facts = what_follows(chance)
    places = sorted(chance.sample(range(len(facts) + 1), 2))
    banned = [*facts[: places[0]], a_decision("spam", chance.uniform(5, 60), *BAN), *facts[places[0] : places[1]]]
    if chance.random() < 0.5:
        banned.append(a_decision("sorry", 70, *LIFT))
    banned += facts[places[1] :]
    expected, _ = told.goes_on([*facts, a_tick(90)])
    found, digests = told.goes_on([*banned, a_tick(90)])
    assert found == expected
    assert len(set(digests)) == 1

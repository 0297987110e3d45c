"""Thanks travel back to everyone who carried the link: once a person, worth no money, the same when replayed."""

import pytest
from sqlalchemy import delete, select

from cast import Person, a_person, anna, ben, cleo, mallory
from flow.world import SITE, World, a_visit, an_event, day, visit_id
from passalong.core.facts import Event
from passalong.core.reasons import Reason
from passalong.core.thanks.facts import LinkThanked
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.rollups import page_totals
from passalong.store.schema.thanks import early_thanks
from tables import make_tables


def thanks(visit: str, share_id: str, days: float, refused: Reason | None = None) -> Event:
    """The person of that visit says thank you."""
    said = visit_id(visit)
    return an_event("browser", f"thanks:{said}", day(days), LinkThanked(share_id, said, refused))


def thanked(world: World, *people: Person) -> list[int]:
    """How many people said thank you to each of these."""
    found = select(advocate_totals.c.advocate_id, advocate_totals.c.thanks)
    counts = {row.advocate_id: row.thanks for row in world.rows(found)}
    return [counts.get(one.advocate_id(SITE), 0) for one in people]


def test_thanks_reach_everyone_who_carried_the_link_and_move_no_money(world: World) -> None:
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    world.happens(a_visit("c", bens, cleo, 1))
    before = world.balances()
    world.happens(thanks("c", bens, 1.1))
    assert thanked(world, ben, anna, mallory) == [1, 1, 0]
    assert world.balances() == before
    pages = {(row.advocate_id, row.thanks) for row in world.rows(select(page_totals)) if row.advocate_id}
    assert pages == {(ben.advocate_id(SITE), 1), (anna.advocate_id(SITE), 1)}


def test_thanks_go_to_two_ancestors_at_most(world: World) -> None:
    people = [a_person(f"carrier {number}") for number in range(4)]
    parent = None
    for one in people:
        parent = world.link(one, parent=parent)
    assert parent is not None
    world.happens(a_visit("c", parent, cleo, 1), thanks("c", parent, 1.1))
    assert thanked(world, *people) == [0, 1, 1, 1]


def test_a_person_who_comes_and_thanks_twice_counts_once(world: World) -> None:
    annas = world.link(anna)
    world.happens(a_visit("1", annas, cleo, 1), thanks("1", annas, 1), a_visit("2", annas, cleo, 2))
    world.happens(thanks("2", annas, 2))
    assert thanked(world, anna) == [1]


def test_thanks_that_overtake_their_visit_count_when_it_comes(world: World) -> None:
    annas = world.link(anna)
    world.happens(thanks("c", annas, 1))
    assert thanked(world, anna) == [0]
    assert world.count("early_thanks") == 1
    world.happens(a_visit("c", annas, cleo, 2))
    assert thanked(world, anna) == [1]


@pytest.mark.parametrize("case", ["own", "bot", "refused", "other link", "nobody's visit", "unknown link"])
def test_these_thanks_count_for_nobody(world: World, case: str) -> None:
    annas, bens = world.link(anna), world.link(ben)
    if case == "own":
        world.happens(a_visit("v", annas, anna, 1, guest=True), thanks("v", annas, 1.1))
    elif case == "bot":
        world.happens(a_visit("v", annas, cleo, 1, refused=Reason.BOT), thanks("v", annas, 1.1))
    elif case == "refused":
        world.happens(a_visit("v", annas, cleo, 1), thanks("v", annas, 1.1, Reason.BOT))
    elif case == "other link":
        world.happens(a_visit("v", annas, cleo, 1), thanks("v", bens, 1.1))
    elif case == "nobody's visit":
        world.happens(thanks("v", annas, 1.1))
    else:
        world.happens(a_visit("v", "nosuchshare-xyz", cleo, 1), thanks("v", "nosuchshare-xyz", 1.1))
    assert thanked(world, anna, ben) == [0, 0]


def test_nobody_thanks_themselves_through_somebody_elses_link(world: World) -> None:
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    world.happens(a_visit("a", bens, anna, 1, guest=True), thanks("a", bens, 1.1))
    assert thanked(world, ben, anna) == [1, 0]


def test_a_replay_counts_the_same_thanks(world: World) -> None:
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    world.happens(thanks("early", annas, 0.5), a_visit("c", bens, cleo, 1), thanks("c", bens, 1.1))
    world.happens(a_visit("early", annas, mallory, 2))
    assert thanked(world, anna, ben) == [2, 1]
    with writing(world.db) as session:
        for table in (advocate_totals, page_totals, early_thanks):
            session.execute(delete(table))
    replay.rebuild_rollups(world.db, SITE, make_tables)
    assert thanked(world, anna, ben) == [2, 1]
    assert world.count("early_thanks") == 1

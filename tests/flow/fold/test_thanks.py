"""Thanks travel back to everyone who carried the link: once a person, worth no money, the same when replayed."""

import json

import pytest
from sqlalchemy import delete, select

from cast import Person, a_person, anna, ben, cleo, mallory
from flow.world import SITE, World, a_visit, an_event, day, visit_id
from passalong.core.facts import Event
from passalong.core.reasons import Reason
from passalong.core.thanks.facts import LinkThanked
from passalong.core.webhooks.events import EventType
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store.queries import event_detail, events
from passalong.store.queries.events import Filters
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.rollups import page_totals
from passalong.store.schema.thanks import early_thanks
from passalong.store.webhooks import feed
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


def listed(world: World) -> list[tuple[str, str, str | None]]:
    """Return the subject, the state and the reason of each line of thanks in the console's list."""
    with world.db.reading() as session:
        found = events.event_page(session, SITE, Filters(kind="thanks"), None, newer=False)
        return [(line.subject, line.status, line.reason) for line in reversed(found.lines)]


def test_the_owner_finds_thanks_among_the_events_with_the_reason_of_those_that_do_not_count(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("c", annas, cleo, 1), thanks("c", annas, 1.1))
    world.happens(a_visit("own", annas, anna, 2, guest=True), thanks("own", annas, 2.1))
    world.happens(a_visit("bot", annas, cleo, 3), thanks("bot", annas, 3.1, Reason.BOT))
    world.happens(a_visit("other", annas, cleo, 4), thanks("other", bens, 4.1))
    world.happens(thanks("early", annas, 5), a_visit("early", annas, mallory, 5.1))
    names = {visit_id(name): name for name in ("c", "own", "bot", "other", "early")}
    assert [(names[subject.partition(":")[2]], *rest) for subject, *rest in listed(world)] == [
        ("c", "counted", None),
        ("own", "refused", Reason.OWN_LINK),
        ("bot", "refused", Reason.BOT),
        ("other", "refused", Reason.ID_CONFLICT),
        ("early", "counted", None),
    ]


def test_a_line_of_thanks_leads_to_the_fact_as_it_was_recorded(world: World) -> None:
    annas = world.link(anna)
    world.happens(a_visit("c", annas, cleo, 1), thanks("c", annas, 1.1))
    with world.db.reading() as session:
        found = event_detail.find_event(session, SITE, f"thanks:{visit_id('c')}")
    assert found
    assert found.event
    assert found.event.fact == LinkThanked(annas, visit_id("c"))


def test_thanks_that_count_are_in_the_stream_of_events_and_name_nobody_who_thanked(world: World) -> None:
    annas = world.link(anna)
    world.happens(a_visit("c", annas, cleo, 1), thanks("c", annas, 1.1), thanks("c", annas, 1.2))
    world.happens(a_visit("own", annas, anna, 2, guest=True), thanks("own", annas, 2.1))
    with world.db.reading() as session:
        found = feed.after(session, SITE, 0, (EventType.LINK_THANKED,), 10).events
    (data,) = [json.loads(one.body)["data"] for one in found]
    assert data == {"share_id": annas, "advocate_id": anna.advocate_id(SITE), "page": data["page"]}
    assert visit_id("c") not in found[0].body

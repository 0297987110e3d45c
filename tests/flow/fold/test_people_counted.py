"""How many people shared and were credited: an account counts once, whatever browsers it was joined from."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cast import Person, a_person, anna, ben, cleo
from flow.world import SITE, START_MS, World, a_share, a_visit, an_order, day, one_account
from passalong.core.facts import Event
from passalong.store.queries import console_overview, overview, people
from plumbing.statements import plan_of, statements

PHONE = a_person("anna's phone")
DAYS = tuple(datetime.fromtimestamp(at_ms / 1000, UTC).date() for at_ms in (START_MS, day(9)))


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url)
    yield made
    made.close()


def credited(world: World, *who: Person) -> list[Event]:
    """Each of these people shares once and is credited for Cleo's order."""
    facts: list[Event] = []
    for number, person in enumerate(who):
        link = world.link(person)
        facts += [a_share(f"s{link}", link, 1), a_visit(f"v{link}", link, cleo, 2 + number / 10)]
        facts.append(an_order(f"o{link}", 3 + number / 10, share_id=link, visit=f"v{link}"))
    return facts


def counts(world: World) -> tuple[int, int, int]:
    """Return how many people shared, were ever credited, and were credited since the beginning."""
    with world.db.reading() as session:
        listed = people.people_page(session, SITE, None, newer=False).lines
        shared = people.sharing(session, SITE)
        assert len(listed) == shared, "the page of people has as many rows as are counted"
        ever = overview.open_book(session, world.site.site, day(9)).advocates_credited
        lately = console_overview.console_overview(session, SITE, (DAYS[0], DAYS[1]), day(9), START_MS)
        return shared, ever, lately.advocates_credited or 0


def joined(name: str, days: float, *who: Person) -> Event:
    """Somebody proves that all these are them."""
    return one_account(name, days, *(person.advocate_id(SITE) for person in who))


def test_two_browsers_count_once_from_the_join_on(world: World) -> None:
    world.happens(*credited(world, anna, PHONE, ben))
    assert counts(world) == (3, 3, 3)
    world.happens(joined("j", 5, anna, PHONE))
    assert counts(world) == (2, 2, 2)


def test_a_join_in_the_same_slice_counts_the_same(world: World) -> None:
    world.happens(*credited(world, anna, PHONE, ben), joined("j", 5, anna, PHONE))
    assert counts(world) == (2, 2, 2)


def test_a_browser_that_shares_after_the_join_is_no_new_person(world: World) -> None:
    world.happens(*credited(world, anna), joined("j", 5, anna, PHONE))
    world.happens(*credited(world, PHONE, ben))
    assert counts(world) == (2, 2, 2)


def test_a_join_that_is_told_again_changes_nothing(world: World) -> None:
    world.happens(*credited(world, anna, PHONE, ben), joined("j", 5, anna, PHONE))
    world.happens(joined("again", 6, anna, PHONE))
    world.happens(joined("all", 7, anna, PHONE, ben))
    assert counts(world) == (1, 1, 1)


def test_people_credited_lately_are_counted_among_few_ids_however_many_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DISTINCT below the LIMIT would read everybody on PostgreSQL before it stops."""
    world.happens(*credited(world, anna, PHONE, ben), joined("j", 5, anna, PHONE))
    with statements(world.db) as found:
        assert counts(world) == (2, 2, 2)
    (counting,) = [statement for statement in found if "credited_at_ms >=" in statement.text]
    plan = plan_of(world.db, counting)
    assert not re.search(r"Limit.*(Unique|Aggregate)", plan, re.DOTALL) and "FOR DISTINCT" not in plan, plan
    monkeypatch.setattr(console_overview, "MOST_COUNTED", 1)
    assert counts(world) == (2, 2, 1)

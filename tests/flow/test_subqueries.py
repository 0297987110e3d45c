"""Correlated subqueries answer for the row at hand: another person's rows change nothing.

`flow/test_expiring.py` has the one of expiry, with questions of other people.
"""

from cast import a_person, anna, ben, cleo
from flow.world import SITE, World, a_decision, a_tick, a_visit, an_order, day
from passalong.store.books.pools import PoolBook
from passalong.store.queries.advocates import _next_release
from passalong.store.queries.people import held_people
from plumbing.statements import plan_of, statements


def test_the_next_release_of_one_person_does_not_wait_for_a_held_conversion_of_another(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(
        a_visit("v1", annas, cleo, 1),
        an_order("annas", 2, share_id=annas, visit="v1"),
        a_visit("v2", bens, a_person("dora"), 1),
        an_order("bens", 3, share_id=bens, visit="v2"),
        a_tick(35 - 3),  # first visits are ready
        a_decision("a closer look", 4, "hold", "conversion", "annas"),
    )
    ids = {who: who.advocate_id(SITE) for who in (anna, ben)}
    with world.db.reading() as session:
        assert _next_release(session, SITE, [ids[anna]]) is None
        for mine in ([ids[ben]], sorted(ids.values())):
            found = _next_release(session, SITE, mine)
            assert found is not None
            assert found.at_ms == day(33)


def test_people_with_held_credit_are_found_by_the_index_of_what_is_held(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(
        an_order("annas", 2, share_id=annas),
        an_order("bens", 3, share_id=bens),
        a_decision("a closer look", 4, "hold", "conversion", "annas"),
    )
    with statements(world.db) as ran, world.db.reading() as session:
        assert [line.advocate_id for line in held_people(session, SITE)] == [anna.advocate_id(SITE)]
    held = next(one for one in ran if "FROM credits" in one.text)
    if world.db.is_sqlite:  # PostgreSQL chooses by the number of rows
        assert "ix_conversions_held" in plan_of(world.db, held)


def test_each_person_stands_below_the_one_who_led_to_their_own_first_link(world: World) -> None:
    annas = world.link(anna)
    world.clock.at_ms += 1_000
    bens = world.link(ben, parent=annas)
    world.clock.at_ms += 1_000
    dora = a_person("dora")
    world.link(dora, parent=bens)
    world.clock.at_ms += 1_000
    world.link(dora, parent=annas)  # a later link says nothing about who came first
    ids = [who.advocate_id(SITE) for who in (anna, ben, dora)]
    with world.db.reading() as session:
        found = PoolBook(session, SITE).parents([ids[1], ids[2]])
    assert found == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[1]}

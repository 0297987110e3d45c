"""What the fold keeps for the picture of a link's way: three steps, by links, and where a link was sent."""

from sqlalchemy import select

from cast import a_person, an_id, anna, ben, cleo, mallory
from flow.world import World, a_share, a_visit, an_event, an_order, day
from passalong.core.facts import LinkShared
from passalong.store.schema.links import link_sent, link_totals, link_trees
from passalong.store.schema.rollups import site_counts, site_units


def trees(world: World) -> dict[str, tuple[int, int, int]]:
    """Branches, people beneath and outcomes by link."""
    return {row.share_id: (row.branches, row.beneath, row.outcomes) for row in world.rows(select(link_trees))}


def people(world: World) -> dict[str, tuple[int, str | None]]:
    """People and whose link it goes on from, by link."""
    return {row.share_id: (row.people, row.parent_share_id) for row in world.rows(select(link_totals))}


def test_a_link_counts_two_links_of_others_beneath_it(world: World) -> None:
    """Anna → Ben → Cleo → Mallory: who comes by Mallory's link is beneath Cleo's and Ben's, and not beneath Anna's."""
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    cleos = world.link(cleo, parent=bens)
    mallorys = world.link(mallory, parent=cleos)
    for number, share in enumerate((annas, bens, bens, cleos, mallorys)):
        world.take_in(a_visit(f"v{number}", share, a_person("visitor", number), 1))
    world.fold()
    assert people(world) == {annas: (1, None), bens: (2, annas), cleos: (1, bens), mallorys: (1, cleos)}
    assert trees(world) == {annas: (1, 3, 0), bens: (1, 2, 0), cleos: (1, 1, 0)}


def test_going_on_from_ones_own_link_is_no_branch(world: World) -> None:
    first = world.link(anna)
    second = world.link(anna, parent=first)
    world.take_in(a_visit("v", second, cleo, 1))
    world.fold()
    assert people(world) == {second: (1, None)}
    assert trees(world) == {}


def test_where_a_link_was_sent_is_counted_by_link(world: World) -> None:
    annas = world.link(anna)
    world.take_in(
        a_share("s1", annas, 1),
        a_share("s2", annas, 1),
        an_event("browser", an_id("share", "s3"), day(1), LinkShared(annas, "email")),
    )
    world.fold()
    assert {(row.sent_to, row.times) for row in world.rows(select(link_sent))} == {("copy", 2), ("email", 1)}


def test_the_sums_over_everybody_are_kept_beside_everybodys(world: World) -> None:
    """The open book reads one row of each unit, however many people were credited."""
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    world.take_in(a_visit("v", bens, cleo, 1), an_order("o", 2, share_id=bens, visit="v"))
    world.fold()
    counted = {row.name: row.amount for row in world.rows(select(site_counts))}
    assert counted == {"advocates_credited": 2, "advocates_sharing": 1}  # of Anna's link nothing was reported itself
    waiting = {row.unit: row.waiting_micros for row in world.rows(select(site_units))}
    assert waiting["EUR"] == 9_600_000  # 80 + 16 of 10 %; the last 4 have nobody to go to
    assert trees(world)[annas][2] == 1

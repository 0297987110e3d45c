"""Reports are worked out by hand for a small past; they pay nobody and write nothing."""

from collections.abc import Iterator

import pytest

from cast import a_person, anna, ben
from flow.world import SITE, World, a_visit, an_order, day
from passalong.flow.owners.reports import (
    OTHERS,
    Report,
    Scope,
    journeys_of,
    removal_report,
    shapley_report,
    uplift_report,
)
from passalong.store.queries import digest
from passalong.store.sites import Site, find_site

ANNA, BEN = anna.advocate_id(SITE), ben.advocate_id(SITE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """By Anna's link, then by Ben's: one buys. By Anna's alone: one buys, one does not. By Ben's alone: two do not."""
    world = World(f"sqlite:///{tmp_path_factory.mktemp('reports') / 'reports.sqlite3'}")
    annas, bens = world.link(anna), world.link(ben)
    people = [a_person("visitor", number) for number in range(6)]
    world.happens(
        a_visit("0a", annas, people[0], 1),
        a_visit("0b", bens, people[0], 2),
        an_order("o0", 3, share_id=bens, visit="0b"),
        a_visit("1a", annas, people[1], 1),
        an_order("o1", 3, share_id=annas, visit="1a"),
        a_visit("2a", annas, people[2], 1),
        a_visit("3b", bens, people[3], 1),
        a_visit("4b", bens, people[4], 1),
        a_visit("own", annas, anna, 2, guest=True),
        an_order("o2", 4),
    )
    world.clock.at_ms = day(10)
    yield world
    world.db.close()


def the_site(world: World) -> Site:
    """Otto's site."""
    with world.db.reading() as session:
        site = find_site(session, SITE)
    assert site
    return site


def shares(found: Report) -> dict[str, float]:
    """Outcomes by person."""
    return {share.who: round(share.outcomes, 6) for share in found.shares}


def test_a_journey_is_all_that_a_person_came_by(world: World) -> None:
    found = journeys_of(world.db, the_site(world), Scope("purchase", day(10), 90))
    assert found.reached == {(ANNA, BEN): 1, (ANNA,): 1}
    assert found.lost == {(ANNA,): 1, (BEN,): 2}


def test_shapley_shares_each_outcome_by_all_who_took_part(world: World) -> None:
    found = shapley_report(world.db, the_site(world), Scope("purchase", day(10), 90))
    assert (shares(found), found.outcomes, found.journeys) == ({ANNA: 1.5, BEN: 0.5}, 2, 5)
    assert (found.pays, "pays nobody" in found.note) == (False, True)


def test_removal_says_what_would_be_lost(world: World) -> None:
    """Start: 3/5 Anna, 2/5 Ben. Anna: 1/3 on to Ben, 1/3 buys. Ben: 1/3 buys. So 1/3 + 1/15 in all = 0.4 of five.

    P = 3/5 (1/3 + 1/3 x 1/3) + 2/5 x 1/3 = 6/15; without Anna 2/15, without Ben 3/15: effects 2/3 and 1/2.
    """
    found = removal_report(world.db, the_site(world), Scope("purchase", day(10), 90), 1)
    assert {share.who: round(share.effect or 0, 6) for share in found.shares} == {ANNA: 0.666667, BEN: 0.5}
    assert shares(found) == {ANNA: round(2 * (2 / 3) / (7 / 6), 6), BEN: round(2 * 0.5 / (7 / 6), 6)}
    assert found.exact


@pytest.mark.parametrize("order", [1, 2, 3])
def test_every_order_shares_all_outcomes(world: World, order: int) -> None:
    found = removal_report(world.db, the_site(world), Scope("purchase", day(10), 90), order)
    assert sum(shares(found).values()) == pytest.approx(2)


def test_an_order_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="1, 2 or 3"):
        removal_report(world.db, the_site(world), Scope("purchase", day(10), 90), 4)


def test_uplift_is_against_a_hold_out(world: World) -> None:
    treated, found = uplift_report(world.db, the_site(world), Scope("purchase", day(10), 90), (1, 10))
    assert (treated, str(found.lift), str(found.incremental)) == ((2, 5), "3/10", "3/2")
    assert found.low < 0.3 < found.high
    for control in ((1, 0), (2, 1), (-1, 5)):
        with pytest.raises(ValueError, match="A group has people"):
            uplift_report(world.db, the_site(world), Scope("purchase", day(10), 90), control)


def test_a_goal_that_nobody_met_has_no_shares(world: World) -> None:
    found = shapley_report(world.db, the_site(world), Scope("donation", day(10), 90))
    assert (found.shares, found.outcomes, found.journeys) == ((), 0, 5)
    removal = removal_report(world.db, the_site(world), Scope("donation", day(10), 90), 1)
    assert set(shares(removal).values()) == {0.0}
    with pytest.raises(ValueError, match="nothing to compare"):
        uplift_report(world.db, the_site(world), Scope("purchase", day(-50), 1), (1, 2))


def test_a_report_writes_nothing(world: World) -> None:
    with world.db.reading() as session:
        before = digest.journal_digest(session, SITE)
    removal_report(world.db, the_site(world), Scope("purchase", day(10), 90), 3)
    with world.db.reading() as session:
        assert digest.journal_digest(session, SITE) == before


def test_all_but_the_most_frequent_stand_together(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(f"sqlite:///{tmp_path_factory.mktemp('many') / 'many.sqlite3'}")
    for number in range(15):
        link = world.link(a_person("advocate", number))
        world.take_in(
            a_visit(f"v{number}", link, a_person("buyer", number), 1),
            an_order(f"o{number}", 2, share_id=link, visit=f"v{number}"),
        )
    world.fold()
    found = shapley_report(world.db, the_site(world), Scope("purchase", day(10), 90))
    assert len(found.shares) == 13
    assert (found.shares[-1].who, found.shares[-1].outcomes) == (OTHERS, 3)
    world.db.close()

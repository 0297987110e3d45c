"""Folding: what facts come to, in whatever order they come in, however many fold them, in whatever slices."""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import HOME, Person, a_person, anna, ben, cleo, mallory, otto
from flow.world import SITE, World, a_refund, a_share, a_visit, an_order, status, visit_id
from passalong.core.facts import Event, Fact, LinkVisited
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.flow.fold.handlers import HANDLERS
from passalong.flow.replay.compare import check_replay
from passalong.flow.transaction import writing
from passalong.store.books import site_links
from passalong.store.books.site_links import SiteLink
from passalong.store.schema.event_log import events, numbered
from tables import make_tables

PERIOD = "pool:2026-01"


# --- the story of the docs --------------------------------------------------------------------------------------------


def test_a_purchase_pays_who_led_to_it(world: World) -> None:
    share = world.link(anna)
    world.happens(a_share("s", share, 0), a_visit("v", share, cleo, 2))
    world.happens(an_order("order-1", 9, euros=40, share_id=share, visit="v"))
    assert world.waiting(anna, cleo) == ["3.20", "0.00"]
    assert world.balances()[PERIOD, "EUR"] == 800_000
    assert world.balances()["program:issued", "EUR"] == -4 * MICROS
    world.happens(a_refund("refund-1", "order-1", 12, euros=40))
    assert world.waiting(anna) == ["0.00"]
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.REFUNDED)


def test_a_first_visit_pays_points(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    assert world.receipt(f"visit:{visit_id('v')}").goal == "new_visitor"


def test_a_chain_pays_three_generations(world: World) -> None:
    dora, emil = a_person("dora"), a_person("emil")
    first = world.link(anna)
    second = world.link(ben, parent=first)
    third = world.link(dora, parent=second)
    fourth = world.link(emil, parent=third)
    world.happens(a_visit("v", fourth, cleo, 1), an_order("order-1", 2, share_id=fourth, visit="v"))
    assert world.waiting(emil, dora, ben, anna) == ["8.00", "1.60", "0.40", "0.00"]


# --- visits that do not count -----------------------------------------------------------------------------------------


def test_a_second_visit_is_a_returning_visitor(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("first", share, cleo, 1), a_visit("again", share, cleo, 2))
    assert status(world.receipt(f"visit:{visit_id('first')}")) == ("credited", None)
    assert status(world.receipt(f"visit:{visit_id('again')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, unit=POINTS) == ["8.00"]


def test_an_earlier_visit_that_comes_in_late_is_the_first(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("later", bens, cleo, 2), a_visit("earlier", annas, cleo, 1))
    assert status(world.receipt(f"visit:{visit_id('earlier')}")) == ("credited", None)
    assert status(world.receipt(f"visit:{visit_id('later')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, ben, unit=POINTS) == ["8.00", "0.00"]


@pytest.mark.parametrize("reason", [Reason.BOT, Reason.NOT_VISIBLE, Reason.FOREIGN_ORIGIN, Reason.PREFETCH])
def test_a_refused_conversion_pays_nothing_and_has_a_receipt(tmp_path: Path, reason: Reason) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    share = world.link(anna)
    world.happens(a_visit("bot", share, cleo, 1, refused=reason))
    assert status(world.receipt(f"visit:{visit_id('bot')}")) == ("refused", reason)
    assert world.balances() == {}
    world.happens(a_visit("real", share, cleo, 2))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    world.check()
    world.close()


def test_a_link_that_is_not_there_is_an_unknown_share(world: World) -> None:
    world.happens(a_visit("v", "A" * 15, cleo, 1), an_order("order-1", 2, share_id="A" * 15))
    assert status(world.receipt(f"visit:{visit_id('v')}")) == ("refused", Reason.UNKNOWN_SHARE)
    assert world.receipt("conversion:order-1").status == "refused"


def a_link_of_the_site(world: World) -> str:
    """The share id of a link that belongs to the site itself."""
    link = SiteLink(SITE, "B" * 15, "api:news", "0" * 64, 1, f"{HOME}/news", "News", world.clock.now_ms())
    with writing(world.db) as session:
        site_links.add(session, [link])
    return link.share_id


def test_a_link_of_the_site_credits_nobody_and_a_replay_says_the_same(world: World) -> None:
    news, annas = a_link_of_the_site(world), world.link(anna)
    world.happens(a_visit("v", news, cleo, 1), an_order("order-1", 2, share_id=news, visit="v"))
    world.happens(a_refund("back", "order-1", 3), a_share("s", news, 3))
    assert status(world.receipt(f"visit:{visit_id('v')}")) == ("refused", Reason.SITE_LINK)
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.SITE_LINK)
    reader = a_person("reader")
    world.happens(a_visit("by anna", annas, reader, 4), a_visit("by news", news, reader, 5))
    world.happens(an_order("order-2", 6, share_id=news, visit="by news"))
    assert [line.recipient for line in world.receipt("conversion:order-2").lines] == [anna.advocate_id(SITE)]
    with world.db.reading() as session:
        assert check_replay(session, SITE, make_tables) > 0


def test_ones_own_link_pays_nothing(world: World) -> None:
    share = world.link(mallory, visitor=True)
    world.happens(a_visit("own", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="own"))
    assert status(world.receipt(f"visit:{visit_id('own')}")) == ("refused", Reason.OWN_LINK)
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)
    assert world.waiting(mallory) == ["0.00"]


# --- who is who, later ------------------------------------------------------------------------------------------------


def test_a_credential_that_shows_up_later_makes_earlier_visits_ones_own(world: World) -> None:
    """Mallory clicks her own link in a clean browser and buys; then the same browser shows her credential."""
    share = world.link(mallory)
    world.happens(a_visit("clean", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="clean"))
    assert world.waiting(mallory) == ["8.00"]
    world.happens(a_visit("seen", share, mallory, 3, guest=True))
    assert world.waiting(mallory) == ["0.00"]
    assert world.waiting(mallory, unit=POINTS) == ["0.00"]
    assert status(world.receipt(f"visit:{visit_id('clean')}")) == ("refused", Reason.OWN_LINK)
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)


def test_two_browsers_of_one_person_are_one_visitor(world: World) -> None:
    """Cleo's phone and desk hold the same credential: the later visit is no longer somebody new."""
    phone, share, cleos = a_person("cleo's phone"), world.link(anna), world.link(cleo, visitor=True)
    world.happens(a_visit("desk", share, cleo, 1), a_visit("phone", share, phone, 2))
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    joined = a_visit("both", share, cleo, 3, guest=True)
    world.happens(a_share("s", cleos, 3), joined)
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    world.happens(_with_guest_of(cleo, a_visit("phone again", share, phone, 4)))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    assert status(world.receipt(f"visit:{visit_id('phone')}")) == ("refused", Reason.RETURNING_VISITOR)


def _with_guest_of(who: Person, visit: Event) -> Event:
    """The same visit from a browser that has somebody's credential."""
    assert isinstance(visit.fact, LinkVisited)
    return replace(visit, fact=replace(visit.fact, advocate_id=who.advocate_id(SITE)))


def test_two_advocates_who_turn_out_to_be_one_share_once(world: World) -> None:
    other = a_person("anna's phone")
    one, two = world.link(anna), world.link(other)
    world.happens(a_visit("a", one, cleo, 1), a_visit("b", two, cleo, 2), a_visit("c", world.link(ben), cleo, 3))
    world.happens(an_order("order-1", 4, share_id=one, visit="a"))
    assert world.waiting(anna, other, ben) == ["2.67", "2.67", "2.67"]
    world.happens(a_visit("x", world.link(ben), anna, 5, guest=True), _with_guest_of(other, a_visit("y", two, anna, 6)))
    both = world.waiting(anna, other)
    assert sorted(both) == ["0.00", "4.00"]
    assert world.waiting(ben) == ["4.00"]


# --- the log ----------------------------------------------------------------------------------------------------------


def test_facts_are_numbered_without_gaps_in_the_order_in_which_they_are_folded(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("late", share, cleo, 5), a_visit("early", share, otto, 1))
    rows = world.rows(select(numbered.c.seq, numbered.c.event_id).order_by(numbered.c.seq))
    assert [(row.seq, row.event_id) for row in rows] == [(1, visit_id("late")), (2, visit_id("early"))]
    assert len(world.rows(select(events))) == 2


def test_a_visit_whose_note_comes_after_the_order_that_names_it_still_counts(world: World) -> None:
    share = world.link(anna)
    world.happens(an_order("order", 1, share_id=share, visit="late"))
    assert world.waiting(anna) == ["8.00"]
    world.happens(a_visit("late", share, cleo, 2))
    assert world.waiting(anna) == ["8.00"]


def test_every_kind_of_fact_has_a_handler_that_folds_it() -> None:
    assert set(get_args(Fact)) == set(HANDLERS)

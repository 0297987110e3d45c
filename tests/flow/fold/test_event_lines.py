"""The event list: a line for each event, whatever came of it, found by kind, reason, page, person and time."""

import pytest

from cast import HOME, anna, ben, cleo, mallory
from flow.world import (
    SITE,
    World,
    a_decision,
    a_refund,
    a_share,
    a_visit,
    an_event,
    an_order,
    day,
    visit_id,
)
from passalong.core.dates import day_of
from passalong.core.facts import ConversionRefunded
from passalong.core.reasons import Reason
from passalong.store.books.event_lines import EventLine
from passalong.store.books.rollups import page_hash
from passalong.store.queries import event_search, events, page_reach, people
from passalong.store.queries.events import Filters, cursor_of

ANNAS = anna.advocate_id(SITE)


def listed(world: World, asked: Filters | None = None) -> list[EventLine]:
    """Every line, page after page, from the newest on."""
    found: list[EventLine] = []
    place = None
    with world.db.reading() as session:
        while True:
            page = events.event_page(session, SITE, asked or Filters(), place, newer=False)
            found += page.lines
            if page.older is None:
                return found
            place = cursor_of(page.older)


def kinds(world: World, asked: Filters | None = None) -> list[tuple[str, str]]:
    """The kind and status of every line."""
    return [(line.kind, line.status) for line in listed(world, asked)]


def a_day_of_sharing(world: World) -> str:
    """Anna shares, Cleo comes and buys, gives a part of it back; Otto holds it; somebody buys without a link."""
    share = world.link()
    world.happens(
        a_share("first", share, 1),
        a_visit("v", share, cleo, 2),
        an_order("o", 3, share_id=share, visit="v"),
        an_order("counter", 4, refused=Reason.NO_TOKEN),
        a_refund("r", "o", 5, euros=40),
        a_refund("counter-r", "counter", 6, euros=40),
        a_decision("strange", 7, "hold", "conversion", "o"),
    )
    return share


def test_every_event_has_a_line_and_what_came_without_a_link_is_apart(world: World) -> None:
    a_day_of_sharing(world)
    assert kinds(world) == [
        ("decision", "hold"),
        ("refund", "taken_back"),
        ("conversion", "held"),
        ("visit", "credited"),
        ("share", "counted"),
    ]
    assert kinds(world, Filters(shown="unshared")) == [("refund", "unshared"), ("conversion", "unshared")]
    assert len(listed(world, Filters(shown="all"))) == 7


def test_a_line_has_what_was_reported_and_what_it_pays(world: World) -> None:
    a_day_of_sharing(world)
    line = next(line for line in listed(world) if line.kind == "conversion")
    assert (line.value_unit, line.value_micros) == ("EUR", 100_000_000)
    assert (line.unit, line.amount_micros) == ("EUR", 6_000_000)
    refund = next(line for line in listed(world) if line.kind == "refund")
    assert (refund.detail, refund.value_micros) == ("o", 40_000_000)


def test_a_full_refund_shows_what_earlier_ones_had_left(world: World) -> None:
    share = world.link()
    world.happens(a_visit("v", share, cleo, 1), an_order("p", 2, share_id=share, visit="v"))
    world.happens(a_refund("part", "p", 3, euros=30))
    world.happens(an_event("refund", "all", day(4), ConversionRefunded("p", 0, full=True)))
    assert [line.value_micros for line in listed(world) if line.kind == "refund"] == [70_000_000, 30_000_000]


def test_a_refund_that_came_before_its_order_is_completed_by_it(world: World) -> None:
    share = world.link()
    world.happens(a_visit("v", share, cleo, 1), a_refund("r", "o", 2, euros=30))
    assert kinds(world)[0] == ("refund", "pending")
    world.happens(an_order("o", 3, share_id=share, visit="v"))
    assert ("refund", "taken_back") in kinds(world)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Filters(kind="refund"), ["r"]),
        (Filters(result="held"), ["o"]),
        (Filters(result="own_link"), ["mine"]),
        (Filters(kind="visit", result="own_link"), ["mine"]),
        (Filters(kind="refund", result="own_link"), []),
        (Filters(since_ms=day(8)), ["mine"]),
        (Filters(until_ms=day(2)), ["first"]),
        (Filters(page_hash=page_hash(f"{HOME}/bees"), kind="share"), ["first"]),
        (Filters(page_hash=page_hash(f"{HOME}/wasps")), []),
        (Filters(advocates=(ANNAS,), kind="conversion"), ["o"]),
        (Filters(advocates=(ben.advocate_id(SITE),)), []),
    ],
    ids=str,
)
def test_filters_find_what_they_say(world: World, asked: Filters, found: list[str]) -> None:
    share = a_day_of_sharing(world)
    world.happens(a_visit("mine", share, anna, 8, guest=True))
    ids = {f"visit:{visit_id('mine')}": "mine", "conversion:o": "o", "refund:r": "r"}
    assert [ids.get(line.subject, "first") for line in listed(world, asked)] == found


def _subjects(world: World, asked: Filters) -> list[str]:
    return [line.subject for line in listed(world, asked)]


@pytest.mark.parametrize("asked", [Filters(), Filters(shown="all"), Filters(kind="visit"), Filters(advocates=(ANNAS,))])
def test_pages_lead_forward_and_back_over_the_same_lines(
    world: World, asked: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "FIRST", 5)
    monkeypatch.setattr(events, "SCANNED", 7)
    monkeypatch.setattr(events, "ROWS", 4)
    share = world.link()
    world.happens(*(a_visit(f"v{number}", share, cleo, 1 + number // 3) for number in range(11)))
    world.happens(*(an_order(f"o{number}", 9, refused=Reason.NO_TOKEN) for number in range(6)))
    every = _subjects(world, asked)
    assert len(every) == len(set(every)) == (17 if asked.shown == "all" else 11)
    with world.db.reading() as session:
        page = events.event_page(session, SITE, asked, None, newer=False)
        there, assert_at = [page], 0
        while page.older:
            page = events.event_page(session, SITE, asked, cursor_of(page.older), newer=False)
            there.append(page)
        back = [page]
        while back[-1].newer and assert_at < 20:
            back.append(events.event_page(session, SITE, asked, cursor_of(back[-1].newer), newer=True))
            assert_at += 1
    assert back[-1].lines == there[0].lines
    assert {line.subject for page in back for line in page.lines} == set(every)


def test_new_events_are_counted_from_a_place(world: World) -> None:
    share = a_day_of_sharing(world)
    with world.db.reading() as session:
        place = events.newest(session, SITE, Filters())
        assert events.count_newer(session, SITE, Filters(), place) == 0
    world.happens(a_visit("w", share, ben, 9), an_order("silent", 9, refused=Reason.NO_TOKEN))
    with world.db.reading() as session:
        assert events.count_newer(session, SITE, Filters(), place) == 1
        assert events.count_newer(session, SITE, Filters(shown="all"), place) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("o", {"conversion:o", "refund:r", "verdict:strange"}),
        (visit_id("v"), {f"visit:{visit_id('v')}", "conversion:o"}),
        ("nothing of this name", set()),
        ("o'; DROP TABLE events --", set()),
    ],
)
def test_a_search_finds_an_order_or_a_visit_with_all_that_belongs_to_it(
    world: World, text: str, found: set[str]
) -> None:
    a_day_of_sharing(world)
    with world.db.reading() as session:
        asked = event_search.search(session, world.site.site, Filters(), text, None)
        page = events.event_page(session, SITE, asked, None, newer=False)
    assert {line.subject for line in page.lines} == found


@pytest.mark.parametrize("text", [f"guest {ANNAS[:4]}", ANNAS[:4], ANNAS, "/bees", f"{HOME}/bees", "the link"])
def test_a_search_finds_a_person_a_link_and_a_page(world: World, text: str) -> None:
    share = a_day_of_sharing(world)
    with world.db.reading() as session:
        link = share if text == "the link" else None
        asked = event_search.search(session, world.site.site, Filters(), text, link)
        page = events.event_page(session, SITE, asked, None, newer=False)
    assert "conversion:o" in {line.subject for line in page.lines}


def test_people_stand_in_the_order_in_which_they_were_last_active(world: World) -> None:
    first, second = world.link(anna), world.link(mallory)
    world.happens(a_share("a", first, 1), a_share("b", second, 2))
    world.happens(a_visit("v", first, cleo, 3), an_order("o", 4, share_id=first, visit="v"))
    with world.db.reading() as session:
        page = people.people_page(session, SITE, None, newer=False)
        assert people.sharing(session, SITE) == 2
    assert [line.advocate_id for line in page.lines] == [mallory.advocate_id(SITE), ANNAS]
    annas = page.lines[1]
    assert (annas.people, annas.outcomes, annas.name) == (1, 1, "")
    assert [one.waiting_micros for one in annas.sums if one.unit == "EUR"] == [8_000_000]
    world.happens(a_share("again", first, 5))
    with world.db.reading() as session:
        page = people.people_page(session, SITE, None, newer=False)
    assert page.lines[0].advocate_id == ANNAS


def test_targets_below_five_presses_are_one_sum_and_name_nobody(world: World) -> None:
    share = world.link()
    world.happens(*(a_share(f"s{number}", share, 1) for number in range(5)))
    days = (day_of(day(0), "UTC"), day_of(day(2), "UTC"))
    with world.db.reading() as session:
        assert page_reach.channels(session, SITE, days) == page_reach.Channels((("copy", 5),), 0)
        (page,), older = page_reach.reach_of_pages(session, SITE, days, None)
        assert (page.shares, page.people, older) == (1, 0, None)
        assert page_reach.channels(session, SITE, ("2020-01-01", "2020-01-02")) == page_reach.Channels((), 0)

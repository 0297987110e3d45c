"""The stream of events: one for everything that happens, in order, once, and nothing of a visitor in it."""

import json
import threading

import msgspec
import pytest
from sqlalchemy import text

from cast import anna, ben, cleo
from flow.webhooks.conftest import Post
from flow.webhooks.receivers import Receiver
from flow.world import (
    SITE,
    World,
    a_gift,
    a_refund,
    a_share,
    a_tick,
    a_visit,
    an_event,
    an_order,
    day,
)
from passalong.core.facts import ConversionRefunded
from passalong.core.money import MICROS
from passalong.core.webhooks.events import EVENTS, EventType
from passalong.flow.replay import refold, replay
from passalong.flow.replay.compare import check_replay
from passalong.flow.transaction import writing
from passalong.store.webhooks import feed
from passalong.store.webhooks.feed import Draft
from tables import make_tables


def story(world: World) -> None:
    """Anna shares, Ben passes it on, Cleo comes, buys, and gives a part back."""
    link = world.link(anna)
    passed_on = world.link(ben, parent=link)
    world.happens(
        a_share("s1", link, 0),
        a_visit("v1", link, ben, 0.1),
        a_share("s2", passed_on, 0.2),
        a_visit("v2", passed_on, cleo, 0.3),
        a_visit("v3", passed_on, cleo, 0.4),
        an_order("o-1", 1, share_id=passed_on, visit="v2", customer="cleo@flowers.example"),
        a_refund("r-1", "o-1", 2, euros=50),
        a_gift("g-1", 3, anna),
        a_tick(40),
    )


def test_what_happens_is_announced_in_the_order_in_which_it_was_folded(post: Post) -> None:
    story(post.world)
    kinds = [event.type for event in post.events()]
    wanted = "share.created", "visit.counted", "visit.refused", "conversion.created", "conversion.refunded"
    first = [kinds.index(kind) for kind in wanted]
    assert first == sorted(first)
    assert {"credit.reversed", "conversion.updated", "credit.released"} <= set(kinds)
    assert [event.number for event in post.events()] == list(range(1, len(kinds) + 1))
    assert len({event.event_id for event in post.events()}) == len(kinds)


def test_credit_events_add_up_to_the_balances(post: Post) -> None:
    story(post.world)
    sums: dict[str, int] = {}
    for event in post.events():
        if event.type.startswith("credit."):
            data = json.loads(event.body)["data"]
            if data["unit"] == "EUR":
                sums[data["advocate_id"]] = sums.get(data["advocate_id"], 0) + data["change_micros"]
    for who in (anna, ben):
        balance = post.world.waiting(who)[0], post.world.waiting(who, bucket="ready")[0]
        assert sum(map(float, balance)) == pytest.approx(sums[who.advocate_id(SITE)] / MICROS, abs=0.01)


def test_refund_events_add_up_to_what_went_back(post: Post) -> None:
    """30 of 100 go back, then all that is left, then all again."""
    link = post.world.link(anna)
    post.world.happens(a_visit("v", link, cleo, 1), an_order("o", 1, share_id=link, visit="v"))
    post.world.happens(a_refund("part", "o", 2, euros=30))
    for days, name in ((3, "all"), (4, "again")):
        post.world.happens(an_event("refund", name, day(days), ConversionRefunded("o", 0, full=True)))
    said = [json.loads(event.body)["data"] for event in post.events() if event.type == "conversion.refunded"]
    assert [data["amount_micros"] for data in said] == [30_000_000, 70_000_000, 0]


def test_nothing_in_the_stream_identifies_a_visitor(post: Post) -> None:
    story(post.world)
    everything = "\n".join(event.body for event in post.events())
    known = {who.visitor for who in (anna, ben, cleo)} | {who.guest for who in (anna, ben, cleo)}
    forbidden = {*known, "cleo@flowers", "visitor", "customer", "email", "?"}
    assert {word for word in forbidden if word in everything} - {"visitor"} == set()
    assert "new_visitor:" not in everything
    with post.world.db.reading() as session:  # control: the facts do have them
        facts = "\n".join(session.scalars(text("SELECT fact FROM events")))
    assert cleo.visitor in facts


def test_every_body_has_the_shape_that_the_reference_shows(post: Post) -> None:
    story(post.world)
    for event in post.events():
        body = json.loads(event.body)
        assert (body["id"], body["type"], body["site"]) == (event.event_id, event.type, SITE)
        msgspec.convert(body["data"], type(EVENTS[EventType(event.type)].example), strict=True)


def test_every_type_has_a_sentence_and_an_example() -> None:
    assert set(EVENTS) == set(EventType)
    assert all(documented.says.endswith((".", "it.")) for documented in EVENTS.values())


def test_a_replay_and_a_refold_send_nothing_twice(post: Post, receiver: Receiver) -> None:
    post.add(receiver)
    story(post.world)
    post.clock.at_ms = day(41)
    post.deliver()
    before, sent = post.events(), len(receiver.got)
    assert sent == len(before) > 15
    with post.world.db.reading() as session:
        check_replay(session, SITE, make_tables)
    replay.rebuild_rollups(post.world.db, SITE, make_tables)
    with refold.refolded(post.world.db, SITE, make_tables) as fresh, writing(post.world.db) as session:
        refold.put_in_place(session, fresh, SITE)
    post.world.happens(a_tick(41))
    post.deliver(60_000)
    assert (post.events(), len(receiver.got)) == (before, sent)


def test_events_of_many_transactions_at_once_have_no_gap_and_appear_in_order(post: Post) -> None:
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set() or len(seen) < 60:
            with post.world.db.reading() as session:
                page = feed.after(session, SITE, seen[-1] if seen else 0, (), 7)
            seen.extend(event.number for event in page.events)

    def write(name: int) -> None:
        for number in range(15):
            example = EVENTS[EventType.SHARE_CREATED].example
            with writing(post.world.db) as session:
                feed.append(session, SITE, [Draft(EventType.SHARE_CREATED, 100 * name + number, example)], 0)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    reader = threading.Thread(target=read)
    for thread in (*threads, reader):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join(20)
    assert seen == list(range(1, 61))


def test_a_filtered_page_says_how_far_it_looked(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LOOKED_THROUGH", 5)
    story(post.world)
    found, number = [], 0
    while True:
        with post.world.db.reading() as session:
            page = feed.after(session, SITE, number, ("conversion.refunded",), 10)
        found += page.events
        if page.reached == number:
            break
        number = page.reached
    assert [event.type for event in found] == ["conversion.refunded"]

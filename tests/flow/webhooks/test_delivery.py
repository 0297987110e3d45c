"""Deliveries to real receivers that fail, hang, repeat, are slow or gone: nothing is lost and no other one waits."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from sqlalchemy import update

from cast import anna, ben, cleo
from flow.webhooks.conftest import OTTO, Post
from flow.webhooks.receivers import Got, Receiver, a_receiver
from flow.world import SITE, START_MS, World, a_share, a_visit, an_order
from passalong.core.webhooks.schedule import DAY_MS, HOUR_MS, RETRY_MS, Answer, State
from passalong.flow.transaction import writing
from passalong.flow.webhooks.settling import settle
from passalong.store.schema.webhooks import webhook_deliveries
from passalong.store.webhooks import deliveries, endpoints
from passalong.store.webhooks.deliveries import Lease
from plumbing.dripping import a_server, drips

JITTERED = 1.2
"""A wait is at most a fifth longer."""


def shares(world: World, count: int, first: int = 0) -> None:
    """Anna shares so many times."""
    link, days = world.link(anna), (world.clock.at_ms - START_MS) / DAY_MS
    world.happens(*(a_share(f"s{number}", link, days) for number in range(first, first + count)))


def test_every_event_is_delivered_once_and_in_order_to_a_receiver_that_works(post: Post, receiver: Receiver) -> None:
    webhook = post.add(receiver)
    shares(post.world, 20)
    post.deliver()
    assert receiver.ids == [event.event_id for event in post.events()]
    assert [one.body.decode() for one in receiver.got] == [event.body for event in post.events()]
    assert set(post.states(webhook)) == {State.DELIVERED}
    post.deliver(DAY_MS)
    assert len(receiver.got) == 20


def test_a_receiver_that_fails_gets_the_same_id_and_body_until_it_takes_them(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _: (500, b"broken") if len(receiver.got) < 4 else (200, b"ok")
    webhook = post.add(receiver)
    shares(post.world, 1)
    for wait_ms in (0, *RETRY_MS[:3]):
        post.deliver(int(wait_ms * JITTERED) + 1)
    assert (len(receiver.got), len(set(receiver.ids)), len({one.body for one in receiver.got})) == (4, 1, 1)
    assert post.states(webhook) == [State.DELIVERED]
    with post.world.db.reading() as session:
        made = deliveries.attempts_of(session, SITE, webhook.webhook_id, 1)
    assert [(one.attempt, one.status, one.excerpt) for one in made] == [
        *((number, 500, "broken") for number in (1, 2, 3)),
        (4, 200, "ok"),
    ]


def test_retries_go_on_for_three_days_and_then_the_delivery_is_dead_and_can_be_replayed(
    post: Post, receiver: Receiver
) -> None:
    receiver.answer = lambda _: (503, b"")
    webhook = post.add(receiver, "share.created")
    shares(post.world, 1)
    began_ms = post.clock.at_ms
    post.deliver()
    while (next_ms := post.log(webhook)[0].next_at_ms) is not None:
        assert post.log(webhook)[0].state == State.PENDING
        post.deliver(next_ms - post.clock.at_ms)
    assert post.clock.at_ms - began_ms >= 3 * DAY_MS
    assert (len(receiver.got), len(set(receiver.ids)), post.states(webhook)) == (12, 1, [State.DEAD])
    receiver.answer = lambda _: (200, b"")
    post.manage.resume(SITE, webhook.webhook_id, OTTO)
    assert post.manage.replay(SITE, webhook.webhook_id, None, OTTO) == 1
    post.deliver()
    assert (len(receiver.got), len(set(receiver.ids)), post.states(webhook)) == (13, 1, [State.DELIVERED])


def test_a_receiver_that_failed_for_three_days_is_paused_and_loses_nothing(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _: (500, b"")
    webhook = post.add(receiver, "share.created")
    with a_receiver() as other:
        post.add(other, "site.webhook_paused")
        shares(post.world, 1)
        post.deliver()
        shares(post.world, 4, first=1)
        for _ in range(100):
            post.deliver(HOUR_MS)
        paused = post.manage.get(SITE, webhook.webhook_id)
        assert (paused.is_active, paused.paused_because) == (False, "failing")
        post.deliver()
        assert [json.loads(one.body)["data"]["reason"] for one in other.got] == ["failing"]
    shares(post.world, 2, first=5)
    before = len(receiver.got)
    post.deliver(HOUR_MS)
    assert len(receiver.got) == before
    receiver.answer = lambda _: (200, b"")
    post.manage.resume(SITE, webhook.webhook_id, OTTO)
    post.manage.replay(SITE, webhook.webhook_id, None, OTTO)
    post.deliver()
    assert post.states(webhook) == [State.DELIVERED] * 7
    assert set(receiver.ids) == {event.event_id for event in post.events() if event.type == "share.created"}


def test_a_receiver_that_says_it_is_gone_is_paused_at_once(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _: (410, b"")
    webhook = post.add(receiver)
    shares(post.world, 2)
    post.deliver()
    assert len(receiver.got) == 1
    assert post.manage.get(SITE, webhook.webhook_id).paused_because == "gone"
    assert post.states(webhook) == [State.HELD] * 3  # the event about the pause waits, too


def test_a_redirect_is_not_followed(post: Post, receiver: Receiver) -> None:
    receiver.answer = lambda _: (307, b"")
    webhook = post.add(receiver)
    shares(post.world, 1)
    post.deliver()
    assert [one.path for one in receiver.got] == ["/hook"]
    assert (post.log(webhook)[0].status, post.log(webhook)[0].state) == (307, State.PENDING)


def test_a_receiver_may_ask_for_a_longer_wait(post: Post, receiver: Receiver) -> None:
    receiver.answer, receiver.retry_after = lambda _: (429, b""), "3600"
    webhook = post.add(receiver)
    shares(post.world, 1)
    post.deliver()
    next_ms = post.log(webhook)[0].next_at_ms or 0
    assert HOUR_MS <= next_ms - post.clock.at_ms <= JITTERED * HOUR_MS


@pytest.mark.parametrize("talk", [drips(b"HTTP/1.1 200 OK\r\n\r\n"), drips(b"HTTP/1.1 2"), lambda _: time.sleep(3)])
def test_one_deadline_holds_for_receivers_that_drip_or_hang(world: World, talk: object) -> None:
    post = Post(world, timeout_s=0.4)
    with a_server(talk) as port:  # type: ignore[arg-type]
        webhook = post.add(f"http://127.0.0.1:{port}/")
        shares(world, 1)
        began_s = time.monotonic()
        post.deliver()
        assert time.monotonic() - began_s < 2.8
    assert (post.log(webhook)[0].state, "took too long" in post.log(webhook)[0].error) == (State.PENDING, True)


def test_slow_and_hanging_receivers_do_not_delay_others(world: World) -> None:
    post = Post(world, timeout_s=4.0)
    with a_receiver(takes_s=9.0) as hanging, a_receiver(takes_s=0.5) as slow, a_receiver() as fast:
        for one in (hanging, slow, fast):
            post.add(one)
        shares(world, 12)
        began_s = time.monotonic()
        post.worker.look()
        while len(fast.got) < 12 and time.monotonic() - began_s < 10:
            time.sleep(0.01)
        fast_s = time.monotonic() - began_s
        assert len(fast.got) == 12
        assert len(slow.got) < 12, "control: the slow one is not done yet"
        assert len(hanging.got) == 1, "after a failure a webhook has a break"
        post.worker.deliver_all()
        assert slow.ids == fast.ids
        assert fast_s < 4.0


def at_first(status: int, wait_s: float = 0.0) -> Callable[[Receiver], Callable[[Got], tuple[int, bytes]]]:
    """A receiver that answers so when an event comes for the first time, and takes it when it comes again."""

    def answers(receiver: Receiver) -> Callable[[Got], tuple[int, bytes]]:
        def answer(got: Got) -> tuple[int, bytes]:
            if receiver.ids.count(got.id) > 1:
                return 204, b""
            time.sleep(wait_s)
            return status, b""

        return answer

    return answers


def test_receivers_that_fail_hang_repeat_and_are_slow_lose_nothing_and_move_no_other(world: World) -> None:
    """One that hangs has each event and is sent it again: what it answered came too late."""
    post, count = Post(world, timeout_s=1.0), 10
    bad = {"fails": at_first(500), "hangs": at_first(204, 1.5), "redirects": at_first(307), "limits": at_first(429)}
    with ExitStack() as stack:
        receivers = {name: stack.enter_context(a_receiver()) for name in (*bad, "slow", "good")}
        receivers["slow"].takes_s = 0.02
        for name, answers in bad.items():
            receivers[name].answer = answers(receivers[name])
        webhooks = {name: post.add(receiver) for name, receiver in receivers.items()}
        shares(world, count)
        post.deliver()
        sent = [event.event_id for event in post.events()]
        assert receivers["good"].ids == receivers["slow"].ids == sent, "one pass was enough for them"
        for _ in range(4 * count):
            post.deliver(HOUR_MS)
        for name, receiver in receivers.items():
            assert post.states(webhooks[name]) == [State.DELIVERED] * count, name
            assert set(receiver.ids) == set(sent), name
            assert len({(one.id, one.body) for one in receiver.got}) == count, "an id has one body"
            assert len(receiver.ids) == (2 * count if name in bad else count), name
    print(f"{count} events to {len(receivers)} receivers: 0 lost, ids stable")
    post.worker.stop()


def test_a_worker_that_dies_between_sending_and_settling_sends_again_under_the_same_ids(
    post: Post, receiver: Receiver
) -> None:
    webhook = post.add(receiver)
    shares(post.world, 5)
    now_ms = post.clock.at_ms
    with writing(post.world.db) as session:
        taken = deliveries.claim(session, webhook, Lease(now_ms, now_ms + 60_000, 3))
    assert len(taken) == 3
    post.deliver()
    assert len(receiver.got) == 2, "what another worker has leased is left to it"
    post.deliver(60_001)
    assert sorted(receiver.ids) == sorted(event.event_id for event in post.events())
    assert post.states(webhook) == [State.DELIVERED] * 5


def test_two_workers_send_each_event_once(post: Post, receiver: Receiver) -> None:
    post.add(receiver)
    shares(post.world, 40)
    others = [Post(post.world).worker for _ in range(3)]
    threads = [threading.Thread(target=one.deliver_all) for one in (post.worker, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receiver.ids) == sorted(event.event_id for event in post.events())


def test_a_receiver_that_was_sent_an_event_twice_can_tell_by_its_id(post: Post, receiver: Receiver) -> None:
    webhook = post.add(receiver)
    shares(post.world, 1)
    post.deliver()
    with writing(post.world.db) as session:  # as if the result had been lost
        again = update(webhook_deliveries).values(state=State.PENDING, next_at_ms=post.clock.at_ms)
        session.execute(again)
        endpoints.rest(session, SITE, webhook.webhook_id)
    post.deliver()
    assert (len(receiver.got), len(set(receiver.ids))) == (2, 1)


def test_a_test_event_goes_to_its_webhook_alone_even_while_paused_and_is_tried_once(
    post: Post, receiver: Receiver
) -> None:
    webhook = post.add(receiver)
    with a_receiver() as other:
        post.add(other)
        post.manage.pause(SITE, webhook.webhook_id, OTTO)
        receiver.answer = lambda _: (500, b"")
        post.manage.test(SITE, webhook.webhook_id, OTTO)
        post.deliver()
        post.deliver(DAY_MS)
        assert (len(receiver.got), len(other.got)) == (1, 0)
    assert post.states(webhook) == [State.DEAD]
    assert post.manage.get(SITE, webhook.webhook_id).failures == 0


def test_a_webhook_gets_only_the_types_that_it_asks_for(post: Post, receiver: Receiver) -> None:
    post.add(receiver, "conversion.created")
    link = post.world.link(anna)
    post.world.happens(a_share("s", link, 0), a_visit("v", link, cleo, 0.1))
    post.world.happens(an_order("o-1", 0.2, share_id=link, visit="v"))
    post.deliver(DAY_MS)
    assert [json.loads(one.body)["type"] for one in receiver.got] == ["conversion.created"]


def test_a_webhook_that_is_removed_gets_nothing_more(post: Post, receiver: Receiver) -> None:
    webhook = post.add(receiver)
    shares(post.world, 2)
    post.manage.remove(SITE, webhook.webhook_id, OTTO)
    post.deliver()
    assert receiver.got == []
    with writing(post.world.db) as session:  # its last attempt comes back late
        gone = deliveries.Delivery(SITE, webhook.webhook_id, 1, "e", "share.created", 0, "pending", 0, 0, 0, 0, 0, "")
        assert settle(session, gone, Answer(200, 1), 0) is False


def test_events_and_their_log_are_deleted_after_thirty_days(post: Post, receiver: Receiver) -> None:
    webhook = post.add(receiver)
    shares(post.world, 3)
    post.deliver()
    post.clock.at_ms += 29 * DAY_MS
    assert post.worker.tidy() == 0
    post.clock.at_ms += 2 * DAY_MS
    assert post.worker.tidy() == 3
    assert (post.events(), post.log(webhook), post.world.count("webhook_attempts")) == ([], [], 0)
    link = post.world.link(ben)
    post.world.happens(a_share("later", link, 31))
    assert [event.number for event in post.events()] == [4], "numbers go on"

"""Settle an attempt: delivered, retried later, given up; and what that means for its webhook."""

import secrets

from sqlalchemy.orm import Session

from passalong.core.webhooks import schedule
from passalong.core.webhooks.events import EventType
from passalong.core.webhooks.payloads import Pause
from passalong.core.webhooks.schedule import Answer, State
from passalong.store.webhooks import deliveries, endpoints, feed
from passalong.store.webhooks.deliveries import Delivery
from passalong.store.webhooks.endpoints import PAUSED, Webhook
from passalong.store.webhooks.feed import Draft

CHANCES = 1_000


def settle(session: Session, delivery: Delivery, answer: Answer, now_ms: int) -> bool:
    """Store the result of an attempt with its log; True if the webhook may get more at once.

    A delivery or a webhook that its owner removed meanwhile stays removed.
    """
    before = endpoints.find(session, delivery.site_id, delivery.webhook_id)
    if before is None:
        return False
    if delivery.type == EventType.WEBHOOK_TEST:
        deliveries.log(session, delivery, answer, now_ms)
        deliveries.settle(session, delivery, **_done(delivery, answer, now_ms))
        if answer.good:
            endpoints.change(session, delivery.site_id, delivery.webhook_id, last_success_ms=now_ms)
        return True
    why = "" if answer.good else schedule.is_to_pause(answer, before.failing_since_ms or now_ms, now_ms)
    if why and before.is_active:
        _announce_pause(session, before, why, now_ms)
    webhook = endpoints.find(session, delivery.site_id, delivery.webhook_id, lock=True)
    if webhook is None:
        return False
    deliveries.log(session, delivery, answer, now_ms)
    if answer.good:
        deliveries.settle(session, delivery, **_done(delivery, answer, now_ms))
        _succeeded(session, webhook, now_ms)
        return True
    _failed(session, webhook, delivery, answer, now_ms)
    if why and webhook.is_active:
        pause(session, webhook, why)
    return False


def _announce_pause(session: Session, webhook: Webhook, why: str, now_ms: int) -> None:
    draft = Draft(EventType.SITE_WEBHOOK_PAUSED, now_ms, Pause(webhook_id=webhook.webhook_id, reason=why))
    feed.append(session, webhook.site_id, [draft], now_ms)


def pause(session: Session, webhook: Webhook, why: str) -> None:
    """Pause a webhook: what waits, and what happens from now on, is held until it is resumed."""
    own = (webhook.site_id, webhook.webhook_id)
    endpoints.change(session, *own, state=PAUSED, paused_because=why, version=webhook.version + 1, due_ms=None)
    deliveries.hold(session, *own)


def _done(delivery: Delivery, answer: Answer, now_ms: int) -> dict[str, object]:
    state = State.DELIVERED if answer.good else State.DEAD
    return {
        "state": state,
        "attempts": delivery.attempts + 1,
        "failures": 0 if answer.good else delivery.failures + 1,
        "next_at_ms": None,
        "done_at_ms": now_ms,
        "status": answer.status,
        "error": answer.error,
    }


def _succeeded(session: Session, webhook: Webhook, now_ms: int) -> None:
    """Note a success; a webhook that is well is written at most once a minute, for the page that shows it."""
    is_news = webhook.failures or now_ms - (webhook.last_success_ms or 0) >= schedule.MINUTE_MS
    if is_news:
        well = {"failures": 0, "failing_since_ms": None, "retry_at_ms": 0, "last_success_ms": now_ms}
        endpoints.change(session, webhook.site_id, webhook.webhook_id, **well)


def _failed(session: Session, webhook: Webhook, delivery: Delivery, answer: Answer, now_ms: int) -> None:
    failures = webhook.failures + 1
    endpoints.change(
        session,
        webhook.site_id,
        webhook.webhook_id,
        failures=failures,
        failing_since_ms=webhook.failing_since_ms or now_ms,
        retry_at_ms=now_ms + schedule.break_ms(failures, answer.retry_after_ms),
    )
    chance = secrets.randbelow(CHANCES) / CHANCES
    wait_ms = schedule.retry_wait_ms(delivery.failures + 1, answer.retry_after_ms, chance)
    values = _done(delivery, answer, now_ms)
    if wait_ms is not None:
        state, next_at_ms = (State.PENDING, now_ms + wait_ms) if webhook.is_active else (State.HELD, None)
        values |= {"state": state, "next_at_ms": next_at_ms, "done_at_ms": None}
    deliveries.settle(session, delivery, **values)

"""Webhooks of a site: the endpoints of its owner, with their state and when each has something to be sent."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from passalong.store.schema.webhooks import webhook_attempts, webhook_deliveries, webhooks

ACTIVE, PAUSED = "active", "paused"
EVERY_TYPE = "*"


class Webhook(Struct, frozen=True):
    """One endpoint. `types` are event types with spaces between them, or `*`; `failures` are attempts in a row."""

    site_id: str
    webhook_id: str
    url: str
    description: str
    types: str
    created_at_ms: int
    nonce: str
    key_id: int
    state: str = ACTIVE
    paused_because: str = ""
    version: int = 1
    old_nonce: str = ""
    old_key_id: int = 0
    old_until_ms: int = 0
    failures: int = 0
    failing_since_ms: int | None = None
    retry_at_ms: int = 0
    last_success_ms: int | None = None
    due_ms: int | None = None

    @property
    def is_active(self) -> bool:
        """False while it is paused: its deliveries are held."""
        return self.state == ACTIVE

    @property
    def chosen(self) -> tuple[str, ...]:
        """The types that it asks for; none, if it asks for every type."""
        return () if self.types == EVERY_TYPE else tuple(self.types.split(" "))

    def wants(self, kind: str) -> bool:
        """Return True if events of this type are sent to it."""
        return self.types == EVERY_TYPE or kind in self.types.split(" ")


class Trouble(Struct, frozen=True):
    """The webhooks of a site that fail for a while, and those that were paused for it."""

    failing: int
    paused: int


def add(session: Session, webhook: Webhook) -> None:
    """Insert a webhook."""
    session.execute(insert(webhooks).values(structs.asdict(webhook)))


def find(session: Session, site_id: str, webhook_id: str, *, lock: bool = False) -> Webhook | None:
    """Return a webhook; with `lock`, its row is kept for this transaction (PostgreSQL)."""
    statement = select(webhooks).where(*_one(site_id, webhook_id))
    row = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else Webhook(**row._mapping)


_ALL = (
    select(webhooks)
    .where(webhooks.c.site_id == bindparam("of_site"))
    .order_by(webhooks.c.created_at_ms, webhooks.c.webhook_id)
)


def all_of(session: Session, site_id: str) -> Sequence[Webhook]:
    """Return the webhooks of a site, the oldest first."""
    return [Webhook(**row._mapping) for row in session.execute(_ALL, {"of_site": site_id})]


def change(session: Session, site_id: str, webhook_id: str, **values: Any) -> None:
    """Change columns of a webhook."""
    session.execute(update(webhooks).where(*_one(site_id, webhook_id)).values(**values))


def remove(session: Session, site_id: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries and attempts."""
    for table in (webhook_attempts, webhook_deliveries, webhooks):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.webhook_id == webhook_id))


def due(session: Session, now_ms: int, limit: int) -> Sequence[tuple[str, str]]:
    """Return (site, webhook) of those that have something to be sent by now, the longest waiting first."""
    statement = select(webhooks.c.site_id, webhooks.c.webhook_id).where(webhooks.c.due_ms <= now_ms)
    ordered = statement.order_by(webhooks.c.due_ms, webhooks.c.site_id, webhooks.c.webhook_id)
    return [tuple(row) for row in session.execute(ordered.limit(limit))]


def wake(session: Session, site_id: str, webhook_ids: Iterable[str], now_ms: int) -> None:
    """Note that these webhooks have something to be sent now, or after their break.

    Always writes: the row lock makes a delivering worker, which is about to note that nothing is left, wait and look
    again.
    """
    chosen = sorted(webhook_ids)
    if chosen:
        soonest = case((webhooks.c.retry_at_ms > now_ms, webhooks.c.retry_at_ms), else_=literal(now_ms))
        where = (webhooks.c.site_id == site_id, webhooks.c.webhook_id.in_(chosen))
        session.execute(update(webhooks).where(*where).values(due_ms=soonest))


def rest(session: Session, site_id: str, webhook_id: str) -> int | None:
    """Note when a webhook next has something to be sent; returns that time, None for nothing."""
    webhook = find(session, site_id, webhook_id, lock=True)
    if webhook is None:
        return None
    own = (webhook_deliveries.c.site_id == site_id, webhook_deliveries.c.webhook_id == webhook_id)
    next_ms = session.scalar(select(func.min(webhook_deliveries.c.next_at_ms)).where(*own))
    due_ms = None if next_ms is None else max(next_ms, webhook.retry_at_ms)
    if due_ms != webhook.due_ms:
        change(session, site_id, webhook_id, due_ms=due_ms)
    return due_ms


def trouble(session: Session, site_id: str, failing_before_ms: int) -> Trouble:
    """Count what fails since before that time, and what was paused by itself."""
    all_webhooks = all_of(session, site_id)
    since = [
        webhook.failing_since_ms
        for webhook in all_webhooks
        if webhook.is_active and webhook.failing_since_ms is not None
    ]
    paused = [
        webhook for webhook in all_webhooks if not webhook.is_active and webhook.paused_because in ("failing", "gone")
    ]
    return Trouble(sum(at_ms < failing_before_ms for at_ms in since), len(paused))


def _one(site_id: str, webhook_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return webhooks.c.site_id == site_id, webhooks.c.webhook_id == webhook_id

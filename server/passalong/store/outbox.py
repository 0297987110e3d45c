"""The outbox: mails to be sent, written in the transaction that caused them; a sender leases and sends them.

An address is looked up when a mail is sent: the outbox has none, so erasing an address leaves nothing behind.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct, structs
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.people import mails

LONGEST_ID = 80


class Mail(Struct, frozen=True):
    """One mail; `document` is JSON of its content, `next_at_ms` the time of the next try (None: sent or given up)."""

    site_id: str
    mail_id: str
    kind: str
    address_hash: str
    language: str
    document: str
    at_ms: int
    next_at_ms: int | None = None
    attempts: int = 0
    sent_at_ms: int | None = None
    error: str = ""


class Draft(Struct, frozen=True):
    """A mail to be queued: its kind, the id that makes it idempotent, and the values of its strings."""

    kind: str
    mail_id: str
    values: Mapping[str, Any]


class Reader(Protocol):
    """The reader of a mail: an address by its hash, and the language to write in."""

    @property
    def address_hash(self) -> str:
        """The HMAC of the address."""

    @property
    def language(self) -> str:
        """The language of mails to it."""


def enqueue(session: Session, site_id: str, to: Reader, draft: Draft, now_ms: int) -> bool:
    """Queue a mail, once for each `mail_id`; False if it is there already."""
    document = msgspec.json.encode(draft.values).decode()
    mail_id = draft.mail_id[:LONGEST_ID]
    mail = Mail(site_id, mail_id, draft.kind, to.address_hash, to.language, document, now_ms, next_at_ms=now_ms)
    return insert_new(session, mails, **structs.asdict(mail))


def due(session: Session, now_ms: int, limit: int) -> Sequence[tuple[str, str, int]]:
    """Return (site, mail, next_at_ms) of what is to be sent by now, oldest first."""
    statement = select(mails.c.site_id, mails.c.mail_id, mails.c.next_at_ms).where(mails.c.next_at_ms <= now_ms)
    ordered = statement.order_by(mails.c.next_at_ms, mails.c.site_id, mails.c.mail_id)
    return [tuple(row) for row in session.execute(ordered.limit(limit))]


def claim(session: Session, site_id: str, mail_id: str, seen_ms: int, until_ms: int) -> Mail | None:
    """Lease a mail until `until_ms`; None if another sender was faster."""
    statement = (
        update(mails)
        .where(mails.c.site_id == site_id, mails.c.mail_id == mail_id, mails.c.next_at_ms == seen_ms)
        .values(next_at_ms=until_ms, attempts=mails.c.attempts + 1)
        .returning(mails)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else Mail(**row._mapping)


def settle(session: Session, mail: Mail, **values: Any) -> None:
    """Store the result of sending a mail; the document of a sent or given up mail is emptied."""
    if values.get("next_at_ms") is None:
        values |= {"document": "{}", "next_at_ms": None}
    session.execute(
        update(mails).where(mails.c.site_id == mail.site_id, mails.c.mail_id == mail.mail_id).values(**values)
    )


def hurry(session: Session, now_ms: int, after_ms: int) -> None:
    """Let every mail be tried now whose next try comes later than `after_ms`: no lease lasts as long.

    The try comes in place of the last one, so that many starts in a row do not use up the tries of three days.
    """
    one_less = case((mails.c.attempts > 0, mails.c.attempts - 1), else_=0)
    waiting = update(mails).where(mails.c.next_at_ms > after_ms)
    session.execute(waiting.values(next_at_ms=now_ms, attempts=one_less))


def newest(session: Session, site_id: str, limit: int) -> list[Mail]:
    """Return the outbox of a site for its owner, newest first."""
    statement = select(mails).where(mails.c.site_id == site_id).order_by(mails.c.at_ms.desc(), mails.c.mail_id)
    rows = session.execute(statement.limit(limit))
    return [Mail(**row._mapping) for row in rows]


def waiting(session: Session) -> int:
    """Count the mails that are still to be sent."""
    return session.scalar(select(func.count()).select_from(mails).where(mails.c.next_at_ms.is_not(None))) or 0


def forget_old(session: Session, before_ms: int) -> None:
    """Delete mails that were sent or given up before that time."""
    session.execute(delete(mails).where(mails.c.next_at_ms.is_(None), mails.c.at_ms < before_ms))

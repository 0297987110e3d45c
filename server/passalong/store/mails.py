"""The outbox: e-mails to be sent, written in the transaction of what they tell of; a carrier claims and sends them.

An address is looked up when a mail is sent: the outbox has none, so erasing an address leaves nothing behind.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.people_tables import mails


class Mail(Struct, frozen=True):
    """One e-mail; `document` is JSON of what it says, `next_at_ms` when it is tried next (None: sent or given up)."""

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


def put(session: Session, mail: Mail) -> bool:
    """Write a mail into the outbox, once for each `mail_id`; False if it stands there already."""
    values = {name: getattr(mail, name) for name in mail.__struct_fields__} | {"next_at_ms": mail.at_ms}
    return insert_new(session, mails, **values)


def due(session: Session, now_ms: int, limit: int) -> Sequence[tuple[str, str, int]]:
    """(site, mail, next_at_ms) of what is to be sent by now, oldest first."""
    found = select(mails.c.site_id, mails.c.mail_id, mails.c.next_at_ms).where(mails.c.next_at_ms <= now_ms)
    return [tuple(row) for row in session.execute(found.order_by(mails.c.next_at_ms).limit(limit))]


def claim(session: Session, site_id: str, mail_id: str, seen_ms: int, until_ms: int) -> Mail | None:
    """Take a mail for oneself until `until_ms`; None when another carrier has been faster."""
    statement = (
        update(mails)
        .where(mails.c.site_id == site_id, mails.c.mail_id == mail_id, mails.c.next_at_ms == seen_ms)
        .values(next_at_ms=until_ms, attempts=mails.c.attempts + 1)
        .returning(mails)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else Mail(**row._mapping)


def settle(session: Session, mail: Mail, **values: Any) -> None:
    """What became of a mail; one that is sent or given up says nothing any more: its document is emptied."""
    if values.get("next_at_ms") is None:
        values |= {"document": "{}", "next_at_ms": None}
    session.execute(
        update(mails).where(mails.c.site_id == mail.site_id, mails.c.mail_id == mail.mail_id).values(**values)
    )


def newest(session: Session, site_id: str, limit: int) -> list[Mail]:
    """The outbox of a site as its owner sees it, newest first."""
    rows = session.execute(select(mails).where(mails.c.site_id == site_id).order_by(mails.c.at_ms.desc()).limit(limit))
    return [Mail(**row._mapping) for row in rows]


def waiting(session: Session) -> int:
    """How many mails are still to be sent."""
    return session.scalar(select(func.count()).select_from(mails).where(mails.c.next_at_ms.is_not(None))) or 0


def forget_old(session: Session, before_ms: int) -> None:
    """Delete what was sent or given up before that time."""
    session.execute(delete(mails).where(mails.c.next_at_ms.is_(None), mails.c.at_ms < before_ms))

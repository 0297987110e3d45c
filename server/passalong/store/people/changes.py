"""The audit log: what people changed at a site, newest first. Append-only."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from passalong.store.schema.owners import owner_changes


class Change(Struct, frozen=True):
    """One change: `action` is a stable word such as `key.revoke`, `subject` names what was changed.

    `before` and `after` are short JSON texts without secrets, empty where there was nothing. A form gives its own
    `change_id`, so that sending it twice changes something once; without one the change gets a new id.
    """

    site_id: str
    actor: str
    action: str
    subject: str = ""
    before: str = ""
    after: str = ""
    change_id: str = ""


class RecordedChange(Struct, frozen=True):
    """A change as it was recorded."""

    change: Change
    at_ms: int

    @property
    def cursor(self) -> str:
        """The position in the list: what is older comes after it."""
        return f"{self.at_ms}.{self.change.change_id}"


def add(session: Session, change: Change, at_ms: int) -> None:
    """Append a change, whose id must be new for the site."""
    session.execute(insert(owner_changes).values(**msgspec.structs.asdict(change), at_ms=at_ms))


def is_recorded(session: Session, site_id: str, change_id: str) -> bool:
    """Return True if a change of this id was recorded."""
    statement = select(owner_changes.c.site_id).where(
        owner_changes.c.site_id == site_id, owner_changes.c.change_id == change_id
    )
    return session.execute(statement).first() is not None


def actor_of(session: Session, site_id: str, change_id: str) -> str | None:
    """Return the actor of the change of this id; None if there is none."""
    where = owner_changes.c.site_id == site_id, owner_changes.c.change_id == change_id
    actor: str | None = session.scalar(select(owner_changes.c.actor).where(*where))
    return actor


def latest_about(session: Session, site_id: str, subject: str) -> RecordedChange | None:
    """Return the newest change of a subject; None if nobody changed it."""
    of_it = select(owner_changes).where(owner_changes.c.site_id == site_id, owner_changes.c.subject == subject)
    newest_first = of_it.order_by(owner_changes.c.at_ms.desc(), owner_changes.c.change_id.desc())
    row = session.execute(newest_first.limit(1)).first()
    return _recorded(dict(row._mapping)) if row else None


class ChangeFilter(Struct, frozen=True):
    """Which changes to list: of one action or one actor if given, and older than the cursor `before`."""

    action: str = ""
    actor: str = ""
    before: str = ""


ALL = ChangeFilter()


def newest(session: Session, site_id: str, limit: int, wanted: ChangeFilter = ALL) -> Sequence[RecordedChange]:
    """Return the newest changes."""
    action, actor, before = wanted.action, wanted.actor, wanted.before
    statement = select(owner_changes).where(owner_changes.c.site_id == site_id)
    if action:
        statement = statement.where(owner_changes.c.action == action)
    if actor:
        statement = statement.where(owner_changes.c.actor == actor)
    at, _, change_id = before.partition(".")
    if at.isascii() and at.isdigit() and len(at) < 16:
        statement = statement.where(tuple_(owner_changes.c.at_ms, owner_changes.c.change_id) < (int(at), change_id))
    ordered = statement.order_by(owner_changes.c.at_ms.desc(), owner_changes.c.change_id.desc()).limit(limit)
    return [_recorded(dict(row._mapping)) for row in session.execute(ordered)]


def _recorded(row: dict[str, Any]) -> RecordedChange:
    return RecordedChange(at_ms=row.pop("at_ms"), change=Change(**row))

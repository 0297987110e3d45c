"""Sessions of advocates and owners, by the hash of their secret: how each began, when it was proved and last used."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.schema.people import sessions

HANDLE = 16
"""The number of digits of the hash that name a session in a form; neither its secret nor its key."""


class OpenSession(Struct, frozen=True):
    """One open session: its subject, how it began (guest, mail, passkey, words, site), and in which browser
    (`label`)."""

    site_id: str
    session_hash: str
    role: str
    subject: str
    via: str
    label: str
    began_at_ms: int
    expires_at_ms: int
    proved_at_ms: int
    seen_at_ms: int

    @property
    def handle(self) -> str:
        """The name of this session in a form."""
        return self.session_hash[:HANDLE]


def add(session: Session, new: OpenSession) -> None:
    """Insert a session."""
    session.execute(insert(sessions).values({name: getattr(new, name) for name in new.__struct_fields__}))


_LIVE = select(sessions).where(
    sessions.c.site_id == bindparam("of_site"),
    sessions.c.session_hash == bindparam("secret_hash"),
    sessions.c.role == bindparam("of_role"),
    sessions.c.expires_at_ms > bindparam("now_ms"),
)


def find(session: Session, site_id: str, session_hash: str, role: str, now_ms: int) -> OpenSession | None:
    """Return the live session of that role."""
    values = {"of_site": site_id, "secret_hash": session_hash, "of_role": role, "now_ms": now_ms}
    row = session.execute(_LIVE, values).one_or_none()
    return None if row is None else OpenSession(**row._mapping)


def all_of(
    session: Session, site_id: str, role: str, now_ms: int, subjects: Iterable[str] | None = None
) -> Sequence[OpenSession]:
    """Return the live sessions of a role, or of these subjects, newest first."""
    statement = select(sessions).where(sessions.c.site_id == site_id, sessions.c.role == role)
    statement = statement.where(sessions.c.expires_at_ms > now_ms)
    if subjects is not None:
        statement = statement.where(sessions.c.subject.in_(sorted(subjects)))
    rows = session.execute(statement.order_by(sessions.c.began_at_ms.desc(), sessions.c.session_hash))
    return [OpenSession(**row._mapping) for row in rows]


def prove(session: Session, site_id: str, session_hash: str, via: str, now_ms: int) -> None:
    """Record that a session proved itself by a sign-in method now."""
    session.execute(update(sessions).where(*_one(site_id, session_hash)).values(via=via, proved_at_ms=now_ms))


def see(session: Session, site_id: str, session_hash: str, now_ms: int, expires_at_ms: int) -> None:
    """Record that a session was used, and until when it lives without being used again."""
    statement = update(sessions).where(*_one(site_id, session_hash))
    session.execute(statement.values(seen_at_ms=now_ms, expires_at_ms=expires_at_ms))


def end(session: Session, site_id: str, session_hash: str) -> str | None:
    """End one session; returns its subject, or None if there was none."""
    ended = delete(sessions).where(*_one(site_id, session_hash))
    subject: str | None = session.scalar(ended.returning(sessions.c.subject))
    return subject


class Which(Struct, frozen=True):
    """A choice of sessions: the one of a handle, or those that began in some ways; `but` the one of this hash."""

    handle: str = ""
    via: tuple[str, ...] = ()
    but: str = ""


ALL = Which()


def end_all(session: Session, site_id: str, role: str, subjects: Iterable[str], which: Which = ALL) -> int:
    """End the chosen sessions of these subjects; returns how many."""
    ended = delete(sessions).where(sessions.c.site_id == site_id, sessions.c.role == role)
    ended = ended.where(sessions.c.subject.in_(sorted(subjects)))
    if which.handle:
        ended = ended.where(sessions.c.session_hash.startswith(which.handle, autoescape=True))
    if which.via:
        ended = ended.where(sessions.c.via.in_(which.via))
    if which.but:
        ended = ended.where(sessions.c.session_hash != which.but)
    return len(session.execute(ended.returning(sessions.c.session_hash)).all())


def forget_old(session: Session, now_ms: int) -> None:
    """Delete ended sessions."""
    session.execute(delete(sessions).where(sessions.c.expires_at_ms <= now_ms))


def _one(site_id: str, session_hash: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return sessions.c.site_id == site_id, sessions.c.session_hash == session_hash

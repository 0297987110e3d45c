"""Who may come in: guests' credentials, one-time codes and sessions. Only hashes of secrets are kept."""

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.tables import advocates, guests, one_time_codes, sessions


def enrol_guest(session: Session, site_id: str, guest_hash: str, advocate_id: str, now_ms: int) -> str:
    """The advocate behind a guest credential, made at need; returns the advocate's id."""
    known = find_guest(session, site_id, guest_hash)
    if known is not None:
        return known
    insert_new(session, advocates, site_id=site_id, advocate_id=advocate_id, created_at_ms=now_ms)
    insert_new(session, guests, site_id=site_id, guest_hash=guest_hash, advocate_id=advocate_id)
    return advocate_id


def find_guest(session: Session, site_id: str, guest_hash: str) -> str | None:
    """The advocate behind a guest credential, or None if it was never used here."""
    found = select(guests.c.advocate_id).where(guests.c.site_id == site_id, guests.c.guest_hash == guest_hash)
    return session.scalar(found)


def is_advocate(session: Session, site_id: str, advocate_id: str) -> bool:
    """True when this id is an advocate's here."""
    found = select(advocates.c.site_id).where(advocates.c.site_id == site_id, advocates.c.advocate_id == advocate_id)
    return session.execute(found).first() is not None


def add_code(session: Session, site_id: str, code_hash: str, purpose: str, subject: str, expires_at_ms: int) -> None:
    """Keep the hash of a code that works once, until `expires_at_ms`."""
    session.execute(
        insert(one_time_codes).values(
            site_id=site_id, code_hash=code_hash, purpose=purpose, subject=subject, expires_at_ms=expires_at_ms
        )
    )


def use_code(session: Session, site_id: str, code_hash: str, purpose: str, now_ms: int) -> str | None:
    """Use up a code: its subject, exactly once; None when it is unknown, used or too old."""
    statement = (
        update(one_time_codes)
        .where(
            one_time_codes.c.site_id == site_id,
            one_time_codes.c.code_hash == code_hash,
            one_time_codes.c.purpose == purpose,
            one_time_codes.c.used_at_ms.is_(None),
            one_time_codes.c.expires_at_ms > now_ms,
        )
        .values(used_at_ms=now_ms)
        .returning(one_time_codes.c.subject)
    )
    subject: str | None = session.scalar(statement)
    return subject


def add_session(session: Session, site_id: str, session_hash: str, role: str, subject: str, expires_at_ms: int) -> None:
    """Open a session of a role (owner or advocate)."""
    session.execute(
        insert(sessions).values(
            site_id=site_id, session_hash=session_hash, role=role, subject=subject, expires_at_ms=expires_at_ms
        )
    )


def find_session(session: Session, site_id: str, session_hash: str, role: str, now_ms: int) -> str | None:
    """The subject of a live session of that role, or None."""
    found = select(sessions.c.subject).where(
        sessions.c.site_id == site_id,
        sessions.c.session_hash == session_hash,
        sessions.c.role == role,
        sessions.c.expires_at_ms > now_ms,
    )
    return session.scalar(found)


def end_session(session: Session, site_id: str, session_hash: str) -> None:
    """Sign out."""
    session.execute(delete(sessions).where(sessions.c.site_id == site_id, sessions.c.session_hash == session_hash))

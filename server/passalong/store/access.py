"""Who may come in: guests' credentials, one-time codes and sessions. Only hashes of secrets are kept."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.people_tables import one_time_codes, sessions
from passalong.store.read_models import identities
from passalong.store.tables import advocates, guests


class Code(Struct, frozen=True):
    """What stands behind a one-time code; `advocate_id` is who asked for it, from the browser called `label`."""

    subject: str
    advocate_id: str | None
    label: str
    expires_at_ms: int


class Open(Struct, frozen=True):
    """One open session: since when, in which browser, and how its person came in (guest, mail, passkey, words, site).

    `handle` names it in a form without being the session's secret or its key.
    """

    handle: str
    via: str
    label: str
    began_at_ms: int


def enrol_guest(session: Session, site_id: str, guest_hash: str, advocate_id: str, now_ms: int) -> str:
    """The advocate behind a guest credential, made at need; returns the advocate's id."""
    known = find_guest(session, site_id, guest_hash)
    if known is not None:
        return known
    add_advocate(session, site_id, advocate_id, now_ms)
    insert_new(session, guests, site_id=site_id, guest_hash=guest_hash, advocate_id=advocate_id)
    return advocate_id


def add_advocate(session: Session, site_id: str, advocate_id: str, now_ms: int) -> None:
    """Make an advocate, if there is none of that id."""
    insert_new(session, advocates, site_id=site_id, advocate_id=advocate_id, created_at_ms=now_ms)


def find_guest(session: Session, site_id: str, guest_hash: str) -> str | None:
    """The advocate behind a guest credential, or None if it was never used here."""
    found = select(guests.c.advocate_id).where(guests.c.site_id == site_id, guests.c.guest_hash == guest_hash)
    return session.scalar(found)


def is_advocate(session: Session, site_id: str, advocate_id: str) -> bool:
    """True when this id is an advocate's here."""
    found = select(advocates.c.site_id).where(advocates.c.site_id == site_id, advocates.c.advocate_id == advocate_id)
    return session.execute(found).first() is not None


def is_closed(session: Session, site_id: str, guest_hash: str) -> bool:
    """True for a guest credential that opens the portal no more: its person has signed out everywhere."""
    found = select(guests.c.closed_at_ms).where(guests.c.site_id == site_id, guests.c.guest_hash == guest_hash)
    return session.scalar(found) is not None


def close_guests(session: Session, site_id: str, advocate_ids: Iterable[str], now_ms: int) -> None:
    """Guest credentials of these advocates open the portal no more; sharing with them goes on."""
    asked = guests.c.advocate_id.in_(sorted(advocate_ids))
    session.execute(
        update(guests)
        .where(guests.c.site_id == site_id, asked, guests.c.closed_at_ms.is_(None))
        .values(closed_at_ms=now_ms)
    )


def person_of(session: Session, site_id: str, advocate_id: str) -> str:
    """The advocate id under which this advocate's person is credited: the least of those that were joined."""
    of = select(identities.c.person).where(identities.c.site_id == site_id, identities.c.identity == f"a:{advocate_id}")
    person = session.scalar(of) or ""
    return person[2:] if person.startswith("a:") else advocate_id


def advocate_of(session: Session, site_id: str, key: str) -> str | None:
    """The advocate that an identity key (of a customer, of a visitor) is one person with, if there is one."""
    of = select(identities.c.person).where(identities.c.site_id == site_id, identities.c.identity == key)
    person = session.scalar(of) or ""
    return person[2:] if person.startswith("a:") else None


def advocates_of(session: Session, site_id: str, advocate_id: str) -> tuple[str, ...]:
    """All advocate ids that are one person with this one, itself among them."""
    of = select(identities.c.person).where(identities.c.site_id == site_id, identities.c.identity == f"a:{advocate_id}")
    keys = session.scalars(
        select(identities.c.identity).where(
            identities.c.site_id == site_id,
            identities.c.person == of.scalar_subquery(),
            identities.c.identity.like("a:%"),
        )
    )
    return tuple(sorted({advocate_id, *(key[2:] for key in keys)}))


# --- one-time codes -----------------------------------------------------------------------------------------------


def add_code(
    session: Session,
    site_id: str,
    code_hash: str,
    purpose: str,
    subject: str,
    expires_at_ms: int,
    advocate_id: str | None = None,
    label: str = "",
) -> None:
    """Keep the hash of a code that works once, until `expires_at_ms`."""
    session.execute(
        insert(one_time_codes).values(
            site_id=site_id,
            code_hash=code_hash,
            purpose=purpose,
            subject=subject,
            expires_at_ms=expires_at_ms,
            advocate_id=advocate_id,
            label=label,
        )
    )


def look_at_code(session: Session, site_id: str, code_hash: str, purpose: str, now_ms: int) -> Code | None:
    """What stands behind a code that still works, without using it up."""
    row = session.execute(select(one_time_codes).where(*_live(site_id, code_hash, purpose, now_ms))).one_or_none()
    return None if row is None else Code(row.subject, row.advocate_id, row.label, row.expires_at_ms)


def use_code(session: Session, site_id: str, code_hash: str, purpose: str, now_ms: int) -> str | None:
    """Use up a code: its subject, exactly once; None when it is unknown, used or too old."""
    statement = (
        update(one_time_codes)
        .where(*_live(site_id, code_hash, purpose, now_ms))
        .values(used_at_ms=now_ms)
        .returning(one_time_codes.c.subject)
    )
    subject: str | None = session.scalar(statement)
    return subject


def end_codes(session: Session, site_id: str, subjects: Iterable[str]) -> None:
    """Codes that stand for these subjects, or were asked for by them, open and join nothing any more."""
    theirs = sorted(subjects)
    asked = one_time_codes.c.subject.in_(theirs) | one_time_codes.c.advocate_id.in_(theirs)
    session.execute(delete(one_time_codes).where(one_time_codes.c.site_id == site_id, asked))


def _live(site_id: str, code_hash: str, purpose: str, now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        one_time_codes.c.site_id == site_id,
        one_time_codes.c.code_hash == code_hash,
        one_time_codes.c.purpose == purpose,
        one_time_codes.c.used_at_ms.is_(None),
        one_time_codes.c.expires_at_ms > now_ms,
    )


# --- sessions -----------------------------------------------------------------------------------------------------


def add_session(
    session: Session,
    site_id: str,
    session_hash: str,
    role: str,
    subject: str,
    expires_at_ms: int,
    *,
    via: str = "guest",
    label: str = "",
    now_ms: int = 0,
) -> None:
    """Open a session of a role (owner or advocate), in the browser called `label`."""
    session.execute(
        insert(sessions).values(
            site_id=site_id,
            session_hash=session_hash,
            role=role,
            subject=subject,
            expires_at_ms=expires_at_ms,
            via=via,
            label=label,
            began_at_ms=now_ms,
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


def via_of(session: Session, site_id: str, session_hash: str) -> str | None:
    """How the person of a session came in."""
    found = select(sessions.c.via).where(sessions.c.site_id == site_id, sessions.c.session_hash == session_hash)
    return session.scalar(found)


def strengthen(session: Session, site_id: str, session_hash: str, via: str) -> None:
    """From now on this session counts as one that came in that way."""
    mine = (sessions.c.site_id == site_id, sessions.c.session_hash == session_hash)
    session.execute(update(sessions).where(*mine).values(via=via))


def open_sessions(session: Session, site_id: str, role: str, subjects: Iterable[str], now_ms: int) -> Sequence[Open]:
    """The live sessions of these subjects, newest first."""
    found = (
        select(sessions)
        .where(sessions.c.site_id == site_id, sessions.c.role == role)
        .where(sessions.c.subject.in_(sorted(subjects)), sessions.c.expires_at_ms > now_ms)
        .order_by(sessions.c.began_at_ms.desc(), sessions.c.session_hash)
    )
    return [Open(row.session_hash[:16], row.via, row.label, row.began_at_ms) for row in session.execute(found)]


def end_session(session: Session, site_id: str, session_hash: str) -> None:
    """Sign out."""
    session.execute(delete(sessions).where(sessions.c.site_id == site_id, sessions.c.session_hash == session_hash))


def end_sessions(session: Session, site_id: str, role: str, subjects: Iterable[str], handle: str = "") -> None:
    """Sign these subjects out: everywhere, or in the one browser that `handle` names."""
    ended = delete(sessions).where(sessions.c.site_id == site_id, sessions.c.role == role)
    ended = ended.where(sessions.c.subject.in_(sorted(subjects)))
    session.execute(ended.where(sessions.c.session_hash.startswith(handle, autoescape=True)) if handle else ended)


def forget_old(session: Session, now_ms: int) -> None:
    """Delete what has ended: sessions, and codes a day after."""
    session.execute(delete(sessions).where(sessions.c.expires_at_ms <= now_ms))
    session.execute(delete(one_time_codes).where(one_time_codes.c.expires_at_ms <= now_ms - 86_400_000))

"""Guest credentials and one-time sign-in codes. Only hashes of secrets are stored."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.prebuilt import find_where
from passalong.store.schema.advocates import advocates
from passalong.store.schema.guests import guests
from passalong.store.schema.people import one_time_codes


class Code(Struct, frozen=True):
    """The subject of a sign-in code; `advocate_id` asked for it, from the browser called `label`."""

    subject: str
    advocate_id: str | None
    label: str
    expires_at_ms: int


def enrol_guest(session: Session, site_id: str, guest_hash: str, advocate_id: str, now_ms: int) -> str:
    """Return the advocate behind a guest credential, creating it if needed."""
    existing_guest = find_guest(session, site_id, guest_hash)
    if existing_guest is not None:
        return existing_guest
    add_advocate(session, site_id, advocate_id, now_ms)
    insert_new(session, guests, site_id=site_id, guest_hash=guest_hash, advocate_id=advocate_id)
    return advocate_id


def add_advocate(session: Session, site_id: str, advocate_id: str, now_ms: int) -> None:
    """Create an advocate, if there is none of that id."""
    insert_new(session, advocates, site_id=site_id, advocate_id=advocate_id, created_at_ms=now_ms)


def find_guest(session: Session, site_id: str, guest_hash: str) -> str | None:
    """Return the advocate behind a guest credential, or None if it was never used here."""
    statement = select(guests.c.advocate_id).where(guests.c.site_id == site_id, guests.c.guest_hash == guest_hash)
    return session.scalar(statement)


def advocates_among(session: Session, site_id: str, advocate_ids: Iterable[str]) -> set[str]:
    """Return those of these ids that are advocates' here."""
    ids, existing = sorted(advocate_ids), set[str]()
    for start in range(0, len(ids), 500):
        own = advocates.c.site_id == site_id, advocates.c.advocate_id.in_(ids[start : start + 500])
        existing |= set(session.scalars(select(advocates.c.advocate_id).where(*own)))
    return existing


def is_advocate(session: Session, site_id: str, advocate_id: str) -> bool:
    """Return True if this id is an advocate's here."""
    statement = select(advocates.c.site_id).where(
        advocates.c.site_id == site_id, advocates.c.advocate_id == advocate_id
    )
    return session.execute(statement).first() is not None


def is_closed(session: Session, site_id: str, guest_hash: str) -> bool:
    """Return True for a guest credential that no longer opens the portal, because its person signed out everywhere."""
    statement = select(guests.c.closed_at_ms).where(guests.c.site_id == site_id, guests.c.guest_hash == guest_hash)
    return session.scalar(statement) is not None


def close_guests(session: Session, site_id: str, advocate_ids: Iterable[str], now_ms: int) -> None:
    """Close the guest credentials of these advocates: they no longer open the portal; sharing with them goes on."""
    is_theirs = guests.c.advocate_id.in_(sorted(advocate_ids))
    session.execute(
        update(guests)
        .where(guests.c.site_id == site_id, is_theirs, guests.c.closed_at_ms.is_(None))
        .values(closed_at_ms=now_ms)
    )


def move_guests(session: Session, site_id: str, advocate_id: str, to: str, now_ms: int) -> None:
    """Close an advocate's guest credentials; links that are asked for with them are of the advocate `to`."""
    theirs = (guests.c.site_id == site_id, guests.c.advocate_id == advocate_id)
    session.execute(update(guests).where(*theirs).values(moved_to=to, closed_at_ms=now_ms))


def moved_to(session: Session, site_id: str, guest_hash: str) -> str | None:
    """Return the advocate to whom the browser with this guest credential was moved."""
    row = find_where(session, site_id, guests, guest_hash=guest_hash).one_or_none()
    return None if row is None else row.moved_to


# --- sign-in codes ----------------------------------------------------------------------------------------------------


class NewCode(Struct, frozen=True):
    """A code that works once, until `expires_at_ms`; `advocate_id` asked for it, in the browser `label`."""

    code_hash: str
    purpose: str
    subject: str
    expires_at_ms: int
    advocate_id: str | None = None
    label: str = ""


def add_code(session: Session, site_id: str, new: NewCode) -> None:
    """Store the hash of a sign-in code."""
    session.execute(insert(one_time_codes).values(site_id=site_id, **structs.asdict(new)))


def look_at_code(session: Session, site_id: str, code_hash: str, purpose: str, now_ms: int) -> Code | None:
    """Return the subject of a working code, without using it up."""
    row = session.execute(select(one_time_codes).where(*_live(site_id, code_hash, purpose, now_ms))).one_or_none()
    return None if row is None else Code(row.subject, row.advocate_id, row.label, row.expires_at_ms)


def use_code(session: Session, site_id: str, code_hash: str, purpose: str, now_ms: int) -> str | None:
    """Use up a code and return its subject, exactly once; None if it is unknown, used or expired."""
    statement = (
        update(one_time_codes)
        .where(*_live(site_id, code_hash, purpose, now_ms))
        .values(used_at_ms=now_ms)
        .returning(one_time_codes.c.subject)
    )
    subject: str | None = session.scalar(statement)
    return subject


def end_codes(session: Session, site_id: str, subjects: Iterable[str]) -> None:
    """End the codes of these subjects, and those that they asked for."""
    theirs = sorted(subjects)
    is_theirs = one_time_codes.c.subject.in_(theirs) | one_time_codes.c.advocate_id.in_(theirs)
    session.execute(delete(one_time_codes).where(one_time_codes.c.site_id == site_id, is_theirs))


def _live(site_id: str, code_hash: str, purpose: str, now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        one_time_codes.c.site_id == site_id,
        one_time_codes.c.code_hash == code_hash,
        one_time_codes.c.purpose == purpose,
        one_time_codes.c.used_at_ms.is_(None),
        one_time_codes.c.expires_at_ms > now_ms,
    )


def forget_old(session: Session, now_ms: int) -> None:
    """Delete codes a day after they ended."""
    session.execute(delete(one_time_codes).where(one_time_codes.c.expires_at_ms <= now_ms - 86_400_000))

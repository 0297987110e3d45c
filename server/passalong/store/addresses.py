"""Addresses for e-mail, in the one table that has them, and what their owners wish to be written."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store import engine
from passalong.store.engine import insert_new
from passalong.store.people_tables import addresses, mail_choices, mail_marks, mails

ADVOCATE, OWNER = "advocate", "owner"
"""Whose an address is: both stand in one table, and never in one row."""


class Address(Struct, frozen=True):
    """An address; it is an advocate's once somebody who reads its mail has said so (`confirmed_at_ms`)."""

    address_hash: str
    address: str
    language: str
    advocate_id: str | None
    confirmed_at_ms: int | None


def ask(
    session: Session, site_id: str, address_hash: str, address: str, language: str, now_ms: int, role: str = ADVOCATE
) -> None:
    """Keep an address that somebody typed; one that is known keeps its spelling and its language."""
    insert_new(
        session,
        addresses,
        site_id=site_id,
        address_hash=address_hash,
        address=address,
        language=language,
        asked_at_ms=now_ms,
        role=role,
    )


def find(session: Session, site_id: str, address_hash: str) -> Address | None:
    """The address behind a hash."""
    row = session.execute(
        select(addresses).where(addresses.c.site_id == site_id, addresses.c.address_hash == address_hash)
    ).one_or_none()
    return None if row is None else _address(row)


def confirmed_of(session: Session, site_id: str, advocate_ids: Iterable[str]) -> list[Address]:
    """The confirmed addresses of these advocates, oldest first."""
    rows = session.execute(
        select(addresses)
        .where(addresses.c.site_id == site_id, addresses.c.advocate_id.in_(sorted(advocate_ids)))
        .where(addresses.c.confirmed_at_ms.is_not(None))
        .order_by(addresses.c.confirmed_at_ms, addresses.c.address_hash)
    )
    return [_address(row) for row in rows]


def all_confirmed(session: Session, site_id: str) -> list[Address]:
    """Every confirmed address of a site's advocates."""
    rows = session.execute(
        select(addresses).where(
            addresses.c.site_id == site_id, addresses.c.confirmed_at_ms.is_not(None), addresses.c.role == ADVOCATE
        )
    )
    return [_address(row) for row in rows]


def owners(session: Session, site_id: str, *, confirmed: bool = True) -> list[Address]:
    """The owner's address, if there is one; unless `confirmed` is asked for, one that waits for it too, behind it."""
    statement = select(addresses).where(addresses.c.site_id == site_id, addresses.c.role == OWNER)
    rows = session.execute(statement.order_by(addresses.c.confirmed_at_ms.is_(None), addresses.c.asked_at_ms.desc()))
    return [found for found in map(_address, rows) if found.confirmed_at_ms is not None or not confirmed]


def confirm_owner(session: Session, site_id: str, address_hash: str, now_ms: int) -> None:
    """Whoever reads this address's mail has said that it is the owner's."""
    mine = (addresses.c.site_id == site_id, addresses.c.address_hash == address_hash, addresses.c.role == OWNER)
    session.execute(update(addresses).where(*mine).values(confirmed_at_ms=now_ms))


def forget_owners(session: Session, site_id: str, but: str = "") -> None:
    """Erase the owner's addresses, all `but` one, with what was chosen and is to be sent."""
    found = [one.address_hash for one in owners(session, site_id, confirmed=False) if one.address_hash != but]
    _erase(session, site_id, found)


def _address(row: object) -> Address:
    return Address(row.address_hash, row.address, row.language, row.advocate_id, row.confirmed_at_ms)  # type: ignore[attr-defined]


def confirm(session: Session, site_id: str, address_hash: str, advocate_id: str, now_ms: int) -> None:
    """The person behind an address is this advocate."""
    session.execute(
        update(addresses)
        .where(addresses.c.site_id == site_id, addresses.c.address_hash == address_hash)
        .values(advocate_id=advocate_id, confirmed_at_ms=now_ms)
    )


def speak(session: Session, site_id: str, advocate_ids: Iterable[str], language: str) -> None:
    """From now on write to these advocates in that language."""
    session.execute(
        update(addresses)
        .where(addresses.c.site_id == site_id, addresses.c.advocate_id.in_(sorted(advocate_ids)))
        .values(language=language)
    )


def forget(session: Session, site_id: str, advocate_ids: Iterable[str]) -> None:
    """Erase these advocates' addresses, with all that was written or is to be written to them."""
    _erase(session, site_id, [found.address_hash for found in confirmed_of(session, site_id, advocate_ids)])


def _erase(session: Session, site_id: str, hashes: Sequence[str]) -> None:
    for table in (mails, mail_choices, mail_marks, addresses):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.address_hash.in_(hashes)))


def forget_unconfirmed(session: Session, before_ms: int) -> list[tuple[str, str]]:
    """Erase addresses that somebody typed before that time and nobody confirmed; returns them as (site, address)."""
    old = (addresses.c.confirmed_at_ms.is_(None), addresses.c.asked_at_ms < before_ms)
    gone = session.execute(delete(addresses).where(*old).returning(addresses.c.site_id, addresses.c.address))
    return [(row.site_id, row.address) for row in gone]


# --- what they wish to be written ---------------------------------------------------------------------------------


def choices(session: Session, site_id: str, address_hash: str) -> Mapping[str, bool]:
    """What was chosen, by kind; a kind that is not there is as it is by default."""
    rows = session.execute(
        select(mail_choices).where(mail_choices.c.site_id == site_id, mail_choices.c.address_hash == address_hash)
    )
    return {row.kind: row.wanted for row in rows}


def choose(session: Session, site_id: str, address_hash: str, kind: str, wanted: bool) -> None:
    """Keep a choice."""
    statement = engine.insert(session, mail_choices).values(
        site_id=site_id, address_hash=address_hash, kind=kind, wanted=wanted
    )
    keys = [mail_choices.c.site_id, mail_choices.c.address_hash, mail_choices.c.kind]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"wanted": wanted}))


def mark(session: Session, site_id: str, address_hash: str, kind: str) -> tuple[int, str] | None:
    """When and at what the last round of a kind looked at this address, if one did."""
    row = session.execute(
        select(mail_marks).where(
            mail_marks.c.site_id == site_id, mail_marks.c.address_hash == address_hash, mail_marks.c.kind == kind
        )
    ).one_or_none()
    return None if row is None else (row.at_ms, row.seen)


def set_mark(session: Session, site_id: str, address_hash: str, kind: str, at_ms: int, seen: str) -> None:
    """Remember what a round has seen."""
    key = (mail_marks.c.site_id == site_id, mail_marks.c.address_hash == address_hash, mail_marks.c.kind == kind)
    session.execute(delete(mail_marks).where(*key))
    session.execute(
        insert(mail_marks).values(site_id=site_id, address_hash=address_hash, kind=kind, at_ms=at_ms, seen=seen)
    )

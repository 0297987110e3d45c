"""E-mail addresses, in the one table that has them, and their owners' mail preferences."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, structs
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store import engine
from passalong.store.engine import insert_new
from passalong.store.prebuilt import find_among
from passalong.store.schema.event_log import turns
from passalong.store.schema.people import addresses, mail_choices, mail_marks, mails

ADVOCATE, OWNER = "advocate", "owner"
"""The role of an address: advocate or owner, never both in one row."""


class Address(Struct, frozen=True):
    """An address; it belongs to an advocate once the reader of its mail confirmed it (`confirmed_at_ms`)."""

    address_hash: str
    address: str
    language: str
    advocate_id: str | None
    confirmed_at_ms: int | None
    bounced_at_ms: int | None = None


class NewAddress(Struct, frozen=True):
    """An address as a person typed it, not confirmed yet."""

    address_hash: str
    address: str
    language: str
    asked_at_ms: int
    role: str = ADVOCATE


def ask(session: Session, site_id: str, new: NewAddress) -> None:
    """Store an address that a person typed; a known one keeps its spelling and its language."""
    insert_new(session, addresses, site_id=site_id, **structs.asdict(new))


def bring(session: Session, site_id: str, new: NewAddress, advocate_id: str) -> None:
    """Store the address of an imported person: the first link to it opens that person's account."""
    insert_new(session, addresses, site_id=site_id, **structs.asdict(new), advocate_id=advocate_id)


def find(session: Session, site_id: str, address_hash: str) -> Address | None:
    """Return the address behind a hash."""
    return find_all(session, site_id, {address_hash}).get(address_hash)


def find_all(session: Session, site_id: str, address_hashes: Collection[str]) -> dict[str, Address]:
    """Return the addresses behind these hashes, of those that are known."""
    statement = select(addresses).where(addresses.c.site_id == site_id, addresses.c.address_hash.in_(address_hashes))
    return {row.address_hash: _address(row) for row in session.execute(statement)}


def confirmed_of(session: Session, site_id: str, advocate_ids: Iterable[str]) -> list[Address]:
    """Return the confirmed addresses of these advocates, oldest first."""
    rows = find_among(session, site_id, addresses.c.advocate_id, advocate_ids)
    confirmed = [row for row in rows if row.confirmed_at_ms is not None]
    return [_address(row) for row in sorted(confirmed, key=lambda row: (row.confirmed_at_ms, row.address_hash))]


def all_confirmed(session: Session, site_id: str) -> list[Address]:
    """Return every confirmed address of a site's advocates."""
    rows = session.execute(
        select(addresses).where(
            addresses.c.site_id == site_id, addresses.c.confirmed_at_ms.is_not(None), addresses.c.role == ADVOCATE
        )
    )
    return [_address(row) for row in rows]


def sites_with_confirmed(session: Session) -> dict[str, int]:
    """Return the sites with a confirmed address, each with the number of its last folded event."""
    with_some = select(addresses.c.site_id).where(addresses.c.confirmed_at_ms.is_not(None)).distinct().subquery()
    joined = with_some.outerjoin(turns, turns.c.site_id == with_some.c.site_id)
    rows = session.execute(
        select(with_some.c.site_id, func.coalesce(turns.c.last_seq, 0).label("seq")).select_from(joined)
    )
    return {row.site_id: row.seq for row in rows}


def owners(session: Session, site_id: str, *, confirmed: bool = True) -> list[Address]:
    """Return the owner's address; unless `confirmed` is asked for, also one that waits for confirmation, after it."""
    statement = select(addresses).where(addresses.c.site_id == site_id, addresses.c.role == OWNER)
    columns = addresses.c
    ordered = statement.order_by(columns.confirmed_at_ms.is_(None), columns.asked_at_ms.desc(), columns.address_hash)
    rows = session.execute(ordered)
    return [address for address in map(_address, rows) if address.confirmed_at_ms is not None or not confirmed]


def confirm_owner(session: Session, site_id: str, address_hash: str, now_ms: int) -> None:
    """Record that the reader of this address's mail confirmed it as the owner's."""
    conditions = (addresses.c.site_id == site_id, addresses.c.address_hash == address_hash, addresses.c.role == OWNER)
    session.execute(update(addresses).where(*conditions).values(confirmed_at_ms=now_ms, bounced_at_ms=None))


_REACHES_OWNER = (
    select(addresses.c.site_id)
    .where(addresses.c.site_id == bindparam("of_site"), addresses.c.role == OWNER)
    .where(addresses.c.confirmed_at_ms.is_not(None), addresses.c.bounced_at_ms.is_(None))
    .limit(1)
)


def reaches_owner(session: Session, site_id: str) -> bool:
    """True while the owner has a confirmed address that takes mail."""
    return session.execute(_REACHES_OWNER, {"of_site": site_id}).first() is not None


def bounce(session: Session, site_id: str, address_hash: str, at_ms: int | None) -> bool:
    """Record that mail to an owner's address is refused since then, or (None) that it is taken; True if that is new."""
    before = addresses.c.bounced_at_ms.is_(None) if at_ms else addresses.c.bounced_at_ms.is_not(None)
    conditions = (addresses.c.site_id == site_id, addresses.c.address_hash == address_hash, addresses.c.role == OWNER)
    changed = update(addresses).where(*conditions, before).values(bounced_at_ms=at_ms)
    return session.execute(changed.returning(addresses.c.site_id)).first() is not None


def forget_owners(session: Session, site_id: str, but: str = "") -> None:
    """Erase the owner's addresses, all `but` one, with their preferences and queued mails."""
    rows = [
        address.address_hash for address in owners(session, site_id, confirmed=False) if address.address_hash != but
    ]
    _erase(session, site_id, rows)


def _address(row: object) -> Address:
    names = Address.__struct_fields__
    return Address(**{name: getattr(row, name) for name in names})


def confirm(session: Session, site_id: str, address_hash: str, advocate_id: str, now_ms: int) -> None:
    """Record that the person behind an address is this advocate."""
    session.execute(
        update(addresses)
        .where(addresses.c.site_id == site_id, addresses.c.address_hash == address_hash)
        .values(advocate_id=advocate_id, confirmed_at_ms=now_ms)
    )


def speak(session: Session, site_id: str, advocate_ids: Iterable[str], language: str) -> None:
    """Set the language of mails to these advocates."""
    session.execute(
        update(addresses)
        .where(addresses.c.site_id == site_id, addresses.c.advocate_id.in_(sorted(advocate_ids)))
        .values(language=language)
    )


def speak_to_owners(session: Session, site_id: str, language: str) -> None:
    """From now on write to the owner in that language."""
    session.execute(
        update(addresses).where(addresses.c.site_id == site_id, addresses.c.role == OWNER).values(language=language)
    )


def forget(session: Session, site_id: str, advocate_ids: Iterable[str]) -> None:
    """Erase these advocates' addresses, with all their mails."""
    _erase(session, site_id, [address.address_hash for address in confirmed_of(session, site_id, advocate_ids)])


def _erase(session: Session, site_id: str, hashes: Sequence[str]) -> None:
    for table in (mails, mail_choices, mail_marks, addresses):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.address_hash.in_(hashes)))


def forget_unconfirmed(session: Session, before_ms: int) -> list[tuple[str, str]]:
    """Erase addresses that were not confirmed since that time; returns them as (site, address)."""
    typed = addresses.c.advocate_id.is_(None)  # an imported address waits until its person comes
    old = (addresses.c.confirmed_at_ms.is_(None), typed, addresses.c.asked_at_ms < before_ms)
    gone = session.execute(delete(addresses).where(*old).returning(addresses.c.site_id, addresses.c.address))
    return [(row.site_id, row.address) for row in gone]


# --- mail preferences -------------------------------------------------------------------------------------------------


def choices(session: Session, site_id: str, address_hash: str) -> Mapping[str, bool]:
    """Return the chosen preferences, by kind; a missing kind has its default."""
    rows = session.execute(
        select(mail_choices).where(mail_choices.c.site_id == site_id, mail_choices.c.address_hash == address_hash)
    )
    return {row.kind: row.wanted for row in rows}


def choose(session: Session, site_id: str, address_hash: str, kind: str, wanted: bool) -> None:
    """Store a preference."""
    statement = engine.insert(session, mail_choices).values(
        site_id=site_id, address_hash=address_hash, kind=kind, wanted=wanted
    )
    keys = [mail_choices.c.site_id, mail_choices.c.address_hash, mail_choices.c.kind]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"wanted": wanted}))


class Mark(Struct, frozen=True):
    """The time of a digest's last look at an address, and what it saw."""

    at_ms: int
    seen: str = ""


def mark(session: Session, site_id: str, address_hash: str, kind: str) -> Mark | None:
    """Return when and at what the last round of a kind looked at this address, if one did."""
    row = session.execute(
        select(mail_marks).where(
            mail_marks.c.site_id == site_id, mail_marks.c.address_hash == address_hash, mail_marks.c.kind == kind
        )
    ).one_or_none()
    return None if row is None else Mark(row.at_ms, row.seen)


def set_mark(session: Session, site_id: str, address_hash: str, kind: str, mark: Mark) -> None:
    """Store what a round has seen."""
    key = (mail_marks.c.site_id == site_id, mail_marks.c.address_hash == address_hash, mail_marks.c.kind == kind)
    session.execute(delete(mail_marks).where(*key))
    session.execute(
        insert(mail_marks).values(
            site_id=site_id, address_hash=address_hash, kind=kind, at_ms=mark.at_ms, seen=mark.seen
        )
    )

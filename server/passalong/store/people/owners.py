"""Accounts of people who run sites, their roles, and their sessions and magic links."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.privileges import Role
from passalong.store.engine import insert_new
from passalong.store.schema.owners import memberships, owner_codes, owner_sessions, owners
from passalong.store.schema.sites import sites

HANDLE = 16
"""The number of digits of the hash that name a session in a form."""


class Owner(Struct, frozen=True):
    """A person who runs sites, known by an address; it signs in by mail once it is confirmed (`confirmed_at_ms`)."""

    owner_id: str
    address_hash: str
    address: str
    created_at_ms: int
    confirmed_at_ms: int | None


class Membership(Struct, frozen=True):
    """A person's role at a site."""

    owner: Owner
    role: Role
    since_ms: int


class OwnerSession(Struct, frozen=True):
    """An open session of a person who runs sites."""

    session_hash: str
    owner_id: str
    via: str
    label: str
    began_at_ms: int
    expires_at_ms: int
    seen_at_ms: int

    @property
    def handle(self) -> str:
        """The name of this session in a form."""
        return self.session_hash[:HANDLE]


def find(session: Session, owner_id: str) -> Owner | None:
    """Return the account of that id."""
    return _one(session, owners.c.owner_id == owner_id)


def find_by_address(session: Session, address_hash: str) -> Owner | None:
    """Return the account of that address."""
    return _one(session, owners.c.address_hash == address_hash)


def _one(session: Session, where: ColumnElement[bool]) -> Owner | None:
    row = session.execute(select(owners).where(where)).one_or_none()
    return None if row is None else Owner(**row._mapping)


def add(session: Session, owner: Owner) -> Owner:
    """Add an account, unless the address has one; returns the one that is there then."""
    insert_new(session, owners, **msgspec.structs.asdict(owner))
    return find_by_address(session, owner.address_hash) or owner


def confirm(session: Session, site_id: str, address: str, now_ms: int) -> None:
    """Confirm the account of an address, where it has a role at the site and waits for that."""
    members = select(memberships.c.owner_id).where(memberships.c.site_id == site_id)
    waiting = owners.c.address == address, owners.c.confirmed_at_ms.is_(None), owners.c.owner_id.in_(members)
    session.execute(update(owners).where(*waiting).values(confirmed_at_ms=now_ms))


def change_unconfirmed(session: Session, owner_id: str, address_hash: str, address: str) -> bool:
    """Change the address of an account that waits for its confirmation; False where another account has it."""
    other = find_by_address(session, address_hash)
    if other is not None:
        return other.owner_id == owner_id
    waiting = owners.c.owner_id == owner_id, owners.c.confirmed_at_ms.is_(None)
    changed = update(owners).where(*waiting).values(address_hash=address_hash, address=address)
    return session.execute(changed.returning(owners.c.owner_id)).first() is not None


def names(session: Session, owner_ids: Sequence[str]) -> dict[str, str]:
    """Return the addresses of these people, by their ids."""
    statement = select(owners.c.owner_id, owners.c.address).where(owners.c.owner_id.in_(sorted(set(owner_ids))))
    return {row.owner_id: row.address for row in session.execute(statement)}


# --- roles ------------------------------------------------------------------------------------------------------------


def role_at(session: Session, site_id: str, owner_id: str) -> Role | None:
    """Return a person's role at a site, or None."""
    role = session.scalar(select(memberships.c.role).where(*_membership(site_id, owner_id)))
    return None if role is None else Role[role.upper()]


def team(session: Session, site_id: str) -> list[Membership]:
    """Return everybody with a role at a site, by address."""
    statement = select(owners, memberships.c.role, memberships.c.since_ms).join(
        memberships, memberships.c.owner_id == owners.c.owner_id
    )
    rows = session.execute(statement.where(memberships.c.site_id == site_id).order_by(owners.c.address))
    return [
        Membership(
            Owner(**{name: getattr(row, name) for name in Owner.__struct_fields__}),
            Role[row.role.upper()],
            row.since_ms,
        )
        for row in rows
    ]


def lock_team(session: Session, site_id: str) -> None:
    """Let no other transaction change the roles at a site until this one ends."""
    session.execute(select(memberships.c.owner_id).where(memberships.c.site_id == site_id).with_for_update())


def set_role(session: Session, site_id: str, owner_id: str, role: Role, now_ms: int) -> None:
    """Give a person a role at a site; a member's role is changed."""
    name = role.name.lower()
    values = {"site_id": site_id, "owner_id": owner_id, "role": name, "since_ms": now_ms}
    if not insert_new(session, memberships, **values):
        session.execute(update(memberships).where(*_membership(site_id, owner_id)).values(role=name))


def remove(session: Session, site_id: str, owner_id: str) -> None:
    """Take a person's role at a site away."""
    session.execute(delete(memberships).where(*_membership(site_id, owner_id)))


def sites_of(session: Session, owner_id: str) -> list[tuple[str, Role]]:
    """Return the keys of the sites that a person runs and that were not removed, by name, with their role."""
    statement = select(memberships.c.site_id, memberships.c.role).join(sites, sites.c.site_id == memberships.c.site_id)
    statement = statement.where(memberships.c.owner_id == owner_id, sites.c.removed_at_ms.is_(None))
    rows = session.execute(statement.order_by(sites.c.name, sites.c.site_id))
    return [(row.site_id, Role[row.role.upper()]) for row in rows]


def _membership(site_id: str, owner_id: str) -> tuple[ColumnElement[bool], ...]:
    return memberships.c.site_id == site_id, memberships.c.owner_id == owner_id


# --- magic links ------------------------------------------------------------------------------------------------------


def add_code(session: Session, code_hash: str, owner_id: str, expires_at_ms: int) -> None:
    """Store the hash of a magic link's code."""
    values = {"code_hash": code_hash, "owner_id": owner_id, "expires_at_ms": expires_at_ms}
    session.execute(insert(owner_codes).values(**values))


def look_at_code(session: Session, code_hash: str, now_ms: int) -> str | None:
    """Return whose magic link this is, without using it up."""
    working = owner_codes.c.code_hash == code_hash, owner_codes.c.expires_at_ms > now_ms
    owner_id: str | None = session.scalar(select(owner_codes.c.owner_id).where(*working))
    return owner_id


def use_code(session: Session, code_hash: str, now_ms: int) -> str | None:
    """Use up a magic link's code, exactly once; None if it is unknown, used or expired."""
    used = delete(owner_codes).where(owner_codes.c.code_hash == code_hash)
    row = session.execute(used.returning(owner_codes.c.owner_id, owner_codes.c.expires_at_ms)).one_or_none()
    return None if row is None or row.expires_at_ms <= now_ms else str(row.owner_id)


# --- sessions ---------------------------------------------------------------------------------------------------------


def add_session(session: Session, new: OwnerSession) -> None:
    """Insert a session."""
    session.execute(insert(owner_sessions).values(**msgspec.structs.asdict(new)))


def find_session(session: Session, session_hash: str, now_ms: int) -> OwnerSession | None:
    """Return the live session of that secret."""
    live = owner_sessions.c.session_hash == session_hash, owner_sessions.c.expires_at_ms > now_ms
    row = session.execute(select(owner_sessions).where(*live)).one_or_none()
    return None if row is None else OwnerSession(**row._mapping)


def sessions_of(session: Session, owner_id: str, now_ms: int) -> list[OwnerSession]:
    """Return a person's live sessions, newest first."""
    live = owner_sessions.c.owner_id == owner_id, owner_sessions.c.expires_at_ms > now_ms
    ordered = select(owner_sessions).where(*live)
    ordered = ordered.order_by(owner_sessions.c.began_at_ms.desc(), owner_sessions.c.session_hash)
    return [OwnerSession(**row._mapping) for row in session.execute(ordered)]


def see_session(session: Session, session_hash: str, now_ms: int, expires_at_ms: int) -> None:
    """Record that a session was used, and until when it lives without being used again."""
    statement = update(owner_sessions).where(owner_sessions.c.session_hash == session_hash)
    session.execute(statement.values(seen_at_ms=now_ms, expires_at_ms=expires_at_ms))


def end_sessions(session: Session, owner_id: str, *, handle: str = "", but: str = "") -> int:
    """End a person's sessions: all, or the one of a handle; except one hash. With all of them, their unused links."""
    ended = delete(owner_sessions).where(owner_sessions.c.owner_id == owner_id)
    if handle:
        ended = ended.where(owner_sessions.c.session_hash.startswith(handle, autoescape=True))
    else:
        session.execute(delete(owner_codes).where(owner_codes.c.owner_id == owner_id))
    if but:
        ended = ended.where(owner_sessions.c.session_hash != but)
    return len(session.execute(ended.returning(owner_sessions.c.session_hash)).all())


def forget_old(session: Session, now_ms: int) -> None:
    """Delete sessions and magic links that have expired."""
    for table in (owner_sessions, owner_codes):
        session.execute(delete(table).where(table.c.expires_at_ms <= now_ms))

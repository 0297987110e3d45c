"""Invitations into a site's team: by mail, single use, until they are accepted, withdrawn or too old."""

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.privileges import Role
from passalong.store.schema.owners import invitations


class Invitation(Struct, frozen=True):
    """One invitation; only the hash of its code is stored."""

    site_id: str
    invitation_id: str
    code_hash: str
    address_hash: str
    address: str
    role: str
    invited_by: str
    at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None = None

    @property
    def as_role(self) -> Role:
        """The role that accepting gives."""
        return Role[self.role.upper()]


def add(session: Session, invitation: Invitation) -> None:
    """Insert an invitation."""
    session.execute(insert(invitations).values(**msgspec.structs.asdict(invitation)))


def find_open(session: Session, site_id: str, code_hash: str, now_ms: int) -> Invitation | None:
    """Return the open invitation of that code."""
    here = invitations.c.site_id == site_id, invitations.c.code_hash == code_hash
    row = session.execute(select(invitations).where(*here, *_open(now_ms))).one_or_none()
    return None if row is None else Invitation(**row._mapping)


def open_ones(session: Session, site_id: str, now_ms: int) -> list[Invitation]:
    """Return the open invitations of a site, oldest first."""
    statement = select(invitations).where(invitations.c.site_id == site_id, *_open(now_ms))
    ordered = statement.order_by(invitations.c.at_ms, invitations.c.invitation_id)
    return [Invitation(**row._mapping) for row in session.execute(ordered)]


def end(session: Session, site_id: str, invitation_id: str, now_ms: int) -> Invitation | None:
    """End an open invitation, exactly once; returns it, or None where it is not open."""
    here = invitations.c.site_id == site_id, invitations.c.invitation_id == invitation_id
    row = session.execute(select(invitations).where(*here, *_open(now_ms))).one_or_none()
    ended = update(invitations).where(*here, *_open(now_ms)).values(ended_at_ms=now_ms, address="")
    won = session.execute(ended.returning(invitations.c.site_id)).first() is not None
    return Invitation(**row._mapping) if row is not None and won else None


def end_for(session: Session, site_id: str, address_hash: str, now_ms: int) -> None:
    """End the open invitations of an address."""
    here = invitations.c.site_id == site_id, invitations.c.address_hash == address_hash
    session.execute(update(invitations).where(*here, *_open(now_ms)).values(ended_at_ms=now_ms, address=""))


def end_by(session: Session, site_id: str, invited_by: str, now_ms: int) -> None:
    """End the open invitations that a person sent."""
    here = invitations.c.site_id == site_id, invitations.c.invited_by == invited_by
    session.execute(update(invitations).where(*here, *_open(now_ms)).values(ended_at_ms=now_ms, address=""))


def _open(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return invitations.c.ended_at_ms.is_(None), invitations.c.expires_at_ms > now_ms


def forget_old(session: Session, now_ms: int) -> None:
    """Erase the addresses of invitations that have expired."""
    late = invitations.c.expires_at_ms <= now_ms, invitations.c.address != ""
    session.execute(update(invitations).where(*late).values(address=""))

"""Sign-in methods of people who run sites, beside mail: passkeys and accounts at an OpenID provider."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.owners import owner_challenges, owner_identities, owner_passkeys


class OwnerPasskey(Struct, frozen=True):
    """A passkey: its id and public key in base64url, and its signature counter."""

    credential_hash: str
    credential_id: str
    public_key: str
    sign_count: int
    owner_id: str
    label: str
    created_at_ms: int


class OwnerIdentity(Struct, frozen=True):
    """An account at an OpenID provider: the hash of provider and subject, and the address that it is shown as."""

    identity_hash: str
    issuer: str
    address: str
    owner_id: str
    created_at_ms: int


# --- challenges -------------------------------------------------------------------------------------------------------


def add_challenge(session: Session, code_hash: str, subject: str, expires_at_ms: int) -> None:
    """Store the hash of a challenge."""
    session.execute(insert(owner_challenges).values(code_hash=code_hash, subject=subject, expires_at_ms=expires_at_ms))


def count_challenges(session: Session, subject: str, now_ms: int) -> int:
    """Return the number of challenges of a subject that wait for an answer."""
    open_ones = owner_challenges.c.subject == subject, owner_challenges.c.expires_at_ms > now_ms
    return session.scalar(select(func.count()).select_from(owner_challenges).where(*open_ones)) or 0


def use_challenge(session: Session, code_hash: str, now_ms: int) -> str | None:
    """Use up a challenge and return its subject, exactly once; None if it is unknown, used or too old."""
    used = delete(owner_challenges).where(owner_challenges.c.code_hash == code_hash)
    row = session.execute(used.returning(owner_challenges.c.subject, owner_challenges.c.expires_at_ms)).one_or_none()
    return None if row is None or row.expires_at_ms <= now_ms else str(row.subject)


def forget_old_challenges(session: Session, now_ms: int) -> None:
    """Delete challenges that nobody answered in time."""
    session.execute(delete(owner_challenges).where(owner_challenges.c.expires_at_ms <= now_ms))


# --- passkeys ---------------------------------------------------------------------------------------------------------


def add_passkey(session: Session, passkey: OwnerPasskey) -> bool:
    """Add a passkey; False if it is there already."""
    return insert_new(session, owner_passkeys, **msgspec.structs.asdict(passkey))


def find_passkey(session: Session, credential_hash: str) -> OwnerPasskey | None:
    """Return the passkey of that id."""
    statement = select(owner_passkeys).where(owner_passkeys.c.credential_hash == credential_hash)
    row = session.execute(statement).one_or_none()
    return None if row is None else OwnerPasskey(**row._mapping)


def passkeys_of(session: Session, owner_id: str) -> Sequence[OwnerPasskey]:
    """Return a person's passkeys, oldest first."""
    statement = select(owner_passkeys).where(owner_passkeys.c.owner_id == owner_id)
    rows = session.execute(statement.order_by(owner_passkeys.c.created_at_ms, owner_passkeys.c.credential_hash))
    return [OwnerPasskey(**row._mapping) for row in rows]


def count_use(session: Session, credential_hash: str, sign_count: int) -> None:
    """Store the passkey's signature counter."""
    used = update(owner_passkeys).where(owner_passkeys.c.credential_hash == credential_hash)
    session.execute(used.values(sign_count=sign_count))


def forget_passkey(session: Session, owner_id: str, credential_hash: str) -> None:
    """Delete a passkey of this person."""
    conditions = owner_passkeys.c.owner_id == owner_id, owner_passkeys.c.credential_hash == credential_hash
    session.execute(delete(owner_passkeys).where(*conditions))


# --- accounts at an OpenID provider -----------------------------------------------------------------------------------


def add_identity(session: Session, identity: OwnerIdentity) -> bool:
    """Connect an account at a provider; False if it is connected already."""
    return insert_new(session, owner_identities, **msgspec.structs.asdict(identity))


def owner_of_identity(session: Session, identity_hash: str) -> str | None:
    """Return the person whom an account at a provider signs in."""
    statement = select(owner_identities.c.owner_id).where(owner_identities.c.identity_hash == identity_hash)
    owner_id: str | None = session.scalar(statement)
    return owner_id


def identities_of(session: Session, owner_id: str) -> Sequence[OwnerIdentity]:
    """Return the accounts at providers that sign this person in, oldest first."""
    statement = select(owner_identities).where(owner_identities.c.owner_id == owner_id)
    rows = session.execute(statement.order_by(owner_identities.c.created_at_ms, owner_identities.c.identity_hash))
    return [OwnerIdentity(**row._mapping) for row in rows]


def forget_identity(session: Session, owner_id: str, identity_hash: str) -> None:
    """Disconnect an account at a provider from this person."""
    conditions = owner_identities.c.owner_id == owner_id, owner_identities.c.identity_hash == identity_hash
    session.execute(delete(owner_identities).where(*conditions))

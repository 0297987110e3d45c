"""Sign-in methods beside mail: passkeys, of which the public part is stored, and recovery words, of which a hash."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import BindParameter, bindparam, delete, insert, select, true, union_all, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.people import addresses, passkeys, recovery_words


class Passkey(Struct, frozen=True):
    """A passkey: its id and public key in base64url, and its signature counter."""

    credential_hash: str
    credential_id: str
    public_key: str
    sign_count: int
    advocate_id: str
    label: str
    created_at_ms: int


def add_passkey(session: Session, site_id: str, passkey: Passkey) -> bool:
    """Add a passkey; False if it is there already."""
    values = {name: getattr(passkey, name) for name in passkey.__struct_fields__}
    return insert_new(session, passkeys, site_id=site_id, **values)


def find_passkey(session: Session, site_id: str, credential_hash: str) -> Passkey | None:
    """Return the passkey of that id."""
    statement = select(passkeys).where(passkeys.c.site_id == site_id, passkeys.c.credential_hash == credential_hash)
    row = session.execute(statement).one_or_none()
    return None if row is None else _passkey(row._mapping)


def passkeys_of(session: Session, site_id: str, advocate_ids: Iterable[str]) -> Sequence[Passkey]:
    """Return the passkeys of these advocates, oldest first."""
    statement = select(passkeys).where(passkeys.c.site_id == site_id, passkeys.c.advocate_id.in_(sorted(advocate_ids)))
    rows = session.execute(statement.order_by(passkeys.c.created_at_ms, passkeys.c.credential_hash))
    return [_passkey(row._mapping) for row in rows]


def _passkey(row: object) -> Passkey:
    return Passkey(**{name: row[name] for name in Passkey.__struct_fields__})  # type: ignore[index]


def count_use(session: Session, site_id: str, credential_hash: str, sign_count: int) -> None:
    """Store the passkey's signature counter."""
    session.execute(
        update(passkeys)
        .where(passkeys.c.site_id == site_id, passkeys.c.credential_hash == credential_hash)
        .values(sign_count=sign_count)
    )


def forget_passkey(session: Session, site_id: str, advocate_ids: Iterable[str], credential_hash: str) -> None:
    """Delete a passkey of these advocates."""
    session.execute(
        delete(passkeys).where(
            passkeys.c.site_id == site_id,
            passkeys.c.advocate_id.in_(sorted(advocate_ids)),
            passkeys.c.credential_hash == credential_hash,
        )
    )


def set_words(session: Session, site_id: str, advocate_ids: Iterable[str], words_hash: str, now_ms: int) -> None:
    """Set the recovery words of this person, replacing earlier ones."""
    ids = sorted(advocate_ids)
    session.execute(
        delete(recovery_words).where(recovery_words.c.site_id == site_id, recovery_words.c.advocate_id.in_(ids))
    )
    values = {"site_id": site_id, "words_hash": words_hash, "advocate_id": ids[0], "created_at_ms": now_ms}
    session.execute(insert(recovery_words).values(**values))


def has_words(session: Session, site_id: str, advocate_ids: Iterable[str]) -> bool:
    """Return True if this person has recovery words."""
    statement = select(recovery_words.c.words_hash).where(
        recovery_words.c.site_id == site_id, recovery_words.c.advocate_id.in_(sorted(advocate_ids))
    )
    return session.execute(statement.limit(1)).first() is not None


def advocate_of_words(session: Session, site_id: str, words_hash: str) -> str | None:
    """Return the person whom these recovery words sign in."""
    statement = select(recovery_words.c.advocate_id)
    return session.scalar(
        statement.where(recovery_words.c.site_id == site_id, recovery_words.c.words_hash == words_hash)
    )


def forget(session: Session, site_id: str, advocate_ids: Iterable[str]) -> None:
    """Delete these advocates' passkeys and recovery words."""
    for table in (passkeys, recovery_words):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.advocate_id.in_(sorted(advocate_ids))))


def is_kept(session: Session, site_id: str, advocate_ids: Iterable[str]) -> bool:
    """Return True for an account with a sign-in method: a confirmed address, a passkey or recovery words."""
    return session.execute(_METHODS, {"of_site": site_id, "ids": sorted(advocate_ids)}).first() is not None


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_METHODS = union_all(
    *(
        select(table.c.site_id).where(table.c.site_id == bindparam("of_site"), table.c.advocate_id.in_(_IDS), good)
        for table, good in (
            (addresses, addresses.c.confirmed_at_ms.is_not(None)),
            (passkeys, true()),
            (recovery_words, true()),
        )
    )
).limit(1)
"""One statement for the three kinds of method; every page of a person asks."""

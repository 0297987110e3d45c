"""Other ways to come back: passkeys, of which the public part is kept, and printed recovery words, of which a hash."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.people_tables import passkeys, recovery_words


class Passkey(Struct, frozen=True):
    """A passkey: its id and public key in base64url, and how often its device says that it has signed."""

    credential_hash: str
    credential_id: str
    public_key: str
    sign_count: int
    advocate_id: str
    label: str
    created_at_ms: int


def add_passkey(session: Session, site_id: str, made: Passkey) -> bool:
    """Keep a new passkey; False if this very one is there already."""
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    return insert_new(session, passkeys, site_id=site_id, **values)


def find_passkey(session: Session, site_id: str, credential_hash: str) -> Passkey | None:
    """The passkey of that id."""
    found = select(passkeys).where(passkeys.c.site_id == site_id, passkeys.c.credential_hash == credential_hash)
    row = session.execute(found).one_or_none()
    return None if row is None else _passkey(row._mapping)


def passkeys_of(session: Session, site_id: str, advocate_ids: Iterable[str]) -> Sequence[Passkey]:
    """The passkeys of these advocates, oldest first."""
    found = select(passkeys).where(passkeys.c.site_id == site_id, passkeys.c.advocate_id.in_(sorted(advocate_ids)))
    rows = session.execute(found.order_by(passkeys.c.created_at_ms, passkeys.c.credential_hash))
    return [_passkey(row._mapping) for row in rows]


def _passkey(row: object) -> Passkey:
    return Passkey(**{name: row[name] for name in Passkey.__struct_fields__})  # type: ignore[index]


def count_use(session: Session, site_id: str, credential_hash: str, sign_count: int) -> None:
    """Remember how often the passkey has signed."""
    session.execute(
        update(passkeys)
        .where(passkeys.c.site_id == site_id, passkeys.c.credential_hash == credential_hash)
        .values(sign_count=sign_count)
    )


def forget_passkey(session: Session, site_id: str, advocate_ids: Iterable[str], credential_hash: str) -> None:
    """Take a passkey of these advocates away."""
    session.execute(
        delete(passkeys).where(
            passkeys.c.site_id == site_id,
            passkeys.c.advocate_id.in_(sorted(advocate_ids)),
            passkeys.c.credential_hash == credential_hash,
        )
    )


def set_words(session: Session, site_id: str, advocate_ids: Iterable[str], words_hash: str, now_ms: int) -> None:
    """These words bring back this person; earlier ones no more."""
    mine = sorted(advocate_ids)
    session.execute(
        delete(recovery_words).where(recovery_words.c.site_id == site_id, recovery_words.c.advocate_id.in_(mine))
    )
    values = {"site_id": site_id, "words_hash": words_hash, "advocate_id": mine[0], "created_at_ms": now_ms}
    session.execute(insert(recovery_words).values(**values))


def has_words(session: Session, site_id: str, advocate_ids: Iterable[str]) -> bool:
    """True when there are words that bring back this person."""
    found = select(recovery_words.c.words_hash).where(
        recovery_words.c.site_id == site_id, recovery_words.c.advocate_id.in_(sorted(advocate_ids))
    )
    return session.execute(found.limit(1)).first() is not None


def advocate_of_words(session: Session, site_id: str, words_hash: str) -> str | None:
    """Whom these words bring back."""
    found = select(recovery_words.c.advocate_id)
    return session.scalar(found.where(recovery_words.c.site_id == site_id, recovery_words.c.words_hash == words_hash))


def forget(session: Session, site_id: str, advocate_ids: Iterable[str]) -> None:
    """Erase these advocates' passkeys and words."""
    for table in (passkeys, recovery_words):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.advocate_id.in_(sorted(advocate_ids))))

"""Fingerprints of this instance's signing keys: of links by their secrets, of the ledger's heads by their keys."""

from collections.abc import Mapping
from enum import Enum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from passalong.store.engine import insert
from passalong.store.schema.key_fingerprints import key_fingerprints
from passalong.store.schema.links import issued_links
from passalong.store.schema.transparency import heads


class Purpose(Enum):
    """The purpose of a key."""

    LINKS = "links"
    LEDGER = "ledger"


NEEDED_BY = {Purpose.LINKS: issued_links, Purpose.LEDGER: heads}


def known(session: Session, purpose: Purpose) -> dict[int, str]:
    """Return the fingerprints by the key's number."""
    statement = select(key_fingerprints).where(key_fingerprints.c.purpose == purpose.value)
    return {row.number: row.fingerprint for row in session.execute(statement)}


def are_needed(session: Session, purpose: Purpose) -> bool:
    """True if anything was signed."""
    return session.execute(select(NEEDED_BY[purpose].c.site_id).limit(1)).first() is not None


def add(session: Session, purpose: Purpose, fingerprints: Mapping[int, str], now_ms: int) -> None:
    """Keep fingerprints; another process may have kept the same ones first."""
    rows = [
        {"purpose": purpose.value, "number": number, "fingerprint": fingerprint, "first_used_ms": now_ms}
        for number, fingerprint in sorted(fingerprints.items())
    ]
    session.execute(insert(session, key_fingerprints).values(rows).on_conflict_do_nothing())


def forget(session: Session, purpose: Purpose) -> None:
    """Delete the fingerprints of one purpose."""
    session.execute(delete(key_fingerprints).where(key_fingerprints.c.purpose == purpose.value))

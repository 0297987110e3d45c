"""The code of the start link of an instance without sites: one at a time."""

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from passalong.store.schema.sites import sites
from passalong.store.schema.tries import start_codes


def had_site(session: Session) -> bool:
    """Return True if the instance has or had a site."""
    return session.execute(select(sites.c.site_id).limit(1)).first() is not None


def replace_code(session: Session, code_hash: str, expires_at_ms: int) -> None:
    """Keep a code in place of every earlier one."""
    session.execute(delete(start_codes))
    session.execute(insert(start_codes).values(code_hash=code_hash, expires_at_ms=expires_at_ms))


def is_good(session: Session, code_hash: str, now_ms: int) -> bool:
    """Return True for a code that was not used and is not too old."""
    good = (start_codes.c.code_hash == code_hash, start_codes.c.expires_at_ms > now_ms)
    return session.execute(select(start_codes.c.code_hash).where(*good)).first() is not None


def use_code(session: Session, code_hash: str, now_ms: int) -> int | None:
    """Delete a code and return when it would have expired; None if it was used before or is too old."""
    good = (start_codes.c.code_hash == code_hash, start_codes.c.expires_at_ms > now_ms)
    return session.scalar(delete(start_codes).where(*good).returning(start_codes.c.expires_at_ms))

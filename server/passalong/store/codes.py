"""Codes: words that stand for an advocate's link. A retired one stays, so that nobody else is ever credited by it."""

from typing import Literal

from msgspec import Struct, structs
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from passalong.store.tables import codes

MadeBy = Literal["owner", "advocate"]


class Code(Struct, frozen=True):
    """One code, in small letters, and the link behind it."""

    site_id: str
    code: str
    advocate_id: str
    share_id: str
    made_by: MadeBy
    created_at_ms: int
    retired_at_ms: int | None = None


def insert_code(session: Session, code: Code) -> None:
    """Insert a code; raises IntegrityError when the word is taken."""
    session.execute(insert(codes).values(**structs.asdict(code)))


def find_code(session: Session, site_id: str, code: str) -> Code | None:
    """The code of that word, retired or not."""
    row = session.execute(select(codes).where(codes.c.site_id == site_id, codes.c.code == code)).one_or_none()
    return None if row is None else Code(**row._mapping)


def codes_of(session: Session, site_id: str, advocate_id: str | None = None) -> list[Code]:
    """The codes of a site, or of one advocate there, by word."""
    statement = select(codes).where(codes.c.site_id == site_id).order_by(codes.c.code)
    if advocate_id is not None:
        statement = statement.where(codes.c.advocate_id == advocate_id)
    return [Code(**row._mapping) for row in session.execute(statement)]


def end_code(session: Session, site_id: str, code: str, at_ms: int) -> None:
    """Retire a code."""
    session.execute(update(codes).where(codes.c.site_id == site_id, codes.c.code == code).values(retired_at_ms=at_ms))

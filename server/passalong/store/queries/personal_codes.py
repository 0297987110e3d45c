"""Personal codes that stand for an advocate's link. A retired one stays, so that nobody else is ever credited by it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, structs
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.prebuilt import count_up_to
from passalong.store.schema.personal_codes import codes, wanted_codes

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
    """Insert a code; raises IntegrityError if it is taken."""
    session.execute(insert(codes).values(**structs.asdict(code)))


def find_code(session: Session, site_id: str, code: str) -> Code | None:
    """Return the code, retired or not."""
    row = session.execute(select(codes).where(codes.c.site_id == site_id, codes.c.code == code)).one_or_none()
    return None if row is None else Code(**row._mapping)


def codes_of(session: Session, site_id: str, advocate_ids: Sequence[str] | None = None) -> list[Code]:
    """Return the codes of a site, or of a person with these ids there, in order."""
    statement = select(codes).where(codes.c.site_id == site_id).order_by(codes.c.code)
    if advocate_ids is not None:
        statement = statement.where(codes.c.advocate_id.in_(advocate_ids))
    return [Code(**row._mapping) for row in session.execute(statement)]


def end_code(session: Session, site_id: str, code: str, at_ms: int) -> None:
    """Retire a code."""
    session.execute(update(codes).where(codes.c.site_id == site_id, codes.c.code == code).values(retired_at_ms=at_ms))


# --- codes that wait for the owner ------------------------------------------------------------------------------------


class Wanted(Struct, frozen=True):
    """A code that an advocate asked for and the owner has not approved; or has declined, and when."""

    site_id: str
    code: str
    advocate_id: str
    asked_at_ms: int
    declined_at_ms: int | None = None


def keep_wanted(session: Session, wanted: Wanted) -> None:
    """Store that somebody asks for a code, or that the owner declined it."""
    bulk.upsert(session, wanted_codes, [structs.asdict(wanted)])


def find_wanted(session: Session, site_id: str, code: str) -> Wanted | None:
    """Return the last request for that code."""
    own = wanted_codes.c.site_id == site_id, wanted_codes.c.code == code
    row = session.execute(select(wanted_codes).where(*own)).one_or_none()
    return None if row is None else Wanted(**row._mapping)


def wanted_of(session: Session, site_id: str, advocate_ids: Sequence[str] | None = None) -> list[Wanted]:
    """Return the requests of a person with these ids, or for the owner the open ones; oldest first."""
    statement = select(wanted_codes).where(wanted_codes.c.site_id == site_id)
    if advocate_ids is None:
        statement = statement.where(wanted_codes.c.declined_at_ms.is_(None))
    else:
        statement = statement.where(wanted_codes.c.advocate_id.in_(advocate_ids))
    rows = session.execute(statement.order_by(wanted_codes.c.asked_at_ms, wanted_codes.c.code))
    return [Wanted(**row._mapping) for row in rows]


_UNDECIDED = select(wanted_codes.c.code).where(
    wanted_codes.c.site_id == bindparam("of_site"), wanted_codes.c.declined_at_ms.is_(None)
)


def count_wanted(session: Session, site_id: str, most: int = 100) -> int:
    """Count the requests for personal codes, up to `most`."""
    return count_up_to(session, site_id, most, _UNDECIDED)


def forget_wanted(session: Session, site_id: str, code: str) -> None:
    """Delete the request for that code."""
    session.execute(delete(wanted_codes).where(wanted_codes.c.site_id == site_id, wanted_codes.c.code == code))

"""Calls of the API that carried an `Idempotency-Key`: what was asked, and the answer for a repeated call."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from passalong.store.schema.api import api_requests


class ApiRequest(Struct, frozen=True):
    """One call; `status` and `answer` are None until it is answered."""

    site_id: str
    request_id: str
    operation: str
    input_hash: str
    at_ms: int
    status: int | None = None
    answer: str | None = None


def find(session: Session, site_id: str, request_id: str) -> ApiRequest | None:
    """Return the call of that id."""
    conditions = api_requests.c.site_id == site_id, api_requests.c.request_id == request_id
    row = session.execute(select(api_requests).where(*conditions)).one_or_none()
    return None if row is None else ApiRequest(**row._mapping)


def add(session: Session, request: ApiRequest) -> None:
    """Insert a call; raises IntegrityError if its id was used before."""
    session.execute(insert(api_requests).values(**structs.asdict(request)))


def answer(session: Session, site_id: str, request_id: str, status: int, text: str) -> None:
    """Store the answer of a call."""
    conditions = api_requests.c.site_id == site_id, api_requests.c.request_id == request_id
    session.execute(update(api_requests).where(*conditions).values(status=status, answer=text))


def naming(session: Session, site_id: str, advocate_ids: Iterable[str], since_ms: int = 0) -> list[str]:
    """Return the ids of calls since a time whose answers name one of these advocates; each answer is read."""
    names = or_(*(api_requests.c.answer.contains(f'"{advocate_id}"') for advocate_id in advocate_ids))
    called = (api_requests.c.site_id == site_id, api_requests.c.at_ms >= since_ms)
    return list(session.scalars(select(api_requests.c.request_id).where(*called, names)))


def empty(session: Session, site_id: str, request_ids: Iterable[str]) -> None:
    """Empty the answers of these calls; a repeated call is answered, and not carried out again."""
    this_one = (api_requests.c.site_id == site_id, api_requests.c.request_id == bindparam("called"))
    if rows := [{"called": request_id} for request_id in request_ids]:
        session.connection().execute(update(api_requests).where(*this_one).values(answer="{}"), rows)


def forget_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete calls from before a time."""
    old = api_requests.c.site_id == site_id, api_requests.c.at_ms < at_ms
    session.execute(delete(api_requests).where(*old))

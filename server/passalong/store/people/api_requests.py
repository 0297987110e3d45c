"""Calls of the API that carried an `Idempotency-Key`: what was asked, and the answer for a repeated call."""

from msgspec import Struct, structs
from sqlalchemy import delete, insert, select, update
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
    one = api_requests.c.site_id == site_id, api_requests.c.request_id == request_id
    row = session.execute(select(api_requests).where(*one)).one_or_none()
    return None if row is None else ApiRequest(**row._mapping)


def add(session: Session, asked: ApiRequest) -> None:
    """Insert a call; raises IntegrityError if its id was used before."""
    session.execute(insert(api_requests).values(**structs.asdict(asked)))


def answer(session: Session, site_id: str, request_id: str, status: int, text: str) -> None:
    """Store the answer of a call."""
    one = api_requests.c.site_id == site_id, api_requests.c.request_id == request_id
    session.execute(update(api_requests).where(*one).values(status=status, answer=text))


def forget_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete calls from before a time."""
    old = api_requests.c.site_id == site_id, api_requests.c.at_ms < at_ms
    session.execute(delete(api_requests).where(*old))

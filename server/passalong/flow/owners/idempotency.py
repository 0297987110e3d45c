"""Answer a repeated call of the API, by its `Idempotency-Key`, as the first one was answered.

The row of a call is committed before the call is carried out, its answer afterwards. A call that was cut off in
between is carried out again: what it makes has an id from the body or from the key (`Call.once`), so it is made once.
"""

from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.people import api_requests
from passalong.store.people.api_requests import ApiRequest

KEPT_MS = 7 * 24 * 3_600_000
"""How long answers are kept for repeated calls."""


class KeyReusedError(Exception):
    """The `Idempotency-Key` was used before, for another call."""


def begin(db: Database, clock: Clock, asked: ApiRequest) -> ApiRequest:
    """Record a call and return it, or the earlier one of the same id, with its answer. Raises KeyReusedError."""
    asked = replace(asked, at_ms=clock.now_ms())
    try:
        api_request = _find_or_add(db, asked)
    except IntegrityError:  # the same call, twice at the same time: the other one has added it by now
        api_request = _find_or_add(db, asked)
    if (api_request.operation, api_request.input_hash) != (asked.operation, asked.input_hash):
        raise KeyReusedError
    return api_request


def _find_or_add(db: Database, asked: ApiRequest) -> ApiRequest:
    with db.reading() as session:
        api_request = api_requests.find(session, asked.site_id, asked.request_id)
    if api_request is not None:
        return api_request
    with writing(db) as session:
        api_requests.add(session, asked)
    return asked


def finish(db: Database, asked: ApiRequest, status: int, text: str) -> None:
    """Store the answer of a call."""
    with writing(db) as session:
        api_requests.answer(session, asked.site_id, asked.request_id, status, text)

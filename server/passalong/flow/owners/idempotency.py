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


def begin(db: Database, clock: Clock, api_call: ApiRequest) -> ApiRequest:
    """Record a call and return it, or the earlier one of the same id, with its answer. Raises KeyReusedError."""
    api_call = replace(api_call, at_ms=clock.now_ms())
    try:
        api_request = _find_or_add(db, api_call)
    except IntegrityError:  # the same call, twice at the same time: the other one has added it by now
        api_request = _find_or_add(db, api_call)
    if (api_request.operation, api_request.input_hash) != (api_call.operation, api_call.input_hash):
        raise KeyReusedError
    return api_request


def _find_or_add(db: Database, api_call: ApiRequest) -> ApiRequest:
    with db.reading() as session:
        api_request = api_requests.find(session, api_call.site_id, api_call.request_id)
    if api_request is not None:
        return api_request
    with writing(db) as session:
        api_requests.add(session, api_call)
    return api_call


def finish(db: Database, api_call: ApiRequest, status: int, text: str) -> None:
    """Store the answer of a call."""
    with writing(db) as session:
        api_requests.answer(session, api_call.site_id, api_call.request_id, status, text)

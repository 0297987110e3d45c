"""Problems of the API (RFC 9457): each has a stable code, a status, a title, and what to do about it."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

API = "/api/"
MEDIA_TYPE = "application/problem+json"
REFERENCE = "/api/v1/reference"


class Problem(StrEnum):
    """The code of a problem. Codes never change; new ones may be added."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    MISSING_SCOPE = "missing_scope"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TIMEOUT = "timeout"
    CONFLICT = "conflict"
    ID_REUSED = "id_reused"
    ALREADY_DONE = "already_done"
    TOO_LATE = "too_late"
    TOO_LARGE = "too_large"
    KEY_REUSED = "idempotency_key_reused"
    UNKNOWN_CURRENCY = "unknown_currency"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class ProblemKind(Struct, frozen=True):
    """The status of a problem, its title, and what to do about it."""

    status: int
    title: str
    what_to_do: str


KINDS = {
    Problem.INVALID_REQUEST: ProblemKind(
        400, "The request is not valid", "Read `detail`: it names the field or parameter and says what to send."
    ),
    Problem.UNAUTHORIZED: ProblemKind(
        401, "A key is missing or wrong", "Send `Authorization: Bearer ak_…` with a key of the site that has not ended."
    ),
    Problem.FORBIDDEN: ProblemKind(403, "This is not allowed", "Read `detail`: it says who may."),
    Problem.MISSING_SCOPE: ProblemKind(
        403, "The key does not have this scope", "Use a key with the scope that `detail` names, or make one."
    ),
    Problem.NOT_FOUND: ProblemKind(
        404, "There is no such thing", "Check the id and the address. Another site's things are not found either."
    ),
    Problem.METHOD_NOT_ALLOWED: ProblemKind(
        405, "This method does not work here", "Use one of the methods in the `Allow` header."
    ),
    Problem.TIMEOUT: ProblemKind(408, "The request took too long to arrive", "Send it again."),
    Problem.CONFLICT: ProblemKind(409, "Something else came first", "Read the current state, then decide again."),
    Problem.ID_REUSED: ProblemKind(
        409, "The id was used for something else", "Use a new id, or send exactly what was sent under this one."
    ),
    Problem.ALREADY_DONE: ProblemKind(
        409, "This was done before", "It was done once, and nothing happened now. Read the current state."
    ),
    Problem.TOO_LATE: ProblemKind(409, "It is too late for this", "Read `detail`: it says what can be done instead."),
    Problem.TOO_LARGE: ProblemKind(413, "The body is too large", "Send it in smaller parts."),
    Problem.KEY_REUSED: ProblemKind(
        422,
        "The Idempotency-Key was used for another call",
        "Use a new `Idempotency-Key` for each call, and the same only to repeat it unchanged.",
    ),
    Problem.UNKNOWN_CURRENCY: ProblemKind(
        422, "There is no such currency", "Send the code of a currency that people pay with (ISO 4217), such as `EUR`."
    ),
    Problem.RATE_LIMITED: ProblemKind(
        429, "Too many requests", "Wait as many seconds as `Retry-After` says, then go on more slowly."
    ),
    Problem.INTERNAL: ProblemKind(500, "Something broke here", "It is logged. Send the same again, with the same id."),
    Problem.UNAVAILABLE: ProblemKind(
        503, "Not available at the moment", "Send the same again after `Retry-After` seconds, with the same id."
    ),
}
"""Every problem."""

_BY_STATUS = {
    400: Problem.INVALID_REQUEST,
    401: Problem.UNAUTHORIZED,
    403: Problem.FORBIDDEN,
    404: Problem.NOT_FOUND,
    405: Problem.METHOD_NOT_ALLOWED,
    408: Problem.TIMEOUT,
    409: Problem.CONFLICT,
    413: Problem.TOO_LARGE,
    429: Problem.RATE_LIMITED,
    503: Problem.UNAVAILABLE,
}


class ProblemBody(Struct, frozen=True):
    """An error (RFC 9457): `code` is stable, `detail` is a sentence for people, `type` leads to the docs."""

    type: str
    title: str
    status: int
    detail: str
    code: Problem
    error: dict[str, Any]
    """The status and the sentence once more, as before there were codes."""


def of_status(status: int, name: str = "") -> Problem:
    """Return the problem of that name, or the usual one of a status."""
    if name in KINDS:
        return Problem(name)
    return _BY_STATUS.get(status, Problem.INTERNAL if status >= 500 else Problem.INVALID_REQUEST)


def body_of(problem: Problem, status: int, detail: str, url: str) -> ProblemBody:
    """Return the body of an error; `url` is the address of the instance."""
    link = f"{url}{REFERENCE}#problem-{problem}"
    error = {"status": status, "message": detail}
    return ProblemBody(link, KINDS[problem].title, status, detail, problem, error)

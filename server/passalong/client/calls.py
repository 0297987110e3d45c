"""Parts of both clients: a call with its id, how an answer is judged, and how long to wait before another try."""

import random
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

import httpx

ROOT = "/api/v1"
TRIES = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 20.0
TIMEOUT_S = 20.0
DIGITS = 6
"""A `Retry-After` of so many digits, which is eleven days or more, is not respected."""
AGAIN = (429, 502, 503, 504)
"""The statuses after which the same call is sent again."""
Json = dict[str, Any]
Body = TypeVar("Body")
Answer = TypeVar("Answer")
Entry = TypeVar("Entry")


class ProblemError(Exception):
    """An answer that is a problem: `code` is stable, the text is one sentence that says what to do.

    `retry_after_s` is how long the server asks to wait, None where it does not say.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after_s: int | None = None):
        super().__init__(str(problem.get("detail", f"The server answered {status}.")))
        self.status = status
        self.code = str(problem.get("code", ""))
        self.retry_after_s = retry_after_s


class UnreachableError(Exception):
    """No answer after all tries. Send the same again later, with the same id."""


class Call(Generic[Answer]):
    """One call. Each try is the same, with the same `Idempotency-Key`, also when the call is run again later."""

    def __init__(self, method: str, path: str, body: Json | None = None, query: Mapping[str, Any] | None = None):
        self.method = method
        self.path = f"{ROOT}{path}"
        self.body = body
        self.query = {name: value for name, value in (query or {}).items() if value is not None}
        self.headers = {} if method == "GET" else {"Idempotency-Key": secrets.token_urlsafe(18)}
        self.begin()

    def begin(self, most: int = TRIES) -> None:
        """Forget the tries of an earlier run; this one may have so many."""
        self._tries, self._most = 0, most

    def judge(self, status: int, answer: Any, retry_after: str | None) -> float | None:
        """Return how long to wait before the next try, or None if the call is done. Raises ProblemError.

        A redirect is a problem, too: the key is not sent elsewhere, so nothing has been done.
        """
        if status < 300:
            return None
        wait_s = int(retry_after) if retry_after and retry_after.isdecimal() and len(retry_after) < DIGITS else None
        if status in AGAIN and self._tries < self._most - 1:
            return max(self.wait_s(), wait_s or 0.0)
        raise ProblemError(status, answer if isinstance(answer, dict) else {}, wait_s)

    def wait_s(self) -> float:
        """Return how long to wait after a failed try, longer each time and never quite the same.

        Raises UnreachableError after the last one.
        """
        self._tries += 1
        if self._tries >= self._most:
            raise UnreachableError(f"{self.method} {self.path} had no answer after {self._most} tries.")
        longest: float = min(FIRST_WAIT_S * 2**self._tries, LONGEST_WAIT_S)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter is no secret


@dataclass(frozen=True)
class Operation(Generic[Body, Answer]):
    """An operation of the API with the types of its body and its answer; `operations.py` has all of them."""

    method: str
    path: str

    def __call__(self, body: Body | None = None, **named: Any) -> Call[Answer]:
        """Return a call; `named` are the ids of its path and the parameters of its query."""
        ids = {name: value for name, value in named.items() if f"{{{name}}}" in self.path}
        query = {name: value for name, value in named.items() if name not in ids}
        path = self.path.format_map({name: quote(str(value), safe="") for name, value in ids.items()})
        return Call(self.method, path, cast("Json | None", body), query)


class ListOperation(Operation[None, Answer], Generic[Answer, Entry]):
    """An operation that answers with one page of a list."""


@cache
def tls_context() -> ssl.SSLContext:
    """Return the settings of TLS, made once: each client that makes them anew reads every root certificate."""
    return httpx.create_ssl_context()


def headers_of(key: str) -> dict[str, str]:
    """Return the headers of every call."""
    return {"Authorization": f"Bearer {key}", "Accept": "application/json", "User-Agent": "passalong-python"}


def without_none(fields: Mapping[str, Any]) -> Json:
    """Return a body without what was left out."""
    return {name: value for name, value in fields.items() if value is not None}

"""Parts of both clients: a call with its id, how an answer is judged, and how long to wait before another try."""

import random
import secrets
from collections.abc import Mapping
from typing import Any

ROOT = "/api/v1"
TRIES = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 20.0
TIMEOUT_S = 20.0
AGAIN = (429, 502, 503, 504)
"""The statuses after which the same call is sent again."""
Json = dict[str, Any]


class ProblemError(Exception):
    """An answer that is a problem: `code` is stable, the text is one sentence that says what to do."""

    def __init__(self, status: int, problem: Mapping[str, Any]):
        super().__init__(str(problem.get("detail", f"The server answered {status}.")))
        self.status = status
        self.code = str(problem.get("code", ""))


class UnreachableError(Exception):
    """No answer after all tries. Send the same again later, with the same id."""


class Call:
    """One call, and how often it was tried. Each try is the same, with the same ids."""

    def __init__(self, method: str, path: str, body: Json | None = None, query: Mapping[str, Any] | None = None):
        self.method = method
        self.path = f"{ROOT}{path}"
        self.body = body
        self.query = {name: value for name, value in (query or {}).items() if value is not None}
        self.headers = {} if method == "GET" else {"Idempotency-Key": secrets.token_urlsafe(18)}
        self._tries = 0

    def judge(self, status: int, answer: Any, retry_after: str | None) -> float | None:
        """Return how long to wait before the next try, or None if the call is done. Raises ProblemError."""
        if status < 400:
            return None
        if status in AGAIN and self._tries < TRIES - 1:
            return max(self.wait_s(), float(retry_after) if retry_after and retry_after.isdigit() else 0.0)
        raise ProblemError(status, answer if isinstance(answer, dict) else {})

    def wait_s(self) -> float:
        """Return how long to wait after a failed try, longer each time and never quite the same.

        Raises UnreachableError after the last one.
        """
        self._tries += 1
        if self._tries >= TRIES:
            raise UnreachableError(f"{self.method} {self.path} had no answer after {TRIES} tries.")
        longest: float = min(FIRST_WAIT_S * 2**self._tries, LONGEST_WAIT_S)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter is no secret


def headers_of(key: str) -> dict[str, str]:
    """Return the headers of every call."""
    return {"Authorization": f"Bearer {key}", "Accept": "application/json", "User-Agent": "passalong-python"}


def without_none(said: Mapping[str, Any]) -> Json:
    """Return a body without what was left out."""
    return {name: value for name, value in said.items() if value is not None}

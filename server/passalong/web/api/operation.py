"""An operation of the API as one row of a table: routes, OpenAPI, reference page and tools are made from these rows.

A handler gets the call, the ids of its path, and `body` and `query` if the row has them, decoded:

def retire_code(call: Call, code: str) -> CodeShown: ...
"""

import inspect
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from passalong.core.privileges import Scope
from passalong.store.people.api_keys import ApiKey
from passalong.store.sites import Site
from passalong.web.http import wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.problems import KINDS, Problem
from passalong.web.http.services import Services

ROOT = "/api/v1"
OK, CREATED, ACCEPTED = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED


class Answer(Struct, frozen=True, omit_defaults=True):
    """The base of answers: fields that have their default are left out."""


class Reply(Struct, frozen=True):
    """An answer with a status of its own."""

    body: Struct
    status: int


class Call(Struct, frozen=True):
    """One call: the instance, the key and its site; `once` is the id of the call if it has an `Idempotency-Key`.

    `approved_by` is the person who approved the call, if a key only proposed it.
    """

    services: Services
    site: Site
    key: ApiKey
    once: str = ""
    approved_by: str = ""

    @property
    def actor(self) -> str:
        """The actor of this call in the audit log and in facts."""
        return self.approved_by or f"key:{self.key.handle}"


class Operation(Struct, frozen=True):
    """One operation. `answer` and `statuses` are those of success, `problems` its own beside those of every call.

    `body` and `query` are the structs that decode them. Every key may call one whose `scope` is None, and keys without
    scopes what is `unscoped`. `most` is the largest body. With `shown_once` the answer has a secret or the texts of a
    proposal, so it is not kept for a repeated call. What is decided `on_page` needs what its page in the console shows,
    so it cannot be proposed.
    """

    name: str
    method: str
    path: str
    tag: str
    scope: Scope | None
    handler: Callable[..., Reply | Struct]
    answer: Any
    body: Any = None
    query: Any = None
    statuses: tuple[int, ...] = (OK,)
    problems: tuple[Problem, ...] = ()
    unscoped: bool = False
    most: int = wire.MAX_BODY
    shown_once: bool = False
    on_page: bool = False

    @property
    def writes(self) -> bool:
        """True if it changes something."""
        return self.method != "GET"


def words_of(operation: Operation) -> tuple[str, str]:
    """Return the summary of an operation and what else there is to say, from its handler's docstring."""
    summary, _, more = (inspect.getdoc(operation.handler) or "").partition("\n\n")
    return " ".join(summary.split()), more


def problem(code: Problem, detail: str) -> RefusalError:
    """Return the error to raise for a problem; `detail` is one sentence that says what to do."""
    return RefusalError(KINDS[code].status, detail, name=code)

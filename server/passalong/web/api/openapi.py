"""`/api/v1/openapi.json`: the description of the API (OpenAPI 3.1), made from the operations and their structs."""

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import msgspec
from flask import Blueprint, Response

from passalong import __version__
from passalong.core.privileges import SCOPE_WORDS
from passalong.web.api.fields import PATH_IDS
from passalong.web.api.operation import ROOT, Operation, words_of
from passalong.web.api.operations import OPERATIONS, PROPOSABLE
from passalong.web.http.problems import KINDS, MEDIA_TYPE, Problem, ProblemBody
from passalong.web.http.services import current_services

bp = Blueprint("api_description", __name__)
REFS = "#/components/schemas/{name}"
COMMON = (
    Problem.INVALID_REQUEST,
    Problem.UNAUTHORIZED,
    Problem.MISSING_SCOPE,
    Problem.TIMEOUT,
    Problem.RATE_LIMITED,
    Problem.INTERNAL,
    Problem.UNAVAILABLE,
)
"""The problems that every operation may answer with."""
WRITING = (Problem.ALREADY_DONE, Problem.TOO_LARGE, Problem.KEY_REUSED)
"""The problems of operations that change something."""
ABOUT = """The API of a site. Every call carries `Authorization: Bearer ak_…`, a key of one site with scopes.

Amounts are whole numbers of the currency's minor unit (4200 is 42.00 EUR). Errors are problems (RFC 9457) with a stable
`code`. Calls may be repeated: the `id` in a body, or an `Idempotency-Key`, makes sure that something happens once."""
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "a text of your own, new for each call: a repeated call gets the first one's answer, for a week",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
LIMIT_HEADERS = {
    "RateLimit": {"description": "what is left: `r` requests, for `t` seconds", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "`q` requests in `w` seconds", "schema": {"type": "string"}},
}
RETRY = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}


@bp.get(f"{ROOT}/openapi.json")
def openapi() -> Response:
    """Return the description of the API, for everybody."""
    return Response(_encoded(current_services().url), mimetype="application/json")


@cache
def _encoded(url: str) -> str:
    return json.dumps(description(url), ensure_ascii=False)


def description(url: str, operations: tuple[Operation, ...] = OPERATIONS, about: str = ABOUT) -> dict[str, Any]:
    """Return the OpenAPI document of an instance at this address."""
    scopes = "\n".join(f"* `{scope}`: {words}" for scope, words in SCOPE_WORDS.items())
    bearer = {"type": "http", "scheme": "bearer", "description": f"A key of the site. Its scopes:\n\n{scopes}"}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Passalong", "version": __version__, "description": about, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": f"{url}{ROOT}"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": {},
        "components": {"schemas": schemas(operations), "securitySchemes": {"bearer": bearer}},
    }
    for operation in operations:
        described = _described(operation, document["components"]["schemas"])
        document["paths"].setdefault(operation.path, {})[operation.method.lower()] = described
    return document


@cache
def schemas(operations: tuple[Operation, ...] = OPERATIONS) -> dict[str, Any]:
    """Return the schema of every struct that the API takes or answers with."""
    components: dict[str, Any] = _ecma(msgspec.json.schema_components(_structs(operations), ref_template=REFS)[1])
    return components


def answers_of(operation: Operation) -> tuple[Any, ...]:
    """Return the structs of an operation's answers."""
    return get_args(operation.answer) or (operation.answer,)


def problems_of(operation: Operation) -> list[Problem]:
    """Return every problem of an operation, by status."""
    names = {*COMMON, *(WRITING if operation.writes else ()), *operation.problems}
    return [problem for problem in Problem if problem in names]


def _structs(operations: tuple[Operation, ...]) -> list[Any]:
    bodies = [operation.body for operation in operations if operation.body is not None]
    queries = [operation.query for operation in operations if operation.query is not None]
    answers = [answer for operation in operations for answer in answers_of(operation)]
    return list(dict.fromkeys([ProblemBody, *bodies, *queries, *answers]))


def _ecma(components: Any) -> Any:
    """Write patterns as JSON Schema has them: Python's `\\A` and `\\Z` are `^` and `$` there."""
    if isinstance(components, dict):
        return {key: _pattern(value) if key == "pattern" else _ecma(value) for key, value in components.items()}
    return [_ecma(part) for part in components] if isinstance(components, list) else components


def _pattern(pattern: Any) -> Any:
    return re.sub(r"\\Z$", "$", re.sub(r"^\\A", "^", pattern)) if isinstance(pattern, str) else _ecma(pattern)


def _described(operation: Operation, shapes: dict[str, Any]) -> dict[str, Any]:
    summary, more = words_of(operation)
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "tags": [operation.tag],
        "security": [{"bearer": [operation.scope] if operation.scope else []}],
        "x-scope": operation.scope,
        "x-proposable": operation.name in PROPOSABLE,
        "parameters": [*_path(operation), *_query(operation, shapes), *([IDEMPOTENCY] if operation.writes else [])],
        "responses": {str(int(status)): _success(operation) for status in operation.statuses},
    }
    if more:
        described["description"] = more
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.body)}}}
    for status in sorted({KINDS[problem].status for problem in problems_of(operation)}):
        described["responses"][str(status)] = _failure(operation, status)
    return described


def _path(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", operation.path):
        schema = _ecma(msgspec.json.schema(PATH_IDS[name]))
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(operation: Operation, shapes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    schema = shapes[operation.query.__name__]
    for name, field in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}


def _ref(struct: Any) -> dict[str, str]:
    return {"$ref": REFS.format(name=struct.__name__)}


def _success(operation: Operation) -> dict[str, Any]:
    answers = [_ref(answer) for answer in answers_of(operation)]
    schema = answers[0] if len(answers) == 1 else {"anyOf": answers}
    summary = " ".join((inspect.getdoc(answers_of(operation)[0]) or "").partition("\n\n")[0].split())
    return {"description": summary, "headers": LIMIT_HEADERS, "content": {"application/json": {"schema": schema}}}


def _failure(operation: Operation, status: int) -> dict[str, Any]:
    problems = [name for name in problems_of(operation) if KINDS[name].status == status]
    titles = "; ".join(f"`{problem}`: {KINDS[problem].title}" for problem in problems)
    failure = {"description": titles, "content": {MEDIA_TYPE: {"schema": _ref(ProblemBody)}}}
    return failure | ({"headers": RETRY} if status in (429, 503) else {})

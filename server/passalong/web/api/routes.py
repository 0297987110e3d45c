"""Make Flask routes from the table of operations: key, scope, rate limit, decoding, idempotency, encoding."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, g, request
from msgspec import Struct

from passalong.flow.owners import idempotency
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.store.people.api_keys import ApiKey
from passalong.store.people.api_requests import ApiRequest
from passalong.web.api.operation import ROOT, Call, Operation, Reply, problem
from passalong.web.api.operations import OPERATIONS
from passalong.web.http import field_words, rate_limits, wire
from passalong.web.http.auth import key_holder
from passalong.web.http.problems import Problem
from passalong.web.http.rate_limits import RateLimits
from passalong.web.http.services import current_services

LIMITS = "passalong_api_limits"
IDEMPOTENCY_KEY = "Idempotency-Key"
LONGEST_KEY = 200
SLASHES = ("conversion_id", "statement_id", "subject", "refund_id", "decision_id")
"""Ids of the owner's own that may hold slashes."""
JSON = "application/json"


def blueprint() -> Blueprint:
    """Return the routes of every operation."""
    blueprint = Blueprint("api", __name__, url_prefix=ROOT)
    for operation in OPERATIONS:
        view = _view(operation)
        for rule in rules_of(operation):
            blueprint.add_url_rule(rule, operation.name, view, methods=[operation.method])
    return blueprint


def rules_of(operation: Operation) -> list[str]:
    """Return the rules of an operation; werkzeug cannot strip a trailing slash after an id that may hold slashes."""

    def converter(match: re.Match[str]) -> str:
        return f"<path:{match[1]}>" if match[1] in SLASHES else f"<{match[1]}>"

    rule = re.sub(r"{(\w+)}", converter, operation.path)
    return [rule, f"{rule}/"] if "<path:" in rule and not rule.endswith(">") else [rule]


def parameters() -> dict[str, tuple[str, ...]]:
    """Return the query parameters of each endpoint of the API."""
    return {
        f"api.{operation.name}": operation.query.__struct_encode_fields__ for operation in OPERATIONS if operation.query
    }


def install(app: Flask) -> None:
    """Count requests by key, and tell the limit in every answer to a key."""
    app.extensions[LIMITS] = RateLimits()

    @app.after_request
    def _tell_limit(response: Response) -> Response:
        left = g.get("api_left")
        if left is not None:
            response.headers.update(left.headers)
        return response


def _view(operation: Operation) -> Callable[..., Response]:
    decoder = msgspec.json.Decoder(operation.body) if operation.body else None

    @wraps(operation.handler)
    def view(**ids: str) -> Response:
        holder = key_holder()
        _count(holder.key)
        _check_scope(operation, holder.key)
        call = Call(current_services(), holder.site, holder.key, _once(operation, holder.key))
        values: dict[str, Any] = dict(ids)
        if decoder is not None:
            request.max_content_length = max(operation.most, wire.MAX_FORM)
            values["body"] = wire.decode(request.get_data(), decoder, operation.most)
        if operation.query is not None:
            values["query"] = read_query(operation.query)
        return _repeatable(operation, call, lambda: operation.handler(call, **values))

    return view


def _count(key: ApiKey) -> None:
    g.api_left = current_app.extensions[LIMITS].count(key.key_hash, rate_limits.QUOTA)
    if g.api_left.requests < 0:
        raise problem(Problem.RATE_LIMITED, f"This key has no requests left: wait {g.api_left.reset_s} seconds.")


def _check_scope(operation: Operation, key: ApiKey) -> None:
    granted = key.granted
    if operation.scope is None:
        return
    if operation.unscoped if granted is None else operation.scope in granted:
        return
    has = (
        "none: it was made before there were scopes"
        if granted is None
        else ", ".join(f"`{scope}`" for scope in granted)
    )
    raise problem(Problem.MISSING_SCOPE, f"This needs a key with the scope `{operation.scope}`; this key has {has}.")


def _once(operation: Operation, key: ApiKey) -> str:
    """Return the id of a call that changes something and has an `Idempotency-Key`, else an empty text."""
    request_key = request.headers.get(IDEMPOTENCY_KEY, "") if operation.writes else ""
    if len(request_key) > LONGEST_KEY:
        raise problem(Problem.INVALID_REQUEST, f"An `{IDEMPOTENCY_KEY}` has at most {LONGEST_KEY} characters.")
    return hashlib.sha256(f"{key.key_hash}:{request_key}".encode()).hexdigest()[:40] if request_key else ""


def read_query(struct: Any) -> Any:
    """Return the query of this request, decoded; raises RefusalError 400."""
    try:
        return msgspec.convert(request.args.to_dict(), struct, strict=False)
    except msgspec.ValidationError as error:
        raise problem(Problem.INVALID_REQUEST, field_words.sentence(error, struct)) from None


def _repeatable(operation: Operation, call: Call, act: Callable[[], Reply | Struct]) -> Response:
    """Carry a call out; one with an `Idempotency-Key` that was answered before gets the same answer."""
    if not call.once:
        return _response(_done(act))
    services, digest = (
        call.services,
        hashlib.sha256(request.full_path.encode() + b"\n" + request.get_data()).hexdigest(),
    )
    try:
        api_request = ApiRequest(call.site.site_id, call.once, operation.name, digest, 0)
        existing_request = idempotency.begin(services.db, services.clock, api_request)
    except idempotency.KeyReusedError:
        raise problem(
            Problem.KEY_REUSED, f"This `{IDEMPOTENCY_KEY}` was used for another call: use a new one."
        ) from None
    if existing_request.status is not None and existing_request.answer is not None:
        return _encoded(existing_request.answer.encode(), existing_request.status, {"Idempotency-Replayed": "true"})
    response = _response(_done(act))
    if not operation.shown_once:
        idempotency.finish(services.db, api_request, response.status_code, response.get_data(as_text=True))
    return response


def _done(act: Callable[[], Reply | Struct]) -> Reply | Struct:
    try:
        return act()
    except AlreadyDoneError:
        detail = "This was done before, under the same `Idempotency-Key`. Nothing happened now: read the current state."
        raise problem(Problem.ALREADY_DONE, detail) from None


def _response(made: Reply | Struct) -> Response:
    reply = made if isinstance(made, Reply) else Reply(made, 200)
    return _encoded(msgspec.json.encode(reply.body), reply.status, {})


def _encoded(body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body, status, mimetype=JSON, headers=dict(headers))

"""Routes of a person's own account (`own.py`): their assistant token, its rate limit, and the description."""

import json
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, g, request

from passalong.flow.signin import assistant_tokens
from passalong.store.books import identities
from passalong.store.people.open_sessions import OpenSession
from passalong.web.api.openapi import description
from passalong.web.api.operation import ROOT, Operation, problem
from passalong.web.api.own import ABOUT, OWN, OwnCall
from passalong.web.api.routes import JSON, LIMITS, read_query
from passalong.web.http.errors import RefusalError
from passalong.web.http.problems import Problem
from passalong.web.http.services import Services, current_services

QUOTA = 600
"""The number of calls that a token may make in a minute."""
WHO = "Send `Authorization: Bearer at_…` with a key that you made in the portal, under Sign-in, for your assistant."


def blueprint() -> Blueprint:
    """Return the routes of every operation of one's own account."""
    blueprint = Blueprint("own", __name__, url_prefix=ROOT)
    for operation in OWN:
        rule = operation.path.replace("{", "<").replace("}", ">")
        blueprint.add_url_rule(rule, operation.name, _view(operation), methods=[operation.method])
    blueprint.add_url_rule("/me/openapi.json", "openapi", own_openapi)
    return blueprint


def parameters() -> dict[str, tuple[str, ...]]:
    """Return the query parameters of each endpoint."""
    return {f"own.{operation.name}": operation.query.__struct_encode_fields__ for operation in OWN if operation.query}


def own_openapi() -> Response:
    """Return the description of these calls, for everybody."""
    return Response(_encoded(current_services().url), mimetype=JSON)


@cache
def _encoded(url: str) -> str:
    return json.dumps(description(url, OWN, ABOUT), ensure_ascii=False)


def _view(operation: Operation) -> Callable[..., Response]:
    @wraps(operation.handler)
    def view(**ids: str) -> Response:
        call = _call(current_services())
        values: dict[str, Any] = dict(ids)
        if operation.query is not None:
            values["query"] = read_query(operation.query)
        return Response(msgspec.json.encode(operation.handler(call, **values)), mimetype=JSON)

    return view


def _call(services: Services) -> OwnCall:
    """Return the call of the token that this request carries; raises RefusalError 401 or 429."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    pieces = token.strip().split("_", 2)
    site = services.sites.find(pieces[1]) if scheme.lower() == "bearer" and len(pieces) == 3 else None
    if site is None:
        raise RefusalError(401, WHO)
    with services.db.reading() as session:
        session_row = assistant_tokens.find(session, site.site_id, token.strip(), services.clock.now_ms())
        if session_row is None:
            raise RefusalError(401, WHO)
        advocate_ids = identities.account(session, site.site_id, session_row.subject)
    _count(session_row)
    services.last_used.session(session_row)
    return OwnCall(services, site, tuple(advocate_ids))


def _count(session_row: OpenSession) -> None:
    g.api_left = current_app.extensions[LIMITS].count(session_row.session_hash, QUOTA)
    if g.api_left.requests < 0:
        raise problem(Problem.RATE_LIMITED, f"This key has no requests left: wait {g.api_left.reset_s} seconds.")

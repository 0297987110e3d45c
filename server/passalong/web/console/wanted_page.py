"""The console page that somebody wanted before they signed in, kept in a cookie of their browser for an hour.

A cookie, because each sign-in has a way of its own back: a mail, a passkey, an identity provider.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from passalong.lib.tokens import hashed
from passalong.store.people import owners
from passalong.web.http import cookies
from passalong.web.http.auth import owners_session
from passalong.web.http.services import current_services

COOKIE = "wanted"
KEPT_S = 3_600
LONGEST = 300
PAGE = re.compile(r"/console(/(?!\.)[A-Za-z0-9_.:-]+)+", re.ASCII)
"""No part of the address begins with a dot: browsers resolve `..`, which leads out of the console."""
SIGN_IN = "/console/in/"


def keep(response: AnyResponse) -> AnyResponse:
    """Keep the page that the sign-in page's address names, if it is one of the console."""
    wanted = request.args.get("to", "")
    if _parts_of(wanted) is not None:
        cookies.put(response, cookies.secret_name(COOKIE), wanted, KEPT_S)
    return response


def landing(otherwise: str, secret: str) -> AnyResponse:
    """Redirect to the page that was wanted before the sign-in, once, if the new session of this secret opens it."""
    wanted = request.cookies.get(cookies.secret_name(COOKIE), "")
    parts = _parts_of(wanted)
    is_open = parts is not None and ("site_id" not in parts or _has_role(parts["site_id"], secret))
    response = redirect(wanted if is_open else otherwise, 303)
    if wanted:
        cookies.forget(response, cookies.secret_name(COOKIE))
    return response


def _parts_of(path: str) -> Mapping[str, Any] | None:
    """Return the variable parts of the address of a console page, None for what is none, such as a file."""
    if len(path) > LONGEST or not PAGE.fullmatch(path) or f"{path}/".startswith(SIGN_IN):
        return None
    try:
        rule, parts = current_app.url_map.bind("").match(path, "GET", return_rule=True)
    except HTTPException:
        return None
    return None if "." in rule.rule else parts


def _has_role(site_id: str, secret: str) -> bool:
    services, by_link = current_services(), owners_session()
    if by_link is not None and by_link.site.site_id == site_id:
        return True
    with services.db.reading() as session:
        owner_session = owners.find_session(session, hashed(secret), services.clock.now_ms())
        return owner_session is not None and owners.role_at(session, site_id, owner_session.owner_id) is not None

"""The console page that somebody wanted before they signed in, kept in a cookie of their browser for an hour.

A cookie, because each sign-in has a way of its own back: a mail, a passkey, an identity provider.
"""

import re

from flask import current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from passalong.web.http import cookies

COOKIE = "wanted"
KEPT_S = 3_600
LONGEST = 300
PAGE = re.compile(r"/console/[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*", re.ASCII)
SIGN_IN = "/console/in"


def keep(response: AnyResponse) -> AnyResponse:
    """Keep the page that the sign-in page's address names, if it is one of the console."""
    wanted = request.args.get("to", "")
    if _is_page(wanted):
        cookies.put(response, cookies.secret_name(COOKIE), wanted, KEPT_S)
    return response


def landing(otherwise: str) -> AnyResponse:
    """Redirect to the page that was wanted before the sign-in, once."""
    wanted = request.cookies.get(cookies.secret_name(COOKIE), "")
    response = redirect(wanted if _is_page(wanted) else otherwise, 303)
    if wanted:
        cookies.forget(response, cookies.secret_name(COOKIE))
    return response


def _is_page(path: str) -> bool:
    if len(path) > LONGEST or not PAGE.fullmatch(path) or path.startswith(SIGN_IN):
        return False
    try:
        current_app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return False
    return True

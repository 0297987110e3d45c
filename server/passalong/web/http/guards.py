"""Guards of the portal's views: whose session it is, and whether it may do what the view does.

@bp.post("/stop")
@signed_in(Need.CHANGE)
def stop(who: Signed) -> AnyResponse: ...

The needs, and which strength meets them, are a table in `core/privileges.py`.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import current_app, render_template, request
from werkzeug.exceptions import HTTPException

from passalong.core.privileges import Lack, Need
from passalong.flow.signin.sessions import ADVOCATE
from passalong.web.http.auth import Signed, advocate, refuse_cross_site, site_of_cookie

P = ParamSpec("P")
R = TypeVar("R")
NEED = "_need"
"""The attribute with a guarded view's need: a test reads it for every route."""
PORTAL = "/me/"
PLACE = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}", re.ASCII)
"""The end of the address of a page of the portal, after `/me/`: nothing in it has to be quoted."""
LONGEST_PLACE = 200
FORMS = {
    "redemptions": "use",
    "privacy": "privacy",
    "account": "keep",
    "assistants": "keep",
    "card": "card",
    "personal_code": "word",
    "mail": "mail",
}
"""The page that a form came from, by its blueprint."""


def signed_in(
    need: Need = Need.LOOK,
) -> Callable[[Callable[Concatenate[Signed, P], R]], Callable[P, R | tuple[str, int]]]:
    """Pass the session to the view as its first argument, if it may do what the view needs.

    401 without a session; 403, with the way to sign in, for one that is too weak or too old; 403 for the form of
    another site.
    """

    def guard(view: Callable[Concatenate[Signed, P], R]) -> Callable[P, R | tuple[str, int]]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | tuple[str, int]:
            if request.method == "POST":
                refuse_cross_site()
            who = advocate()
            if who is None:
                return nobody()
            lack = who.lacks(need)
            return view(who, *args, **kwargs) if lack is None else too_weak(who, lack)

        setattr(guarded, NEED, need)
        return guarded

    return guard


def need_of(view: Callable[..., Any]) -> Need | None:
    """Return the need of a guarded view, None for one without a guard."""
    return getattr(view, NEED, None)


def is_place(place: str) -> bool:
    """Return True for the end of the address of a page below `/me/` that needs a session, such as `use`."""
    if len(place) > LONGEST_PLACE or not PLACE.fullmatch(place):
        return False
    try:
        endpoint, _ = current_app.url_map.bind("").match(PORTAL + place, "GET")
    except HTTPException:
        return False
    return need_of(current_app.view_functions[endpoint]) is not None


def _wanted() -> str:
    """Return the page to come back to after a sign-in: the one of the address, or that of the form; empty for home."""
    form, place = FORMS.get(request.blueprint or "", ""), request.path.removeprefix(PORTAL)
    if request.method != "GET" or (form and request.args):
        return form
    return place if is_place(place) else ""


def nobody() -> tuple[str, int]:
    """Answer a request without a session, with the way to sign in and back."""
    return render_template("portal/sign_out.html", site=site_of_cookie(ADVOCATE), to=_wanted()), 401


def too_weak(who: Signed, lack: Lack) -> tuple[str, int]:
    """Answer a session that is too weak: why, and the way to sign in or to save access first."""
    return render_template("portal/weak_session.html", site=who.site, lack=lack.value, to=_wanted()), 403

"""Guards of the portal's views: whose session it is, and whether it may do what the view does.

@bp.post("/stop")
@signed_in(Need.CHANGE)
def stop(who: Signed) -> AnyResponse: ...

The needs, and which strength meets them, are a table in `core/privileges.py`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import render_template, request

from passalong.core.privileges import Lack, Need
from passalong.web.http.auth import Signed, advocate, refuse_cross_site

P = ParamSpec("P")
R = TypeVar("R")
NEED = "_need"
"""The attribute with a guarded view's need: a test reads it for every route."""
PLACES = {
    "redemptions": "use",
    "privacy": "privacy",
    "account": "keep",
    "assistants": "keep",
    "card": "card",
    "personal_code": "word",
    "mail": "mail",
}
"""The page after a sign-in, by the blueprint that asked for it (`web/portal/signin.py`)."""


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


def nobody() -> tuple[str, int]:
    """Answer a request without a session."""
    return render_template("portal/sign_out.html"), 401


def too_weak(who: Signed, lack: Lack) -> tuple[str, int]:
    """Answer a session that is too weak: why, and the way to sign in or to save access first."""
    to = PLACES.get(request.blueprint or "", "")
    return render_template("portal/weak_session.html", site=who.site, lack=lack.value, to=to), 403

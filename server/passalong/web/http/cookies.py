"""Cookies: one place for their attributes.

Every cookie is HttpOnly and SameSite=Lax on the whole host, and Secure if our address is https. Cookies that hold a
secret then carry the `__Host-` prefix, so that no neighbouring host can set one.
"""

from werkzeug.wrappers import Response as AnyResponse

from passalong.web.http.services import current_services

MAIL_CODE = "door"
"""The name of the cookie that holds the site and the code of a magic link."""


def is_secure() -> bool:
    """Return True if people reach us over https."""
    return current_services().url.startswith("https:")


def secret_name(name: str) -> str:
    """Return the name of a cookie that holds a secret."""
    return f"__Host-along-{name}" if is_secure() else f"along-{name}"


def put(response: AnyResponse, name: str, value: str, max_age_s: int) -> None:
    """Set a cookie. `value` comes from us or was full-matched, because it is written into a header."""
    response.set_cookie(
        name, value, max_age=max_age_s, httponly=True, secure=is_secure(), samesite="Lax", path="/"
    )  # fmt: skip


def forget(response: AnyResponse, name: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(name, httponly=True, secure=is_secure(), samesite="Lax", path="/")

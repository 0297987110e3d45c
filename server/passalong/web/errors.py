"""No has a form: a sentence that says what to do, as JSON for programs and as a page for people."""

import re
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from passalong.flow.collect import Busy, Unwritten
from passalong.store.engine import is_away

log = structlog.get_logger()

LATER = (Busy, Unwritten, OperationalError, PoolTimeout, TimeoutError)
"""What is nobody's mistake and `passes`: 503 with Retry-After, so that whoever asked comes again."""

PAGES = {
    400: ("That did not make sense here", "Something in the address or the form was not as it should be."),
    401: ("Please sign in", "This page belongs to somebody, and this browser has not said who it is."),
    403: ("Not from here", "This was sent from another site, or belongs to somebody else."),
    404: ("Nothing here", "There is no page at this address, or it is not yours to see."),
    405: ("Not that way", "This address cannot be used like that."),
    409: ("Already said otherwise", "The same id was used before for something else."),
    413: ("Too large", "What was sent is larger than anything this server takes."),
    429: ("Too often", "This was tried too often just now. Wait a while, then try again."),
    500: ("Something broke here", "It is our fault, it was written down, and nothing of yours was lost."),
    503: ("Busy right now", "Nothing can be written at this moment. Try again soon; nothing was lost."),
}


_PROOFS = re.compile(r"/open/[^/]+/(heads|proof/)")


class Refusal(HTTPException):
    """An answer that is not a success: an HTTP status and one sentence that says what to do."""

    def __init__(self, status: int, message: str, retry_after_s: int = 0):
        super().__init__(description=message)
        self.code = status
        self.retry_after_s = retry_after_s


def is_for_programs(path: str) -> bool:
    """True where answers are JSON: browser endpoints and the API."""
    return path.startswith(("/v1/", "/api/", "/along/", "/healthz", "/readyz")) or bool(_PROOFS.match(path))


def problem(status: int, message: str) -> tuple[dict[str, Any], int]:
    """The body of every error that a program reads."""
    return {"error": {"status": status, "message": message}}, status


def install(app: Flask) -> None:
    """Answer every error in one form, and what no database can look for before anybody asks one."""

    @app.before_request
    def _refuse_nul() -> None:
        if "\0" in request.path:
            raise Refusal(404, PAGES[404][1])
        said = [request.args, request.cookies] if is_for_programs(request.path) else [request.values, request.cookies]
        if any("\0" in text for given in said for text in given.values()):
            raise Refusal(400, "Text must not hold NUL characters.")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error.code or 500, error.description or "", error)

    def _later(error: Exception) -> Response:
        if not passes(error):
            return _broken(error)
        log_later(error)
        return _answer(503, PAGES[503][1], None)

    for kind in LATER:
        app.register_error_handler(kind, _later)

    @app.errorhandler(Exception)
    def _broken(_error: Exception) -> Response:
        log.exception("a request failed", route=str(request.url_rule), method=request.method)
        return _answer(500, PAGES[500][1], None)


def passes(error: Exception) -> bool:
    """True when whoever asked had better come again."""
    return isinstance(error, LATER) and (not isinstance(error, OperationalError) or is_away(error))


def log_later(error: Exception) -> None:
    """Busy is news to nobody, and the collector has told of what it could not write; the rest is written down."""
    if not isinstance(error, Busy | Unwritten):
        log.error("the database could not be used", error=type(error).__name__)


def _answer(status: int, message: str, error: HTTPException | None) -> Response:
    own_words = isinstance(error, Refusal)
    title, plain = PAGES.get(status, ("That did not work", "The request could not be answered."))
    if is_for_programs(request.path):
        response = jsonify(problem(status, message if own_words else plain)[0])
    else:
        response = Response(_page(status, title, message if own_words else plain), mimetype="text/html")
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "1"
    if own_words and (later_s := getattr(error, "retry_after_s", 0)):
        response.headers["Retry-After"] = str(later_s)
    if error is not None and status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _page(status: int, title: str, message: str) -> str:
    try:
        return render_template("error.html", code=status, title=title, message=message)
    except Exception:  # what broke may be what every page is made of
        log.exception("the error page failed")
        return f"<!doctype html><title>{title}</title><h1>{title}</h1>"

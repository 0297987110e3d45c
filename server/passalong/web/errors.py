"""No has a form: a sentence that says what to do, as JSON for programs and as a page for people."""

from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from passalong.flow.collect import Busy, Unwritten
from passalong.store.engine import is_away
from passalong.web.audience import is_for_programs
from passalong.web.language import said

log = structlog.get_logger()

LATER = (Busy, Unwritten, OperationalError, PoolTimeout, TimeoutError)
"""What is nobody's mistake and `passes`: 503 with Retry-After, so that whoever asked comes again."""

SAID = (400, 401, 403, 404, 405, 409, 413, 429, 500, 503)
"""The statuses that have words of their own, in every language (`errors`)."""


class Refusal(HTTPException):
    """An answer that is not a success: an HTTP status and one sentence that says what to do."""

    def __init__(self, status: int, message: str, retry_after_s: int = 0):
        super().__init__(description=message)
        self.code = status
        self.retry_after_s = retry_after_s


def words_for(status: int) -> tuple[str, str]:
    """The title and the sentence of an error, in the language of the request."""
    name = str(status) if status in SAID else "other"
    return said(f"errors.{name}.title"), said(f"errors.{name}.say")


def problem(status: int, message: str) -> tuple[dict[str, Any], int]:
    """The body of every error that a program reads."""
    return {"error": {"status": status, "message": message}}, status


def install(app: Flask) -> None:
    """Answer every error in one form, and what no database can look for before anybody asks one."""

    @app.before_request
    def _refuse_nul() -> None:
        if "\0" in request.path:
            raise Refusal(404, said("errors.404.say"))
        given = [request.args, request.cookies] if is_for_programs(request.path) else [request.values, request.cookies]
        if any("\0" in text for one in given for text in one.values()):
            raise Refusal(400, said("errors.nul"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error.code or 500, error.description or "", error)

    def _later(error: Exception) -> Response:
        if not passes(error):
            return _broken(error)
        log_later(error)
        return _answer(503, "", None)

    for kind in LATER:
        app.register_error_handler(kind, _later)

    @app.errorhandler(Exception)
    def _broken(_error: Exception) -> Response:
        log.exception("a request failed", route=str(request.url_rule), method=request.method)
        return _answer(500, "", None)


def passes(error: Exception) -> bool:
    """True when whoever asked had better come again."""
    return isinstance(error, LATER) and (not isinstance(error, OperationalError) or is_away(error))


def log_later(error: Exception) -> None:
    """Busy is news to nobody, and the collector has told of what it could not write; the rest is written down."""
    if not isinstance(error, Busy | Unwritten):
        log.error("the database could not be used", error=type(error).__name__)


def _answer(status: int, message: str, error: HTTPException | None) -> Response:
    own_words = isinstance(error, Refusal)
    title, plain = words_for(status)
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

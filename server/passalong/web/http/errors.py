"""Error responses: JSON for API clients, HTML for browsers, each with a sentence that says what to do."""

from typing import Any

import msgspec
import structlog
from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from passalong.flow.ingest.collector import NotWrittenError, QueueFullError
from passalong.lib.bearer import CHALLENGE, challenge
from passalong.store.database_errors import is_retryable, line_about
from passalong.web.http import problems
from passalong.web.http.audience import is_for_programs
from passalong.web.http.language import said
from passalong.web.http.services import current_services

log = structlog.get_logger()

LATER = (QueueFullError, NotWrittenError, TimeoutError)
"""Errors answered with 503 and Retry-After, beside database errors that `passes` calls temporary."""

SAID = (400, 401, 403, 404, 405, 409, 413, 429, 500, 503)
"""The statuses that have words of their own, in every language (`errors`)."""


class RefusalError(HTTPException):
    """An error response: an HTTP status and one sentence that says what to do.

    If a program acts on the cause, `name` is it: the body then is `{"error": name, "message": …}`, and on the API the
    problem of that code (web.http.problems).
    """

    def __init__(self, status: int, message: str, retry_after_s: int = 0, name: str = ""):
        super().__init__(description=message)
        self.code = status
        self.retry_after_s = retry_after_s
        self.name_of_cause = name


class UsedLinkError(RefusalError):
    """A one-time link or code that was used, or is too old."""

    title_key = "errors.used_link"

    def __init__(self, message: str, status: int = 400):
        super().__init__(status, message)


def too_often(page: str, wait_s: int) -> Response:
    """Return a page as the answer to a form that was sent too often."""
    return Response(page, 429, {"Retry-After": str(wait_s)}, mimetype="text/html")


def words_for(status: int) -> tuple[str, str]:
    """Return the title and the sentence of an error, in the language of the request."""
    name = str(status) if status in SAID else "other"
    return said(f"errors.{name}.title"), said(f"errors.{name}.say")


def problem(status: int, message: str) -> tuple[dict[str, Any], int]:
    """Return the JSON body of an error."""
    return {"error": {"status": status, "message": message}}, status


def install(app: Flask) -> None:
    """Register the error handlers, and refuse NUL characters, which no database can look for."""

    @app.before_request
    def _refuse_nul() -> None:
        if "\0" in request.path:
            raise RefusalError(404, said("errors.404.say"))
        sources = (
            [request.args, request.cookies] if is_for_programs(request.path) else [request.values, request.cookies]
        )
        if any("\0" in text for values in sources for text in values.values()):
            raise RefusalError(400, said("errors.nul"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error.code or 500, error.description or "", error)

    def _later(error: Exception) -> Response:
        if not passes(error):
            return _broken(error)
        log_later(error)
        return _answer(503, "", None)

    for kind in (*LATER, SQLAlchemyError):
        app.register_error_handler(kind, _later)

    @app.errorhandler(Exception)
    def _broken(_error: Exception) -> Response:
        log.exception("a request failed", route=str(request.url_rule), method=request.method)
        return _answer(500, "", None)


def passes(error: Exception) -> bool:
    """True if the client should retry (503)."""
    return isinstance(error, LATER) or is_retryable(error)


def log_later(error: Exception) -> None:
    """Log an error unless it is only overload, or a write error that the collector has logged."""
    if not isinstance(error, QueueFullError | NotWrittenError):
        log.error("the database could not be used", error=line_about(error))


def _answer(status: int, message: str, error: HTTPException | None) -> Response:
    own_words = isinstance(error, RefusalError)
    title, plain = words_for(status)
    if request.path.startswith(problems.API):
        response = _api_problem(status, message if own_words else plain, getattr(error, "name_of_cause", ""))
    elif is_for_programs(request.path):
        cause = getattr(error, "name_of_cause", "")
        body = problem(status, message if own_words else plain)[0]
        response = jsonify({"error": cause, "message": message} if cause else body)
    else:
        title = said(error.title_key) if isinstance(error, UsedLinkError) else title
        response = Response(_page(status, title, message if own_words else plain), mimetype="text/html")
    response.status_code = status
    if status == 401 and request.path.startswith(problems.API):
        response.headers[CHALLENGE] = challenge(with_key="Authorization" in request.headers)
    if status == 503:
        response.headers["Retry-After"] = "1"
    if own_words and (later_s := getattr(error, "retry_after_s", 0)):
        response.headers["Retry-After"] = str(later_s)
    if error is not None and status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _api_problem(status: int, detail: str, name: str) -> Response:
    """Return the problem of an API call (RFC 9457)."""
    problem_body = problems.body_of(problems.of_status(status, name), status, detail, current_services().url)
    return Response(msgspec.json.encode(problem_body), mimetype=problems.MEDIA_TYPE)


def _page(status: int, title: str, message: str) -> str:
    try:
        return render_template("http/error.html", code=status, title=title, message=message)
    except Exception:  # what broke may be what every page is made of
        log.exception("the error page failed")
        return f"<!doctype html><title>{title}</title><h1>{title}</h1>"

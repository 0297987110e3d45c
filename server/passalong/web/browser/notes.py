"""`POST /v1/notes`: shares, visits and conversions that browsers report.

The same handler serves the ASGI route and any WSGI server: read the note (web/browser/read_note.py), hand the fact to
the collector, answer after the commit.
"""

from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import msgspec
import structlog
from flask import Blueprint, Response, request
from msgspec import Struct

from passalong.core.facts import ConversionReported, Event
from passalong.core.reasons import Reason
from passalong.flow.ingest.collector import QueueFullError
from passalong.flow.ingest.recorder import Kept
from passalong.flow.ingest.refusals import Refused
from passalong.i18n.catalogue import ENGLISH, say
from passalong.web.browser.read_note import DroppedNoteError, read
from passalong.web.http.errors import RefusalError, log_later, passes, problem
from passalong.web.http.headers import CORS
from passalong.web.http.services import Services, current_services
from passalong.web.http.wire import MAX_BODY

bp = Blueprint("notes", __name__)
DOOR = ("POST", "/v1/notes")
HEADERS = ("user-agent", "sec-purpose", "purpose", "sec-gpc", "origin")
"""The headers that `read` uses; the others of a request are not unpacked."""
ENVIRON = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS}
ALWAYS = tuple({**CORS, "Cache-Control": "no-store"}.items())
"""Headers of every answer to a note."""
log = structlog.get_logger()


class Answer(Struct, frozen=True):
    """An HTTP answer without a body, or with an error's sentence."""

    status: int
    headers: dict[str, str]
    message: str = ""


def refusal_of(dropped: DroppedNoteError) -> Refused:
    """Return the refusal to count for a dropped note."""
    return Refused(dropped.site, dropped.kind, dropped.reason, dropped.detail)


def answer_dropped(dropped: DroppedNoteError) -> Answer:
    """Answer a note that was counted: 202 with the reason."""
    return Answer(202, {"Along-Dropped": dropped.reason.value})


def acknowledge(event: Event, result: Kept) -> Answer:
    """Answer a note after its commit."""
    refused = getattr(event.fact, "refused", None)
    if result is Kept.CONFLICT:
        dropped = {"Along-Dropped": Reason.ID_CONFLICT.value}
        return Answer(409, dropped, "This id was used before, for something else.")
    if result is Kept.DUPLICATE:
        return Answer(202, {"Along-Kept": "duplicate"})
    if refused is not None:
        return Answer(202, {"Along-Dropped": refused.value})
    name = "outcome" if isinstance(event.fact, ConversionReported) else str(event.fact.__struct_config__.tag)
    return Answer(202, {"Along-Kept": name})


def failed(error: Exception) -> Answer:
    """Answer a note that could not be taken: malformed (4xx), try again (503), or our fault (500)."""
    if isinstance(error, RefusalError):
        return Answer(error.code or 400, {}, error.description or "")
    if passes(error):
        log_later(error)
        return Answer(503, {"Retry-After": "1"}, say(ENGLISH, "errors.503.say"))
    log.exception("a note failed")
    return Answer(500, {}, say(ENGLISH, "errors.500.say"))


def body_of(answer: Answer) -> bytes:
    """Return the body of an answer: empty, or the error as JSON."""
    return msgspec.json.encode(problem(answer.status, answer.message)[0]) if answer.message else b""


class NotesFirst:
    """WSGI middleware in front of Flask that answers notes without Flask's work for pages."""

    def __init__(self, pages: WSGIApplication, services: Services):
        self._pages = pages
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a note; pass other requests to Flask."""
        if (environ["REQUEST_METHOD"], environ.get("PATH_INFO")) != DOOR:
            return self._pages(environ, start_response)
        answer = answer_to(self._services, environ)
        self._services.monitoring.meters.note(answer.status, answer.headers)
        body = body_of(answer)
        kind = [("Content-Type", "application/json")] if body else []
        headers = [*ALWAYS, *answer.headers.items(), *kind, ("Content-Length", str(len(body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return (body,)


def answer_to(services: Services, environ: WSGIEnvironment) -> Answer:
    """Read a note and wait for its commit."""
    if services.collector.is_full:  # before any work: under overload a refusal must be cheap
        return failed(QueueFullError())
    headers = {name: environ[key] for name, key in ENVIRON.items() if key in environ}
    try:
        event = read(services, headers, _body(environ))
        return acknowledge(event, services.collector.submit(event))
    except DroppedNoteError as dropped:
        return _counted(services, dropped)
    except Exception as error:
        return failed(error)


def _counted(services: Services, dropped: DroppedNoteError) -> Answer:
    try:
        services.refusals.record(refusal_of(dropped))
    except Exception as error:
        return failed(error)
    return answer_dropped(dropped)


def _body(environ: WSGIEnvironment) -> bytes:
    """Read the body up to its limit; without a length only where the server ends the input itself."""
    length = environ.get("CONTENT_LENGTH") or (MAX_BODY + 1 if environ.get("wsgi.input_terminated") else 0)
    try:
        body: bytes = environ["wsgi.input"].read(min(int(length), MAX_BODY + 1))
    except (ValueError, OSError) as error:
        raise RefusalError(400, "The connection ended before the body did.") from error
    return body


@bp.post("/v1/notes")
def notes() -> Response:
    """Route for Flask's URL map and preflight requests (OPTIONS); `NotesFirst` answers the others before it."""
    answer = answer_to(current_services(), request.environ)
    return Response(body_of(answer), answer.status, dict((*ALWAYS, *answer.headers.items())))

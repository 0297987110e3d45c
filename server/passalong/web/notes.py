"""`POST /v1/notes`: what browsers report. The same handler serves the ASGI route and any WSGI server.

decode → whose site → verify the token → ask the gates → offer the fact → answer after the commit
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from http import HTTPStatus
from typing import Annotated
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import msgspec
import structlog
from flask import Blueprint, Response, request
from msgspec import Meta, Struct

from passalong.core.facts import ConversionReported, Event, Fact, LinkShared, LinkVisited, input_hash
from passalong.core.identity import advocate_id_of
from passalong.core.integrity import first_refusal
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.flow.collect import Busy
from passalong.flow.manage import is_on_site
from passalong.flow.record import Kept
from passalong.flow.refuse import Refused
from passalong.languages import ENGLISH, say
from passalong.store.sites import Site
from passalong.tokens import BadToken
from passalong.web import wire
from passalong.web.errors import Refusal, log_later, passes, problem
from passalong.web.headers import CORS
from passalong.web.parts import Parts, parts
from passalong.web.wire import MAX_BODY

bp = Blueprint("notes", __name__)
DOOR = ("POST", "/v1/notes")
BROWSER = "browser"
ACK_TIMEOUT_S = 20
HEADERS = ("user-agent", "sec-purpose", "purpose", "sec-gpc", "origin")
"""What `read` looks at; the rest of a request's headers need not be unpacked."""
ENVIRON = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS}
ALWAYS = tuple({**CORS, "Cache-Control": "no-store"}.items())
"""The headers of every answer to a note."""
log = structlog.get_logger()


class VisitNote(wire.Body, frozen=True, tag="visit", tag_field="kind"):
    """A person looks at a page that they reached with this token."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    visitor: wire.NoteId
    page: wire.Page
    guest: wire.Guest | None = None
    hidden: bool = False


class ShareNote(wire.Body, frozen=True, tag="share", tag_field="kind"):
    """The person who was given this link used it."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    guest: wire.Guest
    to: wire.Target


class OutcomeNote(wire.Body, frozen=True, tag="outcome", tag_field="kind"):
    """Somebody who came with this token did something (`along.outcome`): anybody can say so, hence `_outcome`."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    visit: wire.NoteId
    goal: Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]
    page: wire.Page


Note = VisitNote | ShareNote | OutcomeNote
_decoder = msgspec.json.Decoder(Note)


class Answer(Struct, frozen=True):
    """An HTTP answer without a body, or with an error's sentence."""

    status: int
    headers: dict[str, str]
    message: str = ""


class Dropped(Exception):
    """A note that is understood and is no fact: counted, with a sample for the inspector."""

    def __init__(self, site: Site, kind: str, reason: Reason, detail: str):
        super().__init__(reason.value)
        self.site, self.kind, self.reason, self.detail = site, kind, reason, detail


def read(known: Parts, headers: Mapping[str, str], body: bytes) -> Event:
    """The event in a note; raises Refusal (400, 404, 413) or Dropped."""
    note = wire.decode(body, _decoder)
    site = wire.site_of(known.sites, note.site)
    page = "" if isinstance(note, ShareNote) else wire.clean_page(note.page)
    detail = path_of(page) if page else "a link that was used"
    look = wire.seen(headers, site, hidden=isinstance(note, VisitNote) and note.hidden)
    refused = first_refusal(look)
    if refused is Reason.OPTED_OUT:
        raise Dropped(site, "note", refused, "")
    try:
        share_id = wire.share_of(known.keys, known.sites, site, note.token)
    except BadToken as error:
        raise Dropped(site, "note", error.reason, detail) from None
    if page and refused is None and not is_on_site(site, page):
        refused = Reason.FOREIGN_ORIGIN
    if isinstance(note, OutcomeNote):
        return _outcome(note, share_id, page, refused)
    fact = _fact(site, note, share_id, page, refused)
    said = input_hash(**msgspec.structs.asdict(note) | {"guest": None, "kind": type(note).__name__})
    return Event(site.site_id, BROWSER, note.id, 0, said, fact)


def _outcome(note: OutcomeNote, share_id: str, page: str, refused: Reason | None) -> Event:
    """A browser is believed no value, one outcome of a name for each visit, and only goals named for browsers."""
    fact = ConversionReported(
        goal=f"{BROWSER}_{note.goal}",
        gross_micros=0,
        share_id=share_id,
        visit_id=note.visit,
        refused=refused,
        page_url=page,
    )
    said = input_hash(token=note.token, visit=note.visit, goal=note.goal)
    return Event(note.site, BROWSER, f"{BROWSER}:{note.goal}:{note.visit}", 0, said, fact)


def _fact(site: Site, note: VisitNote | ShareNote, share_id: str, page: str, refused: Reason | None) -> Fact:
    if isinstance(note, ShareNote):
        return LinkShared(share_id=share_id, to=note.to, refused=refused)
    advocate_id = advocate_id_of(site.site_id, note.guest) if note.guest else None
    return LinkVisited(
        share_id=share_id, visitor_id=note.visitor, page_url=page, advocate_id=advocate_id, refused=refused
    )


def count(known: Parts, dropped: Dropped) -> Future[None]:
    """Have a dropped note counted; raises Busy."""
    return known.refusals.offer(Refused(dropped.site, dropped.kind, dropped.reason, dropped.detail))


def told(dropped: Dropped) -> Answer:
    """The answer to a note that was counted: 202, with the reason."""
    return Answer(202, {"Along-Dropped": dropped.reason.value})


def acknowledge(event: Event, kept: Kept) -> Answer:
    """The answer to a note whose fate is committed."""
    refused = getattr(event.fact, "refused", None)
    if kept is Kept.CONFLICT:
        return Answer(409, {}, "This id was used before, for something else.")
    if kept is Kept.DUPLICATE:
        return Answer(202, {"Along-Kept": "duplicate"})
    if refused is not None:
        return Answer(202, {"Along-Dropped": refused.value})
    name = "outcome" if isinstance(event.fact, ConversionReported) else str(event.fact.__struct_config__.tag)
    return Answer(202, {"Along-Kept": name})


def failed(error: Exception) -> Answer:
    """The answer when something other than the note was wrong: come again, or it is our fault."""
    if isinstance(error, Refusal):
        return Answer(error.code or 400, {}, error.description or "")
    if passes(error):
        log_later(error)
        return Answer(503, {"Retry-After": "1"}, say(ENGLISH, "errors.503.say"))
    log.exception("a note failed")
    return Answer(500, {}, say(ENGLISH, "errors.500.say"))


def body_of(answer: Answer) -> bytes:
    """Nothing, or the sentence as every program's error reads."""
    return msgspec.json.encode(problem(answer.status, answer.message)[0]) if answer.message else b""


class NotesFirst:
    """WSGI in front of Flask: the same handler for servers that speak only WSGI, without what Flask does for pages."""

    def __init__(self, pages: WSGIApplication, known: Parts):
        self._pages = pages
        self._known = known

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a note; hand everything else on."""
        if (environ["REQUEST_METHOD"], environ.get("PATH_INFO")) != DOOR:
            return self._pages(environ, start_response)
        answer = answer_to(self._known, environ)
        body = body_of(answer)
        kind = [("Content-Type", "application/json")] if body else []
        headers = [*ALWAYS, *answer.headers.items(), *kind, ("Content-Length", str(len(body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return (body,)


def answer_to(known: Parts, environ: WSGIEnvironment) -> Answer:
    """Take a note in, and wait for its commit."""
    if known.collector.is_full:  # before any work: under too much load a refusal must be cheap
        return failed(Busy())
    headers = {name: environ[key] for name, key in ENVIRON.items() if key in environ}
    try:
        event = read(known, headers, _body(environ))
        outcome: Future[Kept] = known.collector.offer(event)
        return acknowledge(event, outcome.result(timeout=ACK_TIMEOUT_S))
    except Dropped as dropped:
        return _counted(known, dropped)
    except Exception as error:
        return failed(error)


def _counted(known: Parts, dropped: Dropped) -> Answer:
    try:
        count(known, dropped).result(timeout=ACK_TIMEOUT_S)
    except Exception as error:
        return failed(error)
    return told(dropped)


def _body(environ: WSGIEnvironment) -> bytes:
    """The request's body, read no further than it may be long; without a length only what the server ends itself."""
    length = environ.get("CONTENT_LENGTH") or (MAX_BODY + 1 if environ.get("wsgi.input_terminated") else 0)
    try:
        body: bytes = environ["wsgi.input"].read(min(int(length), MAX_BODY + 1))
    except (ValueError, OSError) as error:
        raise Refusal(400, "The connection ended before the body did.") from error
    return body


@bp.post("/v1/notes")
def notes() -> Response:
    """The address in Flask's own map, for browsers that ask first (OPTIONS); `NotesFirst` stands before it."""
    answer = answer_to(parts(), request.environ)
    return Response(body_of(answer), answer.status, dict((*ALWAYS, *answer.headers.items())))

"""`POST /v1/notes`: what browsers report. The same handler serves the ASGI route and Flask.

decode → whose site → verify the token → ask the gates → offer the fact → answer after the commit
"""

from collections.abc import Mapping
from concurrent.futures import Future

import msgspec
from flask import Blueprint, Response, request
from msgspec import Struct

from passalong.core.facts import Event, Fact, LinkShared, LinkVisited, input_hash
from passalong.core.identity import advocate_id_of
from passalong.core.integrity import first_refusal
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.flow.manage import is_on_site
from passalong.flow.record import Kept
from passalong.flow.refuse import count_refusal
from passalong.store.sites import Site
from passalong.tokens import BadToken
from passalong.web import wire
from passalong.web.errors import Refusal
from passalong.web.parts import Parts, parts

bp = Blueprint("notes", __name__)
BROWSER = "browser"
ACK_TIMEOUT_S = 20
HEADERS = ("user-agent", "sec-purpose", "purpose", "sec-gpc", "origin")
"""What `read` looks at; the rest of a request's headers need not be unpacked."""


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


Note = VisitNote | ShareNote
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
    page = wire.clean_page(note.page) if isinstance(note, VisitNote) else ""
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
    fact = _fact(site, note, share_id, page, refused)
    said = input_hash(**msgspec.structs.asdict(note) | {"guest": None, "kind": type(note).__name__})
    return Event(site.site_id, BROWSER, note.id, 0, said, fact)


def _fact(site: Site, note: Note, share_id: str, page: str, refused: Reason | None) -> Fact:
    if isinstance(note, ShareNote):
        return LinkShared(share_id=share_id, to=note.to, refused=refused)
    advocate_id = advocate_id_of(site.site_id, note.guest) if note.guest else None
    return LinkVisited(
        share_id=share_id, visitor_id=note.visitor, page_url=page, advocate_id=advocate_id, refused=refused
    )


def drop(known: Parts, dropped: Dropped) -> Answer:
    """Count what was dropped; 202, with the reason."""
    count_refusal(known.db, known.clock, dropped.site, dropped.kind, dropped.reason, dropped.detail)
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
    return Answer(202, {"Along-Kept": str(event.fact.__struct_config__.tag)})


@bp.post("/v1/notes")
def notes() -> Response:
    """A note, where Flask alone serves."""
    known = parts()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        event = read(known, headers, request.get_data())
        outcome: Future[Kept] = known.collector.offer(event)
        answer = acknowledge(event, outcome.result(timeout=ACK_TIMEOUT_S))
    except Dropped as dropped:
        answer = drop(known, dropped)
    if answer.status >= 400:
        raise Refusal(answer.status, answer.message)
    return Response(status=answer.status, headers=answer.headers)

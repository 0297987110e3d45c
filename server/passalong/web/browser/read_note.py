"""Read a note: from the body of `POST /v1/notes` to an event, in the steps of `STEPS`.

A step raises `RefusalError` (the note is malformed: 400, 404, 413) or `DroppedNoteError` (the note is understood but is
no fact: it is counted), or sets `refused` (the note becomes a fact that does not count). docs/wire.md lists the
reasons.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from passalong.core.facts import ConversionReported, Event, Fact, LinkShared, LinkVisited, input_hash, new_event
from passalong.core.identity import advocate_id_of
from passalong.core.integrity.gates import Seen, first_refusal, refuse_opted_out
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.core.thanks.facts import LinkThanked
from passalong.core.tries.facts import TryReported
from passalong.flow.owners.sites import is_on_site
from passalong.flow.tries.events import TRY
from passalong.lib.tokens import BadTokenError
from passalong.lib.try_tokens import TryToken, read_try
from passalong.store.sites import Site
from passalong.web.http import wire
from passalong.web.http.services import Services

BROWSER = "browser"
"""The source of facts that browsers report."""
A_LINK = "a link that was used"
"""The detail of a dropped note that names no page."""


class VisitNote(wire.Body, frozen=True, tag="visit", tag_field="kind"):
    """A visitor looks at a page that they reached with this token."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    visitor: wire.NoteId
    page: wire.Page
    guest: wire.Guest | None = None
    hidden: bool = False


class ShareNote(wire.Body, frozen=True, tag="share", tag_field="kind"):
    """An advocate used the link that they were given."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    guest: wire.Guest
    to: wire.Target


Outcome = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9_]{0,31}\Z",
        description="what happened, such as `signup`: small letters, digits and `_`, at most 32",
    ),
]


class OutcomeNote(wire.Body, frozen=True, tag="outcome", tag_field="kind"):
    """A conversion that a browser reports (`along.outcome`); anybody can send one, so its goal is named `browser_…`."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    visit: wire.NoteId
    goal: Outcome
    page: wire.Page


class ThanksNote(wire.Body, frozen=True, tag="thanks", tag_field="kind"):
    """A person of this visit thanks everyone who carried the link."""

    site: wire.Key
    id: wire.NoteId
    token: wire.Token
    visit: wire.NoteId


Note = VisitNote | ShareNote | OutcomeNote | ThanksNote
_decoder = msgspec.json.Decoder(Note)


class DroppedNoteError(Exception):
    """A note that is understood and is no fact: counted, with a sample for the console."""

    def __init__(self, site: Site, reason: Reason, detail: str):
        super().__init__(reason.value)
        self.site, self.kind, self.reason, self.detail = site, "note", reason, detail


class Reading(Struct):
    """A note on its way through `STEPS`: the note, its site, and what the steps found out."""

    services: Services
    note: Note
    site: Site
    seen: Seen
    page: str = ""
    share_id: str = ""
    refused: Reason | None = None
    tried: TryToken | None = None


def read(services: Services, headers: Mapping[str, str], body: bytes) -> Event:
    """Return the event of a note; raises RefusalError (400, 404, 413) or DroppedNoteError."""
    note = wire.decode(body, _decoder)
    site = wire.open_site_of(services.sites, note.site)
    seen = wire.seen(headers, site, hidden=isinstance(note, VisitNote) and note.hidden)
    reading = Reading(services, note, site, seen)
    for step in STEPS:
        step(reading)
    return build_event(reading)


def clean_page(reading: Reading) -> None:
    """Strip the page's address of tracking parameters and of our own; malformed addresses are refused with 400."""
    if isinstance(reading.note, VisitNote | OutcomeNote):
        reading.page = wire.clean_page(reading.note.page, reading.site.dropped)


def check_consent(reading: Reading) -> None:
    """Drop a note of a browser that sends Global Privacy Control (`opted_out`)."""
    if refused := refuse_opted_out(reading.seen):
        raise DroppedNoteError(reading.site, refused, "")


def verify_token(reading: Reading) -> None:
    """Drop a note without a valid token of this site (`bad_signature`, `foreign_site`, `retired_key`).

    Notes with a token of try mode become facts of their own kind.
    """
    try:
        reading.share_id = wire.share_of(
            reading.services.keys, reading.services.sites, reading.site, reading.note.token
        )
    except BadTokenError as error:
        reading.tried = read_try(reading.services.keys, reading.site.site_id, reading.note.token)
        if reading.tried is not None:
            return
        detail = path_of(reading.page) if reading.page else A_LINK
        raise DroppedNoteError(reading.site, error.reason, detail) from None


def check_gates(reading: Reading) -> None:
    """Refuse other origins, bots, prefetches and hidden pages (`foreign_origin`, `bot`, `prefetch`, `not_visible`)."""
    reading.refused = first_refusal(reading.seen)


def check_page(reading: Reading) -> None:
    """Refuse a page that is not on the site (`foreign_origin`)."""
    if reading.page and reading.refused is None and not is_on_site(reading.site, reading.page):
        reading.refused = Reason.FOREIGN_ORIGIN


STEPS: tuple[Callable[[Reading], None], ...] = (
    clean_page,
    check_consent,
    verify_token,
    check_gates,
    check_page,
)


def build_event(reading: Reading) -> Event:
    """Build the event of a note that has passed all steps; the collector sets its time."""
    note = reading.note
    if reading.tried is not None:
        return _try_event(reading, reading.tried)
    if isinstance(note, OutcomeNote):
        sender_hash = input_hash(token=note.token, visit=note.visit, goal=note.goal)
        return new_event(
            note.site, BROWSER, f"{BROWSER}:{note.goal}:{note.visit}", sender_hash, _outcome(reading, note)
        )
    if isinstance(note, ThanksNote):
        sender_hash = input_hash(token=note.token, visit=note.visit, kind=ThanksNote.__name__)
        thanks = LinkThanked(reading.share_id, note.visit, reading.refused)
        return new_event(note.site, BROWSER, f"thanks:{note.visit}", sender_hash, thanks)
    sender_hash = input_hash(**msgspec.structs.asdict(note) | {"guest": None, "kind": type(note).__name__})
    return new_event(reading.site.site_id, BROWSER, note.id, sender_hash, _fact(reading, note))


def _try_event(reading: Reading, tried: TryToken) -> Event:
    """Build the fact of a note of try mode, which names no visitor."""
    note = reading.note
    sender_hash = input_hash(**msgspec.structs.asdict(note) | {"guest": None, "kind": type(note).__name__})
    share_id, refused = tried.share_id, reading.refused
    if isinstance(note, OutcomeNote):
        fact = TryReported("conversion", share_id, reading.page, goal=f"{BROWSER}_{note.goal}", refused=refused)
    elif isinstance(note, ShareNote):
        fact = TryReported("share", share_id, to=note.to, refused=refused)
    elif isinstance(note, ThanksNote):
        fact = TryReported("thanks", share_id, refused=refused)
    else:
        fact = TryReported("opened" if tried.opens else "visit", share_id, reading.page, refused=refused)
    return new_event(note.site, TRY, note.id, sender_hash, fact)


def _outcome(reading: Reading, note: OutcomeNote) -> ConversionReported:
    """Browsers cannot report a value, and only one conversion per goal and visit."""
    return ConversionReported(
        goal=f"{BROWSER}_{note.goal}",
        gross_micros=0,
        share_id=reading.share_id,
        visit_id=note.visit,
        refused=reading.refused,
        page_url=reading.page,
    )


def _fact(reading: Reading, note: VisitNote | ShareNote) -> Fact:
    if isinstance(note, ShareNote):
        return LinkShared(share_id=reading.share_id, to=note.to, refused=reading.refused)
    return LinkVisited(
        share_id=reading.share_id,
        visitor_id=note.visitor,
        page_url=reading.page,
        advocate_id=advocate_id_of(reading.site.site_id, note.guest) if note.guest else None,
        refused=reading.refused,
    )

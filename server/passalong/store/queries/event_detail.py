"""One event of the list: its line, its fact as it was recorded, and its receipt."""

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.facts import Event
from passalong.core.ledger.receipts import Receipt
from passalong.store import event_log
from passalong.store.attached import attached_metadata
from passalong.store.books import receipts, visits
from passalong.store.books.event_lines import EventLine
from passalong.store.schema.inspection import inspected

SOURCES = {
    "visit": "browser",
    "share": "browser",
    "thanks": "browser",
    "conversion": "api",
    "refund": "refund",
    "verdict": "verdict",
    "given": "by_hand",
    "use": "use",
    "claim": "portal",
}
"""The source of the fact behind each kind of subject."""


class EventDetail(Struct, frozen=True):
    """An event: `line` is None for receipts that the list does not show, `order` the conversion it belongs to.

    `metadata` is what was reported with a conversion, or stands with the link of a share or a visit.
    """

    subject: str
    line: EventLine | None
    event: Event | None
    receipt: Receipt | None
    order: str
    metadata: dict[str, str] = {}


class Step(Struct, frozen=True):
    """A visit that led to a result, or did not count: by whom the link was shared, when it was opened."""

    event_id: str
    at_ms: int | None
    page_url: str
    reason: str | None


def find_event(session: Session, site_id: str, subject: str) -> EventDetail | None:
    """Return one event; None if there is neither a line nor a receipt of it."""
    statement = select(inspected).where(inspected.c.site_id == site_id, inspected.c.subject == subject)
    row = session.execute(statement).one_or_none()
    line = EventLine(**{name: row._mapping[name] for name in EventLine.__struct_fields__}) if row else None
    receipt = receipts.latest(session, site_id, subject)
    if line is None and receipt is None:
        return None
    kind, _, event_id = subject.partition(":")
    source = SOURCES.get(kind)
    # The fact of a thank-you is named as its subject is: once a visit.
    event_id = subject if kind == "thanks" else event_id
    event = event_log.find_event(session, site_id, source, event_id) if source else None
    order = line.detail if line and line.kind == "refund" else ""
    share_id = getattr(event.fact, "share_id", None) if event and kind in ("visit", "share") else None
    about = f"{attached_metadata.LINK}:{share_id}" if share_id else subject
    metadata = attached_metadata.of(session, site_id, [about]).get(about, {})
    return EventDetail(subject, line, event, receipt, order, metadata)


def steps_of(session: Session, site_id: str, receipt: Receipt) -> list[Step]:
    """Return the visits that a receipt names, oldest first; those that did not count with their reason."""
    ignored = {entry.event_id: entry.reason for entry in receipt.ignored}
    named = {part.event_id for line in receipt.lines for part in line.parts} | ignored.keys()
    book = visits.VisitBook(session, site_id)
    book.prime_by_id(named)
    events = [(event_id, book.find(event_id)) for event_id in sorted(named)]
    steps = [
        Step(event_id, visit.at_ms if visit else None, visit.page_url if visit else "", ignored.get(event_id))
        for event_id, visit in events
    ]
    return sorted(steps, key=lambda step: step.at_ms or 0)

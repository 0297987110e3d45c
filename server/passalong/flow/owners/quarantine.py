"""Quarantined events: facts that could not be folded. They stay recorded, and are retried when an owner asks."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.flow.owners import changes
from passalong.flow.owners.desk import Desk, Signed
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.people.changes import Change

MOST = 20


class Quarantined(Struct, frozen=True):
    """A quarantined event with the error that kept it from being folded."""

    source: str
    event_id: str
    at_ms: int
    error: str


def quarantined(session: Session, site_id: str) -> Sequence[Quarantined]:
    """Return the oldest quarantined events, the first line of each error."""
    events = event_log.aside(session, site_id, MOST)
    return [Quarantined(source, event_id, at, error.splitlines()[0]) for source, event_id, at, error in events]


def retry(at: Desk, signed: Signed) -> int:
    """Queue all quarantined events again; returns their number. The worker folds them within half a minute."""
    site_id = at.site.site_id
    with writing(at.db) as session:
        count = event_log.put_back(session, site_id)
        if count:
            after = changes.state({"events": count})
            change = Change(site_id, signed.author, "events.retry", after=after, change_id=signed.once)
            changes.record_change(session, change, at.clock.now_ms())
    return count

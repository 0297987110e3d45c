"""Exports of a whole site: an entry in the audit log for each."""

from passalong.flow.owners.changes import record_change, state
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.people.changes import Change


def record_export(db: Database, clock: Clock, site_id: str, by: str, form: str) -> None:
    """Record that everything of a site was exported, and as which kind of file."""
    with writing(db) as session:
        change = Change(site_id, by, "data.export", site_id, "", state({"form": form}))
        record_change(session, change, clock.now_ms())

"""The desk of an owner: where decisions about events and people are made, each a fact and an entry of the audit log.

The fact is recorded first, by the collector; the entry follows in a transaction of its own. Both have ids that follow
from the form's id: sent twice, or again after a crash between the two, a form decides once and has one entry.
"""

from collections.abc import Mapping
from contextlib import suppress

from msgspec import Struct

from passalong.flow.ingest.collector import Collector
from passalong.flow.owners import changes
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.sites import Site


class Desk(Struct, frozen=True):
    """A site with what decisions about it need."""

    db: Database
    clock: Clock
    collector: Collector
    site: Site


class Signed(Struct, frozen=True):
    """The signature under a decision: its author, the reason if there is one, and the id of the form that made it.

    `actor` is who the audit log names, if that is not the author: the command line.
    """

    author: str
    note: str = ""
    once: str = ""
    actor: str = ""


def log(desk: Desk, signed: Signed, action: str, subject: str, after: Mapping[str, object]) -> None:
    """Add a decision that was recorded to the audit log, once."""
    change = Change(
        site_id=desk.site.site_id,
        actor=signed.actor or signed.author,
        action=action,
        subject=subject,
        after=changes.state({**after, **({"note": signed.note} if signed.note else {})}),
        change_id=signed.once,
    )
    with suppress(changes.AlreadyDoneError), writing(desk.db) as session:
        changes.record_change(session, change, desk.clock.now_ms())

"""A person's own choices: a name and who reads it, links that count no more, and everything erased."""

from contextlib import suppress

from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from passalong.clock import Clock
from passalong.core.names import public_name
from passalong.flow.carrier import Carrier
from passalong.flow.transaction import writing
from passalong.store import access, personal
from passalong.store.engine import Database

LONGEST_NAME = 80


class BadName(ValueError):
    """A name that cannot be shown."""


def keep_name(
    db: Database, site_id: str, advocate_id: str, name: str, *, shown: bool = False, greets: bool = False
) -> None:
    """Keep a name, and who reads it: those on the same path (`shown`), who comes by a link too (`greets`).

    It holds in all of this person's browsers at once. Raises BadName.
    """
    name, shown = " ".join(name.split()), shown or greets
    if shown:
        name = public_name(name)
    if len(name) > LONGEST_NAME or not all(letter.isprintable() for letter in name) or (shown and not name):
        raise BadName
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        before = personal.choices(session, site_id, mine)
        personal.choose(session, site_id, mine, replace(before, name=name, shown=shown, greets=greets))


def stop(db: Database, clock: Clock, site_id: str, advocate_id: str, *, stopped: bool) -> None:
    """Give out no links that count any more, or again."""
    with writing(db) as session:
        at_ms = clock.now_ms() if stopped else None
        mine = access.advocates_of(session, site_id, advocate_id)
        before = personal.choices(session, site_id, mine)
        personal.choose(session, site_id, mine, replace(before, stopped_at_ms=at_ms))


def erase(db: Database, clock: Clock, carrier: Carrier, site_id: str, advocate_id: str) -> None:
    """Erase the person: sums and proofs stay as they are, under ids that belong to nobody and open nothing.

    On SQLite what stood in the file and in its log is overwritten; where a reader is at work, that waits for the next
    time. On PostgreSQL the space is overwritten when the server cleans up (VACUUM). Mails that lie in a folder are
    deleted there; what a mail server took is with their provider.
    """
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        written_to = personal.erase(session, site_id, mine)
        at_ms = clock.now_ms()
        gone = personal.Choices(stopped_at_ms=at_ms, erased_at_ms=at_ms)
        personal.choose(session, site_id, mine, gone)
    carrier.forget(site_id, written_to)
    with suppress(OperationalError):  # somebody reads: what is in the log is overwritten by the next checkpoint
        db.tidy()

"""Record what happens in try mode, and delete it: facts like any other, which no sum is made from."""

from passalong.core.facts import Event, input_hash, new_event
from passalong.core.tries.facts import TriesDeleted, TryReported
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.transaction import writing
from passalong.lib.tokens import Keyring, new_secret
from passalong.lib.try_tokens import read_try
from passalong.store.books import tries
from passalong.store.engine import Database
from passalong.store.sites import Site

TRY = "try"
"""The source of facts of try mode: their ids are never those of real ones."""
TEST_GOAL = "test"
LONGEST_ID = 64


class NothingTriedError(ValueError):
    """There is no visit in try mode yet that a test result could belong to."""


def conversion_event(keys: Keyring, site: Site, event_id: str, goal: str, code: str | None) -> Event | None:
    """Return the event of a reported conversion whose code belongs to try mode; None for a real one."""
    try_token = read_try(keys, site.site_id, code.partition(".")[0]) if code else None
    if try_token is None:
        return None
    sender_hash = input_hash(id=event_id, goal=goal, code=code)
    fact = TryReported("conversion", try_token.share_id, goal=goal)
    return new_event(site.site_id, TRY, event_id, sender_hash, fact)


def send_test_conversion(db: Database, collector: Collector, site: Site, once: str = "") -> Kept:
    """Record a test result of the latest visit in try mode; the same form (`once`) again is a duplicate.

    Raises NothingTriedError.
    """
    with db.reading() as session:
        visit = tries.latest_of(session, site.site_id, "visit")
    if visit is None:
        raise NothingTriedError("Open a link that you shared in try mode first: the test result belongs to that visit.")
    fact = TryReported("conversion", visit.share_id, page_url=visit.page_url, goal=TEST_GOAL)
    event_id = once[:LONGEST_ID] or new_secret()
    return collector.record(site.site_id, TRY, event_id, fact, input_hash(id=event_id))


def delete_tries(db: Database, collector: Collector, site: Site, by: str) -> Kept:
    """Delete the links of try mode, and its events by a new fact: the log itself stays append-only."""
    with writing(db) as session:
        tries.delete_links(session, site.site_id)
    event_id = new_secret()
    return collector.record(site.site_id, TRY, event_id, TriesDeleted(by), input_hash(id=event_id))

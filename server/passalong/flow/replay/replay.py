"""Replaying: the whole log of a site folded once more, into an empty database beside the real one.

What was configured, the issued links and the numbered events are copied; everything else is made from them. Two uses:
compare what comes out (the journal must be the same, hash for hash), and rebuild read models that were lost.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from passalong.flow.fold.fold import fold_site, hold_turn
from passalong.flow.transaction import writing
from passalong.store import bulk, event_log
from passalong.store.engine import Database
from passalong.store.queries import digest
from passalong.store.schema.advocates import advocate_totals, advocates
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.guests import guests
from passalong.store.schema.journal import balances
from passalong.store.schema.links import issued_links, link_sent, link_totals, link_trees, site_links
from passalong.store.schema.rollups import day_money, day_totals, page_days, page_totals, site_counts, site_units
from passalong.store.schema.sites import sites
from passalong.store.schema.terms import terms, terms_withdrawals
from passalong.store.schema.thanks import early_thanks
from passalong.store.schema.visits import passed_on, reached

ROLLUPS = (
    balances,
    reached,
    passed_on,
    link_totals,
    link_trees,
    link_sent,
    page_totals,
    page_days,
    advocate_totals,
    unit_totals,
    day_totals,
    day_money,
    site_counts,
    site_units,
    early_thanks,
)
CONFIGURED = (sites, terms, terms_withdrawals, advocates, guests, issued_links, site_links)
BATCH = 2_000

MakeTables = Callable[[Database], None]
"""Brings an empty database to this version's tables (passalong.migrate.upgrade)."""


class Replay:
    """A replay of one site, as far as it has come; `seq` is the number of the last event that it has folded."""

    def __init__(self, site_id: str, fresh: Database):
        self.site_id = site_id
        self.fresh = fresh
        self.seq = 0

    def configure(self, reading: Session) -> None:
        """Copy what is not made from events; links that were issued meanwhile are added."""
        for table in CONFIGURED:
            rows = reading.execute(select(table).where(table.c.site_id == self.site_id)).mappings()
            with writing(self.fresh) as session:
                for part in rows.partitions(BATCH):
                    bulk.insert_missing(session, table, [dict(row) for row in part])

    def catch_up(self, reading: Session) -> None:
        """Fold every event that was numbered since, in the order in which it was folded."""
        self.configure(reading)
        while part := event_log.numbered_events(reading, self.site_id, self.seq, BATCH):
            with writing(self.fresh) as session:
                event_log.append_in_order(session, part)
            while fold_site(self.fresh, self.site_id, decides=False):
                pass
            self.seq = part[-1][0]


@contextmanager
def replayed(db: Database, site_id: str, make_tables: MakeTables) -> Iterator[Replay]:
    """A replay of all that was folded until now, in a database of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="passalong-replay-") as folder:
        fresh = Database(f"sqlite:///{Path(folder) / 'replay.sqlite3'}")
        try:
            make_tables(fresh)
            replay = Replay(site_id, fresh)
            with db.reading() as reading:
                replay.catch_up(reading)
            yield replay
        finally:
            fresh.close()


def compare(db: Database, site_id: str, make_tables: MakeTables) -> tuple[str, str]:
    """The journal's digest as it stands, and as a replay makes it; they are the same when all is well."""
    with replayed(db, site_id, make_tables) as replay, writing(db) as session:
        hold_turn(session, site_id)
        replay.catch_up(session)
        stands = digest.journal_digest(session, site_id)
        with replay.fresh.reading() as reading:
            return stands, digest.journal_digest(reading, site_id)


def rebuild_rollups(db: Database, site_id: str, make_tables: MakeTables) -> int:
    """Replace the site's rollups by those of a replay, in one transaction; returns how many rows they have.

    The long part runs beside the server; then the site's turn is held, what came in meanwhile is caught up, and all
    is swapped at once.
    """
    with replayed(db, site_id, make_tables) as replay, writing(db) as session:
        hold_turn(session, site_id)
        replay.catch_up(session)
        return sum(_swap(session, replay, table) for table in ROLLUPS)


def _swap(session: Session, replay: Replay, table: Table) -> int:
    session.execute(delete(table).where(table.c.site_id == replay.site_id))
    count = 0
    with replay.fresh.reading() as reading:
        rows = reading.execute(select(table).where(table.c.site_id == replay.site_id)).mappings()
        for part in rows.partitions(BATCH):
            bulk.insert_all(session, table, [dict(row) for row in part])
            count += len(part)
    return count

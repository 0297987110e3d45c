"""The unit of work: one writing transaction, committed at the end or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site


@contextmanager
def writing(db: Database) -> Iterator[Session]:
    """A session whose changes are committed when the block ends, and rolled back when it raises.

    On SQLite the writer's single connection makes this the process-wide write lock.
    """
    with Session(db.writer, autoflush=False) as session:
        yield session
        session.commit()


@contextmanager
def changing_site(db: Database, clock: Clock, site_id: str) -> Iterator[tuple[Session, Site | None, int]]:
    """Open a transaction that holds the lock of a site's row, with the site and the time, which is read under the lock.

    So changes of one site stand in the order of their times. The site is None where there is none.
    """
    with writing(db) as session:
        site = sites.lock_site(session, site_id)
        yield session, site, clock.now_ms()

"""The unit of work: one writing transaction, committed at the end or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from passalong.store.engine import Database


@contextmanager
def writing(db: Database) -> Iterator[Session]:
    """A session whose changes are committed when the block ends, and rolled back when it raises.

    On SQLite the writer's single connection makes this the process-wide write lock.
    """
    with Session(db.writer, autoflush=False) as session:
        yield session
        session.commit()

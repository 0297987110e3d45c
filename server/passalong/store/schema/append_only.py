"""Lift the triggers that keep recorded tables as they are, for the one path that rewrites them: the upgrade."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session


@contextmanager
def lifted(session: Session, tables: Sequence[str]) -> Iterator[None]:
    """Within the block rows of these tables may be deleted; the triggers are back before the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        for name in tables:
            session.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        for name in tables:
            session.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    rows = session.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    triggers = [row for row in rows if row.tbl_name in tables]
    for row in triggers:
        session.execute(text(f"DROP TRIGGER {row.name}"))
    yield
    for row in triggers:
        session.connection().exec_driver_sql(row.sql)

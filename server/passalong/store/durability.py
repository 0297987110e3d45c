"""Durability settings of the database, checked at the start: an acknowledged fact must survive a power cut.

In simulated power cuts SQLite with `synchronous=NORMAL` lost acknowledged facts more often than not, with FULL never.
"""

from sqlalchemy import Connection

from passalong.store.engine import Database

POSTGRES = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply", "remote_write")}
FULL = 2


def weaknesses(db: Database) -> list[str]:
    """Return one sentence for each setting under which an acknowledged fact could be lost."""
    with db.writer.connect() as connection:
        return _sqlite(connection) if db.is_sqlite else _postgres(connection)


def _sqlite(connection: Connection) -> list[str]:
    journal_mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    synchronous = int(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0)
    problems = []
    if journal_mode != "wal":
        problems.append(f"SQLite's journal_mode is {journal_mode}, not wal: keep the database on a local disk.")
    if synchronous < FULL:
        problems.append(f"SQLite's synchronous is {synchronous}, not FULL.")
    return problems


def _postgres(connection: Connection) -> list[str]:
    problems = []
    for name, good in POSTGRES.items():
        value = str(connection.exec_driver_sql(f"SHOW {name}").scalar())
        if value not in good:
            problems.append(f"PostgreSQL's {name} is {value}: set it to {good[0]}.")
    return problems

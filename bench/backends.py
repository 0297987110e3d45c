"""The processor time that PostgreSQL spends: it works in processes of its own, one for each connection."""

from pathlib import Path

from sqlalchemy import text

from passalong.store.engine import Database

CLIENTS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


def spent_by_the_database_ns(db: Database) -> int:
    """Return the processor time of all connections to a database, as Linux counts it; 0 on SQLite, ns."""
    if db.is_sqlite:
        return 0
    with db.reading() as session:
        pids = session.scalars(text(CLIENTS)).all()
    return sum(_spent_ns(Path(f"/proc/{pid}/schedstat")) for pid in pids)


def _spent_ns(count: Path) -> int:
    """Return the first of the three figures; 0 for a process that has just ended."""
    return int(count.read_text().split()[0]) if count.exists() else 0

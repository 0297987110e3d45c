"""Copy a SQLite database while it is written to, so that a signal can end the copy at any time."""

import sqlite3
from contextlib import closing
from pathlib import Path

from passalong.flow.backup.manifest import BadBackupError

STEP_PAGES = 4_096
"""Pages (16 MB) that are copied in one step."""
CHECK_OPCODES = 1_000_000
"""Instructions of SQLite's virtual machine that are one step of the check."""


def copy(source: Path, target: Path) -> None:
    """Copy the database as it is at the first read, and check the copy. Raises BadBackupError for a damaged one.

    One read transaction spans all steps: in WAL mode writers go on meanwhile, and their commits do not make the copy
    start over. Between two steps Python runs the handlers of signals, which may raise.
    """
    try:
        with closing(sqlite3.connect(source, timeout=60)) as reading, closing(sqlite3.connect(target)) as writing:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            reading.backup(writing, pages=STEP_PAGES, progress=_between_steps)
            writing.execute("PRAGMA journal_mode = DELETE").fetchall()
            writing.set_progress_handler(_between_steps, CHECK_OPCODES)
            (result,) = writing.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise  # a full disk or a lock, not damage
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise BadBackupError(f"The database is damaged, and a backup of it would be, too: {result[:200]}.")


def _between_steps(*_: object) -> None:
    """Do nothing, in Python: that is when the handlers of signals run."""

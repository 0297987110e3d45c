"""The lock that keeps a SQLite database to one server: two would fold and send mail beside each other."""

import fcntl
import math
import os
import time
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

from passalong.settings import Settings

POLL_S = 0.05
SIBLING_S = 10.0
"""Workers that begin within so many seconds are several of one server, and not one that replaces another."""


class AnotherServerError(Exception):
    """Another server has the database; the text says which, and what to do."""


def lock_file(settings: Settings) -> Path | None:
    """Return the file whose lock a server holds; None on PostgreSQL."""
    database = _database(settings)
    return database and database.with_name(f".{database.name}.server.lock")


def _database(settings: Settings) -> Path | None:
    url = make_url(settings.database_url)
    return Path(url.database).resolve() if url.get_backend_name() == "sqlite" and url.database else None


def lock_database(settings: Settings, successor_waits_s: float = 0.0) -> IO[str] | None:
    """Lock the database of these settings; None on PostgreSQL, which many servers may share. Commands do not lock it.

    The lock lasts as long as the file is open here or in a forked process. Where the holder is another worker of the
    same master, which may be about to end, it is waited for: one that has the lock for a while as long as its last
    requests take, because a worker that gives up ends the master. Raises AnotherServerError.
    """
    path = lock_file(settings)
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    waits_s = successor_waits_s if time.time() - os.fstat(file.fileno()).st_mtime < SIBLING_S else math.inf
    until = time.monotonic() + waits_s
    while not _is_locked(file):
        if not _is_of_our_master(file) or time.monotonic() >= until:
            file.close()
            raise AnotherServerError(
                f"Another server runs on {_database(settings)}: end it first, or choose another folder with "
                "PASSALONG_DATA. Several servers or processes on one database need PostgreSQL."
            )
        time.sleep(POLL_S)
    file.truncate(0)
    file.write(str(os.getppid()))
    file.flush()
    return file


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_of_our_master(file: IO[str]) -> bool:
    file.seek(0)
    return file.read() == str(os.getppid())

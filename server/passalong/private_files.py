"""Private files: addresses, bank accounts and secrets are readable by the server's user alone (umask 077, and a
check)."""

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from passalong.settings import Settings

UMASK = 0o077
OTHERS = 0o077
MOST_NAMED = 20
"""The most paths listed; one command fixes them all."""


def keep_private() -> None:
    """Set the umask so that new files are readable by this user alone."""
    os.umask(UMASK)


def exposed_files(settings: Settings) -> list[str]:
    """Return one sentence for each file or folder of this instance that other users can open."""
    exposed = [path for path in _files(settings) if path.exists() and path.stat().st_mode & OTHERS]
    lines = [
        f"Other users can open {path} (mode {path.stat().st_mode & 0o777:04o}): run chmod go-rwx {path}"
        for path in exposed[:MOST_NAMED]
    ]
    more = len(exposed) - MOST_NAMED
    return [*lines, f"And {more} more: run chmod -R go-rwx {settings.data_dir}"] if more > 0 else lines


def _files(settings: Settings) -> Iterator[Path]:
    """Return the data folder with everything in it, and the database and the heads file if they are elsewhere."""
    yield settings.data_dir
    yield from sorted(settings.data_dir.rglob("*"))
    elsewhere = [settings.heads_file]
    database = make_url(settings.database_url)
    if database.get_backend_name() == "sqlite" and database.database:
        elsewhere += [Path(f"{database.database}{end}").absolute() for end in ("", "-wal", "-shm")]
    yield from (path for path in elsewhere if not path.is_relative_to(settings.data_dir))

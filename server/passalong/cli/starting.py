"""Checks of `passalong serve` before it starts: no other server has the database, and backups can be written."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from passalong.cli.common import CommandError
from passalong.data_files import unusable_files, unusable_heads
from passalong.flow.backup.schedule import why_not_writable
from passalong.private_files import exposed_files
from passalong.server_lock import AnotherServerError, lock_database
from passalong.settings import Settings


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the lock of a SQLite database. The worker is forked and shares it. Raises CommandError."""
    try:
        lock = lock_database(settings)
    except AnotherServerError as error:
        raise CommandError(str(error)) from None
    with lock or nullcontext():
        yield


def warn_about_backups(settings: Settings) -> None:
    """Say in one line that scheduled backups cannot be written; the server starts all the same."""
    folder = settings.backup.folder
    if folder is not None and (why := why_not_writable(folder)):
        print(f"passalong: {why}", file=sys.stderr, flush=True)


def warn_about_files(settings: Settings) -> None:
    """Say in a line each which files beside the database are not in order; the server starts all the same."""
    exposed = exposed_files(settings)
    for line in (*unusable_heads(settings), *unusable_files(settings), *exposed[:1]):
        print(f"passalong: {line}", file=sys.stderr, flush=True)
    if len(exposed) > 1:
        print("passalong: That is not the only one: `passalong db check` names them all.", file=sys.stderr, flush=True)

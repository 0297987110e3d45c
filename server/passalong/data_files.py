"""The small files beside the database, locks and notes: which of them cannot be used."""

import os
from collections.abc import Iterator
from pathlib import Path

from passalong.flow.backup.files import LAST
from passalong.flow.backup.schedule import is_readable
from passalong.server_lock import lock_file
from passalong.settings import Settings

UPGRADE_LOCK = ".upgrade.lock"


def unusable_files(settings: Settings) -> list[str]:
    """Return one sentence for each lock or note that this user cannot read and write, or that is damaged."""
    return [*_not_usable(settings), *_damaged(settings.data_dir / LAST)]


def unusable_heads(settings: Settings) -> Iterator[str]:
    """Yield one sentence if the file of heads is there and this user cannot append to it."""
    path = settings.heads_file
    if path.exists() and not _is_usable(path):
        yield f"No head is kept: {path} is not a file that this user can read and write. Restore it from your backup."


def _not_usable(settings: Settings) -> Iterator[str]:
    for path in (settings.data_dir / UPGRADE_LOCK, lock_file(settings), settings.data_dir / LAST):
        if path is not None and path.exists() and not _is_usable(path):
            yield f"{path} is not a file that this user can read and write: stop the server, then delete it."


def _damaged(path: Path) -> Iterator[str]:
    if path.is_file() and os.access(path, os.R_OK) and not is_readable(path):
        yield f"{path} is damaged: delete it, and the next backup is noted anew."


def _is_usable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK | os.W_OK)

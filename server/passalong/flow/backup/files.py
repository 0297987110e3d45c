"""The data folder's other files: those that belong into a backup beside the database, the heads and the keys."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from sqlalchemy import make_url

from passalong.flow.backup.manifest import FILES, HEADS, is_member_name
from passalong.key_files import LEDGER_KEYS, LINK_KEYS

SUFFIX = ".backup"
"""How the names of backups end."""
ASIDE = "before-restore-"
"""How the names of folders with replaced data begin."""
LAST = "last-backup.json"
KEY_FILES = (LINK_KEYS.file, LEDGER_KEYS.file)


class Place(Struct, frozen=True):
    """Where an instance keeps its data: the folder, the file of heads, and the database's URL."""

    folder: Path
    heads: Path
    database_url: str

    @property
    def database(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        url = make_url(self.database_url)
        return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None


def others(place: Place) -> Iterator[Path]:
    """Return the other files of the data folder: mails of the folder `outbox`, the archive of an old journal."""
    for path in sorted(place.folder.rglob("*")):
        inside = path.relative_to(place.folder)
        if path.is_symlink() or not path.is_file() or not is_member_name(inside.as_posix()):
            continue
        if inside.parts[0].startswith(ASIDE) or path.suffix == SUFFIX or _is_known(place, path):
            continue
        yield path


def _is_known(place: Place, path: Path) -> bool:
    database = place.database
    beside = {database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")} if database else ()
    return path == place.heads or path in beside or path.name in (*KEY_FILES, LAST)


def copy_files(place: Place, folder: Path) -> None:
    """Copy the heads and the other files into a folder, as members. Before the database: heads must not be newer."""
    if place.heads.exists():
        shutil.copyfile(place.heads, folder / HEADS)
    for path in others(place):
        target = folder / FILES / path.relative_to(place.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # deleted meanwhile, as an erasure does with mails
            shutil.copyfile(path, target)

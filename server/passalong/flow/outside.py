"""Heads outside the database: a file that only grows, and an address that is told. An old copy of the database has
fewer heads than they do, and a rewritten one has others.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

import msgspec
import structlog
from msgspec.structs import replace

from passalong import outbound
from passalong.core.seals import Head
from passalong.flow.transaction import writing
from passalong.store import heads
from passalong.store.engine import Database
from passalong.store.heads import Sealed, Told

BATCH = 500
AT_ONCE = 100
"""Heads that one POST tells."""
LONGEST_PAUSE_MS = 3_600_000

log = structlog.get_logger()


class BadFile(Exception):
    """A line of the outside file is not a head; says which."""


def read_heads(path: Path) -> Iterator[Head]:
    """The heads in the outside file, in order; none if there is no file. Raises BadFile.

    A last line without its end was being written when the machine stopped, and is no line yet.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                yield _head(line, number, path)


def _head(line: bytes, number: int, path: Path) -> Head:
    try:
        return msgspec.json.decode(line, type=Head)
    except msgspec.MsgspecError:
        raise BadFile(f"Line {number} of {path} is not a head.") from None


class HeadsFile:
    """The outside file. Processes that append take turns; what is there is read once and remembered."""

    def __init__(self, path: Path):
        self.path = path
        self._sizes: dict[str, int] = {}
        self._read_to = 0

    def keep(self, db: Database, site_id: str) -> int:
        """Append the site's heads that are not in the file yet, fsynced; returns how many.

        A database that has fewer heads than the file is an old copy, and nothing is appended for it.
        """
        with self._locked() as file:
            self._catch_up(file)
            known = self._sizes.get(site_id, 0)
            with db.reading() as session:
                newest = heads.newest(session, site_id)
                if newest is None or newest.head.size <= known:
                    self._warn(site_id, newest, known)
                    return 0
                found = heads.after(session, site_id, known, BATCH)
            file.write(b"".join(msgspec.json.encode(sealed.head) + b"\n" for sealed in found))
            file.flush()
            os.fsync(file.fileno())
        return len(found)

    def _warn(self, site_id: str, newest: Sealed | None, known: int) -> None:
        if known > (newest.head.size if newest else 0):
            log.error("the database is older than the file of heads", site=site_id, file_has=known)

    @contextmanager
    def _locked(self) -> Iterator[BufferedRandom]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _catch_up(self, file: BufferedRandom) -> None:
        """Read what others appended, and stand at the end; half a line at the end is cut off."""
        if os.fstat(file.fileno()).st_size < self._read_to:
            self._sizes, self._read_to = {}, 0
        file.seek(self._read_to)
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                file.truncate(self._read_to)
                break
            head = _head(line, number, self.path)
            self._sizes[head.site] = max(head.size, self._sizes.get(head.site, 0))
            self._read_to += len(line)
        file.seek(self._read_to)


def tell(db: Database, site_id: str, url: str, now_ms: int, *, private: bool = False) -> int:
    """POST the site's heads that the address has not taken yet; returns how many it took now.

    What fails is tried again, after twice as long each time, up to an hour.
    """
    with db.reading() as session:
        told = heads.told(session, site_id)
        found = [sealed.head for sealed in heads.after(session, site_id, told.size, AT_ONCE)]
    if not found or now_ms < told.next_at_ms:
        return 0
    try:
        outbound.post_json(url, msgspec.json.encode({"heads": found}), private=private)
        told = Told(found[-1].size)
    except outbound.CannotSend as error:
        log.warning("heads could not be told", site=site_id, because=str(error), failures=told.failures + 1)
        pause_ms = min(1_000 * 2 ** min(told.failures, 20), LONGEST_PAUSE_MS)
        told = replace(told, failures=told.failures + 1, next_at_ms=now_ms + pause_ms)
    with writing(db) as session:
        heads.keep_told(session, site_id, told)
    return 0 if told.failures else len(found)

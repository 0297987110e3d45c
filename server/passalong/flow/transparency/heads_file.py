"""Heads outside the database: a file that only grows, and an address that is told.

An old copy of the database has fewer heads than they do, and a rewritten one has others.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from passalong.core.transparency.leaves import Head, LastHead
from passalong.core.transparency.records import RecordHead
from passalong.flow.transaction import writing
from passalong.lib import http_client
from passalong.store.engine import Database
from passalong.store.transparency import heads, records
from passalong.store.transparency.heads import Sealed, Told

BATCH = 500
AT_ONCE = 100
"""Heads that one POST tells."""
LONGEST_PAUSE_MS = 3_600_000

log = structlog.get_logger()


class BadHeadsFileError(Exception):
    """The outside file cannot be used; says why."""


class Kept(Struct, frozen=True):
    """The file's content for a site: the size of its greatest head, and the number of heads."""

    size: int = 0
    count: int = 0


class _Kind(Struct):
    """The kind of a line of the file; a head over journal lines names none."""

    kind: str = "lines"


Line = Head | RecordHead | LastHead
KINDS: dict[str, type[Line]] = {"lines": Head, "records": RecordHead, "last": LastHead}


def read_heads(path: Path) -> Iterator[Head]:
    """The heads over journal lines in the outside file, in order. Raises BadHeadsFileError."""
    return (line for line in read_lines(path) if isinstance(line, Head))


def read_lines(path: Path) -> Iterator[Line]:
    """Every line of the outside file, in order; none if there is no file. Raises BadHeadsFileError.

    A last line without its end was being written when the machine stopped, and is no line yet.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                yield _line(line, number, path)


def kept_in(path: Path) -> dict[str, Kept]:
    """Return the content of the outside file for each site, and change nothing. Raises BadHeadsFileError."""
    sites: dict[str, Kept] = {}
    for head in read_heads(path):
        _count(sites, head)
    return sites


def _count(sites: dict[str, Kept], line: Head | RecordHead) -> None:
    place = sites.get(line.site, Kept())
    sites[line.site] = Kept(max(line.size, place.size), place.count + 1)


def _line(line: bytes, number: int, path: Path) -> Line:
    try:
        return msgspec.json.decode(line, type=KINDS[msgspec.json.decode(line, type=_Kind).kind])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError):
        raise BadHeadsFileError(f"Line {number} of {path} is not a head.") from None


class HeadsFile:
    """The outside file. Processes that append take turns; what is there is read once and remembered."""

    def __init__(self, path: Path):
        self.path = path
        self._kept: dict[str, Kept] = {}
        self._kept_records: dict[str, Kept] = {}
        self._read_to = 0

    def kept(self, site_id: str) -> Kept:
        """Return the file's content for a site now.

        Raises BadHeadsFileError if it lost lines that were there before.
        """
        if self.path.exists() or self._read_to:
            with self._locked() as file:
                self._catch_up(file)
        return self._kept.get(site_id, Kept())

    def keep(self, db: Database, site_id: str) -> int:
        """Append the site's heads that are not in the file yet, fsynced; returns how many.

        A database that has fewer heads than the file is an old copy, and nothing is appended for it.
        """
        with self._locked() as file:
            self._catch_up(file)
            size = self._kept.get(site_id, Kept()).size
            with db.reading() as session:
                newest = heads.newest(session, site_id)
                if newest is None or newest.head.size <= size:
                    self._warn(site_id, newest, size)
                    return 0
                batch = heads.after(session, site_id, size, BATCH)
            _append(file, *(sealed.head for sealed in batch))
        return len(batch)

    def kept_records(self, site_id: str) -> Kept:
        """Return a site's heads over records in the file, as far as it was read."""
        return self._kept_records.get(site_id, Kept())

    def keep_records(self, db: Database, site_id: str) -> int:
        """Append the site's heads over records that are not in the file yet, fsynced; returns how many."""
        with self._locked() as file:
            self._catch_up(file)
            with db.reading() as session:
                batch = records.after(session, site_id, self.kept_records(site_id).size, BATCH)
            _append(file, *(sealed.head for sealed in batch))
        return len(batch)

    def keep_all(self, db: Database, site_id: str) -> None:
        """Append every head of a site that is not in the file yet."""
        while self.keep_records(db, site_id):
            pass
        while self.keep(db, site_id):
            pass

    def keep_last(self, head: LastHead) -> None:
        """Append the last head of a site that is removed, fsynced."""
        with self._locked() as file:
            self._catch_up(file)
            _append(file, head)

    def _warn(self, site_id: str, newest: Sealed | None, size: int) -> None:
        if size > (newest.head.size if newest else 0):
            log.error("the database is older than the file of heads", site=site_id, file_has=size)

    @contextmanager
    def _locked(self) -> Iterator[BufferedRandom]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _catch_up(self, file: BufferedRandom) -> None:
        """Read what others appended, and stand at the end; half a line at the end is cut off."""
        if os.fstat(file.fileno()).st_size < self._read_to:
            raise BadHeadsFileError(
                f"{self.path} lost lines while the server ran: put it back as it was, and start again."
            )
        file.seek(self._read_to)
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                file.truncate(self._read_to)
                break
            self._remember(_line(line, number, self.path))
            self._read_to += len(line)
        file.seek(self._read_to)

    def _remember(self, line: Line) -> None:
        if isinstance(line, LastHead):
            return
        _count(self._kept if isinstance(line, Head) else self._kept_records, line)


def _append(file: BufferedRandom, *lines: Line) -> None:
    file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    file.flush()
    os.fsync(file.fileno())


def tell(db: Database, site_id: str, url: str, now_ms: int, *, private: bool = False) -> int:
    """POST the site's heads that the address has not taken yet; returns how many it took now.

    What fails is tried again, after twice as long each time, up to an hour.
    """
    with db.reading() as session:
        progress = heads.told(session, site_id)
        batch = [sealed.head for sealed in heads.after(session, site_id, progress.size, AT_ONCE)]
    if not batch or now_ms < progress.next_at_ms:
        return 0
    try:
        http_client.post_json(url, msgspec.json.encode({"heads": batch}), private=private)
        progress = Told(batch[-1].size)
    except http_client.SendError as error:
        log.warning("heads could not be told", site=site_id, because=str(error), failures=progress.failures + 1)
        pause_ms = min(1_000 * 2 ** min(progress.failures, 20), LONGEST_PAUSE_MS)
        progress = replace(progress, failures=progress.failures + 1, next_at_ms=now_ms + pause_ms)
    with writing(db) as session:
        heads.keep_told(session, site_id, progress)
    return 0 if progress.failures else len(batch)

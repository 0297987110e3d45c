"""Scheduled backups: made by a process of their own, kept by count and age; the last one is noted beside the data."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.backup.files import LAST, SUFFIX
from passalong.flow.backup.make import Made
from passalong.lib.clock import Clock
from passalong.settings import BackupSettings

LOOK_S = 30.0
HOUR_MS = 3_600_000
LONGEST_S = 6 * 3_600
NAME = "passalong-%Y%m%dT%H%M%SZ" + SUFFIX
log = structlog.get_logger()


class Last(Struct, frozen=True):
    """The last backup that was made, and the last one that failed."""

    moment_ms: int | None = None
    file: str = ""
    size: int = 0
    failed_ms: int | None = None
    because: str = ""


class Watched(Struct, frozen=True):
    """Where the last backup is noted, and how often there should be one; None if none are scheduled."""

    data_dir: Path
    every_h: int | None

    def last(self) -> Last:
        """Return what is known about the last backup."""
        return last_of(self.data_dir)

    def is_late(self, now_ms: int) -> bool:
        """True if a scheduled backup failed, or is overdue by more than a period."""
        last = self.last()
        if self.every_h is None:
            return False
        if (last.failed_ms or 0) > (last.moment_ms or 0):
            return True
        return last.moment_ms is not None and now_ms - last.moment_ms > 2 * self.every_h * HOUR_MS


def last_of(data_dir: Path) -> Last:
    """Return what is noted beside the data."""
    try:
        return msgspec.json.decode((data_dir / LAST).read_bytes(), type=Last)
    except (OSError, msgspec.MsgspecError):
        return Last()


def is_readable(path: Path) -> bool:
    """True if this file is a note of a last backup. Raises OSError."""
    try:
        msgspec.json.decode(path.read_bytes(), type=Last)
    except msgspec.MsgspecError:
        return False
    return True


def remember(data_dir: Path, backup: Made) -> None:
    """Note a backup that was made."""
    _note(data_dir, Last(backup.manifest.moment_ms, str(backup.path), backup.size))


def remember_failure(data_dir: Path, now_ms: int, because: str) -> None:
    """Note that a backup failed, beside the last that did not."""
    _note(data_dir, replace(last_of(data_dir), failed_ms=now_ms, because=because[:300]))


def _note(data_dir: Path, last: Last) -> None:
    with suppress(OSError):  # a full disk: health then shows the age of the last one
        temporary = data_dir / f".{LAST}.{os.getpid()}"
        temporary.write_bytes(msgspec.json.encode(last))
        temporary.replace(data_dir / LAST)


class BackupFailedError(Exception):
    """A scheduled backup that failed, with what it said."""


class Backups:
    """A thread that makes a backup when one is due."""

    def __init__(self, chosen: BackupSettings, data_dir: Path, clock: Clock, make: Callable[[Path], None]):
        self._chosen = chosen
        self._data_dir = data_dir
        self._clock = clock
        self._make = make
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Start the thread, if a folder is set."""
        if self._chosen.folder is not None:
            self._thread.start()

    def stop(self) -> None:
        """End; a backup that is being made goes on in its process and is whole or not there."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except OSError as error:
                log.error("the folder of backups cannot be used: see PASSALONG_BACKUP_DIR", because=str(error))
            except Exception:
                log.exception("the backup failed; it is tried again")
            self._stop.wait(LOOK_S)

    def look(self) -> None:
        """Make a backup if the newest is old enough, and delete those that are not kept any more."""
        folder, now_ms = self._chosen.folder, self._clock.now_ms()
        if folder is None:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder) as is_alone:
            if not is_alone or not is_due(backups_in(folder), self._chosen.every_h, now_ms):
                return
            self._make_one(folder, now_ms)
            for path in surplus(backups_in(folder), self._chosen, now_ms):
                path.unlink()

    def _make_one(self, folder: Path, now_ms: int) -> None:
        path = folder / datetime.fromtimestamp(now_ms / 1000, UTC).strftime(NAME)
        try:
            self._make(path)
        except Exception as error:
            remember_failure(self._data_dir, now_ms, str(error))
            raise
        log.info("a backup was made", file=str(path), bytes=path.stat().st_size)


def why_not_writable(folder: Path) -> str:
    """Return in one sentence why no backup can be written into this folder, or the folder be made; empty if it can."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        return (
            f"No backup can be written into {folder} ({why}): PASSALONG_BACKUP_DIR needs a folder that may be written."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """True for one process at a time: several workers may share a folder."""
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def backups_in(folder: Path) -> dict[int, Path]:
    """Return the scheduled backups of a folder by their moment, oldest first; other files are left alone."""
    files = {}
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(ValueError):
            made_at = datetime.strptime(path.name, NAME).replace(tzinfo=UTC)
            files[int(made_at.timestamp() * 1000)] = path
    return dict(sorted(files.items()))


def is_due(files: dict[int, Path], every_h: int, now_ms: int) -> bool:
    """True if the newest backup is `every_h` old, or from a future that a wrong clock has made."""
    newest = max(files, default=None)
    return newest is None or not 0 <= now_ms - newest < every_h * HOUR_MS


def surplus(files: dict[int, Path], chosen: BackupSettings, now_ms: int) -> list[Path]:
    """Return the backups that are not kept: more than `keep`, or older than `keep_days`. The newest always stays."""
    moments = sorted(files, reverse=True)
    old = {moment for moment in moments if now_ms - moment > chosen.keep_days * DAY_MS}
    return [files[moment] for place, moment in enumerate(moments) if place and (place >= chosen.keep or moment in old)]


def run_command(path: Path) -> None:
    """Make the backup by the command, in a process of its own at low priority: pages and notes wait for nothing.

    Raises BackupFailedError.
    """
    command = ["nice", "-n", "10", sys.executable, "-m", "passalong", "backup", str(path)]
    process = subprocess.run(  # noqa: S603 (this very program)
        command, capture_output=True, text=True, timeout=LONGEST_S
    )
    if process.returncode:
        raise BackupFailedError(process.stderr.strip()[-300:] or f"it ended with {process.returncode}")

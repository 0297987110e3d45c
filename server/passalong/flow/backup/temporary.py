"""Temporary folders of backups and restores; what a killed one left is deleted by the next."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from passalong.lib.clock import Clock

LEFT_MS = 12 * 3_600_000
"""The age from which a temporary folder is left over: no backup takes half as long."""


@contextmanager
def temporary_folder(area: Path, purpose: str, clock: Clock) -> Iterator[Path]:
    """Make a folder in `area`, on the disk of what it is for, and delete it afterwards."""
    prefix = f".passalong-{purpose}-"
    _delete_left_over(area, prefix, clock.now_ms())
    with tempfile.TemporaryDirectory(prefix=prefix, dir=area) as name:
        yield Path(name)


def _delete_left_over(area: Path, prefix: str, now_ms: int) -> None:
    for path in area.glob(f"{prefix}*"):
        with suppress(OSError):  # another user's, or deleted meanwhile
            if path.is_dir() and now_ms - path.stat().st_mtime * 1_000 > LEFT_MS:
                shutil.rmtree(path)

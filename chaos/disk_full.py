"""Full disk under load: the server answers 503 with Retry-After and recovers by itself when there is room.

The data lie on a small file system of their own, which only root can make; elsewhere the experiment is skipped.
Controls: a collector that answers before it writes, and one whose failures are answered with 500.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from chaos import disk_trouble
from chaos.books import lost
from chaos.disk_trouble import is_honest, suffer
from chaos.outcome import begin
from chaos.place import a_place

ROUNDS = {"short": 1, "long": 10}
FULL_S = {"short": 1.5, "long": 5.0}
SIZE_MB = {"short": 64, "long": 512}


def main() -> int:
    """Fill, wait, free, several times; then once with each fault."""
    outcome = begin("disk_full")
    length = "short" if outcome.short else "long"
    try:
        with small_disk(SIZE_MB[length]) as folder, a_place(folder=folder) as place:
            trouble = partial(fill, folder, FULL_S[length])
            disk_trouble.claim(outcome, "the disk is full under load", place, ROUNDS[length], trouble)
    except PermissionError as error:
        return outcome.skip(str(error))
    with small_disk(SIZE_MB["short"]) as folder, a_place(fault="answers-early", folder=folder) as place:
        sender, _ = suffer(place, 1, partial(fill, folder, FULL_S[length]))
        missing = lost(place.database_url, sender)
        outcome.control("the answer comes before the commit", missing > 0, acks=len(sender.acked), lost=missing)
    with small_disk(SIZE_MB["short"]) as folder, a_place(fault="500-when-unwritten", folder=folder) as place:
        sender, _ = suffer(place, 1, partial(fill, folder, FULL_S[length]))
        caught = not is_honest(sender)
        outcome.control("what could not be written is answered with 500", caught, answers=dict(sender.statuses))
    return outcome.end()


def fill(folder: Path, full_s: float) -> None:
    """Fill the disk for some seconds, then make room."""
    filler = folder / "filler"
    until = time.monotonic() + full_s
    while time.monotonic() < until:  # what a checkpoint frees is filled up, too
        _write_until_full(filler)
        time.sleep(0.05)
    filler.unlink()


def _write_until_full(filler: Path) -> None:
    block = b"x" * 4096
    file = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while True:
            os.write(file, block)
    except OSError:
        pass
    finally:
        os.close(file)


@contextmanager
def small_disk(size_mb: int) -> Iterator[Path]:
    """Mount a small disk. Raises PermissionError where that cannot be done."""
    if os.geteuid() != 0:
        raise PermissionError("only root can make a small disk")
    with tempfile.TemporaryDirectory(prefix="passalong-disk-") as made:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "passalong-chaos", made]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            raise PermissionError(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        try:
            yield Path(made)
        finally:
            subprocess.run(["umount", "--lazy", made], check=True)


if __name__ == "__main__":
    sys.exit(main())

"""Disk errors: writes and syncs fail with EIO for a while under load; the server answers 503 and loses nothing.

`failing_disk.c` stands between SQLite and the system. What a real disk's failed fsync does to pages that the system
then believes clean is not simulated. Control: a collector that answers before it writes.
"""

import shutil
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
from chaos.disk_trouble import suffer
from chaos.outcome import begin
from chaos.place import Place, a_place

ROUNDS = {"short": 2, "long": 20}
FAILS_S = {"short": 0.7, "long": 2.0}
FLAG = "the-disk-fails"


def main() -> int:
    """Fail and recover, several times; then once with the fault."""
    outcome = begin("disk_fails")
    if shutil.which("gcc") is None:
        return outcome.skip("there is no gcc to compile the failing disk with")
    length = "short" if outcome.short else "long"
    with tempfile.TemporaryDirectory(prefix="passalong-fails-") as made:
        library = _compiled(Path(made))
        with _a_place(library) as place:
            fail = partial(_fail, place, FAILS_S[length])
            disk_trouble.claim(outcome, "the disk fails under load", place, ROUNDS[length], fail)
        with _a_place(library, "answers-early") as place:
            sender, _ = suffer(place, 1, partial(_fail, place, FAILS_S[length]))
            missing = lost(place.database_url, sender)
            outcome.control("the answer comes before the commit", missing > 0, acks=len(sender.acked), lost=missing)
    return outcome.end()


def _fail(place: Place, fails_s: float) -> None:
    flag = place.folder / FLAG
    flag.touch()
    time.sleep(fails_s)
    flag.unlink()


@contextmanager
def _a_place(library: Path, fault: str = "") -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="passalong-chaos-") as folder:
        told = {"LD_PRELOAD": str(library), "FAIL_FOLDER": folder, "FAIL_WHILE": str(Path(folder) / FLAG)}
        with a_place(fault=fault, folder=Path(folder), **told) as place:
            yield place


def _compiled(folder: Path) -> Path:
    library = folder / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


if __name__ == "__main__":
    sys.exit(main())

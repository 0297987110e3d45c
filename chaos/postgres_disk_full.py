"""PostgreSQL's disk is full under load: it may even stop; notes are answered 503, and nothing acknowledged is lost.

PostgreSQL lies on a small file system of its own, which only root can make; elsewhere the experiment is skipped. It is
started again as a service manager does. Control: a collector that answers before it writes.
"""

import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from chaos import disk_trouble
from chaos.books import lost
from chaos.disk_full import fill, small_disk
from chaos.disk_trouble import suffer
from chaos.outcome import begin
from chaos.place import a_place
from plumbing.postgres import Postgres, running_postgres

ROUNDS = {"short": 1, "long": 5}
FULL_S = {"short": 1.5, "long": 5.0}
SIZE_MB = 400
READY_S = 30.0


def main() -> int:
    """Fill, wait, free; then once with the fault."""
    outcome = begin("postgres_disk_full")
    length = "short" if outcome.short else "long"
    try:
        with small_disk(SIZE_MB) as disk, running_postgres(disk) as server:
            trouble = partial(_fill, disk, server, FULL_S[length])
            with a_place(server.create_database()) as place:
                disk_trouble.claim(outcome, "PostgreSQL's disk is full under load", place, ROUNDS[length], trouble)
            with a_place(server.create_database(), fault="answers-early") as place:
                sender, _ = suffer(place, 1, trouble)
                missing = lost(place.database_url, sender)
                outcome.control("the answer comes before the commit", missing > 0, acks=len(sender.acked), lost=missing)
    except PermissionError as error:
        return outcome.skip(str(error))
    return outcome.end()


def _fill(disk: Path, server: Postgres, full_s: float) -> None:
    fill(disk, full_s)
    until = time.monotonic() + READY_S
    while time.monotonic() < until:  # it recovers by itself, or has ended and is started
        with suppress(Exception):
            server.server.ensure_postgres_running()
            server.create_database()
            return
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())

"""A backup is made while notes come in, and restored elsewhere: everything acknowledged before its moment is there.

Control: a backup that claims a later moment than it has. The check must miss what was acknowledged in between.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import select

from chaos.outcome import Outcome, begin
from chaos.place import ROOT, Place, a_place
from chaos.sending import Sender
from passalong import migrate
from passalong.flow.backup.manifest import Manifest
from passalong.flow.backup.restore import verify
from passalong.store.engine import Database
from passalong.store.schema.event_log import events
from plumbing.postgres import running_postgres

BACKUPS = {"short": 1, "long": 10}
ACKS_BETWEEN = {"short": 150, "long": 3_000}


def main() -> int:
    """Try it on SQLite, at full length on PostgreSQL, too."""
    outcome = begin("backup")
    with a_place() as place:
        _experiment(outcome, place, "sqlite", "")
    if not outcome.short:
        with running_postgres() as server, a_place(server.create_database()) as place:
            _experiment(outcome, place, "postgresql", server.create_database())
    return outcome.end()


def _experiment(outcome: Outcome, place: Place, name: str, elsewhere: str) -> None:
    length = "short" if outcome.short else "long"
    sender, seconds = Sender(place.port, place.tokens), list[float]()
    began = time.monotonic()
    with sender.sending():
        for number in range(BACKUPS[length]):
            sender.wait_for_acks(ACKS_BETWEEN[length])
            file = place.folder / f"{number}.backup"
            since = time.monotonic()
            command(place, "backup", str(file))
            seconds.append(round(time.monotonic() - since, 2))
        sender.wait_for_acks(ACKS_BETWEEN[length])
        rate = round(len(sender.ack_times) / (time.monotonic() - began))
    since = time.monotonic()
    missing, found = _missing(place, file, elsewhere, sender)
    acked = sum(at * 1000 < found.moment_ms for at in sender.first_acked.values())
    restored_s = round(time.monotonic() - since, 2)
    outcome.claim(
        f"restored to its moment, {name}",
        not missing(found.moment_ms) and acked >= ACKS_BETWEEN[length] and set(sender.statuses) <= {202, 503},
        backups=len(seconds),
        acks_before_it=acked,
        lost=missing(found.moment_ms),
        acks_a_second=rate,
    )
    late = missing(round(time.time() * 1000))
    outcome.control(f"a later moment than the backup has, {name}", late > 0, lost=late)
    outcome.report(f"{name}: seconds", backup=max(seconds), restore_and_check=restored_s)


class Missing:
    """The notes that were acknowledged before a moment and are not in the restored database."""

    def __init__(self, sender: Sender, there: set[str]):
        self._sender, self.there = sender, there

    def __call__(self, moment_ms: float) -> int:
        return sum(at * 1000 < moment_ms and note not in self.there for note, at in self._sender.first_acked.items())


def _missing(place: Place, file: Path, elsewhere: str, sender: Sender) -> tuple[Missing, Manifest]:
    found = verify(file, migrate)
    folder = place.folder / "elsewhere"
    url = elsewhere or f"sqlite:///{folder / 'passalong.sqlite3'}"
    command(place, "restore", str(file), PASSALONG_DATA=str(folder), DATABASE_URL=url)
    return Missing(sender, event_ids(url)), found


def event_ids(database_url: str) -> set[str]:
    """Return the ids of every fact in a database."""
    db = Database(database_url)
    try:
        with db.reading() as session:
            return set(session.scalars(select(events.c.event_id)))
    finally:
        db.close()


def command(place: Place, *words: str, **changed: str) -> None:
    """Run one command on an instance, which succeeds."""
    environment = {"PASSALONG_DATA": str(place.folder), "DATABASE_URL": place.database_url, **changed}
    whole = [sys.executable, "-m", "passalong", *words]
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    subprocess.run(whole, env=path | environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())

"""A large SQLite database is backed up while 300 notes a second come in, and served again from an empty folder.

Claims: nothing that was acknowledged before the backup's moment is missing, and the other server answers within a
minute after `passalong restore` was typed. Short, the database is small. Control: a later moment than the backup has.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.many import make_many
from chaos.backup import Missing, command, event_ids
from chaos.outcome import Outcome, begin
from chaos.place import Place
from chaos.sending import Sender
from client import Client
from passalong.flow.backup.archive import read_manifest

EVENTS = {"short": (500, 5_000), "long": (10_000, 400_000)}
"""How many events are folded, and how many they become by copying their rows."""
RATE = 300
CONNECTIONS = 32
ACKS_BETWEEN = {"short": 150, "long": 1_500}
CROWDED_S = 600.0
MOST_RTO_S = 60.0
PASSPHRASE = "twelve bees in a lavender field"  # noqa: S105 - of this experiment


def main() -> int:
    """Make the instance, and try it once."""
    outcome = begin("recovery")
    length = "short" if outcome.short else "long"
    with tempfile.TemporaryDirectory(prefix="passalong-chaos-") as made:
        folder = Path(made) / "data"
        ground = make_many(folder, *EVENTS[length], lists=False)
        place = Place(folder, ground.url, settings={"PASSALONG_BACKUP_PASSPHRASE": PASSPHRASE})
        try:
            place.start()
            place.make_links()
            _experiment(outcome, place, Path(made), length)
        finally:
            place.kill_all()
    return outcome.end()


def _experiment(outcome: Outcome, place: Place, area: Path, length: str) -> None:
    sender = Sender(place.port, place.tokens, connections=CONNECTIONS, rest_s=CONNECTIONS / RATE)
    file = area / "a.backup"
    with sender.sending():
        began = time.monotonic()
        sender.wait_for_acks(ACKS_BETWEEN[length], CROWDED_S)
        before, since, typed_ms = len(sender.ack_times), time.monotonic(), time.time() * 1_000
        rate_before = before / (since - began)
        command(place, "backup", str(file), PASSALONG_BACKUP_PASSPHRASE=PASSPHRASE)
        backup_s = time.monotonic() - since
        rate = (len(sender.ack_times) - before) / backup_s
        gap_s = sender.longest_gap_s(since)
        backup_cpu_s = _children_s()
        sender.wait_for_acks(ACKS_BETWEEN[length], CROWDED_S)
    place.stop()
    other, rto_s, restore_s = _serve_elsewhere(place, area, file)
    missing, moment_ms = Missing(sender, event_ids(other.database_url)), read_manifest(file).moment_ms
    outcome.claim(
        "served again as it was at its moment",
        not missing(moment_ms) and rto_s <= MOST_RTO_S and set(sender.statuses) <= {202, 503},
        database_mb=round(place.folder.joinpath("passalong.sqlite3").stat().st_size / 1e6),
        acks_before_it=sum(at * 1_000 < moment_ms for at in sender.first_acked.values()),
        lost=missing(moment_ms),
        rto_s=round(rto_s, 1),
        restore_s=round(restore_s, 1),
        restore_cpu_s=round(_children_s() - backup_cpu_s, 1),
    )
    outcome.control("a later moment than the backup has", (late := missing(time.time() * 1_000)) > 0, lost=late)
    outcome.report(
        "while it is backed up",
        backup_s=round(backup_s, 1),
        backup_cpu_s=round(backup_cpu_s, 1),
        moment_after_s=round((moment_ms - typed_ms) / 1_000, 1),
        acks_a_second=round(rate),
        acks_a_second_before=round(rate_before),
        load=round(os.getloadavg()[0], 1),
        longest_gap_s=round(gap_s, 2),
    )


def _children_s() -> float:
    """Return the processor seconds of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _serve_elsewhere(place: Place, area: Path, file: Path) -> tuple[Place, float, float]:
    """Restore into an empty folder and start a server there; returns it, with the seconds of both and of the first."""
    folder = area / "elsewhere"
    other = Place(folder, f"sqlite:///{folder / 'passalong.sqlite3'}")
    environment = {"PASSALONG_DATA": str(folder), "DATABASE_URL": other.database_url}
    since = time.monotonic()
    command(place, "restore", str(file), PASSALONG_BACKUP_PASSPHRASE=PASSPHRASE, **environment)
    restore_s = time.monotonic() - since
    try:
        other.start()
        with Client(other.port) as browser:
            answers = [browser.send("GET", path).status for path in ("/readyz", f"/h/{place.tokens[0]}")]
        rto_s = time.monotonic() - since
    finally:
        other.kill_all()
    if answers != [200, 302]:
        raise AssertionError(f"the restored server answers {answers}")
    return other, rto_s, restore_s


if __name__ == "__main__":
    sys.exit(main())

"""Power loss on SQLite: rebuild the disk as random moments may leave it, and open the database.

Nothing that was acknowledged by then may be missing, and the database may not be corrupt. Control: the same with
`synchronous = NORMAL`, which does not wait for the disk.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cast import a_site
from chaos.disk_image import Disk, File, Record, read_records
from chaos.outcome import Outcome, begin
from chaos.place import ROOT, SITE
from chaos.power_child import ACKS, DATABASE
from passalong import migrate
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database

RECORDINGS = {"short": 1, "long": 10}
STATES_EACH = {"short": 200, "long": 1_000}
BATCHES = {"short": 120, "long": 500}
CONTROL = {"short": (1, 50), "long": (2, 1_000)}
RECORD_S = 300


@dataclass
class Found:
    """The result of all states: corrupt ones, ones that miss a fact, and the number of facts."""

    states: int = 0
    corrupt: int = 0
    states_with_loss: int = 0
    lost: int = 0
    acks: int = 0
    torn: int = 0
    """States in which something was written and not yet fsynced."""
    in_checkpoint: int = 0
    """States in which that was in the database itself and not in its log."""


def main() -> int:
    """Run with synchronous=FULL, as the product sets it, and with NORMAL."""
    outcome = begin("power")
    if shutil.which("gcc") is None:
        return outcome.skip("there is no gcc to compile the recorder with")
    length = "short" if outcome.short else "long"
    with tempfile.TemporaryDirectory(prefix="passalong-power-") as made:
        recorder = Path(made) / "recorder.so"
        source = Path(__file__).with_name("recorder.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", recorder, source, "-ldl", "-lpthread"], check=True)
        good, bad = Found(), Found()
        for number in range(RECORDINGS[length]):
            _experiment(good, recorder, BATCHES[length], STATES_EACH[length], f"power{number}", "FULL")
        for number in range(CONTROL[length][0]):
            _experiment(bad, recorder, BATCHES[length], CONTROL[length][1], f"normal{number}", "NORMAL")
    _tell(outcome, good, bad)
    return outcome.end()


def _tell(outcome: Outcome, good: Found, bad: Found) -> None:
    outcome.claim(
        "power fails at random moments, synchronous = FULL",
        good.states > 0 and good.torn > 0 and not (good.corrupt or good.lost),
        states=good.states,
        with_unsynced_writes=good.torn,
        in_checkpoint=good.in_checkpoint,
        acks=good.acks,
        corrupt=good.corrupt,
        states_with_loss=good.states_with_loss,
        facts_lost=good.lost,
    )
    outcome.control(
        "synchronous = NORMAL",
        bad.states_with_loss > bad.states // 10,
        states=bad.states,
        corrupt=bad.corrupt,
        states_with_loss=bad.states_with_loss,
        facts_lost=bad.lost,
    )


def _experiment(found: Found, recorder: Path, batches: int, states: int, seed: str, synchronous: str) -> None:
    with tempfile.TemporaryDirectory(prefix="passalong-power-") as made:
        folder, log = Path(made).resolve() / "data", Path(made) / "recording"
        db = Database(f"sqlite:///{folder / DATABASE}")
        migrate.upgrade(db)
        a_site(db, SystemClock(), site_id=SITE)
        db.close()
        base = bytearray((folder / DATABASE).read_bytes())
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            "LD_PRELOAD": str(recorder),
            "RECORD_FOLDER": str(folder),
            "RECORD_TO": str(log),
        }
        command = [sys.executable, "-m", "chaos.power_child", str(folder), str(batches), seed, synchronous]
        subprocess.run(command, env=environment, check=True, timeout=RECORD_S)
        disk = Disk(folder, {folder / DATABASE: File(base, is_named=True)})
        _try_moments(found, disk, list(read_records(log)), states, random.Random(seed), Path(made) / "image")


def _try_moments(
    found: Found, disk: Disk, records: list[Record], states: int, chance: random.Random, image: Path
) -> None:
    """Try random moments, and as many right after an acknowledgement."""
    acks = [place for place, record in enumerate(records) if record.path.name == ACKS]
    moments = [chance.randrange(len(records)) for _ in range(states // 2)]
    moments = sorted(moments + [chance.choice(acks) for _ in range(states - len(moments))])
    image.mkdir()
    acked: set[str] = set()
    for place, record in enumerate(records):
        if record.path.name == ACKS:
            acked.update(record.data.decode().split())
        else:
            disk.apply(record)
        while moments and moments[0] == place:
            moments.pop(0)
            found.torn += any(file.pending for path, file in disk.files.items() if not path.name.endswith("-shm"))
            found.in_checkpoint += bool(disk.files[disk.folder / DATABASE].pending)
            for old in image.iterdir():
                old.unlink()
            disk.write_after_power_loss(chance, image)
            _judge(found, image / DATABASE, acked)
    found.acks += len(acked)


def _judge(found: Found, database: Path, acked: set[str]) -> None:
    found.states += 1
    try:
        with closing(sqlite3.connect(database)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            there = {row[0] for row in connection.execute("SELECT event_id FROM events")}
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("queue", "numbered")
            ]
    except sqlite3.DatabaseError:
        found.corrupt += 1
        return
    # A fact is either still to be folded or numbered: never both, never neither.
    found.corrupt += not sound or sum(counts) != len(there)
    missing = len(acked - there)
    found.lost += missing
    found.states_with_loss += missing > 0


if __name__ == "__main__":
    sys.exit(main())

"""The processor time of a hold that ends among very many: `python -m bench.holds [--events 1000000] [--seconds 60]`.

The database is made as `bench.many` makes it, and the clock is then set so far ahead that every open hold has ended:
the worker does what is due, as it does at the end of a month, for some seconds.
"""

import argparse
import gc
import json
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bench.many import make_many
from bench.places import folder
from passalong.app import GARBAGE
from passalong.flow.fold.worker import Worker
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.schema.conversions import conversions

BASE = 10_000
AHEAD_MS = 45 * 86_400_000


@dataclass(frozen=True)
class Ahead:
    """A clock that is some weeks ahead."""

    ahead_ms: int

    def now_ms(self) -> int:
        """Return the time there."""
        return SystemClock().now_ms() + self.ahead_ms


def measure(data: Path, events: int, seconds: float) -> dict[str, float]:
    """End holds for some seconds; returns how many ended, and what each took."""
    ground = make_many(data, min(BASE, events), events, lists=False)
    db = Database(ground.url)
    worker = Worker(db, Ahead(AHEAD_MS))
    gc.freeze()
    gc.set_threshold(*GARBAGE)  # as a server does
    open_before = _open(db)
    ending = threading.Timer(seconds, worker.stop)
    ending.start()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    worker.fold_all()
    took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    ending.cancel()
    ended = open_before - _open(db)
    db.close()
    each = {"cpu_ms_each": round(1_000 * cpu_s / max(1, ended), 3), "ms_each": round(1_000 * took_s / max(1, ended), 3)}
    return {"events": events, "open": open_before, "ended": ended, **each}


def _open(db: Database) -> int:
    with db.reading() as session:
        count = select(func.count()).select_from(conversions).where(conversions.c.frozen_seq.is_(None))
        return session.scalar(count) or 0


def main() -> int:
    """Print one line of JSON."""
    asked = argparse.ArgumentParser(prog="bench.holds", description=__doc__)
    asked.add_argument("--events", type=int, default=1_000_000)
    asked.add_argument("--seconds", type=float, default=60.0)
    told = asked.parse_args()
    with folder() as data:
        print(json.dumps({"bench": "holds", **measure(data, told.events, told.seconds)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

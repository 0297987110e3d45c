"""The time that closing a pool holds SQLite's writer: `python -m bench.pools [--people 20000] [--seconds 60]`.

What everybody earned is written straight into a fresh database (what is measured is sharing it out). Then the worker
does what is due, and every transaction of the recording and of the folding is timed from its begin to its commit.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from passalong import migrate
from passalong.core.dates import period_of
from passalong.flow import transaction
from passalong.flow.fold import fold, pool_closing
from passalong.flow.fold.worker import Worker
from passalong.flow.owners import sites as owners
from passalong.flow.owners.sites import NewSite
from passalong.lib.clock import SystemClock
from passalong.store import bulk, event_log
from passalong.store.engine import Database
from passalong.store.queries import due
from passalong.store.schema.credits import credits
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.pools import pools
from passalong.store.sites import Site, find_site

AT_ONCE = 5_000
MONTH_MS = 32 * 86_400_000


class Holds:
    """The duration of every transaction of one kind in milliseconds, in wall time and processor time."""

    def __init__(self) -> None:
        self.ms: list[float] = []
        self.cpu_ms: list[float] = []

    @contextmanager
    def writing(self, db: Database) -> Iterator[Session]:
        """Wrap `flow.transaction.writing` with a timer that starts at the lock."""
        with transaction.writing(db) as session:
            session.connection()
            began_s, cpu_s = time.perf_counter(), time.thread_time()
            yield session
        self.ms.append((time.perf_counter() - began_s) * 1_000)
        self.cpu_ms.append((time.thread_time() - cpu_s) * 1_000)

    def row(self) -> dict[str, float]:
        """Return the figures."""
        found = {"transactions": float(len(self.ms))}
        for name, taken in (("", self.ms), ("cpu_", self.cpu_ms)):
            ordered = sorted(taken)
            found[f"{name}median_ms"] = round(statistics.median(ordered), 1)
            found[f"{name}p99_ms"] = round(ordered[int(len(ordered) * 0.99)], 1)
            found[f"{name}longest_ms"] = round(ordered[-1], 1)
        return found


def earned(db: Database, site: Site, people: int, at_ms: int) -> None:
    """Give this many advocates credit in that month, with ten units of money in its pool for each."""
    for start in range(0, people, AT_ONCE):
        rows = [_credit(site.site_id, number, at_ms) for number in range(start, min(people, start + AT_ONCE))]
        with transaction.writing(db) as session:
            bulk.insert_all(session, credits, rows)
    period = f"pool:{period_of(at_ms, site.time_zone)}"
    amount = people * 10_000_000
    named = {"site_id": site.site_id, "tx": 1, "seq": 1, "subject": "bench", "unit": "EUR", "at_ms": at_ms}
    lines = [(1, period, amount), (2, "program:issued", -amount)]
    with transaction.writing(db) as session:
        rows = [named | {"line": line, "account": name, "amount_micros": micros} for line, name, micros in lines]
        bulk.insert_all(session, journal, rows)
        held = [{"site_id": site.site_id, "account": name, "unit": "EUR", "amount_micros": of} for _, name, of in lines]
        bulk.insert_all(session, balances, held)
        event_log.take_turn(session, site.site_id, "bench", at_ms, at_ms)
        event_log.end_turn(session, site.site_id, 1, 1)
        due.correct(session, site.site_id, 1, at_ms)


def _credit(site_id: str, number: int, at_ms: int) -> dict[str, object]:
    amounts = {name: 1_000_000 + number % 977 for name in ("amount_micros", "earned_micros", "direct_micros")}
    return {
        "site_id": site_id,
        "conversion_id": f"order{number}",
        "recipient": f"earner{number:010d}",
        "unit": "EUR",
        "line_id": f"line{number:012d}",
        "subject": f"order{number}",
        "share_id": None,
        "goal": "purchase",
        "level": 0,
        "at_ms": at_ms,
        **amounts,
        "taken_at_ms": None,
        "release_at_ms": at_ms,
        "ready": True,
    }


def measure(folder: Path, people: int, seconds: float) -> dict[str, object]:
    """Close the pool, or as much of it as fits into the time."""
    db, clock = Database(f"sqlite:///{folder}/pools.sqlite3"), SystemClock()
    migrate.upgrade(db)
    made = owners.new_site(db, clock, NewSite(name="Bench", home_url="https://bench.example", currency="EUR"))
    with db.reading() as session:
        site = find_site(session, made.site_id)
    assert site is not None
    earned(db, site, people, clock.now_ms() - MONTH_MS)
    recording, folding = Holds(), Holds()
    pool_closing.writing, fold.writing = recording.writing, folding.writing  # type: ignore[attr-defined]
    worker, began_s = Worker(db, clock), time.monotonic()
    worker.start()
    worker.wake()
    while time.monotonic() - began_s < seconds and not _is_done(db, site.site_id, people):
        time.sleep(0.2)
    took_s = time.monotonic() - began_s
    worker.stop()
    with db.reading() as session:
        done = session.query(credits).filter(credits.c.goal == "pool").count()
        closed = session.query(pools).count()
    db.close()
    whole = {"people": people, "paid": done, "closed": closed, "seconds": round(took_s, 1)}
    return whole | {"recording": recording.row(), "folding": folding.row()}


def _is_done(db: Database, site_id: str, people: int) -> bool:
    with db.reading() as session:
        return session.query(credits).filter(credits.c.site_id == site_id, credits.c.goal == "pool").count() >= people


def main() -> int:
    """Print one line of JSON."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=20_000)
    asked.add_argument("--seconds", type=float, default=60)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="passalong-pools-") as name:
        print(json.dumps({"bench": "pools"} | measure(Path(name), options.people, options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

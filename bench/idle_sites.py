"""Row 11: time and processor time from a conversion to its credit beside idle sites.

An idle site has had its day: terms, an open hold, a pool and a folded fact. Its worker runs in this process.
"""

import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.rounds import Finding, Plan
from bench.sites import HOME, SITE, make_ground
from passalong.core.facts import ConversionReported, Event, input_hash
from passalong.flow.fold.worker import Worker
from passalong.flow.transaction import writing
from passalong.key_files import read_keys
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import share_id_of
from passalong.settings import read_settings
from passalong.store import bulk
from passalong.store.engine import Database
from passalong.store.schema.conversions import conversions
from passalong.store.schema.credits import credits
from passalong.store.schema.event_log import turns
from passalong.store.schema.journal import balances
from passalong.store.schema.sites import sites
from passalong.store.schema.terms import terms

REST_S = 0.01
LONGEST_S = 30.0
YEAR_MS = 365 * 86_400_000
MOST = 1.2


@dataclass
class Beside:
    """A busy site with its worker, and the number of idle sites beside it."""

    idle: int
    db: Database
    worker: Worker
    share_id: str

    def conversion(self) -> tuple[float, float]:
        """Report a conversion and wait for its credit; returns seconds and processor seconds."""
        order_id = secrets.token_hex(8)
        fact = ConversionReported("purchase", 10**8, "EUR", self.share_id)
        event = Event(SITE, "api", order_id, 0, input_hash(order=order_id), fact)
        began, busy = time.perf_counter(), time.process_time()
        self.worker.collector.offer(event).result(LONGEST_S)
        while not self._is_credited(order_id):
            if time.perf_counter() > began + LONGEST_S:
                raise RuntimeError("the conversion was never credited")
            time.sleep(0.001)
        took = time.perf_counter() - began, time.process_time() - busy
        time.sleep(REST_S)
        return took

    def _is_credited(self, order_id: str) -> bool:
        found = select(credits.c.site_id).where(credits.c.site_id == SITE, credits.c.conversion_id == order_id)
        with self.db.reading() as session:
            return session.execute(found.limit(1)).first() is not None

    def close(self) -> None:
        """End the worker."""
        self.worker.stop()
        self.db.close()


def on_both(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Measure many idle sites on both databases, as ratios to ten."""
    counts = (10, max(50, plan.few // 100), plan.few // 10)
    for database in ("SQLite", "PostgreSQL"):
        places = [
            _beside(data / f"idle-{database}-{count}", "" if database == "SQLite" else next(urls), count)
            for count in counts
        ]
        yield from _ratios(plan, database, places)
        for place in places:
            place.close()


def _ratios(plan: Plan, database: str, places: Sequence[Beside]) -> Iterator[Finding]:
    rounds: list[list[tuple[float, float]]] = [[] for _ in places]
    for place in places:
        place.conversion()
    for _ in range(plan.rounds):
        for found, place in zip(rounds, places, strict=True):
            took = [place.conversion() for _ in range(plan.visits)]
            found.append((statistics.median(one[0] for one in took), statistics.median(one[1] for one in took)))
    yield Finding("11", f"to its credit, 10 idle sites, {database}", [1000 * one[0] for one in rounds[0]], "ms")
    for place, found in zip(places[1:], rounds[1:], strict=True):
        for number, what in enumerate(("time", "processor time")):
            values = [more[number] / few[number] for more, few in zip(found, rounds[0], strict=True)]
            yield Finding("11", f"{what}, {place.idle:,} idle sites ÷ 10, {database}", values, at_most=MOST)


def _beside(data: Path, url: str, idle: int) -> Beside:
    ground = make_ground(data, url)
    settings = read_settings({"PASSALONG_DATA": str(data), "DATABASE_URL": ground.url})
    share_id = share_id_of(read_keys(settings, {}), SITE, ground.tokens[0][0])
    db, clock = Database(ground.url), SystemClock()
    _add_idle(db, idle, clock.now_ms())
    worker = Worker(db, clock)
    worker.start()
    return Beside(idle, db, worker, share_id)


def _add_idle(db: Database, count: int, now_ms: int) -> None:
    """Copy the busy site's settings and terms, and give each site the rows of one day."""
    with writing(db) as session:
        site = dict(session.execute(select(sites).where(sites.c.site_id == SITE)).one()._mapping)
        version = dict(session.execute(select(terms).where(terms.c.site_id == SITE)).one()._mapping)
        names = [f"idle{number}" for number in range(count)]
        bulk.insert_all(session, sites, [site | {"site_id": name, "home_url": f"{HOME}/{name}"} for name in names])
        bulk.insert_all(session, terms, [version | {"site_id": name} for name in names])
        due = {"last_seq": 9, "last_tx": 3, "next_due_ms": now_ms + YEAR_MS}
        bulk.insert_all(session, turns, [{"site_id": name, **due} for name in names])
        pool = {"account": "pool:2099-01", "unit": "EUR", "amount_micros": 1}
        bulk.insert_all(session, balances, [{"site_id": name, **pool} for name in names])
        held = {"conversion_id": "o", "subject": "conversion:o", "goal": "purchase", "at_ms": now_ms, "gross_micros": 1}
        held |= {"release_at_ms": now_ms + YEAR_MS, "held": False, "counted": True, "brought_micros": 0}
        bulk.insert_all(session, conversions, [{"site_id": name, **held} for name in names])

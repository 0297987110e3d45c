"""How long the first sweep of metadata after an upgrade takes, and how long it holds the writer at a time.

PYTHONPATH=tests python -m bench.sweep [--orders 1000000] [--database postgresql]

Every order has metadata and its fact, and is marked as not yet looked at, as migration 0049 leaves them. A hold is the
time from the begin of a writing transaction to its commit; meanwhile no note is recorded on SQLite.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import PoolProxiedConnection, event, insert

from cast import a_site
from passalong.core.facts import ConversionReported, encode_fact
from passalong.flow.owners.upkeep import sweep_metadata
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.schema.attached import attached_metadata
from passalong.store.schema.event_log import events
from plumbing.postgres import running_postgres
from tables import make_tables

SITE = "bees01"
AT_ONCE = 20_000


def main() -> int:
    """Make the orders, sweep, and print the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    with _url(chosen.database) as url:
        db = Database(url)
        make_tables(db)
        a_site(db, SystemClock(), site_id=SITE)
        _make_orders(db, chosen.orders)
        holds, began, cpu = _holds(db), time.monotonic(), time.process_time()
        sweep_metadata(db, SITE, SystemClock().now_ms())
        took, worked = time.monotonic() - began, time.process_time() - cpu
        db.close()
    print(f"{chosen.database}, {chosen.orders:,} orders: {took:.1f} s, {worked:.1f} s of the processor")
    print(f"{len(holds):,} holds: {_spread([hold.took_s for hold in holds])}")
    print(f"of the processor: {_spread([hold.worked_s for hold in holds])}")
    longest = max(holds, key=lambda hold: hold.took_s)
    print(
        f"the longest worked for {longest.worked_s * 1e3:.1f} ms and waited {longest.waited_s * 1e3:.1f} for its commit"
    )
    return 0


@contextmanager
def _url(database: str) -> Iterator[str]:
    if database == "postgresql":
        with running_postgres() as server, server.fresh_database() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="passalong-bench-") as made:
        yield f"sqlite:///{Path(made) / 'passalong.sqlite3'}"


def _make_orders(db: Database, orders: int) -> None:
    for start in range(0, orders, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, orders))
        with writing(db) as session:
            session.execute(insert(events), [_event(number) for number in numbers])
            session.execute(insert(attached_metadata), [_metadata(number) for number in numbers])


def _event(number: int) -> dict[str, object]:
    fact = ConversionReported("purchase", 10_000_000, "EUR", metadata_hash=_hash(number))
    key = {"site_id": SITE, "source": "api", "event_id": f"order-{number}", "kind": "conversion"}
    return key | {"at_ms": 1_700_000_000_000 + number, "input_hash": _hash(number), "fact": encode_fact(fact)}


def _metadata(number: int) -> dict[str, object]:
    this = {"site_id": SITE, "about": f"conversion:order-{number}", "metadata_hash": _hash(number)}
    return this | {"entries": '{"colour":"yellow"}', "unrecorded_since_ms": 0}


def _hash(number: int) -> str:
    return f"{number:032x}"


@dataclass(frozen=True)
class Hold:
    """The seconds of a writing transaction: all of them, on the processor, and in its commit."""

    took_s: float
    worked_s: float
    waited_s: float


def _spread(seconds: list[float]) -> str:
    """Return median, p99 and the longest, in words."""
    return (
        f"{statistics.median(seconds) * 1e3:.1f} ms (median), "
        f"{statistics.quantiles(seconds, n=100)[-1] * 1e3:.1f} (p99), {max(seconds) * 1e3:.1f} (longest)"
    )


def _holds(db: Database) -> list[Hold]:
    """Return the list to which each writing transaction is added, once its commit has returned."""
    holds, begun, commit = list[Hold](), [0.0, 0.0], db.writer.dialect.do_commit
    event.listen(db.writer, "begin", lambda _: begun.__setitem__(slice(2), (time.monotonic(), time.thread_time())))

    def timed_commit(connection: PoolProxiedConnection) -> None:
        asked_s = time.monotonic()
        commit(connection)
        ended_s = time.monotonic()
        holds.append(Hold(ended_s - begun[0], time.thread_time() - begun[1], ended_s - asked_s))

    db.writer.dialect.do_commit = timed_commit  # type: ignore[assignment, method-assign]
    return holds


if __name__ == "__main__":
    sys.exit(main())

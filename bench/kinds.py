"""The processor time of one fact of each kind: `python -m bench.kinds [--events 30000] [--each 600] [--rounds 5]`.

Every round brings so many new visitors, returning visitors, orders of those and refunds of the orders, one kind after
the other, in a database that `bench.many` has made. With `--alone` each is folded before the next one comes.
"""

import argparse
import gc
import json
import secrets
import statistics
import sys
import time
from pathlib import Path

from bench.many import make_many
from bench.places import folder
from bench.sites import SITE, Ground
from passalong.app import GARBAGE
from passalong.core.facts import ConversionRefunded, ConversionReported, Event, Fact, LinkVisited, input_hash
from passalong.flow.fold.worker import Worker
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import unverified_share_id
from passalong.store import event_log
from passalong.store.engine import Database

BASE = 10_000
VALUE_MICROS = 40_000_000


def measure(data: Path, events: int, each: int, rounds: int, *, alone: bool) -> dict[str, dict[str, float]]:
    """Fold the kinds in turn, in each round; returns microseconds a fact: median, least and most."""
    ground = make_many(data, min(BASE, events), events, lists=False)
    db = Database(ground.url)
    worker = Worker(db, SystemClock())
    gc.freeze()
    gc.set_threshold(*GARBAGE)  # as a server does
    spent: dict[str, list[float]] = {}
    for number in range(rounds):
        for kind, facts in _facts(ground, each, number):
            spent.setdefault(kind, []).append(_fold(db, worker, facts, 1 if alone else each))
    worker.stop()
    db.close()
    return {
        kind: {"median": statistics.median(took), "least": min(took), "most": max(took)} for kind, took in spent.items()
    }


def _facts(ground: Ground, each: int, number: int) -> list[tuple[str, list[Event]]]:
    """Return the facts of a round by kind, in the order in which they are folded."""
    links = [ground.tokens[n % len(ground.tokens)] for n in range(each)]
    shares = [(unverified_share_id(token), page) for token, page in links]
    come = [
        _event("browser", LinkVisited(share, f"{number:04}-{n:06}-visitor", page))
        for n, (share, page) in enumerate(shares)
    ]
    again = [_event("browser", event.fact) for event in come]
    orders = [
        _event("api", ConversionReported("purchase", VALUE_MICROS, "EUR", share, visit.event_id))
        for (share, _), visit in zip(shares, again, strict=True)
    ]
    refunds = [_event("api", ConversionRefunded(order.event_id, VALUE_MICROS // 4)) for order in orders]
    return [("new visitor", come), ("returning visitor", again), ("conversion", orders), ("refund", refunds)]


def _event(source: str, fact: Fact) -> Event:
    return Event(SITE, source, secrets.token_urlsafe(16), SystemClock().now_ms(), input_hash(fact=repr(fact)), fact)


def _fold(db: Database, worker: Worker, facts: list[Event], at_once: int) -> float:
    spent_s = 0.0
    for start in range(0, len(facts), at_once):
        with writing(db) as session:
            event_log.append(session, facts[start : start + at_once])
        began_s = time.process_time()
        worker.fold_all()
        spent_s += time.process_time() - began_s
    return round(1e6 * spent_s / len(facts), 1)


def main() -> int:
    """Print one line of JSON."""
    asked = argparse.ArgumentParser(prog="bench.kinds", description=__doc__)
    asked.add_argument("--events", type=int, default=30_000)
    asked.add_argument("--each", type=int, default=600)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--alone", action="store_true")
    told = asked.parse_args()
    with folder() as data:
        found = measure(data, told.events, told.each, told.rounds, alone=told.alone)
    print(json.dumps({"bench": "kinds", "events": told.events, "alone": told.alone, "us": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

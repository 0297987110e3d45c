"""Folding: facts in order, each numbered, each with all its effects, a slice of them in one transaction."""

import time

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from passalong.clock import SystemClock
from passalong.core.facts import Event
from passalong.flow.handlers import HANDLERS
from passalong.flow.posting import settle
from passalong.flow.slice import Slice
from passalong.flow.transaction import writing
from passalong.store import event_log, sites
from passalong.store.engine import Database

SLICE = 100
"""Facts folded in one transaction: few enough that on SQLite notes never wait long for the writer."""
CLAIM_MS = 30_000
"""How long a worker's claim on a site stands when the worker is gone without a word."""
CLAIM_CLOCK = SystemClock()
"""Claims are a matter of machines: no fact and no amount depends on their time."""
DATABASES_OWN = (OperationalError, ProgrammingError, InternalError, InterfaceError)
"""What no fact is to blame for: it is gone, full or read-only, or its tables are not (yet) those of this version."""

log = structlog.get_logger()


def fold_site(db: Database, site_id: str, limit: int = SLICE, worker: str = "alone", decides: bool = True) -> int:
    """Fold the next facts of one site, with every effect, in one transaction; returns how many it were.

    A fact that cannot be folded is set aside with its error, and never costs its neighbours. Errors of the database
    itself (it is gone, its disk is full) are raised: nothing has happened, and all is tried again. A replay does not
    decide: what was decided stands in its log.
    """
    try:
        return _fold_slice(db, site_id, limit, worker, decides)
    except DATABASES_OWN:
        raise
    except Exception as error:
        if limit == 1:
            return _set_aside(db, site_id, worker, error)
        log.warning("a slice could not be folded; it is folded fact by fact", site=site_id)
        return _one_by_one(db, site_id, limit, worker, decides)


def _one_by_one(db: Database, site_id: str, limit: int, worker: str, decides: bool) -> int:
    folded = 0
    while folded < limit and fold_site(db, site_id, 1, worker, decides):
        folded += 1
    return folded


def _fold_slice(db: Database, site_id: str, limit: int, worker: str, decides: bool) -> int:
    with writing(db) as session:
        turn = _turn(session, site_id, worker)
        site = sites.find_site(session, site_id)
        batch = event_log.next_events(session, site_id, limit) if turn and site else []
        if not batch or turn is None or site is None:
            session.rollback()  # nothing to do: a claim would only keep others off
            return 0
        work = Slice(session, site, *turn, decides)
        work.prime([queued.event for queued in batch])
        folded = [event for queued in batch for event in _fold_with_decisions(work, queued.event)]
        work.flush()
        event_log.finish(session, site_id, batch, folded, turn[0] + 1)
        event_log.end_turn(session, site_id, work.seq, work.journal.last_tx)
    return len(batch)


def _fold_with_decisions(work: Slice, event: Event) -> list[Event]:
    """Fold a fact, then the decisions that it asked for; returns all of them, in the order of their numbers."""
    folded = [event]
    work.seq += 1
    fold(work, event)
    while work.decisions:
        made, work.decisions = work.decisions, []
        for decision in made:
            work.seq += 1
            fold(work, decision)
        folded += made
    return folded


def hold_turn(session: Session, site_id: str) -> None:
    """Keep every worker from folding this site until the transaction ends: by the lock on its row, not by a claim."""
    while (turn := _turn(session, site_id, "held")) is None:
        session.rollback()
        time.sleep(0.05)
    event_log.end_turn(session, site_id, *turn)


def _turn(session: Session, site_id: str, worker: str) -> tuple[int, int] | None:
    now_ms = CLAIM_CLOCK.now_ms()
    return event_log.take_turn(session, site_id, worker, now_ms, now_ms + CLAIM_MS)


def _set_aside(db: Database, site_id: str, worker: str, error: Exception) -> int:
    with writing(db) as session:
        turn = _turn(session, site_id, worker)
        key = event_log.next_key(session, site_id) if turn else None
        if key is None or turn is None:
            session.rollback()
            return 0
        log.error("a fact was set aside", site=site_id, source=key.source, error=type(error).__name__)
        event_log.put_aside(session, key, f"{type(error).__name__}: {error}"[:2000], CLAIM_CLOCK.now_ms())
        event_log.end_turn(session, site_id, *turn)
    return 1


def fold(work: Slice, event: Event) -> None:
    """One fact: what it says is looked up and kept, then every conversion that it touches is settled."""
    work.times[work.seq] = event.at_ms
    HANDLERS[type(event.fact)](work, event, event.fact)
    for conversion_id in sorted(work.touched):
        settle(work, event, conversion_id)
    work.touched.clear()

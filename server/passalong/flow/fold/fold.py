"""Fold facts in order, each numbered, each with all its effects, a slice of them in one transaction."""

import time

import structlog
from sqlalchemy.orm import Session

from passalong.core.facts import Event
from passalong.core.pools.facts import PoolShared
from passalong.core.webhooks.events import EventType
from passalong.core.webhooks.payloads import Quarantine
from passalong.flow.fold import event_lines
from passalong.flow.fold.handlers import HANDLERS
from passalong.flow.fold.priming import prime
from passalong.flow.fold.settle import settle
from passalong.flow.fold.slice import Slice
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store import event_log, sites
from passalong.store.database_errors import Blame, blame
from passalong.store.engine import Database
from passalong.store.event_log import Queued
from passalong.store.queries import due
from passalong.store.webhooks import feed
from passalong.store.webhooks.feed import Draft

SLICE = 100
"""The number of facts folded in one transaction: few, so that on SQLite notes never wait long for the writer."""
CLAIM_MS = 30_000
"""The duration of a lease: it lapses when its worker is gone."""
CLAIM_CLOCK = SystemClock()
"""Leases use the machine's clock: no fact and no amount depends on their time."""
log = structlog.get_logger()


def fold_site(db: Database, site_id: str, limit: int = SLICE, worker: str = "alone", decides: bool = True) -> int:
    """Fold the next facts of one site, with every effect, in one transaction; returns the number of events folded.

    A fact that cannot be folded is quarantined with its error, and never costs its neighbours. Errors of the database
    itself (it is gone, its disk is full) are raised: nothing has happened, and the slice is retried. A replay does not
    decide: its log has the decisions.
    """
    try:
        return _fold_slice(db, site_id, limit, worker, decides)
    except Exception as error:
        if blame(error) in (Blame.DATABASE, Blame.STATEMENT):
            raise
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
        turn = lease_site(session, site_id, worker)
        site = sites.find_site(session, site_id)
        batch = _within(event_log.next_events(session, site_id, limit), limit) if turn and site else []
        if not batch or turn is None or site is None:
            session.rollback()  # nothing to do: a lease would only keep other workers off
            return 0
        work = Slice(session, site, *turn, decides)
        work.at_ms = batch[-1].event.at_ms
        prime(work, [queued.event for queued in batch])
        folded = [event for queued in batch for event in _fold_with_decisions(work, queued.event)]
        work.flush()
        event_log.finish(session, site_id, batch, folded, turn[0] + 1)
        due_ms = due.next_due_ms(session, site_id, site.zones, batch[-1].event.at_ms)
        event_log.end_turn(session, site_id, work.seq, work.journal.last_tx, next_due_ms=due_ms)
    return len(batch)


def _within(batch: list[Queued], limit: int) -> list[Queued]:
    """Cut a batch to what weighs as much as `limit` plain facts: a share of a pool weighs as much as one."""
    weight = 0
    for number, queued in enumerate(batch):
        weight += len(queued.event.fact.shares) if isinstance(queued.event.fact, PoolShared) else 1
        if weight > limit:
            return batch[: max(1, number)]
    return batch


def _fold_with_decisions(work: Slice, event: Event) -> list[Event]:
    """Fold a fact, then the decisions that it asked for; returns all of them, in the order of their numbers."""
    folded = [event]
    work.seq += 1
    fold(work, event)
    while work.limit_decisions:
        events, work.limit_decisions = work.limit_decisions, []
        for decision in events:
            work.seq += 1
            fold(work, decision)
        folded += events
    return folded


def hold_turn(session: Session, site_id: str) -> None:
    """Keep every worker from folding this site until the transaction ends: by the lock on its row, not by a lease."""
    while (turn := lease_site(session, site_id, "held")) is None:
        session.rollback()
        time.sleep(0.05)
    event_log.end_turn(session, site_id, *turn)


def lease_site(session: Session, site_id: str, worker: str) -> tuple[int, int] | None:
    """Take or extend a lease; returns the site's last (seq, journal transaction), None if another worker has it."""
    now_ms = CLAIM_CLOCK.now_ms()
    return event_log.take_turn(session, site_id, worker, now_ms, now_ms + CLAIM_MS)


def _set_aside(db: Database, site_id: str, worker: str, error: Exception) -> int:
    with writing(db) as session:
        turn = lease_site(session, site_id, worker)
        key = event_log.next_key(session, site_id) if turn else None
        if key is None or turn is None:
            session.rollback()
            return 0
        log.error("a fact was set aside", site=site_id, source=key.source, error=type(error).__name__)
        now_ms = CLAIM_CLOCK.now_ms()
        event_log.put_aside(session, key, f"{type(error).__name__}: {error}"[:2000], now_ms)
        data = Quarantine(source=key.source, event_id=key.event_id, error=type(error).__name__)
        feed.append(session, site_id, [Draft(EventType.SITE_EVENT_QUARANTINED, now_ms, data)], now_ms)
        event_log.end_turn(session, site_id, *turn)
    return 1


def fold(work: Slice, event: Event) -> None:
    """Fold one fact: its handler looks up and stores what it says, then every changed conversion is settled."""
    work.times[work.seq] = event.at_ms
    work.time_zone = work.site.zone_at(event.at_ms)
    HANDLERS[type(event.fact)](work, event, event.fact)
    for conversion_id in sorted(work.touched):
        settle(work, event, conversion_id)
    work.touched.clear()
    event_lines.of_fact(work, event)

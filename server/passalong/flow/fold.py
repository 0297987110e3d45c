"""Folding: facts in order, each numbered, each with all its effects, a slice of them in one transaction."""

import time

import structlog
from msgspec.structs import replace
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from passalong.clock import SystemClock
from passalong.core.attribution import POOL, UNATTRIBUTED
from passalong.core.facts import (
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    Event,
    LinkShared,
    LinkVisited,
)
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.ledger import release
from passalong.core.reasons import Reason
from passalong.flow import tally
from passalong.flow.first_visit import find_first_visit, is_own, meet_new_visitor, refuse
from passalong.flow.posting import settle, visitors_with
from passalong.flow.slice import Slice
from passalong.flow.transaction import writing
from passalong.store import event_log, sites
from passalong.store.engine import Database
from passalong.store.journeys import Conversion, Visit

SLICE = 100
"""Facts folded in one transaction: few enough that on SQLite notes never wait long for the writer."""
CLAIM_MS = 30_000
"""How long a worker's claim on a site stands when the worker is gone without a word."""
CLAIM_CLOCK = SystemClock()
"""Claims are a matter of machines: no fact and no amount depends on their time."""
DATABASES_OWN = (OperationalError, ProgrammingError, InternalError, InterfaceError)
"""What no fact is to blame for: it is gone, full or read-only, or its tables are not (yet) those of this version."""

log = structlog.get_logger()


def fold_site(db: Database, site_id: str, limit: int = SLICE, worker: str = "alone") -> int:
    """Fold the next facts of one site, with every effect, in one transaction; returns how many it were.

    A fact that cannot be folded is set aside with its error, and never costs its neighbours. Errors of the database
    itself (it is gone, its disk is full) are raised: nothing has happened, and all is tried again.
    """
    try:
        return _fold_slice(db, site_id, limit, worker)
    except DATABASES_OWN:
        raise
    except Exception as error:
        if limit == 1:
            return _set_aside(db, site_id, worker, error)
        log.warning("a slice could not be folded; it is folded fact by fact", site=site_id)
        return _one_by_one(db, site_id, limit, worker)


def _one_by_one(db: Database, site_id: str, limit: int, worker: str) -> int:
    folded = 0
    while folded < limit and fold_site(db, site_id, 1, worker):
        folded += 1
    return folded


def _fold_slice(db: Database, site_id: str, limit: int, worker: str) -> int:
    with writing(db) as session:
        turn = _turn(session, site_id, worker)
        site = sites.find_site(session, site_id)
        batch = event_log.next_events(session, site_id, limit) if turn and site else []
        if not batch or turn is None or site is None:
            session.rollback()  # nothing to do: a claim would only keep others off
            return 0
        work = Slice(session, site, *turn)
        work.prime([queued.event for queued in batch])
        for queued in batch:
            work.seq += 1
            fold(work, queued.event)
        work.flush()
        event_log.finish(session, site_id, batch, turn[0] + 1)
        event_log.end_turn(session, site_id, work.seq, work.journal.last_tx)
    return len(batch)


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
    match event.fact:
        case LinkShared():
            _shared(work, event, event.fact)
        case LinkVisited():
            _visited(work, event, event.fact)
        case ConversionReported():
            _reported(work, event, event.fact)
        case ConversionRefunded():
            _refunded(work, event, event.fact)
        case ClockTicked():
            _ticked(work, event)
    for conversion_id in sorted(work.touched):
        settle(work, event, conversion_id)
    work.touched.clear()


def _shared(work: Slice, event: Event, fact: LinkShared) -> None:
    link = work.links.find(fact.share_id)
    if link is not None and fact.refused is None and tally.use_link(work, link, event.at_ms) and link.visitor_id:
        _rejoined(work, event, link.visitor_id)


def _visited(work: Slice, event: Event, fact: LinkVisited) -> None:
    link = work.links.find(fact.share_id)
    refused = fact.refused or (Reason.UNKNOWN_SHARE if link is None else None)
    visit = Visit(work.site_id, event.event_id, fact.visitor_id, fact.share_id, event.at_ms, fact.page_url, refused)
    work.visits.add(visit)
    for named in work.conversions.of_visit(visit.visit_id):
        _name_visitor(work, named)
    if refused is not None or link is None:
        refuse(work, event, visit, refused or Reason.UNKNOWN_SHARE)
        return
    if tally.use_link(work, link, event.at_ms) and link.visitor_id:
        _rejoined(work, event, link.visitor_id)
    joined = fact.advocate_id is not None and work.persons.join(
        advocate_key(fact.advocate_id), visitor_key(fact.visitor_id)
    )
    own = is_own(work, visit)
    if not own:
        tally.count_visit(work, visit, link)
    if joined:
        _rejoined(work, event, visit.visitor_id)
    else:
        _touch_conversions(work, visit)
        meet_new_visitor(work, event, visit, own)


def _touch_conversions(work: Slice, visit: Visit) -> None:
    """A visit may come in after a conversion that it led to: whatever it falls into the window of is settled anew."""
    visitors = visitors_with(work, visit.visitor_id)
    for conversion in work.conversions.of_visitors(visitors):
        if conversion.at_ms >= visit.at_ms and conversion.frozen_seq is None:
            work.touched.add(conversion.conversion_id)


def _rejoined(work: Slice, event: Event, visitor_id: str) -> None:
    """Two ids became one person: what is one's own changes, and so may every conversion that this person is in."""
    keys = work.persons.members(visitor_key(visitor_id))
    visitors = sorted(member[2:] for member in keys if member.startswith("v:"))
    advocates = {member[2:] for member in keys if member.startswith("a:")}
    for conversion in work.conversions.of_visitors(visitors):
        if conversion.frozen_seq is None:
            work.touched.add(conversion.conversion_id)
    if len(advocates) > 1:
        work.touched |= work.credits.conversions_crediting(advocates)
    find_first_visit(work, event, visitors)


def _reported(work: Slice, event: Event, fact: ConversionReported) -> None:
    conversion = Conversion(
        site_id=work.site_id,
        conversion_id=event.event_id,
        subject=f"conversion:{event.event_id}",
        goal=fact.goal,
        at_ms=event.at_ms,
        gross_micros=fact.gross_micros,
        currency=fact.currency,
        share_id=fact.share_id,
        visit_id=fact.visit_id,
        visitor_id=None,
        refused=fact.refused,
    )
    work.conversions.put(conversion)
    _name_visitor(work, conversion)


def _name_visitor(work: Slice, conversion: Conversion) -> None:
    """A code names a visit, and through it the visitor; a code whose visit belongs to another link does not."""
    visit = work.visits.find(conversion.visit_id)
    if visit is not None and visit.share_id == conversion.share_id and conversion.visitor_id is None:
        work.conversions.put(replace(conversion, visitor_id=visit.visitor_id))
    work.touched.add(conversion.conversion_id)


def _refunded(work: Slice, event: Event, fact: ConversionRefunded) -> None:
    work.conversions.refund(fact.conversion_id, event.event_id, event.at_ms, fact.amount_micros)
    work.touched.add(fact.conversion_id)


def _ticked(work: Slice, event: Event) -> None:
    """Every hold that has ended by now: what is waiting becomes the advocates' own, and the split is frozen."""
    for conversion in work.conversions.due(event.at_ms):
        for (recipient, unit), credit in work.credits.of(conversion.conversion_id).items():
            _release(work, event, conversion, recipient, unit, credit.amount_micros)
            work.credits.put(replace(credit, ready=True))
        work.conversions.put(replace(conversion, frozen_seq=work.seq))


def _release(work: Slice, event: Event, conversion: Conversion, recipient: str, unit: str, amount_micros: int) -> None:
    if amount_micros and recipient not in (POOL, UNATTRIBUTED):
        work.post(conversion.subject, event.at_ms, release(recipient, unit, amount_micros))
        tally.count_release(work, recipient, unit, amount_micros)

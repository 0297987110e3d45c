"""Fold all facts of a site anew under today's rules, for the upgrade from 0.2.0, and put the result in place.

A replay reads the decisions about caps that stand in the log. Here they are left out and made anew, because they name
other recipients, and because a referee reward counts in caps and budgets today. What was paid out stays paid: a
redemption that today's rules refuse is honoured, and the site bears what its person's credit does not cover.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Table, delete, inspect, select, update
from sqlalchemy.orm import Session

from passalong.core.facts import Event, LimitsDecided, encode_fact, input_hash
from passalong.core.ledger.entries import BORNE
from passalong.core.ledger.redemptions import Method, State
from passalong.core.redemptions.facts import RedemptionHonoured, RedemptionRequested
from passalong.flow.fold.fold import fold_site
from passalong.flow.replay.compare import MADE
from passalong.flow.replay.replay import BATCH, CONFIGURED, MakeTables
from passalong.flow.transaction import writing
from passalong.store import bulk, event_log
from passalong.store.engine import Database
from passalong.store.schema.append_only import lifted
from passalong.store.schema.credits import credits
from passalong.store.schema.event_log import events, numbered, turns
from passalong.store.schema.journal import journal
from passalong.store.schema.redemptions import uses
from passalong.store.schema.transparency import heads, heads_told, record_heads, tree_nodes, tree_tiles

LIMITS = "limits"
HONOURED = "use_honoured"
"""The source, and the kind, of facts that redemptions of 0.2.0 were carried out: each is folded after its request."""
DECIDED = (LimitsDecided, RedemptionHonoured)
"""Facts of an upgrade that was interrupted, or of 0.2.0, which are made anew."""
SEALED = (heads, heads_told, record_heads, tree_nodes, tree_tiles)


class Change(Struct, frozen=True, order=True):
    """A change of one advocate's credit in one unit: the amount under the old rules, and the new one."""

    unit: str
    recipient: str
    before_micros: int
    after_micros: int


class ChangedRedemption(Struct, frozen=True):
    """A redemption that is in another state under the new rules, or of which the site bears a part."""

    redemption_id: str
    amount_micros: int
    unit: str
    before: str
    after: str
    borne_micros: int = 0


@contextmanager
def refolded(db: Database, site_id: str, make_tables: MakeTables) -> Iterator[Database]:
    """A database with all of the site's facts, folded by today's rules. The database may be at 0.2.0's tables."""
    with tempfile.TemporaryDirectory(prefix="passalong-refold-") as folder:
        honoured: frozenset[str] = frozenset()
        while True:
            fresh = Database(f"sqlite:///{Path(folder) / f'{len(honoured)}.sqlite3'}")
            try:
                make_tables(fresh)
                with db.reading() as reading:
                    _configure(reading, fresh, site_id)
                    _fold(reading, fresh, site_id, honoured)
                if not (refused := _carried_out_and_refused(db, fresh, site_id)):
                    yield fresh
                    return
            finally:
                fresh.close()
            honoured |= refused


def _carried_out_and_refused(db: Database, fresh: Database, site_id: str) -> frozenset[str]:
    """Return the redemptions that were done, or sent to the bank, and that today's rules refuse.

    Credit that was given back is not among them: refused, it is the advocate's still.
    """
    columns = (uses.c.use_id, uses.c.state, uses.c.way, uses.c.batch_id)
    carried_out = {
        redemption_id
        for redemption_id, state, method, batch_id in _redemptions(db, site_id, *columns)
        if method != Method.GIVE_BACK and (state == State.DONE or (state == State.APPROVED and batch_id))
    }
    after = _redemptions(fresh, site_id, uses.c.use_id, uses.c.state)
    return frozenset(
        redemption_id for redemption_id, state in after if state == State.REFUSED and redemption_id in carried_out
    )


def _configure(reading: Session, fresh: Database, site_id: str) -> None:
    tables = inspect(reading.connection())
    for table in (table for table in CONFIGURED if tables.has_table(table.name)):
        names = {column["name"] for column in tables.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in names]
        rows = reading.execute(select(*columns).where(table.c.site_id == site_id)).mappings()
        with writing(fresh) as session:
            for part in rows.partitions(BATCH):
                bulk.insert_missing(session, table, [dict(row) for row in part])


def _fold(reading: Session, fresh: Database, site_id: str, honoured: frozenset[str]) -> None:
    seq = 0
    while part := event_log.numbered_events(reading, site_id, seq, BATCH):
        events = [(number, event) for number, event in part if not isinstance(event.fact, DECIDED)]
        facts = events + [
            (number, _honoured(event, event.fact))
            for number, event in events
            if isinstance(event.fact, RedemptionRequested) and event.event_id in honoured
        ]
        if facts:
            with writing(fresh) as session:
                event_log.append_in_order(session, facts)
        while fold_site(fresh, site_id):
            pass
        seq = part[-1][0]


def _honoured(event: Event, fact: RedemptionRequested) -> Event:
    """Return the fact that a redemption was carried out, at the time of its request and, by its source, after it."""
    honoured = RedemptionHonoured(event.event_id, fact.also)
    return Event(event.site_id, HONOURED, event.event_id, event.at_ms, input_hash(fact=encode_fact(honoured)), honoured)


def changes(db: Database, fresh: Database, site_id: str) -> list[Change]:
    """Every recipient whose credit is another, `pool` and `unattributed` among them."""
    before, after = _credit(db, site_id), _credit(fresh, site_id)
    keys = sorted({*before, *after})
    return [
        Change(unit, who, before[unit, who], after[unit, who])
        for unit, who in keys
        if before[unit, who] != after[unit, who]
    ]


def _credit(db: Database, site_id: str) -> Counter[tuple[str, str]]:
    counter: Counter[tuple[str, str]] = Counter()
    columns = (credits.c.unit, credits.c.recipient, credits.c.amount_micros)
    with db.reading() as session:
        for unit, who, micros in session.execute(select(*columns).where(credits.c.site_id == site_id)):
            counter[unit, who] += micros
    return counter


def changed_redemptions(db: Database, fresh: Database, site_id: str) -> list[ChangedRedemption]:
    """Return every redemption whose state is another, or that took from ids which are not one account and stands."""
    after = dict(_redemptions(fresh, site_id, uses.c.use_id, uses.c.state))
    columns = (uses.c.use_id, uses.c.amount_micros, uses.c.unit, uses.c.state)
    borne = _borne(fresh, site_id)
    return [
        ChangedRedemption(
            redemption_id, micros, unit, before, after[redemption_id], borne.get(f"use:{redemption_id}", 0)
        )
        for redemption_id, micros, unit, before in sorted(_redemptions(db, site_id, *columns))
        if before != after[redemption_id] or f"use:{redemption_id}" in borne
    ]


def _borne(fresh: Database, site_id: str) -> dict[str, int]:
    """Return what the site bears of redemptions, by subject."""
    statement = select(journal.c.subject, journal.c.amount_micros)
    with fresh.reading() as session:
        rows = session.execute(statement.where(journal.c.site_id == site_id, journal.c.account == BORNE))
        return {row.subject: row.amount_micros for row in rows}


def _redemptions(db: Database, site_id: str, *columns: Column[Any]) -> list[tuple[Any, ...]]:
    with db.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).where(uses.c.site_id == site_id))]


def put_in_place(session: Session, fresh: Database, site_id: str) -> None:
    """Replace everything that is made from the site's facts, and its numbers, in the transaction at hand.

    The tree of the old journal goes with it: the new one is sealed from its first line.
    """
    replaced = (numbered, *MADE)
    never_changed = [table.name for table in (*replaced, *SEALED, events)]
    with lifted(session, never_changed), fresh.reading() as copy:
        decided = (events.c.site_id == site_id, events.c.kind.in_((LIMITS, HONOURED)))
        session.execute(delete(events).where(*decided))
        _insert(session, events, copy, *decided)
        for table in (*replaced, *SEALED):
            session.execute(delete(table).where(table.c.site_id == site_id))
        for table in replaced:
            _insert(session, table, copy, table.c.site_id == site_id)
        turn = copy.execute(select(turns).where(turns.c.site_id == site_id)).mappings().one_or_none()
        if turn is not None:
            values = {name: turn[name] for name in ("last_seq", "last_tx")}
            session.execute(update(turns).where(turns.c.site_id == site_id).values(**values, next_due_ms=0))


def _insert(session: Session, table: Table, copy: Session, *conditions: object) -> None:
    rows = copy.execute(select(table).where(*conditions)).mappings()  # type: ignore[arg-type]
    for part in rows.partitions(BATCH):
        bulk.insert_all(session, table, [dict(row) for row in part])

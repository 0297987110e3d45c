"""Exported payouts: their batches, frozen destinations, the owner's account, and discount codes to give out."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from passalong.core.ledger.redemptions import Method, State
from passalong.store import bulk
from passalong.store.books.redemptions import Destination
from passalong.store.schema.payouts import discount_codes, payout_batches, payout_lines, payout_senders
from passalong.store.schema.redemptions import uses

OPEN_STATES = (State.APPROVED.value, State.DONE.value)
"""The states of redemptions that are in a payout's files: one that was declined after all is not to be paid."""


class Sender(Struct, frozen=True):
    """The account that the owner pays from; empty where it is unknown."""

    name: str = ""
    iban: str = ""


class Batch(Struct, frozen=True):
    """An exported payout."""

    batch_id: str
    exported_at_ms: int
    exported_by: str
    sender: Sender


class BatchLine(Struct, frozen=True):
    """A payout in a list: how many payments, their sum in each currency, and how many are not marked as paid yet.

    `declined` are the sums of what was declined after the export: it is in the files no more.
    """

    batch_id: str
    began_at_ms: int
    payments: int
    unpaid: int
    sums: tuple[tuple[str, int], ...]
    declined: tuple[tuple[str, int], ...] = ()


def find_batch(session: Session, site_id: str, batch_id: str) -> Batch | None:
    """Return an exported payout."""
    where = (payout_batches.c.site_id == site_id, payout_batches.c.batch_id == batch_id)
    row = session.execute(select(payout_batches).where(*where)).one_or_none()
    if row is None:
        return None
    sender = Sender(row.sender_name, row.sender_iban)
    return Batch(row.batch_id, row.exported_at_ms, row.exported_by, sender)


def add_batch(session: Session, site_id: str, batch: Batch) -> None:
    """Insert an exported payout; one that is there stays as it is."""
    row = {"site_id": site_id, "batch_id": batch.batch_id, "exported_at_ms": batch.exported_at_ms}
    row |= {"exported_by": batch.exported_by, "sender_name": batch.sender.name, "sender_iban": batch.sender.iban}
    bulk.insert_missing(session, payout_batches, [row])


def freeze(session: Session, site_id: str, places: Mapping[tuple[str, str], Destination]) -> None:
    """Keep the destination of each (redemption, advocate) as it is now; later changes do not reach the files."""
    rows = [
        {"site_id": site_id, "redemption_id": redemption_id, "advocate_id": advocate_id} | asdict(place)
        for (redemption_id, advocate_id), place in places.items()
    ]
    bulk.insert_missing(session, payout_lines, rows)


def frozen_places(session: Session, site_id: str, redemption_ids: Sequence[str]) -> dict[str, Destination]:
    """Return the frozen destinations of these redemptions; those that were erased are missing."""
    line = payout_lines.c
    statement = select(line.redemption_id, line.kind, line.name, line.account)
    rows = session.execute(statement.where(line.site_id == site_id, line.redemption_id.in_(redemption_ids)))
    return {row.redemption_id: Destination(row.kind, row.name, row.account) for row in rows}


def latest_batches(session: Session, site_id: str, limit: int) -> list[BatchLine]:
    """Return the payouts that were exported last, newest first."""
    batch, use = payout_batches.c, uses.c
    newest = (
        select(batch.batch_id, batch.exported_at_ms)
        .where(batch.site_id == site_id)
        .order_by(batch.exported_at_ms.desc(), batch.batch_id)
        .limit(limit)
        .subquery()
    )
    net = func.sum(use.amount_micros - use.fee_micros)
    statement = (
        select(newest, use.unit, use.state, func.count(), net)
        .join(uses, use.batch_id == newest.c.batch_id)
        .where(use.site_id == site_id, use.state.in_((*OPEN_STATES, State.REJECTED.value)))
        .group_by(newest.c.batch_id, newest.c.exported_at_ms, use.unit, use.state)
        .order_by(newest.c.exported_at_ms.desc(), newest.c.batch_id, use.unit, use.state)
    )
    lines: dict[str, BatchLine] = {}
    for batch_id, at_ms, unit, state, payments, micros in session.execute(statement):
        before = lines.get(batch_id, BatchLine(batch_id, at_ms, 0, 0, ()))
        lines[batch_id] = _with(before, unit, state, (payments, int(micros)))
    return list(lines.values())


def _with(line: BatchLine, unit: str, state: str, more: tuple[int, int]) -> BatchLine:
    """Return a batch with some payments more, of one unit and state."""
    payments, micros = more
    if state == State.REJECTED:
        return replace(line, declined=(*line.declined, (unit, micros)))
    unpaid = payments if state == State.APPROVED else 0
    sums = dict(line.sums)
    sums[unit] = sums.get(unit, 0) + micros
    return replace(
        line, payments=line.payments + payments, unpaid=line.unpaid + unpaid, sums=tuple(sorted(sums.items()))
    )


def count_unexported(session: Session, site_id: str) -> int:
    """Count the approved payouts that are in no batch."""
    loose = (uses.c.site_id == site_id, uses.c.state == State.APPROVED.value, uses.c.batch_id.is_(None))
    statement = select(func.count()).select_from(uses).where(*loose, uses.c.way == Method.PAYOUT.value)
    return session.scalar(statement) or 0


# --- the account that the owner pays from -----------------------------------------------------------------------------


def sender_of(session: Session, site_id: str) -> Sender:
    """Return the account that the owner pays from."""
    statement = select(payout_senders.c.name, payout_senders.c.iban).where(payout_senders.c.site_id == site_id)
    row = session.execute(statement).one_or_none()
    return Sender() if row is None else Sender(*row)


def put_sender(session: Session, site_id: str, sender: Sender) -> None:
    """Store the account that the owner pays from, also for exported payouts that have none yet."""
    bulk.upsert(session, payout_senders, [{"site_id": site_id} | asdict(sender)])
    without = (payout_batches.c.site_id == site_id, payout_batches.c.sender_iban == "")
    values = {"sender_name": sender.name, "sender_iban": sender.iban}
    session.execute(update(payout_batches).where(*without).values(values))


# --- discount codes ---------------------------------------------------------------------------------------------------


def add_codes(session: Session, site_id: str, codes: Iterable[str], worth: tuple[str, int], now_ms: int) -> None:
    """Add codes worth `(unit, micros)` each to the list; known ones stay as they are."""
    unit, micros = worth
    rows = [
        {"site_id": site_id, "code": code, "unit": unit, "amount_micros": micros, "added_at_ms": now_ms}
        for code in codes
    ]
    bulk.insert_missing(session, discount_codes, rows)


def codes_left(session: Session, site_id: str) -> dict[tuple[str, int], int]:
    """Count the codes that were not given out, by unit and worth."""
    code = discount_codes.c
    statement = select(code.unit, code.amount_micros, func.count())
    free = statement.where(code.site_id == site_id, code.redemption_id.is_(None))
    return {
        (unit, micros): left for unit, micros, left in session.execute(free.group_by(code.unit, code.amount_micros))
    }


def take_code(session: Session, site_id: str, redemption_id: str, worth: tuple[str, int]) -> str | None:
    """Give a redemption its code: the one that it has, or the oldest free one of that worth; None if there is none."""
    code = discount_codes.c
    has = select(code.code).where(code.site_id == site_id, code.redemption_id == redemption_id)
    if (own_code := session.scalar(has)) is not None:
        return str(own_code)
    free = select(code.code).where(code.site_id == site_id, code.redemption_id.is_(None))
    free = free.where(code.unit == worth[0], code.amount_micros == worth[1])
    free_code = session.scalar(free.order_by(code.added_at_ms, code.code).limit(1).with_for_update(skip_locked=True))
    if free_code is not None:
        conditions = (code.site_id == site_id, code.code == free_code)
        session.execute(update(discount_codes).where(*conditions).values(redemption_id=redemption_id))
    return None if free_code is None else str(free_code)

"""The lines of an advocate's ledger: credits, what was taken back, and redemptions, newest first, in pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.decisions import Decision
from passalong.core.ledger.entries import BORNE
from passalong.core.ledger.expiry import EXPIRED
from passalong.core.ledger.line_kinds import SHARED, LineKind, period_in
from passalong.core.ledger.redemptions import Method, State
from passalong.store.advocate_rows import of_each
from passalong.store.books import redemptions
from passalong.store.books.credits import Credit
from passalong.store.books.decisions import decisions_about
from passalong.store.books.redemptions import Redemption
from passalong.store.engine import bytewise
from passalong.store.few import is_few
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.views import LedgerRow
from passalong.store.schema.credits import credits
from passalong.store.schema.journal import journal

CSV_ROWS = 1_000
SUM = re.compile(r"-?[0-9]{1,19}", re.ASCII)
Cursor = tuple[int, str]
"""The time and the id of the last line that was shown."""


class LedgerPage(Struct, frozen=True):
    """A page of the ledger: at most `limit` lines after the cursor `before`. `standing` are the sums above them."""

    limit: int
    before: str | None = None
    standing: Mapping[str, int] = MappingProxyType({})


def page(
    session: Session, site_id: str, advocate_ids: Sequence[str], wanted: LedgerPage
) -> tuple[tuple[LedgerRow, ...], str | None]:
    """Return a page of the ledger with its running sums, and the cursor of the next."""
    before, limit = wanted.before, wanted.limit
    cursor = _cursor(session, site_id, advocate_ids, before)
    lines_read = _newest(session, site_id, advocate_ids, cursor, limit + 1)
    page_lines = lines_read[:limit]
    rows, left = _running(_rows(session, site_id, page_lines), _sums_of(before) if cursor else wanted.standing)
    if len(lines_read) <= limit:
        return rows, None
    carried = ",".join(f"{unit}={micros}" for unit, micros in sorted(left.items()))
    return rows, f"{carried}.{_place(page_lines[-1])[1]}"


def every_line(session: Session, site_id: str, advocate_ids: Sequence[str]) -> Iterator[LedgerRow]:
    """Return the whole ledger, newest first: for a download."""
    before: Cursor | None = None
    while batch := _newest(session, site_id, advocate_ids, before, CSV_ROWS):
        yield from _rows(session, site_id, batch)
        before = _place(batch[-1])


def state_of(credit: Credit) -> str:
    """Return whether a credit is waiting, held for a review, ready, all taken back, or expired."""
    if credit.kind is LineKind.EXPIRED:
        return EXPIRED
    if credit.taken_micros and not credit.amount_micros:
        return "taken_back"
    if credit.ready:
        return "ready"
    return "held" if credit.on_hold else "waiting"


def _running(rows: Iterable[LedgerRow], standing: Mapping[str, int]) -> tuple[tuple[LedgerRow, ...], dict[str, int]]:
    """Return the rows with their running sum per unit, and what is left for older rows."""
    left, running = dict(standing), []
    for row in rows:
        running.append(replace(row, running_micros=left.get(row.unit)))
        if row.unit in left:
            left[row.unit] -= row.amount_micros
    return tuple(running), left


def _cursor(session: Session, site_id: str, advocate_ids: Sequence[str], text: str | None) -> Cursor | None:
    """Return the position of the last shown line, without a time that could identify a visitor.

    Raises BadCursorError.
    """
    if not text:
        return None
    name = text.partition(".")[2]
    named = (credits.c.site_id == site_id, credits.c.recipient.in_(advocate_ids), credits.c.line_id == name)
    at_ms: int | None = session.scalar(select(credits.c.at_ms).where(*named).limit(1)) if name else None
    if at_ms is None and name:
        redemption = redemptions.find_redemption(session, site_id, name)
        at_ms = redemption.at_ms if redemption is not None and redemption.advocate_id in advocate_ids else None
    if at_ms is None:
        raise BadCursorError(text)
    return at_ms, name


def _sums_of(before: str | None) -> dict[str, int]:
    """Return a cursor's sums, so that no page has to add up the newer lines."""
    carried = (before or "").partition(".")[0]
    pairs = [pair.partition("=") for pair in carried.split(",")[:40]]
    return {unit: int(micros) for unit, _, micros in pairs if SUM.fullmatch(micros)}


def _place(line: Credit | Redemption) -> Cursor:
    return line.at_ms, line.line_id if isinstance(line, Credit) else line.redemption_id


def _newest(
    session: Session, site_id: str, advocate_ids: Sequence[str], before: Cursor | None, limit: int
) -> list[Credit | Redemption]:
    """Return credits and redemptions of all ids in one order, reading no more of each than fit."""
    lines: list[Credit | Redemption] = [
        *_credits(session, site_id, advocate_ids, before, limit),
        *redemptions.redemptions_before(session, site_id, advocate_ids, redemptions.RedemptionPage(before, limit)),
    ]
    return sorted(lines, key=_place, reverse=True)[:limit]


def _credits(
    session: Session, site_id: str, advocate_ids: Sequence[str], before: Cursor | None, limit: int
) -> list[Credit]:
    name = bytewise(session, credits.c.line_id)

    def newest(recipient: str) -> Select[Any]:
        conditions = credits.c.recipient == recipient, or_(credits.c.earned_micros > 0, credits.c.amount_micros < 0)
        statement = select(credits).where(credits.c.site_id == site_id, *conditions)
        if before is not None:
            statement = statement.where(tuple_(credits.c.at_ms, name) < before)
        return statement.order_by(credits.c.at_ms.desc(), name.desc()).limit(limit)

    return [Credit(**row._mapping) for row in of_each(session, advocate_ids, newest)]


def _rows(session: Session, site_id: str, lines: Sequence[Credit | Redemption]) -> Iterator[LedgerRow]:
    credit_lines = [line for line in lines if isinstance(line, Credit)]
    few = is_few(session, site_id, [line.share_id for line in credit_lines])
    gifts = _gifts(session, site_id, credit_lines)
    borne = _borne(session, site_id, [line for line in lines if isinstance(line, Redemption)])
    for line in lines:
        if isinstance(line, Redemption):
            yield _redemption_row(line, borne.get(line.redemption_id, 0))
            continue
        row = _row(line, line.kind in SHARED and few[line.share_id], gifts.get(line.subject))
        if line.kind is LineKind.EXPIRED:
            yield replace(row, state=EXPIRED, amount_micros=line.amount_micros)
            continue
        if line.taken_micros:
            at_ms = line.taken_at_ms or line.at_ms
            yield replace(row, state="taken_back", amount_micros=-line.taken_micros, at_ms=at_ms)
        state = state_of(line)
        yield replace(row, state=state, until_ms=line.release_at_ms if state == "waiting" else None)


def _gifts(session: Session, site_id: str, lines: Iterable[Credit]) -> dict[str, Decision]:
    """Return the decision with author and note behind credit that was given by hand, by subject."""
    subjects = sorted({line.subject for line in lines if line.kind in (LineKind.GIVEN, LineKind.GRANTED)})
    decisions = decisions_about(session, site_id, "conversion", subjects) if subjects else []
    return {decision.subject_id: decision for decision in decisions if decision.action == "give"}


def _borne(session: Session, site_id: str, lines: Sequence[Redemption]) -> dict[str, int]:
    """Return what the site bore of redemptions, so that they took less of a person's credit than they paid.

    Such are payouts of 0.2.0 that today's rules would have refused; the index of accounts finds that there are none.
    """
    subjects = [f"use:{line.redemption_id}" for line in lines if line.method == Method.PAYOUT]
    own = (journal.c.site_id == site_id, journal.c.account == BORNE, journal.c.subject.in_(subjects))
    rows = session.execute(select(journal.c.subject, journal.c.amount_micros).where(*own)) if subjects else ()
    return {row.subject.partition(":")[2]: row.amount_micros for row in rows}


def _row(credit: Credit, few: bool, gift: Decision | None) -> LedgerRow:
    return LedgerRow(
        line_id=credit.line_id,
        at_ms=credit.at_ms,
        goal=credit.goal,
        level=credit.level,
        state="ready",
        until_ms=None,
        amount_micros=credit.earned_micros,
        unit=credit.unit,
        few=few,
        kind=credit.kind,
        note=gift.note if gift else "",
        author=gift.author if gift else "",
        period=period_in(credit.subject) if credit.kind in (LineKind.POOL, LineKind.EXPIRED) else "",
    )


def _redemption_row(redemption: Redemption, borne_micros: int) -> LedgerRow:
    """Return the row of a redemption: its goal is the method; it is on its way until it is done."""
    state = "used" if redemption.state == State.DONE else "asked"
    amount_micros = borne_micros - redemption.amount_micros
    return LedgerRow(
        "",
        redemption.at_ms,
        redemption.method.value,
        0,
        state,
        None,
        amount_micros,
        redemption.unit,
        False,
        None,
        redemption.redemption_id,
    )

"""The lines of an advocate's ledger: credits, what was taken back of them, and uses, newest first, read in pages."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.expiry import EXPIRED
from passalong.core.settlement import State
from passalong.core.trees import FEW
from passalong.store import uses
from passalong.store.credits import Credit
from passalong.store.read_models import conversions, credits, link_totals
from passalong.store.several import of_each
from passalong.store.uses import Use
from passalong.store.views import LedgerRow

CSV_ROWS = 1_000
SUM = re.compile(r"-?[0-9]{1,19}", re.ASCII)
Cursor = tuple[int, str]
"""The time and the id of the last line that was shown."""


def page(
    session: Session, site_id: str, mine: Sequence[str], before: str | None, limit: int, standing: dict[str, int]
) -> tuple[tuple[LedgerRow, ...], str | None]:
    """A page of the ledger with its running sums, and the cursor of the next. `standing` are the sums on top."""
    cursor = _cursor(session, site_id, mine, before)
    found = _newest(session, site_id, mine, cursor, limit + 1)
    shown = found[:limit]
    rows, left = _running(_rows(session, site_id, shown), _sums_of(before) if cursor else standing)
    if len(found) <= limit:
        return rows, None
    carried = ",".join(f"{unit}={micros}" for unit, micros in sorted(left.items()))
    return rows, f"{carried}.{_place(shown[-1])[1]}"


def every_line(session: Session, site_id: str, mine: Sequence[str]) -> Iterator[LedgerRow]:
    """The whole ledger, newest first: for a download."""
    before: Cursor | None = None
    while found := _newest(session, site_id, mine, before, CSV_ROWS):
        yield from _rows(session, site_id, found)
        before = _place(found[-1])


def is_few(session: Session, site_id: str, share_ids: Iterable[str | None]) -> dict[str | None, bool]:
    """For each link whether fewer than five people came by it: such a line names neither item nor day."""
    asked = {share_id for share_id in share_ids if share_id}
    rows = session.execute(
        select(link_totals.c.share_id, link_totals.c.people).where(
            link_totals.c.site_id == site_id, link_totals.c.share_id.in_(sorted(asked))
        )
    )
    people = {row.share_id: row.people for row in rows}
    few: dict[str | None, bool] = {share_id: people.get(share_id, 0) < FEW for share_id in asked}
    return few | {None: True}


def held_of(session: Session, site_id: str, found: Iterable[Credit]) -> set[str]:
    """Of the conversions that these credits come from, those that a person is looking at."""
    asked = sorted({credit.conversion_id for credit in found if not credit.ready})
    held = select(conversions.c.conversion_id).where(
        conversions.c.site_id == site_id, conversions.c.conversion_id.in_(asked), conversions.c.held
    )
    return set(session.scalars(held)) if asked else set()


def state_of(credit: Credit, held: Container[str]) -> str:
    """Whether a credit is waiting, held for a review (`held_of`), ready, taken back altogether, or of what expired."""
    if credit.goal == EXPIRED:
        return EXPIRED
    if credit.taken_micros and not credit.amount_micros:
        return "taken_back"
    if credit.ready:
        return "ready"
    return "held" if credit.conversion_id in held else "waiting"


def _running(rows: Iterable[LedgerRow], standing: dict[str, int]) -> tuple[tuple[LedgerRow, ...], dict[str, int]]:
    """The rows with what they and all older ones add up to in their unit, and what is left for the older ones."""
    left, shown = dict(standing), []
    for row in rows:
        shown.append(replace(row, running_micros=left.get(row.unit)))
        if row.unit in left:
            left[row.unit] -= row.amount_micros
    return tuple(shown), left


def _cursor(session: Session, site_id: str, mine: Sequence[str], text: str | None) -> Cursor | None:
    """Where the line that was shown last stands: an address names it, and no time that could point at somebody."""
    name = (text or "").partition(".")[2]
    named = (credits.c.site_id == site_id, credits.c.recipient.in_(mine), credits.c.line_id == name)
    at_ms: int | None = session.scalar(select(credits.c.at_ms).where(*named).limit(1)) if name else None
    if at_ms is None and name:
        use = uses.find_use(session, site_id, name)
        at_ms = use.at_ms if use is not None and use.advocate_id in mine else None
    return None if at_ms is None else (at_ms, name)


def _sums_of(before: str | None) -> dict[str, int]:
    """What a cursor carries of the sums: they depend on it alone, so no page has to add up the newer lines."""
    carried = (before or "").partition(".")[0]
    pairs = [pair.partition("=") for pair in carried.split(",")[:40]]
    return {unit: int(micros) for unit, _, micros in pairs if SUM.fullmatch(micros)}


def _place(line: Credit | Use) -> Cursor:
    return line.at_ms, line.line_id if isinstance(line, Credit) else line.use_id


def _newest(
    session: Session, site_id: str, mine: Sequence[str], before: Cursor | None, limit: int
) -> list[Credit | Use]:
    """Credits and uses of all ids in one order; of each no more are read than fit."""
    found: list[Credit | Use] = [
        *_credits(session, site_id, mine, before, limit),
        *uses.uses_before(session, site_id, mine, before, limit),
    ]
    return sorted(found, key=_place, reverse=True)[:limit]


def _credits(session: Session, site_id: str, mine: Sequence[str], before: Cursor | None, limit: int) -> list[Credit]:
    def newest(recipient: str) -> Select[Any]:
        found = credits.c.recipient == recipient, or_(credits.c.earned_micros > 0, credits.c.goal == EXPIRED)
        statement = select(credits).where(credits.c.site_id == site_id, *found)
        if before is not None:
            statement = statement.where(tuple_(credits.c.at_ms, credits.c.line_id) < before)
        return statement.order_by(credits.c.at_ms.desc(), credits.c.line_id.desc()).limit(limit)

    return [Credit(**row._mapping) for row in of_each(session, mine, newest)]


def _rows(session: Session, site_id: str, found: Sequence[Credit | Use]) -> Iterable[LedgerRow]:
    given = [line for line in found if isinstance(line, Credit)]
    few, held = is_few(session, site_id, [line.share_id for line in given]), held_of(session, site_id, given)
    for line in found:
        if isinstance(line, Use):
            yield _use_row(line)
            continue
        if line.goal == EXPIRED:
            yield _row(line, EXPIRED, line.amount_micros, line.at_ms, {None: False})
            continue
        if line.taken_micros:
            yield _row(line, "taken_back", -line.taken_micros, line.taken_at_ms, few)
        yield _row(line, state_of(line, held), line.earned_micros, line.at_ms, few)


def _row(credit: Credit, state: str, amount_micros: int, at_ms: int | None, few: dict[str | None, bool]) -> LedgerRow:
    return LedgerRow(
        line_id=credit.line_id,
        at_ms=at_ms or credit.at_ms,
        goal=credit.goal,
        level=credit.level,
        state=state,
        until_ms=credit.release_at_ms if state == "waiting" else None,
        amount_micros=amount_micros,
        unit=credit.unit,
        few=few.get(credit.share_id, True),
    )


def _use_row(use: Use) -> LedgerRow:
    """A use: its goal is the way; what is not done yet is on its way."""
    state = "used" if use.state == State.DONE else "asked"
    amount_micros = -use.amount_micros
    return LedgerRow("", use.at_ms, use.way.value, 0, state, None, amount_micros, use.unit, False, None, use.use_id)

"""What an advocate's pages read: rollups and credits, never raw facts, so their cost does not grow with history."""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.terms import Terms
from passalong.store import shared
from passalong.store.credits import Credit
from passalong.store.read_models import advocate_totals, credits, link_totals, page_totals, unit_totals
from passalong.store.tables import advocates
from passalong.store.views import AdvocateCredit, AdvocateHome, LedgerRow, LinkLine, NextRelease, UnitSums

FEW = 5
"""A link with fewer arrivals than this is described without item and day."""
PAGE_ROWS = 50
CSV_ROWS = 1_000
SUM = re.compile(r"-?[0-9]{1,19}", re.ASCII)
HOME_ROWS = 5


def advocate_home(session: Session, site_id: str, advocate_id: str, terms: Terms) -> AdvocateHome:
    """`/me`; `terms` are those in force now."""
    totals = session.execute(
        select(advocate_totals).where(
            advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id == advocate_id
        )
    ).one_or_none()
    newest = _newest(session, site_id, advocate_id, None, HOME_ROWS)
    lines = page_lines(session, site_id, advocate_id, HOME_ROWS)
    return AdvocateHome(
        pages=totals.pages if totals else 0,
        people=totals.people if totals else 0,
        passed_on=totals.passed_on if totals else 0,
        outcomes=totals.outcomes if totals else 0,
        sums=unit_sums(session, site_id, advocate_id),
        waiting_next=_next_release(session, site_id, advocate_id),
        links=lines,
        links_in_all=totals.pages if totals else 0,
        rows=tuple(_rows(session, site_id, newest))[:HOME_ROWS],
        pays_for=tuple(goal.name for goal in terms.goals),
        since_ms=_since(session, site_id, advocate_id),
        hold_days=terms.hold_days,
        way=shared.best_link(session, site_id, advocate_id, lines[0].page_url) if lines else None,
    )


def pages_in_all(session: Session, site_id: str, advocate_id: str) -> int:
    """How many pages this advocate passed along."""
    counted = select(advocate_totals.c.pages).where(
        advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id == advocate_id
    )
    return session.scalar(counted) or 0


def _since(session: Session, site_id: str, advocate_id: str) -> int | None:
    """When this advocate shared for the first time."""
    enrolled = select(advocates.c.created_at_ms).where(
        advocates.c.site_id == site_id, advocates.c.advocate_id == advocate_id
    )
    return session.scalar(enrolled)


def advocate_credit(session: Session, site_id: str, advocate_id: str, before: str | None) -> AdvocateCredit:
    """`/me/credit`, a page of it; `before` is the cursor that the page before gave, anything else starts anew."""
    cursor = _cursor(before)
    found = _newest(session, site_id, advocate_id, cursor, PAGE_ROWS + 1)
    shown = found[:PAGE_ROWS]
    sums = unit_sums(session, site_id, advocate_id)
    standing = {one.unit: one.earned_micros - one.taken_back_micros - one.used_micros for one in sums}
    rows, standing = _running(_rows(session, site_id, shown), _sums_of(before) if cursor else standing)
    carried = ",".join(f"{unit}={micros}" for unit, micros in sorted(standing.items()))
    older = f"{shown[-1].at_ms}.{shown[-1].line_id}.{carried}" if len(found) > PAGE_ROWS else None
    return AdvocateCredit(sums=sums, rows=rows, older=older)


def _running(rows: Iterable[LedgerRow], standing: dict[str, int]) -> tuple[tuple[LedgerRow, ...], dict[str, int]]:
    """The rows with what they and all older ones add up to in their unit, and what is left for the older ones."""
    left, shown = dict(standing), []
    for row in rows:
        shown.append(replace(row, running_micros=left.get(row.unit)))
        if row.unit in left:
            left[row.unit] -= row.amount_micros
    return tuple(shown), left


def _sums_of(before: str | None) -> dict[str, int]:
    """What a cursor carries of the sums: they depend on it alone, so no page has to add up the newer lines."""
    pairs = [pair.partition("=") for pair in (before or "").partition(".")[2].partition(".")[2].split(",")[:40]]
    return {unit: int(micros) for unit, _, micros in pairs if SUM.fullmatch(micros)}


def every_line(session: Session, site_id: str, advocate_id: str) -> Iterator[LedgerRow]:
    """The whole ledger, newest first, read in pages: for a download."""
    before: tuple[int, str] | None = None
    while found := _newest(session, site_id, advocate_id, before, CSV_ROWS):
        yield from _rows(session, site_id, found)
        before = (found[-1].at_ms, found[-1].line_id)


def unit_sums(session: Session, site_id: str, advocate_id: str) -> tuple[UnitSums, ...]:
    """An advocate's sums, money before points."""
    rows = session.execute(
        select(unit_totals)
        .where(unit_totals.c.site_id == site_id, unit_totals.c.recipient == advocate_id)
        .order_by(unit_totals.c.unit)
    )
    return tuple(
        UnitSums(
            row.unit,
            row.earned_micros,
            row.waiting_micros,
            row.taken_back_micros,
            row.used_micros,
            row.ready_micros,
        )
        for row in rows
    )


def page_lines(session: Session, site_id: str, advocate_id: str, limit: int) -> tuple[LinkLine, ...]:
    """The pages that were passed along, those that brought most people first."""
    rows = session.execute(
        select(page_totals)
        .where(page_totals.c.site_id == site_id, page_totals.c.advocate_id == advocate_id)
        .order_by(page_totals.c.people.desc(), page_totals.c.page_hash)
        .limit(limit)
    )
    return tuple(
        LinkLine(row.title or row.page_url, row.page_url, row.people, row.passed_on, row.outcomes) for row in rows
    )


def find_credit(session: Session, site_id: str, advocate_id: str, line_id: str) -> Credit | None:
    """One line of an advocate's own ledger."""
    row = session.execute(
        select(credits)
        .where(credits.c.site_id == site_id, credits.c.line_id == line_id, credits.c.recipient == advocate_id)
        .order_by(credits.c.amount_micros.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Credit(**row._mapping)


def is_few(session: Session, site_id: str, share_ids: Iterable[str | None]) -> dict[str | None, bool]:
    """For each link whether fewer than five people came by it."""
    asked = {share_id for share_id in share_ids if share_id}
    rows = session.execute(
        select(link_totals.c.share_id, link_totals.c.people).where(
            link_totals.c.site_id == site_id, link_totals.c.share_id.in_(sorted(asked))
        )
    )
    people = {row.share_id: row.people for row in rows}
    few: dict[str | None, bool] = {share_id: people.get(share_id, 0) < FEW for share_id in asked}
    return few | {None: True}


def _cursor(text: str | None) -> tuple[int, str] | None:
    at_ms, line_id, *_ = [*(text or "").split(".", 2), "", ""]
    return (int(at_ms), line_id) if at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 else None


def _newest(
    session: Session, site_id: str, advocate_id: str, before: tuple[int, str] | None, limit: int
) -> list[Credit]:
    statement = select(credits).where(
        credits.c.site_id == site_id, credits.c.recipient == advocate_id, credits.c.earned_micros > 0
    )
    if before is not None:
        statement = statement.where(tuple_(credits.c.at_ms, credits.c.line_id) < before)
    rows = session.execute(statement.order_by(credits.c.at_ms.desc(), credits.c.line_id.desc()).limit(limit))
    return [Credit(**row._mapping) for row in rows]


def _rows(session: Session, site_id: str, found: Sequence[Credit]) -> Iterable[LedgerRow]:
    few = is_few(session, site_id, [credit.share_id for credit in found])
    for credit in found:
        if credit.taken_micros:
            yield _row(credit, "taken_back", -credit.taken_micros, credit.taken_at_ms, few)
        yield _row(credit, state_of(credit), credit.earned_micros, credit.at_ms, few)


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


def state_of(credit: Credit) -> str:
    """Whether a credit is waiting, ready or taken back altogether."""
    if credit.taken_micros and not credit.amount_micros:
        return "taken_back"
    return "ready" if credit.ready else "waiting"


def _next_release(session: Session, site_id: str, advocate_id: str) -> NextRelease | None:
    waiting = (
        credits.c.site_id == site_id,
        credits.c.recipient == advocate_id,
        credits.c.ready.is_(False),
        credits.c.amount_micros > 0,
    )
    first = session.scalar(select(func.min(credits.c.release_at_ms)).where(*waiting))
    if first is None:
        return None
    due = session.execute(select(credits).where(*waiting, credits.c.release_at_ms == first)).all()
    unit = min(row.unit for row in due)
    few = is_few(session, site_id, [row.share_id for row in due])
    amount = sum(row.amount_micros for row in due if row.unit == unit)
    return NextRelease(unit, amount, first, any(few.get(row.share_id, True) for row in due))

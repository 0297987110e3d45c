"""What an advocate's pages read: rollups and credits, never raw facts, so their cost does not grow with history."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.core.terms import Terms
from passalong.store import lines, shared
from passalong.store.credits import Credit
from passalong.store.lines import is_few
from passalong.store.read_models import advocate_totals, credits, page_totals, unit_totals
from passalong.store.tables import advocates
from passalong.store.views import AdvocateCredit, AdvocateHome, LinkLine, NextRelease, UnitSums

PAGE_ROWS = 50
HOME_ROWS = 5


def advocate_home(session: Session, site_id: str, advocate_id: str, terms: Terms) -> AdvocateHome:
    """`/me`; `terms` are those in force now."""
    totals = session.execute(
        select(advocate_totals).where(
            advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id == advocate_id
        )
    ).one_or_none()
    pages = page_lines(session, site_id, advocate_id, HOME_ROWS)
    return AdvocateHome(
        pages=totals.pages if totals else 0,
        people=totals.people if totals else 0,
        passed_on=totals.passed_on if totals else 0,
        outcomes=totals.outcomes if totals else 0,
        sums=unit_sums(session, site_id, advocate_id),
        waiting_next=_next_release(session, site_id, advocate_id),
        links=pages,
        links_in_all=totals.pages if totals else 0,
        rows=lines.page(session, site_id, advocate_id, None, HOME_ROWS, {})[0][:HOME_ROWS],
        pays_for=tuple(goal.name for goal in terms.goals),
        since_ms=since_ms(session, site_id, advocate_id),
        hold_days=terms.hold_days,
        way=shared.best_link(session, site_id, advocate_id, pages[0].page_url) if pages else None,
    )


def pages_in_all(session: Session, site_id: str, advocate_id: str) -> int:
    """How many pages this advocate passed along."""
    counted = select(advocate_totals.c.pages).where(
        advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id == advocate_id
    )
    return session.scalar(counted) or 0


def since_ms(session: Session, site_id: str, advocate_id: str) -> int | None:
    """When this advocate shared for the first time."""
    enrolled = select(advocates.c.created_at_ms).where(
        advocates.c.site_id == site_id, advocates.c.advocate_id == advocate_id
    )
    return session.scalar(enrolled)


def advocate_credit(session: Session, site_id: str, advocate_id: str, before: str | None) -> AdvocateCredit:
    """`/me/credit`, a page of it; `before` is the cursor that the page before gave, anything else starts anew."""
    sums = unit_sums(session, site_id, advocate_id)
    standing = {one.unit: one.earned_micros - one.taken_back_micros - one.used_micros for one in sums}
    rows, older = lines.page(session, site_id, advocate_id, before, PAGE_ROWS, standing)
    return AdvocateCredit(sums=sums, rows=rows, older=older)


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

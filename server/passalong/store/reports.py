"""What an advocate's pages read: rollups and credits, never raw facts, so their cost does not grow with history.

A person is read under all advocate ids that they have (`mine`, store.access.advocates_of): one for each browser.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from passalong.core.terms import Terms
from passalong.store import lines, shared
from passalong.store.credits import Credit
from passalong.store.lines import is_few
from passalong.store.read_models import advocate_totals, conversions, credits, page_totals, unit_totals
from passalong.store.several import of_each
from passalong.store.tables import advocates
from passalong.store.views import AdvocateCredit, AdvocateHome, LinkLine, NextRelease, UnitSums

PAGE_ROWS = 50
HOME_ROWS = 5


def advocate_home(session: Session, site_id: str, mine: Sequence[str], terms: Terms) -> AdvocateHome:
    """`/me`; `terms` are those in force now."""
    pages = page_lines(session, site_id, mine, HOME_ROWS)
    people, passed_on, outcomes = _reached(session, site_id, mine)
    in_all = pages_in_all(session, site_id, mine)
    return AdvocateHome(
        pages=in_all,
        people=people,
        passed_on=passed_on,
        outcomes=outcomes,
        sums=unit_sums(session, site_id, mine),
        waiting_next=_next_release(session, site_id, mine),
        links=pages,
        links_in_all=in_all,
        rows=lines.page(session, site_id, mine, None, HOME_ROWS, {})[0][:HOME_ROWS],
        pays_for=tuple(goal.name for goal in terms.goals),
        since_ms=since_ms(session, site_id, mine),
        hold_days=terms.hold_days,
        way=shared.best_link(session, site_id, mine, pages[0].page_url) if pages else None,
    )


def _reached(session: Session, site_id: str, mine: Sequence[str]) -> tuple[int, int, int]:
    """People who came, of these who passed it on, and outcomes."""
    counts = advocate_totals.c.people, advocate_totals.c.passed_on, advocate_totals.c.outcomes
    found = select(*(func.coalesce(func.sum(count), 0) for count in counts)).where(
        advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id.in_(mine)
    )
    people, passed_on, outcomes = session.execute(found).one()
    return int(people), int(passed_on), int(outcomes)


def pages_in_all(session: Session, site_id: str, mine: Sequence[str]) -> int:
    """How many pages were passed along; one that went out from two browsers is one."""
    if len(mine) == 1:
        totals = advocate_totals.c
        counted = select(totals.pages).where(totals.site_id == site_id, totals.advocate_id == mine[0])
        return session.scalar(counted) or 0
    pages = page_totals.c
    different = select(func.count(pages.page_hash.distinct())).where(
        pages.site_id == site_id, pages.advocate_id.in_(mine)
    )
    return session.scalar(different) or 0


def since_ms(session: Session, site_id: str, mine: Sequence[str]) -> int | None:
    """When this person shared for the first time."""
    enrolled = select(advocates.c.created_at_ms).where(
        advocates.c.site_id == site_id, advocates.c.advocate_id.in_(mine)
    )
    return min(session.scalars(enrolled), default=None)


def advocate_credit(session: Session, site_id: str, mine: Sequence[str], before: str | None) -> AdvocateCredit:
    """`/me/credit`, a page of it; `before` is the cursor that the page before gave, anything else starts anew."""
    sums = unit_sums(session, site_id, mine)
    standing = {one.unit: one.earned_micros - one.taken_back_micros - one.used_micros for one in sums}
    rows, older = lines.page(session, site_id, mine, before, PAGE_ROWS, standing)
    return AdvocateCredit(sums=sums, rows=rows, older=older)


def unit_sums(session: Session, site_id: str, mine: Sequence[str]) -> tuple[UnitSums, ...]:
    """A person's sums, money before points."""
    added = [func.sum(unit_totals.c[name]).label(name) for name in UnitSums.__struct_fields__[1:]]
    rows = session.execute(
        select(unit_totals.c.unit, *added)
        .where(unit_totals.c.site_id == site_id, unit_totals.c.recipient.in_(mine))
        .group_by(unit_totals.c.unit)
        .order_by(unit_totals.c.unit)
    )
    return tuple(UnitSums(unit, *map(int, sums)) for unit, *sums in rows)


def page_lines(session: Session, site_id: str, mine: Sequence[str], limit: int) -> tuple[LinkLine, ...]:
    """The pages that were passed along, those that brought most people first."""
    pages = shared.pages_of(site_id, mine)
    rows = session.execute(select(pages).order_by(pages.c.people.desc(), pages.c.page_hash).limit(limit))
    return tuple(
        LinkLine(row.title or row.page_url, row.page_url, row.people, row.passed_on, row.outcomes) for row in rows
    )


def find_credit(session: Session, site_id: str, mine: Sequence[str], line_id: str) -> Credit | None:
    """One line of a person's own ledger."""
    row = session.execute(
        select(credits)
        .where(credits.c.site_id == site_id, credits.c.line_id == line_id, credits.c.recipient.in_(mine))
        .order_by(credits.c.amount_micros.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Credit(**row._mapping)


def _next_release(session: Session, site_id: str, mine: Sequence[str]) -> NextRelease | None:
    held = exists().where(
        conversions.c.site_id == site_id, conversions.c.conversion_id == credits.c.conversion_id, conversions.c.held
    )
    waiting = (credits.c.site_id == site_id, credits.c.ready.is_(False), credits.c.amount_micros > 0, ~held)
    at_ms = credits.c.release_at_ms

    def soonest(recipient: str) -> Select[Any]:
        theirs = select(at_ms).where(*waiting, credits.c.recipient == recipient, at_ms.is_not(None))
        return theirs.order_by(at_ms).limit(1)

    first = min((row.release_at_ms for row in of_each(session, mine, soonest)), default=None)
    if first is None:
        return None
    due = session.execute(select(credits).where(*waiting, credits.c.recipient.in_(mine), at_ms == first)).all()
    unit = min(row.unit for row in due)
    few = is_few(session, site_id, [row.share_id for row in due])
    amount = sum(row.amount_micros for row in due if row.unit == unit)
    return NextRelease(unit, amount, first, any(few.get(row.share_id, True) for row in due))

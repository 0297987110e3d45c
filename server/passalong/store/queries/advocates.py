"""An advocate's pages: rollups and credits, never raw facts, so their cost does not grow with history.

A person is read under all advocate ids of their account (`mine`, store.books.identities.account): one for each browser.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from passalong.core.ledger.line_kinds import SHARED
from passalong.core.ledger.redemptions import Method, OfferedMethod, is_open, nearest, still_missing, usable
from passalong.store.advocate_rows import of_each
from passalong.store.books import redemptions
from passalong.store.books.credits import Credit
from passalong.store.few import is_few, merged
from passalong.store.prebuilt import find_among, find_where
from passalong.store.queries import ledger_lines, links
from passalong.store.queries.ledger_lines import LedgerPage
from passalong.store.queries.views import AdvocateCredit, AdvocateHome, LinkLine, Missing, NextRelease, UnitSums
from passalong.store.schema.advocates import advocate_totals, advocates
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.rollups import page_totals
from passalong.store.sites import Site, in_force, terms_versions

PAGE_ROWS = 50
HOME_ROWS = 5


def advocate_home(session: Session, site: Site, advocate_ids: Sequence[str], now_ms: int) -> AdvocateHome:
    """Return the content of `/me`."""
    site_id, versions = site.site_id, terms_versions(session, site.site_id)
    terms = in_force(versions, now_ms).terms
    sums, offers = unit_sums(session, site_id, advocate_ids), redemptions.methods_of(session, site)
    pages = page_lines(session, site_id, advocate_ids, HOME_ROWS)
    people, passed_on, outcomes, thanks = _reached(session, site_id, advocate_ids)
    in_all = pages_in_all(session, site_id, advocate_ids)
    return AdvocateHome(
        pages=in_all,
        people=people,
        passed_on=passed_on,
        outcomes=outcomes,
        thanks=merged(thanks),
        sums=sums,
        waiting_next=_next_release(session, site_id, advocate_ids),
        links=pages,
        links_in_all=in_all,
        rows=ledger_lines.page(session, site_id, advocate_ids, LedgerPage(HOME_ROWS))[0][:HOME_ROWS],
        pays_for=tuple(goal.name for goal in terms.goals),
        since_ms=since_ms(session, site_id, advocate_ids),
        hold_days=terms.hold_days,
        best_link=links.best_link(session, site_id, advocate_ids, pages[0].page_url) if pages else None,
        goals=tuple(sorted({goal.name for version in versions for goal in version.terms.goals})),
        usable=usable_now(offers, sums),
        missing=missing(offers, sums),
    )


def usable_now(offers: Sequence[OfferedMethod], sums: Sequence[UnitSums]) -> tuple[tuple[str, int], ...]:
    """Return a person's available credit by methods other than giving it back: (unit, micros)."""
    ready = {row.unit: row.ready_micros for row in sums}
    units = {
        method.unit
        for method in offers
        if method.method != Method.GIVE_BACK and is_open(method, ready.get(method.unit, 0))
    }
    return tuple((row.unit, usable(row.ready_micros, row.unit)) for row in sums if row.unit in units)


def missing(offers: Sequence[OfferedMethod], sums: Sequence[UnitSums]) -> Missing | None:
    """Return how much more is needed until the nearest method; None if one is open, or nothing is ready."""
    ready = {row.unit: row.ready_micros for row in sums}
    method = nearest(offers, ready)
    if method is None:
        return None
    return Missing(method.method.value, method.unit, still_missing(method, ready[method.unit]))


def _reached(session: Session, site_id: str, advocate_ids: Sequence[str]) -> tuple[int, int, int, int]:
    """Return people who came, of these who passed it on, results, and people who said thank you."""
    columns = tuple(advocate_totals.c[name] for name in ("people", "passed_on", "outcomes", "thanks"))
    rows = find_among(session, site_id, advocate_totals.c.advocate_id, advocate_ids, columns).all()
    people, passed_on, outcomes, thanks = (sum(row[place] for row in rows) for place in range(4))
    return people, passed_on, outcomes, thanks


def pages_in_all(session: Session, site_id: str, advocate_ids: Sequence[str]) -> int:
    """Return how many pages were shared; one that was shared from two browsers counts once."""
    if len(advocate_ids) == 1:
        row = find_where(session, site_id, advocate_totals, advocate_id=advocate_ids[0]).one_or_none()
        return 0 if row is None else int(row.pages)
    pages = page_totals.c
    different = select(func.count(pages.page_hash.distinct())).where(
        pages.site_id == site_id, pages.advocate_id.in_(advocate_ids)
    )
    return session.scalar(different) or 0


def since_ms(session: Session, site_id: str, advocate_ids: Sequence[str]) -> int | None:
    """Return when this person shared for the first time."""
    own, created = advocates.c.advocate_id, advocates.c.created_at_ms
    return min(find_among(session, site_id, own, advocate_ids, (created,)).scalars(), default=None)


def advocate_credit(session: Session, site_id: str, advocate_ids: Sequence[str], before: str | None) -> AdvocateCredit:
    """Return a page of `/me/credit`; `before` is the cursor of the previous page. Raises BadCursorError."""
    sums = unit_sums(session, site_id, advocate_ids)
    standing = {row.unit: row.earned_micros - row.taken_back_micros - row.used_micros for row in sums}
    rows, older = ledger_lines.page(session, site_id, advocate_ids, LedgerPage(PAGE_ROWS, before, standing))
    return AdvocateCredit(sums=sums, rows=rows, older=older)


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_SUMS = (
    select(unit_totals.c.unit, *(func.sum(unit_totals.c[name]).label(name) for name in UnitSums.__struct_fields__[1:]))
    .where(unit_totals.c.site_id == bindparam("of_site"), unit_totals.c.recipient.in_(_IDS))
    .group_by(unit_totals.c.unit)
    .order_by(unit_totals.c.unit)
)


def unit_sums(session: Session, site_id: str, advocate_ids: Sequence[str]) -> tuple[UnitSums, ...]:
    """Return a person's sums, money before points."""
    rows = session.execute(_SUMS, {"of_site": site_id, "ids": list(advocate_ids)})
    return tuple(UnitSums(unit, *map(int, sums)) for unit, *sums in rows)


def page_lines(session: Session, site_id: str, advocate_ids: Sequence[str], limit: int) -> tuple[LinkLine, ...]:
    """Return the shared pages, those that brought most people first."""
    pages = links.pages_of(site_id, advocate_ids)
    rows = session.execute(select(pages).order_by(pages.c.people.desc(), pages.c.page_hash).limit(limit))
    return tuple(
        LinkLine(row.title or row.page_url, row.page_url, row.people, row.passed_on, row.outcomes) for row in rows
    )


def find_credit(session: Session, site_id: str, advocate_ids: Sequence[str], line_id: str) -> Credit | None:
    """Return one line of a person's own ledger."""
    row = session.execute(
        select(credits)
        .where(credits.c.site_id == site_id, credits.c.line_id == line_id, credits.c.recipient.in_(advocate_ids))
        .order_by(credits.c.amount_micros.desc(), *credits.primary_key.columns)
        .limit(1)
    ).one_or_none()
    return None if row is None else Credit(**row._mapping)


def successor_of(session: Session, advocate_ids: Sequence[str], credit: Credit) -> Credit | None:
    """The credit of the same person that a line has become, when their browsers were joined; None without any."""
    row = session.execute(
        select(credits)
        .where(credits.c.site_id == credit.site_id, credits.c.conversion_id == credit.conversion_id)
        .where(credits.c.unit == credit.unit, credits.c.recipient.in_(advocate_ids), credits.c.earned_micros > 0)
        .order_by(credits.c.earned_micros.desc(), *credits.primary_key.columns)
        .limit(1)
    ).one_or_none()
    return None if row is None else Credit(**row._mapping)


def _next_release(session: Session, site_id: str, advocate_ids: Sequence[str]) -> NextRelease | None:
    in_time = (credits.c.ready.is_(False), credits.c.on_hold.is_(False))
    waiting = (credits.c.site_id == site_id, *in_time, credits.c.amount_micros > 0)
    at_ms = credits.c.release_at_ms

    def soonest(recipient: str) -> Select[Any]:
        theirs = select(at_ms).where(*waiting, credits.c.recipient == recipient, at_ms.is_not(None))
        return theirs.order_by(at_ms, credits.c.line_id).limit(1)

    first = min((row.release_at_ms for row in of_each(session, advocate_ids, soonest)), default=None)
    if first is None:
        return None
    rows = session.execute(select(credits).where(*waiting, credits.c.recipient.in_(advocate_ids), at_ms == first))
    due = [Credit(**row._mapping) for row in rows]
    unit = min(credit.unit for credit in due)
    few = is_few(session, site_id, [credit.share_id for credit in due])
    amount = sum(credit.amount_micros for credit in due if credit.unit == unit)
    hidden = any(credit.kind in SHARED and few[credit.share_id] for credit in due)
    return NextRelease(unit, amount, first, hidden)

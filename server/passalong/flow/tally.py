"""Counting for the pages: what each fact and each change of credit adds to the rollups."""

from passalong.core.days import day_of
from passalong.core.facts import NEW_VISITOR
from passalong.core.identity import advocate_key, visitor_key
from passalong.flow.slice import Slice
from passalong.store import identities, rollups
from passalong.store.credits import Credit
from passalong.store.journeys import Conversion, Visit
from passalong.store.links import IssuedLink


def page_key(advocate_id: str, page_url: str) -> str:
    """Who reached a visitor, when it is one page of one advocate."""
    return f"p:{advocate_id}:{rollups.page_hash(page_url)}"


def use_link(work: Slice, link: IssuedLink, at_ms: int) -> bool:
    """Count a link the first time it is shared or visited; True when that joined a visitor to the advocate."""
    if not rollups.first_use(work.session, work.site_id, link.share_id, link.advocate_id):
        return False
    _count_page(work, link, at_ms)
    rollups.count_day(work.session, work.site_id, day_of(at_ms, work.time_zone), shares=1)
    if link.parent_share_id:
        _count_passed_on(work, link)
    if link.visitor_id is None:
        return False
    return identities.join(work.session, work.site_id, advocate_key(link.advocate_id), visitor_key(link.visitor_id))


def _count_page(work: Slice, link: IssuedLink, at_ms: int) -> None:
    _ensure_page(work, link, at_ms)
    for whose in (link.advocate_id, rollups.EVERYBODY):
        rollups.count_page(work.session, work.site_id, whose, link.page_url, shares=1)


def _count_passed_on(work: Slice, link: IssuedLink) -> None:
    parent = work.links.find(link.parent_share_id or "")
    if parent is None or parent.advocate_id == link.advocate_id:
        return
    session, site_id = work.session, work.site_id
    if rollups.first_passed_on(session, site_id, advocate_key(parent.advocate_id), link.advocate_id):
        rollups.count_advocate(session, site_id, parent.advocate_id, passed_on=1)
    _ensure_page(work, parent, parent.issued_at_ms)
    for whose in (parent.advocate_id, rollups.EVERYBODY):
        if rollups.first_passed_on(session, site_id, page_key(whose, parent.page_url), link.advocate_id):
            rollups.count_page(session, site_id, whose, parent.page_url, passed_on=1)


def _ensure_page(work: Slice, link: IssuedLink, at_ms: int) -> None:
    """The rows of a page's totals, of this advocate and of everybody."""
    session, site_id = work.session, work.site_id
    rollups.add_page(session, site_id, rollups.EVERYBODY, link.page_url, link.title, at_ms)
    if rollups.add_page(session, site_id, link.advocate_id, link.page_url, link.title, at_ms):
        rollups.count_advocate(session, site_id, link.advocate_id, pages=1)


def count_visit(work: Slice, visit: Visit, link: IssuedLink) -> None:
    """Count a person who came, once for the advocate, the link, the page and the site each."""
    session, site_id, advocate_id = work.session, work.site_id, link.advocate_id
    if rollups.first_reached(session, site_id, "s", visit.visitor_id):
        rollups.count_day(session, site_id, day_of(visit.at_ms, work.time_zone), people=1)
    if rollups.first_reached(session, site_id, advocate_key(advocate_id), visit.visitor_id):
        rollups.count_advocate(session, site_id, advocate_id, people=1)
    if rollups.first_reached(session, site_id, f"l:{link.share_id}", visit.visitor_id):
        rollups.count_link(session, site_id, link.share_id, people=1)
    for whose in (advocate_id, rollups.EVERYBODY):
        if rollups.first_reached(session, site_id, page_key(whose, link.page_url), visit.visitor_id):
            rollups.count_page(session, site_id, whose, link.page_url, people=1)


def count_credit(work: Slice, before: Credit | None, after: Credit) -> None:
    """Count the change of one advocate's credit in their sums, their outcomes and the day's money."""
    was_earned, was_amount = (before.earned_micros, before.amount_micros) if before else (0, 0)
    earned, amount = after.earned_micros - was_earned, after.amount_micros - was_amount
    if earned or amount:
        bucket = "ready_micros" if after.ready else "waiting_micros"
        changes = {"earned_micros": earned, "taken_back_micros": earned - amount, bucket: amount}
        rollups.count_unit(work.session, work.site_id, after.recipient, after.unit, **changes)
        day = day_of(after.at_ms, work.time_zone)
        rollups.count_money(work.session, work.site_id, day, after.unit, went_back_micros=amount)
        if after.amount_micros > 0:
            rollups.credited(work.session, work.site_id, after.recipient, after.at_ms)
    outcomes = (after.earned_micros > 0) - (was_earned > 0)
    if outcomes and after.goal != NEW_VISITOR:
        _count_outcome(work, after, outcomes)


def _count_outcome(work: Slice, credit: Credit, outcomes: int) -> None:
    rollups.count_advocate(work.session, work.site_id, credit.recipient, outcomes=outcomes)
    link = work.links.find(credit.share_id or "")
    if link is not None:
        _ensure_page(work, link, link.issued_at_ms)
        rollups.count_page(work.session, work.site_id, link.advocate_id, link.page_url, outcomes=outcomes)


def count_conversion(work: Slice, before: Conversion, counted: bool, brought_micros: int) -> None:
    """Count the change of one outcome that sharing brought, and of its value."""
    if before.goal == NEW_VISITOR:
        return
    day = day_of(before.at_ms, work.time_zone)
    if counted != before.counted:
        rollups.count_day(work.session, work.site_id, day, outcomes=counted - before.counted)
        link = work.links.find(before.share_id or "")
        if link is not None:
            _ensure_page(work, link, link.issued_at_ms)
            change = counted - before.counted
            rollups.count_page(work.session, work.site_id, rollups.EVERYBODY, link.page_url, outcomes=change)
    value = brought_micros - before.brought_micros
    if value and before.currency:
        rollups.count_money(work.session, work.site_id, day, before.currency, brought_micros=value)


def count_release(work: Slice, recipient: str, unit: str, amount_micros: int) -> None:
    """Count credit whose hold has ended."""
    changes = {"waiting_micros": -amount_micros, "ready_micros": amount_micros}
    rollups.count_unit(work.session, work.site_id, recipient, unit, **changes)

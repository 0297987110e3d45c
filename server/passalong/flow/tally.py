"""Counting for the pages: what each fact and each change of credit adds to the rollups."""

from passalong.core.days import day_of
from passalong.core.facts import GIVEN, NEW_VISITOR
from passalong.core.identity import advocate_key, visitor_key
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.counters import EVERYBODY, page_hash
from passalong.store.credits import Credit
from passalong.store.links import IssuedLink
from passalong.store.read_models import (
    advocate_totals,
    day_money,
    day_totals,
    link_sent,
    link_totals,
    link_trees,
    site_units,
    unit_totals,
)
from passalong.store.visits import Visit

TREE_STEPS = 2
"""How many links before a link count who came by it: a picture of a link's way has three steps."""


def page_key(advocate_id: str, page_url: str) -> str:
    """Who reached a visitor, when it is one page of one advocate."""
    return f"p:{advocate_id}:{page_hash(page_url)}"


def use_link(work: Slice, link: IssuedLink, at_ms: int) -> bool:
    """Count a link the first time it is shared or visited; True when that joined a visitor to the advocate."""
    before = _passed_to(work, link)
    if not work.counters.first_use(link, before.share_id if before else None, at_ms):
        return False
    if before:
        work.counters.add(link_trees, before.share_id, branches=1)
    _ensure_page(work, link, at_ms)
    for whose in (link.advocate_id, EVERYBODY):
        work.counters.add_page(whose, link.page_url, shares=1)
    work.counters.add(day_totals, day_of(at_ms, work.time_zone), shares=1)
    if link.parent_share_id:
        _count_passed_on(work, link)
    if link.visitor_id is None:
        return False
    return work.persons.join(advocate_key(link.advocate_id), visitor_key(link.visitor_id))


def _passed_to(work: Slice, link: IssuedLink) -> IssuedLink | None:
    """The link of somebody else that this one goes on from."""
    parent = work.links.find(link.parent_share_id) if link.parent_share_id else None
    return None if parent is None or parent.advocate_id == link.advocate_id else parent


def count_sent(work: Slice, link: IssuedLink, to: str) -> None:
    """Count where a person sent their link."""
    work.counters.add(link_sent, link.share_id, to, times=1)


def _count_passed_on(work: Slice, link: IssuedLink) -> None:
    parent = work.links.find(link.parent_share_id or "")
    if parent is None or parent.advocate_id == link.advocate_id:
        return
    if work.counters.first_passed_on(advocate_key(parent.advocate_id), link.advocate_id):
        work.counters.add(advocate_totals, parent.advocate_id, passed_on=1)
    _ensure_page(work, parent, parent.issued_at_ms)
    for whose in (parent.advocate_id, EVERYBODY):
        if work.counters.first_passed_on(page_key(whose, parent.page_url), link.advocate_id):
            work.counters.add_page(whose, parent.page_url, passed_on=1)


def _ensure_page(work: Slice, link: IssuedLink, at_ms: int) -> None:
    """The rows of a page's totals, of this advocate and of everybody."""
    work.counters.first_page(EVERYBODY, link.page_url, link.title, at_ms)
    if work.counters.first_page(link.advocate_id, link.page_url, link.title, at_ms):
        work.counters.add(advocate_totals, link.advocate_id, pages=1)


def count_visit(work: Slice, visit: Visit, link: IssuedLink) -> None:
    """Count a person who came, once for the link, the page, the advocate and the site each."""
    advocate_id, visitor_id = link.advocate_id, visit.visitor_id
    if not work.counters.first_reached(f"l:{link.share_id}", visitor_id):
        return  # the link is one of the page's, the advocate's and the site's
    work.counters.add(link_totals, link.share_id, people=1)
    above = link
    for _ in range(TREE_STEPS):
        before = _passed_to(work, above)
        if before is None:
            break
        work.counters.add(link_trees, before.share_id, beneath=1)
        above = before
    for whose in (advocate_id, EVERYBODY):
        if work.counters.first_reached(page_key(whose, link.page_url), visitor_id):
            work.counters.add_page(whose, link.page_url, people=1)
    if work.counters.first_reached(advocate_key(advocate_id), visitor_id):
        work.counters.add(advocate_totals, advocate_id, people=1)
    if work.counters.first_reached("s", visitor_id):
        work.counters.add(day_totals, day_of(visit.at_ms, work.time_zone), people=1)


def count_credit(work: Slice, before: Credit | None, after: Credit) -> None:
    """Count the change of one advocate's credit in their sums, their outcomes and the day's money."""
    work.news.append((before, after))
    was_earned, was_amount = (before.earned_micros, before.amount_micros) if before else (0, 0)
    earned, amount = after.earned_micros - was_earned, after.amount_micros - was_amount
    if earned or amount:
        bucket = "ready_micros" if after.ready else "waiting_micros"
        changes = {"earned_micros": earned, "taken_back_micros": earned - amount, bucket: amount}
        work.counters.add(unit_totals, after.recipient, after.unit, **changes)
        waiting = 0 if after.ready else amount
        work.counters.add(site_units, after.unit, waiting_micros=waiting, taken_back_micros=earned - amount)
        day = day_of(after.at_ms, work.time_zone)
        work.counters.add(day_money, day, after.unit, went_back_micros=amount)
        if after.amount_micros > 0:
            work.counters.credited(after.recipient, after.at_ms)
    outcomes = (after.earned_micros > 0) - (was_earned > 0)
    if outcomes and after.goal not in (NEW_VISITOR, GIVEN):
        _count_outcome(work, after, outcomes)


def _count_outcome(work: Slice, credit: Credit, outcomes: int) -> None:
    work.counters.add(advocate_totals, credit.recipient, outcomes=outcomes)
    link = work.links.find(credit.share_id or "")
    if link is not None:
        _ensure_page(work, link, link.issued_at_ms)
        work.counters.add_page(link.advocate_id, link.page_url, outcomes=outcomes)
        work.counters.add(link_trees, link.share_id, outcomes=outcomes)


def count_conversion(work: Slice, before: Conversion, counted: bool, brought_micros: int) -> None:
    """Count the change of one outcome that sharing brought, and of its value."""
    if before.goal == NEW_VISITOR:
        return
    day = day_of(before.at_ms, work.time_zone)
    outcomes = counted - before.counted
    if outcomes:
        work.counters.add(day_totals, day, outcomes=outcomes)
        link = work.links.find(before.share_id or "")
        if link is not None:
            _ensure_page(work, link, link.issued_at_ms)
            work.counters.add_page(EVERYBODY, link.page_url, outcomes=outcomes)
    value = brought_micros - before.brought_micros
    if value and before.currency:
        work.counters.add(day_money, day, before.currency, brought_micros=value)


def count_pool(work: Slice, at_ms: int, unit: str, change_micros: int) -> None:
    """Count what a conversion adds to the pool, or takes from it."""
    work.counters.add(day_money, day_of(at_ms, work.time_zone), unit, pool_micros=change_micros)


def count_release(work: Slice, recipient: str, unit: str, amount_micros: int) -> None:
    """Count credit whose hold has ended."""
    changes = {"waiting_micros": -amount_micros, "ready_micros": amount_micros}
    work.counters.add(unit_totals, recipient, unit, **changes)
    work.counters.add(site_units, unit, waiting_micros=-amount_micros)


def count_expired(work: Slice, recipient: str, unit: str, amount_micros: int) -> None:
    """Count credit that expired: taken back from its owner. The day's money still has it, among those who share."""
    work.counters.add(unit_totals, recipient, unit, taken_back_micros=amount_micros, ready_micros=-amount_micros)
    work.counters.add(site_units, unit, taken_back_micros=amount_micros, expired_micros=amount_micros)


def count_use(work: Slice, advocate_id: str, unit: str, amount_micros: int) -> None:
    """Count credit that is used, or, below zero, that is ready again."""
    work.counters.add(unit_totals, advocate_id, unit, used_micros=amount_micros, ready_micros=-amount_micros)


def count_pool_share(work: Slice, advocate_id: str, unit: str, amount_micros: int, at_ms: int) -> None:
    """Count what somebody gets out of a pool: earned and ready at once; the day's money has it as the pool's."""
    work.counters.add(unit_totals, advocate_id, unit, earned_micros=amount_micros, ready_micros=amount_micros)
    work.counters.credited(advocate_id, at_ms)

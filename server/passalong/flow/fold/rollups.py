"""Rollups: what each fact and each change of credit adds to the totals that pages read."""

from collections.abc import Iterable
from functools import partial

from passalong.core.attribution.journey import NOBODYS
from passalong.core.facts import GIVEN, NEW_VISITOR
from passalong.core.identity import advocate_key
from passalong.core.ledger.entries import Line, demand_room_for
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit
from passalong.store.books.links import IssuedLink
from passalong.store.books.rollups import EVERYBODY, page_hash
from passalong.store.books.visits import Visit
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.inspection import channel_days
from passalong.store.schema.links import link_sent, link_totals, link_trees
from passalong.store.schema.rollups import day_money, day_totals, page_days, site_units

LINK = "link"
"""Evidence that a guest and a visitor share a browser: the link that the guest requested in it."""
TREE_STEPS = 2
"""How many ancestors of a link count its visitors: a share tree has three steps."""


def page_key(advocate_id: str, page_url: str) -> str:
    """Return who reached a visitor, for one page of one advocate."""
    return f"p:{advocate_id}:{page_hash(page_url)}"


def use_link(work: Slice, link: IssuedLink, at_ms: int) -> bool:
    """Count a link the first time it is shared or visited; True if that linked a visitor to the advocate."""
    before = _passed_to(work, link)
    if not work.rollups.first_use(link, before.share_id if before else None, at_ms):
        return False
    if before:
        work.rollups.add(link_trees, before.share_id, branches=1)
    _ensure_page(work, link, at_ms)
    for whose in (link.advocate_id, EVERYBODY):
        work.rollups.add_page(whose, link.page_url, shares=1)
    day = work.day(at_ms)
    work.rollups.add(day_totals, day, shares=1)
    work.rollups.add(page_days, day, page_hash(link.page_url), shares=1)
    work.rollups.active(link.advocate_id, at_ms)
    if link.parent_share_id:
        _count_passed_on(work, link, day)
    return link.visitor_id is not None and work.identities.see(
        link.advocate_id, link.visitor_id, (LINK, link.share_id), work.seq
    )


def _passed_to(work: Slice, link: IssuedLink) -> IssuedLink | None:
    """Return the parent link, if it belongs to somebody else."""
    parent = work.links.find(link.parent_share_id) if link.parent_share_id else None
    return None if parent is None or parent.advocate_id == link.advocate_id else parent


def count_sent(work: Slice, link: IssuedLink, to: str, at_ms: int) -> None:
    """Count where a person sent their link, for the person and, apart from them, for the site's day."""
    work.rollups.add(link_sent, link.share_id, to, times=1)
    work.rollups.add(channel_days, work.day(at_ms), to, times=1)
    work.rollups.active(link.advocate_id, at_ms)


def passed_on_keys(work: Slice, link: IssuedLink) -> list[tuple[str, str]]:
    """Return the rows that say from whom, and from which pages, the link's advocate passed on what they got."""
    parent = _passed_to(work, link)
    if parent is None:
        return []
    pages = [page_key(whose, parent.page_url) for whose in (parent.advocate_id, EVERYBODY)]
    return [(reacher, link.advocate_id) for reacher in (advocate_key(parent.advocate_id), *pages)]


def _count_passed_on(work: Slice, link: IssuedLink, day: str) -> None:
    parent = _passed_to(work, link)
    if parent is None:
        return
    if work.rollups.first_passed_on(advocate_key(parent.advocate_id), link.advocate_id):
        work.rollups.add(advocate_totals, parent.advocate_id, passed_on=1)
    _ensure_page(work, parent, parent.issued_at_ms)
    for whose in (parent.advocate_id, EVERYBODY):
        if work.rollups.first_passed_on(page_key(whose, parent.page_url), link.advocate_id):
            work.rollups.add_page(whose, parent.page_url, passed_on=1)
            if whose == EVERYBODY:
                work.rollups.add(page_days, day, page_hash(parent.page_url), passed_on=1)


def _ensure_page(work: Slice, link: IssuedLink, at_ms: int) -> None:
    """Ensure the rows of a page's totals, of this advocate and of everybody."""
    work.rollups.first_page(EVERYBODY, link.page_url, link.title, at_ms)
    if work.rollups.first_page(link.advocate_id, link.page_url, link.title, at_ms):
        work.rollups.add(advocate_totals, link.advocate_id, pages=1)


def count_visit(work: Slice, visit: Visit, link: IssuedLink) -> None:
    """Count a visitor, once for the link, the page, the advocate and the site each."""
    advocate_id, visitor_id = link.advocate_id, visit.visitor_id
    if not work.rollups.first_reached(f"l:{link.share_id}", visitor_id):
        return  # the link belongs to the page, the advocate and the site
    work.rollups.add(link_totals, link.share_id, people=1)
    above = link
    for _ in range(TREE_STEPS):
        before = _passed_to(work, above)
        if before is None:
            break
        work.rollups.add(link_trees, before.share_id, beneath=1)
        above = before
    for whose in (advocate_id, EVERYBODY):
        if work.rollups.first_reached(page_key(whose, link.page_url), visitor_id):
            work.rollups.add_page(whose, link.page_url, people=1)
    if work.rollups.first_reached(advocate_key(advocate_id), visitor_id):
        work.rollups.add(advocate_totals, advocate_id, people=1)
    if work.rollups.first_reached("s", visitor_id):
        day = work.day(visit.at_ms)
        work.rollups.add(day_totals, day, people=1)
        work.rollups.add(page_days, day, page_hash(link.page_url), people=1)


def count_thanks(work: Slice, link: IssuedLink, visit: Visit) -> None:
    """Count a visitor who said thank you, once for the link's advocate and once for the page that they shared."""
    whose, visitor_id = link.advocate_id, visit.visitor_id
    if work.rollups.first_reached(f"t:{whose}", visitor_id):
        work.rollups.add(advocate_totals, whose, thanks=1)
    if work.rollups.first_reached(f"t:{whose}:{page_hash(link.page_url)}", visitor_id):
        _ensure_page(work, link, link.issued_at_ms)
        work.rollups.add_page(whose, link.page_url, thanks=1)


def count_credit(work: Slice, before: Credit | None, after: Credit) -> None:
    """Count the change of one advocate's credit in their sums, their results and the day's money."""
    work.news.append((before, after))
    was_earned, was_amount = (before.earned_micros, before.amount_micros) if before else (0, 0)
    earned, amount = after.earned_micros - was_earned, after.amount_micros - was_amount
    if earned or amount:
        bucket = "ready_micros" if after.ready else "waiting_micros"
        changes = {"earned_micros": earned, "taken_back_micros": earned - amount, bucket: amount}
        work.rollups.add(unit_totals, after.recipient, after.unit, **changes)
        waiting = 0 if after.ready else amount
        work.rollups.add(site_units, after.unit, waiting_micros=waiting, taken_back_micros=earned - amount)
        day = work.day(after.at_ms)
        work.rollups.add(day_money, day, after.unit, went_back_micros=amount)
        if after.amount_micros > 0:
            work.rollups.credited(after.recipient, after.at_ms)


def count_outcomes(work: Slice, before: Iterable[Credit], after: Iterable[Credit]) -> None:
    """Count the change of results for everybody whom a conversion credits: one per person, in however many units."""
    had, has = _earning(before), _earning(after)
    for recipient in sorted(had.keys() ^ has.keys()):
        _count_outcome(work, (had | has)[recipient], 1 if recipient in has else -1)


def _earning(credits_read: Iterable[Credit]) -> dict[str, Credit]:
    """Return the credit by which each person earns something for bringing somebody, at their nearest level.

    The person who came, with their referee reward, has no level.
    """
    earning = [
        credit
        for credit in credits_read
        if credit.earned_micros > 0 and credit.level >= 0 and credit.recipient not in NOBODYS
        if credit.goal not in (NEW_VISITOR, GIVEN)
    ]
    return {credit.recipient: credit for credit in sorted(earning, key=lambda credit: (-credit.level, credit.unit))}


def _count_outcome(work: Slice, credit: Credit, outcomes: int) -> None:
    work.rollups.add(advocate_totals, credit.recipient, outcomes=outcomes)
    link = work.links.find(credit.share_id or "")
    if link is not None:
        _ensure_page(work, link, link.issued_at_ms)
        work.rollups.add_page(link.advocate_id, link.page_url, outcomes=outcomes)
        work.rollups.add(link_trees, link.share_id, outcomes=outcomes)


def count_conversion(work: Slice, before: Conversion, counted: bool, brought_micros: int) -> None:
    """Count the change of one result of sharing, and of its value."""
    if before.goal == NEW_VISITOR:
        return
    day = work.day(before.at_ms)
    outcomes = counted - before.counted
    if outcomes:
        work.rollups.add(day_totals, day, outcomes=outcomes)
        link = work.links.find(before.share_id or "")
        if link is not None:
            _ensure_page(work, link, link.issued_at_ms)
            work.rollups.add_page(EVERYBODY, link.page_url, outcomes=outcomes)
            work.rollups.add(page_days, day, page_hash(link.page_url), outcomes=outcomes)
    value = brought_micros - before.brought_micros
    if value and before.currency:
        line = Line("what sharing brought", before.currency, value)
        demand_room_for(line, partial(work.rollups.brought_micros, line.unit))
        work.rollups.add(day_money, day, before.currency, brought_micros=value)


def count_pool(work: Slice, at_ms: int, unit: str, change_micros: int) -> None:
    """Count what a conversion adds to the pool, or takes from it."""
    work.rollups.add(day_money, work.day(at_ms), unit, pool_micros=change_micros)


def count_release(work: Slice, recipient: str, unit: str, amount_micros: int) -> None:
    """Count credit whose hold has ended."""
    changes = {"waiting_micros": -amount_micros, "ready_micros": amount_micros}
    work.rollups.add(unit_totals, recipient, unit, **changes)
    work.rollups.add(site_units, unit, waiting_micros=-amount_micros)


def count_expired(work: Slice, recipient: str, unit: str, amount_micros: int, at_ms: int) -> None:
    """Count expired credit: taken back from its owner, and in the pool again."""
    work.rollups.add(unit_totals, recipient, unit, taken_back_micros=amount_micros, ready_micros=-amount_micros)
    work.rollups.add(site_units, unit, taken_back_micros=amount_micros, expired_micros=amount_micros)
    _move_to_pool(work, unit, amount_micros, at_ms)


def _move_to_pool(work: Slice, unit: str, amount_micros: int, at_ms: int) -> None:
    """Count credit that goes into a pool, or below zero, is shared out of it: what went back changes with it."""
    day = work.day(at_ms)
    work.rollups.add(day_money, day, unit, went_back_micros=-amount_micros, pool_micros=amount_micros)


def count_redemption(work: Slice, advocate_id: str, unit: str, amount_micros: int) -> None:
    """Count used credit, or below zero, credit that is available again."""
    work.rollups.add(unit_totals, advocate_id, unit, used_micros=amount_micros, ready_micros=-amount_micros)


def count_pool_share(work: Slice, share: Credit) -> None:
    """Count what somebody gets out of a pool: earned and gone back, and available at once unless it is held."""
    _move_to_pool(work, share.unit, -share.amount_micros, share.at_ms)
    bucket = "ready_micros" if share.ready else "waiting_micros"
    changes = {"earned_micros": share.amount_micros, bucket: share.amount_micros}
    work.rollups.add(unit_totals, share.recipient, share.unit, **changes)
    if not share.ready:
        work.rollups.add(site_units, share.unit, waiting_micros=share.amount_micros)
    work.rollups.credited(share.recipient, share.at_ms)

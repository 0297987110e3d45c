"""Counters that the fold keeps, so that a page's cost does not depend on how much has happened."""

import hashlib

from sqlalchemy import case
from sqlalchemy.orm import Session

from passalong.store.engine import add_to, count_up, insert, insert_new
from passalong.store.read_models import (
    advocate_totals,
    day_money,
    day_totals,
    link_totals,
    page_totals,
    passed_on,
    reached,
    unit_totals,
)

EVERYBODY = ""
"""The `advocate_id` under which a page's totals over all advocates stand."""


def page_hash(page_url: str) -> str:
    """The key of a page: addresses are too long for one."""
    return hashlib.sha256(page_url.encode()).hexdigest()[:32]


def first_use(session: Session, site_id: str, share_id: str, advocate_id: str) -> bool:
    """Note that a link is in use; True the first time."""
    return insert_new(session, link_totals, site_id=site_id, share_id=share_id, advocate_id=advocate_id)


def first_reached(session: Session, site_id: str, reacher: str, visitor_id: str) -> bool:
    """Note that this advocate, link, page or site reached a visitor; True the first time."""
    return insert_new(session, reached, site_id=site_id, reacher=reacher, visitor_id=visitor_id)


def first_passed_on(session: Session, site_id: str, reacher: str, advocate_id: str) -> bool:
    """Note that somebody passed on what they got from this advocate or page; True the first time."""
    return insert_new(session, passed_on, site_id=site_id, reacher=reacher, advocate_id=advocate_id)


def add_page(session: Session, site_id: str, advocate_id: str, page_url: str, title: str, at_ms: int) -> bool:
    """Note that an advocate passed a page along; True the first time."""
    return insert_new(
        session,
        page_totals,
        site_id=site_id,
        advocate_id=advocate_id,
        page_hash=page_hash(page_url),
        page_url=page_url,
        title=title,
        at_ms=at_ms,
    )


def count_page(session: Session, site_id: str, advocate_id: str, page_url: str, **amounts: int) -> None:
    """Add to the counters of one advocate's page, which `add_page` has made."""
    key = {"site_id": site_id, "advocate_id": advocate_id, "page_hash": page_hash(page_url)}
    count_up(session, page_totals, key, **amounts)


def count_link(session: Session, site_id: str, share_id: str, **amounts: int) -> None:
    """Add to the counters of one link."""
    count_up(session, link_totals, {"site_id": site_id, "share_id": share_id}, **amounts)


def count_advocate(session: Session, site_id: str, advocate_id: str, **amounts: int) -> None:
    """Add to the counters of one advocate."""
    add_to(session, advocate_totals, {"site_id": site_id, "advocate_id": advocate_id}, **amounts)


def credited(session: Session, site_id: str, advocate_id: str, at_ms: int) -> None:
    """Keep when an advocate was last credited."""
    key = {"site_id": site_id, "advocate_id": advocate_id}
    statement = insert(session, advocate_totals).values(**key, credited_at_ms=at_ms)
    later = case((advocate_totals.c.credited_at_ms < at_ms, at_ms), else_=advocate_totals.c.credited_at_ms)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_={"credited_at_ms": later}))


def count_day(session: Session, site_id: str, day: str, **amounts: int) -> None:
    """Add to the counters of one day of the site."""
    add_to(session, day_totals, {"site_id": site_id, "day": day}, **amounts)


def count_money(session: Session, site_id: str, day: str, unit: str, **amounts: int) -> None:
    """Add to what one day brought and gave back in one unit."""
    add_to(session, day_money, {"site_id": site_id, "day": day, "unit": unit}, **amounts)


def count_unit(session: Session, site_id: str, recipient: str, unit: str, **amounts: int) -> None:
    """Add to one advocate's sums in one unit."""
    add_to(session, unit_totals, {"site_id": site_id, "recipient": recipient, "unit": unit}, **amounts)

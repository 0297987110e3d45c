"""The open book, and totals of ranges of days."""

from datetime import date

from sqlalchemy import Column, case, func, select
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import KEPT
from passalong.core.facts import NEW_VISITOR
from passalong.store.books.rollups import ADVOCATES_CREDITED
from passalong.store.queries.views import (
    Brought,
    OpenBook,
    TermsLine,
)
from passalong.store.schema.conversions import conversions
from passalong.store.schema.journal import balances
from passalong.store.schema.links import issued_links
from passalong.store.schema.rollups import day_money, day_totals, site_counts, site_units
from passalong.store.schema.visits import visits
from passalong.store.sites import Site, TermsVersion, announced, in_force, terms_versions

ALWAYS = ("", "9999-12-31")
"""A range of days that holds every day."""


def open_book(session: Session, site: Site, now_ms: int) -> OpenBook:
    """Return the content of `/open/<site>`: the rule, every version of it, and the totals since the beginning."""
    versions = terms_versions(session, site.site_id)
    standing = in_force(versions, now_ms)
    terms = standing.terms
    _, people, outcomes = _counts(session, site.site_id, "")
    return OpenBook(
        rule=_terms_line(standing),
        coming=tuple(_terms_line(version) for version in announced(versions, max(now_ms, standing.since_ms))),
        terms=tuple(_terms_line(version) for version in reversed(versions)),
        people=people,
        outcomes=outcomes,
        advocates_credited=_ever_credited(session, site.site_id),
        money=money_between(session, site.site_id, ALWAYS),
        waiting=_over_all(session, site.site_id, site_units.c.waiting_micros),
        taken_back=_over_all(session, site.site_id, site_units.c.taken_back_micros),
        expired=_over_all(session, site.site_id, site_units.c.expired_micros),
        window_days=terms.window_days,
        hold_days=terms.hold_days,
        remember=site.remember,
    )


def _terms_line(version: TermsVersion) -> TermsLine:
    return TermsLine(version.terms.version, version.since_ms, version.note, version.terms, version.withdrawn_at_ms)


def lights(session: Session, site_id: str) -> dict[str, bool]:
    """Return the four checks of an installation: script loaded, shared, visited, converted."""
    shared = select(day_totals.c.day).where(day_totals.c.site_id == site_id, day_totals.c.shares > 0)
    reported = (conversions.c.goal != NEW_VISITOR, conversions.c.given_to.is_(None))
    queries = {
        "script": select(issued_links.c.share_id).where(issued_links.c.site_id == site_id),
        "share": shared,
        "arrival": select(visits.c.visit_id).where(visits.c.site_id == site_id, visits.c.refused.is_(None)),
        "outcome": select(conversions.c.conversion_id).where(conversions.c.site_id == site_id, *reported),
    }
    return {name: session.execute(rows.limit(1)).first() is not None for name, rows in queries.items()}


def between(session: Session, site_id: str, first: date, end: date) -> tuple[int, list[tuple[str, int]]]:
    """Return people who came from one day to the day before another, and what went back, by unit."""
    days = (first.isoformat(), end.isoformat())
    came = select(func.coalesce(func.sum(day_totals.c.people), 0)).where(
        day_totals.c.site_id == site_id, day_totals.c.day >= days[0], day_totals.c.day < days[1]
    )
    back = (
        select(day_money.c.unit, func.sum(day_money.c.went_back_micros).label("micros"))
        .where(day_money.c.site_id == site_id, day_money.c.day >= days[0], day_money.c.day < days[1])
        .group_by(day_money.c.unit)
        .order_by(day_money.c.unit)
    )
    money = [(row.unit, int(row.micros)) for row in session.execute(back) if row.micros > 0]
    return int(session.scalar(came) or 0), money


def _counts(session: Session, site_id: str, since_day: str) -> tuple[int, int, int]:
    sums = (func.coalesce(func.sum(column), 0) for column in (day_totals.c.shares, day_totals.c.people))
    row = session.execute(
        select(*sums, func.coalesce(func.sum(day_totals.c.outcomes), 0)).where(
            day_totals.c.site_id == site_id, day_totals.c.day >= since_day
        )
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def money_between(session: Session, site_id: str, days: tuple[str, str]) -> tuple[Brought, ...]:
    """Return what sharing brought and what went back, by unit, with today's pool and kept rewards.

    `days` are the first and the last day of the range, both included.
    """
    within = day_money.c.day.between(*days)
    brought, went_back = (
        func.sum(case((within, column), else_=0))
        for column in (day_money.c.brought_micros, day_money.c.went_back_micros)
    )
    rows = session.execute(
        select(day_money.c.unit, brought, went_back, func.sum(day_money.c.pool_micros))
        .where(day_money.c.site_id == site_id)
        .group_by(day_money.c.unit)
        .order_by(day_money.c.unit)
    )
    reserves = kept_rewards(session, site_id)
    return tuple(Brought(row[0], int(row[1]), int(row[2]), int(row[3]), reserves.get(row[0], 0)) for row in rows)


def kept_rewards(session: Session, site_id: str) -> dict[str, int]:
    """Return referee rewards that wait for people who are not known yet, by unit."""
    statement = select(balances.c.unit, balances.c.amount_micros).where(
        balances.c.site_id == site_id, balances.c.account == KEPT
    )
    return {unit: int(micros) for unit, micros in session.execute(statement)}


def _ever_credited(session: Session, site_id: str) -> int:
    counted = select(site_counts.c.amount).where(
        site_counts.c.site_id == site_id, site_counts.c.name == ADVOCATES_CREDITED
    )
    return session.scalar(counted) or 0


def _over_all(session: Session, site_id: str, column: Column[int]) -> tuple[tuple[str, int], ...]:
    """Return one of the advocates' sums over all of them, by unit."""
    rows = session.execute(
        select(site_units.c.unit, column).where(site_units.c.site_id == site_id).order_by(site_units.c.unit)
    )
    return tuple((row[0], int(row[1])) for row in rows)

"""What the console and the open book read: totals by day, pages, and the inspector's lines."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Column, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.attribution import DAY_MS
from passalong.core.days import day_of
from passalong.core.facts import NEW_VISITOR
from passalong.store import event_log, reports
from passalong.store.counters import ADVOCATES_CREDITED, EVERYBODY
from passalong.store.read_models import (
    advocate_totals,
    conversions,
    day_money,
    day_totals,
    inspected,
    site_counts,
    site_units,
    visits,
)
from passalong.store.sites import Site, in_force, terms_versions
from passalong.store.tables import issued_links, refusal_counts, refusals
from passalong.store.views import (
    Brought,
    ConsoleOverview,
    DayCount,
    InspectorRow,
    OpenBook,
    TermsLine,
)

DAYS = 30
CHART_DAYS = 84
INSPECTOR_ROWS = 50


def console_overview(session: Session, site: Site, now_ms: int, only: str, before: str | None) -> ConsoleOverview:
    """`/console/<site>`; `only` is all, credited or refused, `before` the inspector's cursor."""
    since = day_of(now_ms - (DAYS - 1) * DAY_MS, site.time_zone)
    shares, people, outcomes = _counts(session, site.site_id, since)
    rows = _inspector(session, site.site_id, only, _cursor(before))
    shown = rows[:INSPECTOR_ROWS]
    return ConsoleOverview(
        days=DAYS,
        shares=shares,
        people=people,
        outcomes=outcomes,
        advocates_credited=_credited_since(session, site.site_id, now_ms - DAYS * DAY_MS),
        money=_money(session, site.site_id, since),
        chart=_chart(session, site, now_ms),
        pages=reports.page_lines(session, site.site_id, [EVERYBODY], 10),
        inspector=tuple(row for _, row in shown),
        refused=_refused(session, site.site_id, since),
        set_aside=tuple(
            (f"{source} {event_id}", error.splitlines()[0])
            for source, event_id, _, error in event_log.aside(session, site.site_id, 20)
        ),
        older=f"{shown[-1][1].at_ms}.{shown[-1][0]}" if len(rows) > INSPECTOR_ROWS else None,
    )


def open_book(session: Session, site: Site, now_ms: int) -> OpenBook:
    """`/open/<site>`: the rule, every version of it, and the totals since the beginning."""
    versions = terms_versions(session, site.site_id)
    terms = in_force(versions, now_ms).terms
    _, people, outcomes = _counts(session, site.site_id, "")
    return OpenBook(
        terms=tuple(
            TermsLine(version.terms.version, version.since_ms, version.note, version.terms)
            for version in reversed(versions)
        ),
        people=people,
        outcomes=outcomes,
        advocates_credited=_ever_credited(session, site.site_id),
        money=_money(session, site.site_id, ""),
        waiting=_over_all(session, site.site_id, site_units.c.waiting_micros),
        taken_back=_over_all(session, site.site_id, site_units.c.taken_back_micros),
        expired=_over_all(session, site.site_id, site_units.c.expired_micros),
        window_days=terms.window_days,
        hold_days=terms.hold_days,
        remember=site.remember,
    )


def lights(session: Session, site_id: str) -> dict[str, bool]:
    """The four checks of a start: a page asked for a link, a link was used, somebody came, an outcome came in."""
    shared = select(day_totals.c.day).where(day_totals.c.site_id == site_id, day_totals.c.shares > 0)
    reported = (conversions.c.goal != NEW_VISITOR, conversions.c.given_to.is_(None))
    found = {
        "script": select(issued_links.c.share_id).where(issued_links.c.site_id == site_id),
        "share": shared,
        "arrival": select(visits.c.visit_id).where(visits.c.site_id == site_id, visits.c.refused.is_(None)),
        "outcome": select(conversions.c.conversion_id).where(conversions.c.site_id == site_id, *reported),
    }
    return {name: session.execute(rows.limit(1)).first() is not None for name, rows in found.items()}


def between(session: Session, site_id: str, first: date, end: date) -> tuple[int, list[tuple[str, int]]]:
    """People who came from one day to the day before another, and what went back, by unit."""
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


def _money(session: Session, site_id: str, since_day: str) -> tuple[Brought, ...]:
    columns = (day_money.c.brought_micros, day_money.c.went_back_micros, day_money.c.pool_micros)
    rows = session.execute(
        select(day_money.c.unit, *(func.sum(column) for column in columns))
        .where(day_money.c.site_id == site_id, day_money.c.day >= since_day)
        .group_by(day_money.c.unit)
        .order_by(day_money.c.unit)
    )
    return tuple(Brought(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows)


def _credited_since(session: Session, site_id: str, since_ms: int) -> int:
    found = (
        select(func.count())
        .select_from(advocate_totals)
        .where(advocate_totals.c.site_id == site_id, advocate_totals.c.credited_at_ms >= since_ms)
    )
    return session.scalar(found) or 0


def _ever_credited(session: Session, site_id: str) -> int:
    counted = select(site_counts.c.amount).where(
        site_counts.c.site_id == site_id, site_counts.c.name == ADVOCATES_CREDITED
    )
    return session.scalar(counted) or 0


def _chart(session: Session, site: Site, now_ms: int) -> tuple[DayCount, ...]:
    """People and outcomes of the last twelve weeks, a bar a week, named by its last day."""
    last = date.fromisoformat(day_of(now_ms, site.time_zone))
    first = last - timedelta(days=CHART_DAYS - 1)
    rows = session.execute(
        select(day_totals.c.day, day_totals.c.people, day_totals.c.outcomes).where(
            day_totals.c.site_id == site.site_id, day_totals.c.day >= first.isoformat()
        )
    )
    weeks = [[0, 0] for _ in range(CHART_DAYS // 7)]
    for day, people, outcomes in rows:
        week = min((date.fromisoformat(day) - first).days // 7, len(weeks) - 1)
        weeks[week][0] += people
        weeks[week][1] += outcomes
    return tuple(
        DayCount((first + timedelta(days=7 * number + 6)).isoformat(), people, outcomes)
        for number, (people, outcomes) in enumerate(weeks)
    )


def _refused(session: Session, site_id: str, since_day: str) -> tuple[tuple[str, int], ...]:
    rows = session.execute(
        select(refusal_counts.c.reason, func.sum(refusal_counts.c.events).label("events"))
        .where(refusal_counts.c.site_id == site_id, refusal_counts.c.day >= since_day)
        .group_by(refusal_counts.c.reason)
        .order_by(func.sum(refusal_counts.c.events).desc(), refusal_counts.c.reason)
    )
    return tuple((row.reason, int(row.events)) for row in rows)


def _cursor(text: str | None) -> tuple[int, str] | None:
    at_ms, _, name = (text or "").partition(".")
    return (int(at_ms), name) if at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 else None


def _inspector(
    session: Session, site_id: str, only: str, before: tuple[int, str] | None
) -> Sequence[tuple[str, InspectorRow]]:
    """Receipts and samples of what was refused at the door, newest first, one more than fits."""
    found = _inspected(session, site_id, only, before)
    if only != "credited":
        found += _samples(session, site_id, before)
    found.sort(key=lambda keyed: (keyed[1].at_ms, keyed[0]), reverse=True)
    return found[: INSPECTOR_ROWS + 1]


def _inspected(
    session: Session, site_id: str, only: str, before: tuple[int, str] | None
) -> list[tuple[str, InspectorRow]]:
    statement = select(inspected).where(inspected.c.site_id == site_id)
    if only in ("credited", "refused"):
        statement = statement.where(inspected.c.status == only)
    if before is not None:
        statement = statement.where(tuple_(inspected.c.at_ms, inspected.c.subject) < before)
    newest = statement.order_by(inspected.c.at_ms.desc(), inspected.c.subject.desc())
    return [
        (
            row.subject,
            InspectorRow(
                row.at_ms,
                row.kind,
                row.status,
                row.reason,
                row.detail,
                row.unit,
                row.amount_micros,
                row.subject,
            ),
        )
        for row in session.execute(newest.limit(INSPECTOR_ROWS + 1))
    ]


def _samples(session: Session, site_id: str, before: tuple[int, str] | None) -> list[tuple[str, InspectorRow]]:
    statement = select(refusals).where(refusals.c.site_id == site_id)
    if before is not None:
        statement = statement.where(tuple_(refusals.c.at_ms, refusals.c.refusal_id) < before)
    newest = statement.order_by(refusals.c.at_ms.desc(), refusals.c.refusal_id.desc())
    return [
        (
            row.refusal_id,
            InspectorRow(row.at_ms, row.kind, "refused", row.reason, row.detail, None, None, None),
        )
        for row in session.execute(newest.limit(INSPECTOR_ROWS + 1))
    ]


def _over_all(session: Session, site_id: str, column: Column[int]) -> tuple[tuple[str, int], ...]:
    """One of the advocates' sums over all of them, by unit, as it is kept beside theirs."""
    rows = session.execute(
        select(site_units.c.unit, column).where(site_units.c.site_id == site_id).order_by(site_units.c.unit)
    )
    return tuple((row[0], int(row[1])) for row in rows)

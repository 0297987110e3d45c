"""The console's overview: one range of days, from roll-ups, so that it costs the same however much has happened."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.store import event_log
from passalong.store.queries import refund_requests
from passalong.store.queries.overview import money_between
from passalong.store.queries.views import ConsoleOverview, DayCount
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.identities import accounts
from passalong.store.schema.refusals import refusal_counts
from passalong.store.schema.rollups import day_totals

MOST_BARS = 12
MOST_COUNTED = 10_000
"""People who were credited are counted up to here."""
SET_ASIDE_SHOWN = 20

Days = tuple[date, date]
"""The first and the last day of a range, both included."""


def console_overview(session: Session, site_id: str, days: Days, now_ms: int, since_ms: int | None) -> ConsoleOverview:
    """Return the overview of a range of days; `since_ms` is when it began, None for one that ended before today."""
    names = (days[0].isoformat(), days[1].isoformat())
    by_day = _by_day(session, site_id, names)
    shares, people, outcomes = (sum(row[place] for row in by_day.values()) for place in range(3))
    return ConsoleOverview(
        shares=shares,
        people=people,
        outcomes=outcomes,
        advocates_credited=None if since_ms is None else _credited_since(session, site_id, since_ms),
        money=money_between(session, site_id, names),
        chart=bars(days, {day: (row[1], row[2]) for day, row in by_day.items()}),
        refused=_refused(session, site_id, names),
        set_aside=tuple(
            (f"{source} {event_id}", error.splitlines()[0])
            for source, event_id, _, error in event_log.aside(session, site_id, SET_ASIDE_SHOWN)
        ),
        lone_refunds=tuple(
            (refund_request.refund_id, refund_request.conversion_id)
            for refund_request in refund_requests.without_order(session, site_id, now_ms - DAY_MS)
        ),
        has_history=_has_history(session, site_id),
    )


def bars(days: Days, by_day: dict[str, tuple[int, int]]) -> tuple[DayCount, ...]:
    """Return at most a dozen bars of equally many days, from the last day back; the first may have fewer."""
    number = (days[1] - days[0]).days + 1
    least = -(-number // MOST_BARS)
    step = next((size for size in range(least, 2 * least) if number % size == 0), least)
    day_counts, last = [], days[1]
    while last >= days[0]:
        first = max(days[0], last - timedelta(days=step - 1))
        names = [(first + timedelta(days=at)).isoformat() for at in range((last - first).days + 1)]
        people, outcomes = (sum(by_day.get(name, (0, 0))[place] for name in names) for place in (0, 1))
        day_counts.append(DayCount(names[0], people, outcomes, names[-1]))
        last = first - timedelta(days=1)
    return tuple(reversed(day_counts))


def _by_day(session: Session, site_id: str, days: tuple[str, str]) -> dict[str, tuple[int, int, int]]:
    rows = session.execute(
        select(day_totals).where(
            day_totals.c.site_id == site_id, day_totals.c.day >= days[0], day_totals.c.day <= days[1]
        )
    )
    return {row.day: (row.shares, row.people, row.outcomes) for row in rows}


def _credited_since(session: Session, site_id: str, since_ms: int) -> int:
    """Count people who were credited since then: an account with several advocate ids is one person.

    Twice as many ids are read as people are counted: PostgreSQL would look at all before it limits distinct ones.
    """
    person = func.coalesce(accounts.c.account_id, advocate_totals.c.advocate_id).label("person")
    of_account = (accounts.c.site_id == site_id) & (accounts.c.advocate_id == advocate_totals.c.advocate_id)
    credited = (advocate_totals.c.site_id == site_id, advocate_totals.c.credited_at_ms >= since_ms)
    some = select(person).outerjoin_from(advocate_totals, accounts, of_account).where(*credited)
    people = session.scalar(select(func.count(some.limit(2 * MOST_COUNTED).subquery().c.person.distinct())))
    return min(people or 0, MOST_COUNTED)


def _refused(session: Session, site_id: str, days: tuple[str, str]) -> tuple[tuple[str, int], ...]:
    total = func.sum(refusal_counts.c.events)
    rows = session.execute(
        select(refusal_counts.c.reason, total.label("events"))
        .where(refusal_counts.c.site_id == site_id)
        .where(refusal_counts.c.day >= days[0], refusal_counts.c.day <= days[1])
        .group_by(refusal_counts.c.reason)
        .order_by(total.desc(), refusal_counts.c.reason)
    )
    return tuple((row.reason, int(row.events)) for row in rows)


def _has_history(session: Session, site_id: str) -> bool:
    statement = select(day_totals.c.day).where(day_totals.c.site_id == site_id).limit(1)
    return session.execute(statement).first() is not None

"""The console's list of people who share, by when they were last active, and one person's page.

A person is everybody of one account: a row stands at the id that was active last, and sums up all of them. Channels are
no part of this: where a person sent a link is nobody's business but theirs.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Table, exists, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.decisions import Decision, is_banned, is_unnamed
from passalong.core.names.public_names import folded, public_name
from passalong.store.books.accounts import account
from passalong.store.books.claims import count_open
from passalong.store.books.decisions import decisions_about
from passalong.store.books.identities import IdentityBook
from passalong.store.books.rollups import ADVOCATES_SHARING
from passalong.store.people.sessions import is_advocate
from passalong.store.queries import advocates as portal
from passalong.store.queries.events import Cursor, cursor_of
from passalong.store.queries.held_shares import held_shares
from passalong.store.queries.views import LinkLine, UnitSums
from passalong.store.schema.advocates import advocate_choices, advocate_totals, advocates
from passalong.store.schema.conversions import conversions
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.decisions import verdicts
from passalong.store.schema.personal_codes import codes
from passalong.store.schema.rollups import site_counts

ROWS = 12
READ = 4 * ROWS
"""The rows that are read for a page: ids of one account are shown once."""
MOST = 200
PAGES = 10


class PersonLine(Struct, frozen=True):
    """One person: a name that they show, or their first letters; totals over all `ids` of their account."""

    advocate_id: str
    ids: tuple[str, ...]
    name: str
    codes: tuple[str, ...]
    since_ms: int
    active_at_ms: int
    people: int
    passed_on: int
    outcomes: int
    sums: tuple[UnitSums, ...]
    banned: bool
    hidden: bool
    held: bool


class PeoplePage(Struct, frozen=True):
    """A page of people, and the cursors of the pages beside it."""

    lines: tuple[PersonLine, ...]
    newer: str | None
    older: str | None


class PersonPage(Struct, frozen=True):
    """One person: their line, the pages that they shared, decisions about them, newest first, and open questions."""

    line: PersonLine
    mine: tuple[str, ...]
    pages: tuple[LinkLine, ...]
    decisions: tuple[Decision, ...]
    asked: int = 0


def sharing(session: Session, site_id: str) -> int:
    """Return how many advocates have shared since the beginning."""
    counted = select(site_counts.c.amount).where(
        site_counts.c.site_id == site_id, site_counts.c.name == ADVOCATES_SHARING
    )
    return session.scalar(counted) or 0


def people_page(session: Session, site_id: str, place: str | None, *, newer: bool) -> PeoplePage:
    """Return a page of people, last active first."""
    cursor = cursor_of(place)
    rows = _read(session, site_id, cursor, newer=newer)
    cursors = _leaders(session, site_id, rows)
    page = cursors[:ROWS]
    edge = page[-1] if len(cursors) > ROWS else (rows[-1] if len(rows) == READ else None)
    if newer and edge is None:
        return people_page(session, site_id, None, newer=False)
    first = page[0] if page else None
    before, after = (edge, first) if newer else (first if cursor else None, edge)
    if newer:
        page.reverse()
    return PeoplePage(
        lines=tuple(person_lines(session, site_id, [row.name for row in page])),
        newer=before.text if before else None,
        older=after.text if after else None,
    )


def _read(session: Session, site_id: str, cursor: Cursor | None, *, newer: bool) -> list[Cursor]:
    at_ms, name = advocate_totals.c.active_at_ms, advocate_totals.c.advocate_id
    statement = select(at_ms, name).where(advocate_totals.c.site_id == site_id, at_ms > 0)
    if cursor is not None:
        key, there = tuple_(at_ms, name), (cursor.at_ms, cursor.name)
        statement = statement.where(key > there if newer else key < there)
    ordered = statement.order_by(at_ms, name) if newer else statement.order_by(at_ms.desc(), name.desc())
    return [Cursor(row.active_at_ms, 0, row.advocate_id) for row in session.execute(ordered.limit(READ))]


def _leaders(session: Session, site_id: str, rows: Sequence[Cursor]) -> list[Cursor]:
    """Return the rows of ids that were active last in their account: one for each person."""
    accounts = _accounts(session, site_id, [row.name for row in rows])
    joined = {member for members in accounts.values() if len(members) > 1 for member in members}
    named = (advocate_totals.c.site_id == site_id, advocate_totals.c.advocate_id.in_(sorted(joined)))
    totals = advocate_totals.c
    activity = session.execute(select(totals.advocate_id, totals.active_at_ms).where(*named)) if joined else ()
    active = {row.advocate_id: row.active_at_ms for row in activity}

    def leads(row: Cursor) -> bool:
        return row.name == max(accounts[row.name], key=lambda member: (active.get(member, 0), member))

    return [row for row in rows if len(accounts[row.name]) == 1 or leads(row)]


def _accounts(session: Session, site_id: str, advocate_ids: Sequence[str]) -> dict[str, set[str]]:
    book = IdentityBook(session, site_id)
    book.prime_accounts(advocate_ids)
    return {advocate_id: book.account(advocate_id) for advocate_id in advocate_ids}


def named(session: Session, site_id: str, name: str) -> list[str]:
    """Return the advocates who show exactly this name; capitals make no difference."""
    conditions = (
        advocate_choices.c.site_id == site_id,
        advocate_choices.c.shown,
        advocate_choices.c.erased_at_ms.is_(None),
    )
    same = select(advocate_choices.c.advocate_id).where(*conditions, advocate_choices.c.name_folded == folded(name))
    return list(session.scalars(same.order_by(advocate_choices.c.advocate_id).limit(MOST)))


def banned_people(session: Session, site_id: str) -> list[PersonLine]:
    """Return the people who are banned today: as many as there are decisions, which are few."""
    decided = select(verdicts.c.subject_id).where(verdicts.c.site_id == site_id, verdicts.c.about == "advocate")
    advocate_ids = sorted(set(session.scalars(decided.where(verdicts.c.decision == "ban").limit(MOST))))
    return [line for line in person_lines(session, site_id, advocate_ids) if line.banned]


def held_people(session: Session, site_id: str) -> list[PersonLine]:
    """Return the people whose credit is held for review."""
    return person_lines(session, site_id, sorted(_held(session, site_id)))


def _held(session: Session, site_id: str) -> set[str]:
    """Return those of whom a line is held: the index of conversions with such lines leads to it; bans to pools."""
    held = select(conversions.c.conversion_id).where(conversions.c.site_id == site_id, conversions.c.held)
    named = exists().where(advocates.c.site_id == site_id, advocates.c.advocate_id == credits.c.recipient)
    recipients = select(credits.c.recipient).where(
        credits.c.site_id == site_id, credits.c.conversion_id.in_(held), credits.c.on_hold
    )
    of_pools = {share.recipient for share in held_shares(session, site_id, MOST)}
    return of_pools | set(session.scalars(recipients.where(named.correlate(credits)).limit(MOST)))


def person_lines(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[PersonLine]:
    """Return the lines of these people, in this order, with what is known of all ids of their accounts."""
    accounts = _accounts(session, site_id, advocate_ids)
    everybody = sorted(set().union(*accounts.values()))
    facts = _Known(session, site_id, everybody)
    return [facts.line(advocate_id, sorted(accounts[advocate_id])) for advocate_id in advocate_ids]


class _Known:
    """Stored facts about some advocates, read in a few statements for all of them."""

    def __init__(self, session: Session, site_id: str, advocate_ids: Sequence[str]):
        def rows(table: Table, column: str = "advocate_id") -> list[Row[Any]]:
            of_site = select(table).where(table.c.site_id == site_id, table.c[column].in_(advocate_ids))
            return list(session.execute(of_site).all()) if advocate_ids else []

        self._since = {row.advocate_id: row.created_at_ms for row in rows(advocates)}
        self._totals = {row.advocate_id: row for row in rows(advocate_totals)}
        self._sums = [(row.recipient, row) for row in rows(unit_totals, "recipient")]
        self._names = {
            row.advocate_id: row.name for row in rows(advocate_choices) if row.shown and not row.erased_at_ms
        }
        self._codes = [(row.advocate_id, row.code) for row in rows(codes) if row.retired_at_ms is None]
        self._decisions = decisions_about(session, site_id, "advocate", advocate_ids) if advocate_ids else []
        self._held = _held(session, site_id) if advocate_ids else set()

    def line(self, advocate_id: str, advocate_ids: Sequence[str]) -> PersonLine:
        """Return one person's line."""
        totals = [self._totals[advocate_id] for advocate_id in advocate_ids if advocate_id in self._totals]
        decided = [decision for decision in self._decisions if decision.subject_id in advocate_ids]
        return PersonLine(
            advocate_id=advocate_id,
            ids=tuple(advocate_ids),
            name=next(
                (public_name(self._names[advocate_id]) for advocate_id in advocate_ids if self._names.get(advocate_id)),
                "",
            ),
            codes=tuple(code for whose, code in self._codes if whose in advocate_ids),
            since_ms=min(
                (self._since[advocate_id] for advocate_id in advocate_ids if advocate_id in self._since), default=0
            ),
            active_at_ms=max((total.active_at_ms for total in totals), default=0),
            people=sum(total.people for total in totals),
            passed_on=sum(total.passed_on for total in totals),
            outcomes=sum(total.outcomes for total in totals),
            sums=self._added([row for whose, row in self._sums if whose in advocate_ids]),
            banned=is_banned(decided),
            hidden=is_unnamed(decided),
            held=not self._held.isdisjoint(advocate_ids),
        )

    def _added(self, rows: Sequence[Row[Any]]) -> tuple[UnitSums, ...]:
        names = UnitSums.__struct_fields__[1:]
        units = sorted({row.unit for row in rows})
        return tuple(
            UnitSums(unit, *(sum(row._mapping[name] for row in rows if row.unit == unit) for name in names))
            for unit in units
        )


def find_person(session: Session, site_id: str, advocate_id: str) -> PersonPage | None:
    """Return one person's page; None if nobody has this id."""
    if not is_advocate(session, site_id, advocate_id):
        return None
    members = account(session, site_id, advocate_id)
    (line,) = person_lines(session, site_id, [advocate_id])
    decided = sorted(decisions_about(session, site_id, "advocate", members), reverse=True)
    pages, open_claims = portal.page_lines(session, site_id, members, PAGES), count_open(session, site_id, members)[0]
    return PersonPage(line, members, pages, tuple(decided), open_claims)

"""The console's event list: newest first, filtered, a page at a time in both directions.

A page reads one index per stream of rows, forward or backward from a cursor. Further filters are applied to a bounded
number of rows; when these run out before the page is full, the page says so and its cursor goes on from there. So its
cost depends on neither the history nor the filters.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import BigInteger, Select, cast, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.attribution.journey import UNATTRIBUTED
from passalong.store.books.event_lines import EventLine
from passalong.store.schema.credits import credits
from passalong.store.schema.inspection import event_people, inspected
from passalong.store.schema.refusals import refusals

ROWS = 12
FIRST, SCANNED = 60, 1_000
"""The number of rows of a stream that are looked through for a page with a filter: few at first, then more."""
KINDS = ("visit", "share", "thanks", "conversion", "refund", "given", "decision", "claim", "use", "note", "link", "hop")
RESULTS = ("credited", "counted", "held", "refused", "taken_back", "pending")
Shown = Literal["shared", "all", "unshared"]


class Filters(Struct, frozen=True):
    """The events to list; `result` is a status or the name of a reason, `subjects` are the exact events to list."""

    since_ms: int = 0
    until_ms: int = 2**53
    shown: Shown = "shared"
    kind: str = ""
    result: str = ""
    page_hash: str = ""
    advocates: tuple[str, ...] = ()
    subjects: tuple[str, ...] | None = None

    def matches(self, line: EventLine) -> bool:
        """Return True if a line is one of these."""
        return (
            (self.shown == "all" or line.shown is (self.shown == "shared"))
            and (not self.kind or line.kind == self.kind)
            and (not self.result or self.result in (line.status, line.reason))
            and (not self.page_hash or line.page_hash == self.page_hash)
        )


class EventPage(Struct, frozen=True):
    """Lines, newest first; cursors of the pages beside it, None where there is nothing more.

    `searched_to_ms` is set when the page is not full because only so many events were looked through.
    """

    lines: tuple[EventLine, ...]
    newer: str | None
    older: str | None
    searched_to_ms: int | None = None


class Cursor(Struct, frozen=True):
    """The place between two lines: the time, stream and name of one of them."""

    at_ms: int
    stream: int
    name: str

    @property
    def text(self) -> str:
        """The cursor as a page's address has it."""
        return f"{self.at_ms}.{self.stream}.{self.name}"


def cursor_of(text: str | None) -> Cursor | None:
    """Return the cursor of an address; None for anything else."""
    at_ms, _, rest = (text or "").partition(".")
    stream, _, name = rest.partition(".")
    digits = at_ms + stream
    valid = digits.isascii() and at_ms.isdigit() and stream.isdigit() and len(digits) < 20
    return Cursor(int(at_ms), int(stream), name[:160]) if valid else None


class Stream(Struct, frozen=True):
    """Rows in the order of one index: the columns of its order, and whether a page of it needs no further filter."""

    statement: Select[Any]
    at_ms: Any
    name: Any
    exact: bool


Keyed = tuple[Cursor, EventLine]


def event_page(session: Session, site_id: str, filters: Filters, place: Cursor | None, *, newer: bool) -> EventPage:
    """Return the page before a place (older) or after it (newer); without a place, the newest."""
    if filters.subjects is not None:
        return EventPage(_exactly(session, site_id, filters.subjects), None, None)
    matching, horizon = _merged(session, site_id, filters, place, newer=newer)
    rows = matching[:ROWS]
    more = rows[-1][0] if len(matching) > ROWS else horizon
    if newer:
        if more is None:  # the newest of all: show a full page from the top
            return event_page(session, site_id, filters, None, newer=False)
        rows.reverse()
    before, after = (more, place) if newer else (_first(rows, place), more)
    older = (rows[-1][0] if rows else place) if newer else after
    short = horizon is not None and len(matching) <= ROWS
    return EventPage(
        lines=tuple(line for _, line in rows),
        newer=before.text if before else None,
        older=older.text if older else None,
        searched_to_ms=horizon.at_ms if short and horizon else None,
    )


def paid_further(session: Session, site_id: str, lines: Iterable[EventLine]) -> dict[str, list[tuple[str, int]]]:
    """Return what these conversions pay beyond the unit in their line, by subject: (unit, micros)."""
    units = {line.subject: line.unit for line in lines if line.kind == "conversion" and line.unit}
    ids = [subject.partition(":")[2] for subject in units]
    total = cast(func.sum(credits.c.amount_micros), BigInteger).label("micros")
    of_lines = (credits.c.site_id == site_id, credits.c.conversion_id.in_(ids), credits.c.recipient != UNATTRIBUTED)
    by_unit = select(credits.c.conversion_id, credits.c.unit, total).where(*of_lines)
    grouped = by_unit.group_by(credits.c.conversion_id, credits.c.unit).order_by(credits.c.unit)
    further: dict[str, list[tuple[str, int]]] = {}
    for row in session.execute(grouped) if ids else ():
        subject = f"conversion:{row.conversion_id}"
        if row.micros and row.unit != units[subject]:
            further.setdefault(subject, []).append((row.unit, row.micros))
    return further


def _first(rows: Sequence[Keyed], place: Cursor | None) -> Cursor | None:
    """Return the place of the first row where there may be newer ones: after the first page."""
    return (rows[0][0] if rows else place) if place else None


def newest(session: Session, site_id: str, filters: Filters) -> Cursor:
    """Return the place of the newest event of these, from which later ones are counted."""
    matching, _ = _merged(session, site_id, filters, None, newer=False)
    return matching[0][0] if matching else Cursor(0, 0, "")


def count_newer(session: Session, site_id: str, filters: Filters, place: Cursor) -> int:
    """Count the events after a place, at most one more than fits on a page."""
    matching, _ = _merged(session, site_id, filters, place, newer=True)
    return min(len(matching), ROWS + 1)


def _exactly(session: Session, site_id: str, subjects: Sequence[str]) -> tuple[EventLine, ...]:
    named = inspected.c.subject.in_(subjects)
    rows = session.execute(select(inspected).where(inspected.c.site_id == site_id, named))
    return tuple(sorted(map(_line, rows), key=lambda line: (line.at_ms, line.subject), reverse=True))


def _merged(
    session: Session, site_id: str, filters: Filters, place: Cursor | None, *, newer: bool
) -> tuple[list[Keyed], Cursor | None]:
    """Return matching rows in the direction of reading, and how far the streams were read if one was cut."""
    lines_read: list[Keyed] = []
    cut: list[Cursor] = []
    for number, stream in enumerate(_streams(site_id, filters)):
        statement = _from(stream, number, filters, place, newer=newer)
        for limit in (ROWS + 1,) if stream.exact else (FIRST, SCANNED):
            rows = session.execute(statement.limit(limit)).all()
            keyed = [(Cursor(row.at_ms, number, row.name), _line(row)) for row in rows]
            matching = [row for row in keyed if filters.matches(row[1])]
            if len(matching) > ROWS or len(rows) < limit:
                break
        lines_read += matching
        if len(rows) == limit and not stream.exact:
            cut.append(keyed[-1][0])
    lines_read.sort(key=lambda row: (row[0].at_ms, -row[0].stream), reverse=not newer)
    if not cut:
        return lines_read, None
    pick: Callable[..., Cursor] = min if newer else max
    horizon = pick(cut, key=lambda cursor: (cursor.at_ms, -cursor.stream))
    reached = [row for row in lines_read if (row[0].at_ms <= horizon.at_ms if newer else row[0].at_ms >= horizon.at_ms)]
    return reached, horizon


def _streams(site_id: str, filters: Filters) -> list[Stream]:
    """Return the streams that together have all events asked for, each by the narrowest index."""
    lines, at = select(inspected, inspected.c.subject.label("name")).where(inspected.c.site_id == site_id), inspected.c
    if filters.advocates:
        selections = [_of_person(site_id, advocate_id) for advocate_id in filters.advocates]
        return [Stream(selection, event_people.c.at_ms, event_people.c.subject, False) for selection in selections]
    if filters.page_hash:
        return [Stream(lines.where(at.page_hash == filters.page_hash), at.at_ms, at.subject, False)]
    streams = []
    if filters.result in RESULTS:
        streams.append(Stream(lines.where(at.status == filters.result), at.at_ms, at.subject, False))
    elif filters.result:
        streams.append(Stream(lines.where(at.reason == filters.result), at.at_ms, at.subject, False))
    elif filters.kind:
        streams.append(Stream(lines.where(at.kind == filters.kind), at.at_ms, at.subject, False))
    else:
        both = (True, False) if filters.shown == "all" else (filters.shown == "shared",)
        streams += [Stream(lines.where(at.shown.is_(is_shown)), at.at_ms, at.subject, True) for is_shown in both]
    if filters.shown != "unshared":
        streams.append(_of_refusals(site_id))
    return streams


def _of_person(site_id: str, advocate_id: str) -> Select[Any]:
    same = (inspected.c.site_id == event_people.c.site_id) & (inspected.c.subject == event_people.c.subject)
    theirs = select(inspected, inspected.c.subject.label("name")).select_from(event_people.join(inspected, same))
    return theirs.where(event_people.c.site_id == site_id, event_people.c.advocate_id == advocate_id)


def _of_refusals(site_id: str) -> Stream:
    """Return the samples of notes that were refused at the door: they are no facts and have no receipt."""
    columns = [refusals.c[name] for name in ("at_ms", "kind", "reason", "detail")]
    statement = select(*columns, refusals.c.refusal_id.label("name")).where(refusals.c.site_id == site_id)
    return Stream(statement, refusals.c.at_ms, refusals.c.refusal_id, False)


def _from(stream: Stream, number: int, filters: Filters, place: Cursor | None, *, newer: bool) -> Select[Any]:
    """Return a stream from a place on. At one time, streams follow each other by number."""
    at_ms, name = stream.at_ms, stream.name
    since_ms, until_ms = filters.since_ms, filters.until_ms
    if place is not None:  # the bound of the index, so that rows before the place are not walked over
        since_ms, until_ms = (
            (max(since_ms, place.at_ms), until_ms) if newer else (since_ms, min(until_ms, place.at_ms + 1))
        )
    within = stream.statement.where(at_ms >= since_ms, at_ms < until_ms)
    if place is not None:
        key, there = tuple_(at_ms, name), (place.at_ms, place.name)
        if number == place.stream:
            within = within.where(key > there if newer else key < there)
        elif (number < place.stream) is newer:
            within = within.where(at_ms >= place.at_ms if newer else at_ms <= place.at_ms)
        else:
            within = within.where(at_ms > place.at_ms if newer else at_ms < place.at_ms)
    return within.order_by(at_ms, name) if newer else within.order_by(at_ms.desc(), name.desc())


def _line(row: Any) -> EventLine:
    if not hasattr(row, "subject"):
        return EventLine("", row.at_ms, row.kind, "refused", row.detail, row.reason)
    return EventLine(**{name: row._mapping[name] for name in EventLine.__struct_fields__})

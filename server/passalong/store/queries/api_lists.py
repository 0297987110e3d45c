"""Lists of the API: a page of one table in the order of an index, from a cursor on. A page costs the same anywhere."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, and_, or_, select
from sqlalchemy.orm import Session

from passalong.store.queries.cursors import BadCursorError
from passalong.store.schema.columns import metadata

LONGEST_TEXT = 300
MOST_NUMBER = 2**62
MARK = 12
"""The number of hexadecimal digits by which a cursor names its list."""


class Listing(Struct, frozen=True):
    """A list: its table, the columns of its order, which an index has after `site_id`, and exact values to filter by.

    `since` and `until` bound the first column of the order, if there are any: from the one, and before the other.
    """

    table: str
    order: tuple[str, ...]
    where: Mapping[str, object] = {}
    newest_first: bool = False
    since: int | str | None = None
    until: int | None = None


class Rows(Struct, frozen=True):
    """Rows of a page, and the cursor of the next page, None at the end."""

    rows: list[dict[str, Any]]
    next: str | None


def page_of(session: Session, site_id: str, listing: Listing, after: str | None, limit: int) -> Rows:
    """Return a page of a list. Raises BadCursorError."""
    table = metadata.tables[listing.table]
    order = [table.c[name] for name in listing.order]
    statement = select(table).where(table.c.site_id == site_id)
    statement = statement.where(*(table.c[name] == value for name, value in listing.where.items()))
    if listing.since is not None:
        statement = statement.where(order[0] >= listing.since)
    if listing.until is not None:
        statement = statement.where(order[0] < listing.until)
    list_mark = _mark(site_id, listing)
    if after is not None:
        statement = statement.where(_beyond(order, _read(after, list_mark, order), newest_first=listing.newest_first))
    sorted_by = [column.desc() for column in order] if listing.newest_first else order
    rows = [dict(row._mapping) for row in session.execute(statement.order_by(*sorted_by).limit(limit + 1))]
    last = rows[limit - 1] if len(rows) > limit else None
    return Rows(rows[:limit], cursor_text([list_mark, *(last[name] for name in listing.order)]) if last else None)


def _mark(site_id: str, listing: Listing) -> str:
    """Return what a cursor says of its list: the site, the order and the filters."""
    return hashlib.sha256(msgspec.json.encode((site_id, listing), order="sorted")).hexdigest()[:MARK]


def find_row(session: Session, site_id: str, table: str, key: Mapping[str, object]) -> dict[str, Any] | None:
    """Return one row by its key, or None."""
    of = metadata.tables[table]
    statement = select(of).where(of.c.site_id == site_id, *(of.c[name] == value for name, value in key.items()))
    row = session.execute(statement.limit(1)).first()
    return None if row is None else dict(row._mapping)


def _beyond(order: list[Column[Any]], values: list[Any], *, newest_first: bool) -> Any:
    """Return the condition for the rows after these values, written so that both databases use the index."""
    first, rest = order[0], order[1:]
    past = first < values[0] if newest_first else first > values[0]
    if not rest:
        return past
    bound = first <= values[0] if newest_first else first >= values[0]
    return and_(bound, or_(past, _beyond(rest, values[1:], newest_first=newest_first)))


def cursor_text(values: list[Any]) -> str:
    """Return a cursor: the mark of its list and the values of its row."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(text: str, list_mark: str, order: list[Column[Any]]) -> list[Any]:
    """Return the values of a cursor. Raises BadCursorError, also for a cursor of another list."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise BadCursorError(text) from None
    if not isinstance(values, list) or len(values) != 1 + len(order) or values.pop(0) != list_mark:
        raise BadCursorError(text)
    if not all(_fits(value, column) for value, column in zip(values, order, strict=True)):
        raise BadCursorError(text)
    return values


def _fits(value: object, column: Column[Any]) -> bool:
    """Return True if a value of a cursor is one that the column may have."""
    if column.type.python_type is int:
        return type(value) is int and abs(value) <= MOST_NUMBER
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        return False
    return value.isprintable() or value.encode("utf-8", "replace").decode() == value

"""The fold's memory: the rows of one table that a slice reads and changes, written once at its end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter, itemgetter, ne
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from passalong.core.facts import stored_values
from passalong.store import bulk
from passalong.store.prebuilt import among

Key = tuple[str, ...]
"""The primary key of a row within its site."""
RowT = TypeVar("RowT", bound=Struct)


@cache
def _by_key(table: Table) -> Select[Any]:
    """Select the row of `of_site` whose other key columns are `key_0`, `key_1`, …; built once for each table."""
    columns = [column for column in table.primary_key.columns if column.name != "site_id"]
    keys = [column == bindparam(f"key_{number}") for number, column in enumerate(columns)]
    return select(table).where(table.c.site_id == bindparam("of_site"), *keys)


def _differ(field: Callable[[RowT], object], befores: Iterable[RowT], afters: Iterable[RowT]) -> bool:
    return any(map(ne, map(field, befores), map(field, afters)))


@cache
def _maker(struct: type[RowT], columns: tuple[str, ...]) -> Callable[[Sequence[Any]], RowT]:
    """Return what makes a struct of a row with these columns, by places: names cost twice as much."""
    places = itemgetter(*(columns.index(name) for name in struct.__struct_encode_fields__))
    return lambda row: struct(*places(row))


@cache
def _getter(fields: tuple[str, ...]) -> Callable[[Any], Key]:
    """Return what takes the key of a struct: of a single field `attrgetter` makes no tuple."""
    values: Callable[[Any], Any] = attrgetter(*fields)
    return values if len(fields) > 1 else lambda row: (values(row),)


class Book(Generic[RowT]):
    """The rows of `table` of one site, each a `struct` whose stored field names are the columns.

    A row in memory is the truth: reading it again changes nothing. Of a row that was read, only the columns that
    changed are written: the indexes of all others stay untouched. `appends` is for tables whose rows never change.
    A class beside it that keeps sums, versions or sets instead of rows says in its docstring why it is no `Book`.
    """

    table: ClassVar[Table]
    struct: type[RowT]
    appends: ClassVar[bool] = False
    _key_fields: ClassVar[tuple[str, ...]] = ()
    _column_of: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls._column_of = dict(zip(cls.struct.__struct_fields__, cls.struct.__struct_encode_fields__, strict=True))
        field_of = {column: field for field, column in cls._column_of.items()}
        names = [column.name for column in cls.table.primary_key.columns if column.name != "site_id"]
        cls._key_fields = tuple(field_of[name] for name in names)

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._key: Callable[[RowT], Key] = _getter(self._key_fields)
        self._rows: dict[Key, RowT | None] = {}
        self._stored: dict[Key, RowT] = {}
        """Rows as the database has them."""
        self._changed: dict[Key, None] = {}

    def _find(self, *key: str) -> RowT | None:
        """Return the row with this key, from memory or from the database; None if there is none."""
        if key not in self._rows:
            values = {"of_site": self._site_id} | {f"key_{number}": value for number, value in enumerate(key)}
            read = self._read_all(_by_key(self.table), values)
            self._rows[key] = read[0] if read else None
        return self._rows[key]

    def _read(self, *conditions: ColumnElement[bool]) -> list[RowT]:
        """Read the rows of this site that meet the conditions."""
        return self._read_all(select(self.table).where(self.table.c.site_id == self._site_id, *conditions))

    def _read_among(self, column: Column[Any], values: Iterable[str]) -> list[RowT]:
        """Read the rows of this site with one of these values in a column, by a statement that is built once."""
        return self._read_all(among(column), {"of_site": self._site_id, "values": list(values)})

    def _read_all(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[RowT]:
        """Read the rows of a statement, in its order; rows in memory stay as they are."""
        result = self._session.execute(statement, values)
        make = _maker(self.struct, tuple(result.keys()))
        return [self._remember(make(row)) for row in result.all()]

    def _remember(self, read: RowT) -> RowT:
        key = self._key(read)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._stored[key] = read
        self._index(row)
        return row

    def _index(self, row: RowT) -> None:
        """Remember a row by something else than its key; called whenever one is read or put."""

    def _loaded(self) -> Iterable[RowT]:
        """Return the rows in memory."""
        return [row for row in self._rows.values() if row is not None]

    def put(self, row: RowT) -> RowT:
        """Store a row's new state; returns it."""
        key = self._key(row)
        self._rows[key] = row
        self._changed[key] = None
        self._index(row)
        return row

    def _update(self, pairs: Sequence[tuple[RowT, RowT]]) -> None:
        """Write every column in which any of these rows differ from what the database has."""
        befores, afters = [before for before, _ in pairs], [after for _, after in pairs]
        fields = [name for name in self.struct.__struct_fields__ if _differ(attrgetter(name), befores, afters)]
        columns = tuple(self._column_of[name] for name in fields)
        values = attrgetter(*fields, "site_id", *self._key_fields)
        bulk.update(self._session, self.table, columns, list(map(values, afters)) if fields else [])

    def flush(self) -> None:
        """Write what was put since the last time."""
        keys = list(self._changed) if self.appends else sorted(self._changed)
        rows = {key: row for key in keys if (row := self._rows[key]) is not None}
        new = [stored_values(row) for key, row in rows.items() if key not in self._stored]
        (bulk.insert_all if self.appends else bulk.upsert)(self._session, self.table, new)
        self._update([(self._stored[key], row) for key, row in rows.items() if key in self._stored])
        self._stored |= rows
        self._changed.clear()

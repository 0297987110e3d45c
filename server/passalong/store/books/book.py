"""The fold's memory: the rows of one table that a slice reads and changes, written once at its end."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from passalong.core.facts import stored_values
from passalong.store import bulk

Key = tuple[str, ...]
"""The primary key of a row within its site."""
RowT = TypeVar("RowT", bound=Struct)


@cache
def _by_key(table: Table) -> Select[Any]:
    """Select the row of `of_site` whose other key columns are `key_0`, `key_1`, …; built once for each table."""
    columns = [column for column in table.primary_key.columns if column.name != "site_id"]
    keys = [column == bindparam(f"key_{number}") for number, column in enumerate(columns)]
    return select(table).where(table.c.site_id == bindparam("of_site"), *keys)


class Book(Generic[RowT]):
    """The rows of `table` of one site, each a `struct` whose stored field names are the columns.

    A row in memory is the truth: reading it again changes nothing. `appends` is for tables whose rows never change.
    A class beside it that keeps sums, versions or sets instead of rows says in its docstring why it is no `Book`.
    """

    table: ClassVar[Table]
    struct: type[RowT]
    appends: ClassVar[bool] = False
    _key_fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        field_of = dict(zip(cls.struct.__struct_encode_fields__, cls.struct.__struct_fields__, strict=True))
        names = [column.name for column in cls.table.primary_key.columns if column.name != "site_id"]
        cls._key_fields = tuple(field_of[name] for name in names)

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._rows: dict[Key, RowT | None] = {}
        self._changed: dict[Key, None] = {}

    def _key(self, row: RowT) -> Key:
        return tuple([getattr(row, name) for name in self._key_fields])

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

    def _read_all(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[RowT]:
        """Read the rows of a statement, in its order; rows in memory stay as they are."""
        return [self._remember(self.struct(**row._mapping)) for row in self._session.execute(statement, values)]

    def _remember(self, read: RowT) -> RowT:
        key = self._key(read)
        row = self._rows.get(key) or read
        self._rows[key] = row
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

    def flush(self) -> None:
        """Write what was put since the last time."""
        keys = list(self._changed) if self.appends else sorted(self._changed)
        rows = [stored_values(row) for key in keys if (row := self._rows[key]) is not None]
        (bulk.insert_all if self.appends else bulk.upsert)(self._session, self.table, rows)
        self._changed.clear()

"""The fold's memory: the rows of one table that a slice reads and changes, written once at its end."""

from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.orm import Session

from passalong.core.facts import stored_values
from passalong.store import bulk

Key = tuple[str, ...]
"""The primary key of a row within its site."""
RowT = TypeVar("RowT", bound=Struct)


class Book(Generic[RowT]):
    """The rows of `table` of one site, each a `struct` whose stored field names are the columns.

    A row in memory is the truth: reading it again changes nothing. `appends` is for tables whose rows never change.
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
            columns = [column for column in self.table.primary_key.columns if column.name != "site_id"]
            read = self._read(*(column == value for column, value in zip(columns, key, strict=True)))
            self._rows[key] = read[0] if read else None
        return self._rows[key]

    def _read(self, *conditions: ColumnElement[bool]) -> list[RowT]:
        """Read the rows of this site that meet the conditions."""
        return self._read_all(select(self.table).where(self.table.c.site_id == self._site_id, *conditions))

    def _read_all(self, statement: Select[Any]) -> list[RowT]:
        """Read the rows of a statement, in its order; rows in memory stay as they are."""
        return [self._remember(self.struct(**row._mapping)) for row in self._session.execute(statement)]

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

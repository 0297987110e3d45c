"""Bulk writes in plain SQL: SQLAlchemy's work per row was half of the fold's time.

PostgreSQL takes all rows as one JSON parameter, in one statement; SQLite takes them one by one into a prepared
statement. Columns hold text, whole numbers and booleans, which JSON carries exactly.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Table
from sqlalchemy.orm import Session

Row = Mapping[str, Any]


def upsert(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace everything but the key of existing ones; all rows name the same columns."""
    if rows:
        changes = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in table.primary_key.columns)
        _insert(session, table, rows, f"ON CONFLICT ({_key(table)}) DO UPDATE SET {changes}")


def insert_all(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose keys are new; all rows name the same columns."""
    if rows:
        _insert(session, table, rows, "")


def insert_missing(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose keys are new, and leave the others as they are."""
    if rows:
        _insert(session, table, rows, "ON CONFLICT DO NOTHING")


def add_up(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many rows, by key in the order of the table's primary key; missing rows are inserted."""
    for columns, rows in _by_columns(table, counts).items():
        changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns)
        _insert(session, table, rows, f"ON CONFLICT ({_key(table)}) DO UPDATE SET {changes}")


def add_to_known(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many existing rows."""
    for columns, rows in _by_columns(table, counts).items():
        _run(session, *_added(table, columns), rows)


def _insert(session: Session, table: Table, rows: Sequence[Row], then: str) -> None:
    _run(session, *_inserted(table, tuple(rows[0]), then), rows)


def _run(session: Session, on_sqlite: str, on_postgresql: str, rows: Sequence[Row]) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(on_sqlite, [dict(row) for row in rows])
    else:
        connection.exec_driver_sql(on_postgresql, (msgspec.json.encode(rows).decode(),))


@cache
def _inserted(table: Table, columns: tuple[str, ...], then: str) -> tuple[str, str]:
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    values = ", ".join(f":{name}" for name in columns)
    selected = f"SELECT {', '.join(columns)} FROM {_rows_of(table)}"  # noqa: S608 - names of our own, here and below
    return f"{into} VALUES ({values}) {then}", f"{into} {selected} {then}"


@cache
def _added(table: Table, columns: tuple[str, ...]) -> tuple[str, str]:
    keys = [column.name for column in table.primary_key.columns]
    each = ", ".join(f"{name} = {name} + :{name}" for name in columns)
    where = " AND ".join(f"{name} = :{name}" for name in keys)
    all_at_once = ", ".join(f"{name} = {table.name}.{name} + more.{name}" for name in columns)
    joined = " AND ".join(f"{table.name}.{name} = more.{name}" for name in keys)
    one_by_one = f"UPDATE {table.name} SET {each} WHERE {where}"  # noqa: S608
    at_once = f"UPDATE {table.name} SET {all_at_once} FROM {_rows_of(table)} AS more WHERE {joined}"  # noqa: S608
    return one_by_one, at_once


def _rows_of(table: Table) -> str:
    return f"json_populate_recordset(NULL::{table.name}, %s)"


def _key(table: Table) -> str:
    return ", ".join(column.name for column in table.primary_key.columns)


def _by_columns(
    table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Group rows by the counters that they change, in key order, so that two writers never deadlock."""
    keys = [column.name for column in table.primary_key.columns]
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key in sorted(counts):
        row: dict[str, Any] = {**dict(zip(keys, key, strict=True)), **counts[key]}
        groups.setdefault(tuple(sorted(counts[key])), []).append(row)
    return groups

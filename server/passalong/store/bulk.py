"""Bulk writes and look-ups in plain SQL: SQLAlchemy's work per row was half of the fold's time.

PostgreSQL takes all rows as one JSON parameter, in one statement; SQLite takes them one by one into a prepared
statement. Columns hold text, whole numbers and booleans, which JSON carries exactly.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, Table
from sqlalchemy.orm import Session

Row = Mapping[str, Any]
Values = tuple[Any, ...]
Pair = tuple[str, str]
Pairs = Collection[Pair]


def upsert(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace everything but the key of existing ones; all rows name the same columns."""
    if rows:
        changes = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in table.primary_key.columns)
        _insert(session, table, rows, f"ON CONFLICT ({_key(table)}) DO UPDATE SET {changes}")


def insert_all(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose keys are new; all rows name the same columns."""
    if rows:
        _insert(session, table, rows, "")


def insert_values(session: Session, table: Table, columns: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Insert rows whose keys are new, given as the values of these columns."""
    if rows:
        _run(session, _inserted(table, columns, ""), rows)


def insert_missing(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose keys are new, and leave the others as they are."""
    if rows:
        _insert(session, table, rows, "ON CONFLICT DO NOTHING")


def add_up(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many rows, by key in the order of the table's primary key; missing rows are inserted."""
    for columns, rows in _by_columns(table, counts).items():
        _insert(session, table, rows, _adding(table, columns))


def add_amounts(session: Session, table: Table, amounts: Mapping[tuple[str, ...], int]) -> None:
    """Add to `amount_micros` of many rows, by key in the order of the primary key; missing rows are inserted."""
    if amounts:
        columns = (*table.primary_key.columns.keys(), "amount_micros")
        statement = _inserted(table, columns, _adding(table, ("amount_micros",)))
        _run(session, statement, [(*key, amounts[key]) for key in sorted(amounts)])


def add_to_known(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many existing rows."""
    for columns, rows in _by_columns(table, counts).items():
        statement = _added(table, columns)
        _run(session, statement, list(map(itemgetter(*statement.columns), rows)))


def update(session: Session, table: Table, columns: tuple[str, ...], rows: Sequence[Values]) -> None:
    """Set these columns of existing rows, given as their values with those of the primary key behind them."""
    if rows and columns:
        _run(session, _updated(table, columns), rows)


def find_pairs(session: Session, first: Column[str], second: Column[str], of_site: str, pairs: Pairs) -> set[Pair]:
    """Return those of the pairs that a table has in two columns of text, which follow the site in its primary key.

    The pairs are one parameter and lead the join: for a list of row values SQLite reads all rows of the site.
    """
    connection = session.connection()
    statement = _found(first, second, on_sqlite=connection.dialect.name == "sqlite")
    values = (msgspec.json.encode(list(pairs)).decode(), of_site)
    return {(row[0], row[1]) for row in connection.exec_driver_sql(statement, values)}


@cache
def _found(first: Column[str], second: Column[str], *, on_sqlite: bool) -> str:
    selected = f"SELECT {first.name}, {second.name} FROM"
    if on_sqlite:
        keys = "site_id = ? AND {} = json_extract(pair.value, '$[0]') AND {} = json_extract(pair.value, '$[1]')"
        joined = f"json_each(?) AS pair CROSS JOIN {first.table} ON {keys}"  # SQLite keeps this order
    else:
        keys = "site_id = %s AND {} = pair ->> 0 AND {} = pair ->> 1"
        joined = f"json_array_elements(%s::json) AS pair JOIN {first.table} ON {keys}"
    return f"{selected} {joined.format(first.name, second.name)}"


def _insert(session: Session, table: Table, rows: Sequence[Row], then: str) -> None:
    statement = _inserted(table, tuple(rows[0]), then)
    _run(session, statement, list(map(itemgetter(*statement.columns), rows)))


class _Statement(NamedTuple):
    """The SQL of both databases, and the columns whose values it takes, in the order of SQLite's placeholders."""

    on_sqlite: str
    on_postgresql: str
    columns: tuple[str, ...]


def _run(session: Session, statement: _Statement, rows: Sequence[Values]) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement.on_sqlite, list(rows))
    else:
        records = [dict(zip(statement.columns, row, strict=True)) for row in rows]
        connection.exec_driver_sql(statement.on_postgresql, (msgspec.json.encode(records).decode(),))


@cache
def _inserted(table: Table, columns: tuple[str, ...], then: str) -> _Statement:
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    values = ", ".join("?" for _ in columns)
    selected = f"SELECT {', '.join(columns)} FROM {_rows_of(table)}"  # noqa: S608 - names of our own, here and below
    return _Statement(f"{into} VALUES ({values}) {then}", f"{into} {selected} {then}", columns)


@cache
def _adding(table: Table, columns: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns)
    return f"ON CONFLICT ({_key(table)}) DO UPDATE SET {changes}"


@cache
def _added(table: Table, columns: tuple[str, ...]) -> _Statement:
    return _changed(table, columns, "{name} = {table}.{name} + {value}")


@cache
def _updated(table: Table, columns: tuple[str, ...]) -> _Statement:
    return _changed(table, columns, "{name} = {value}")


def _changed(table: Table, columns: tuple[str, ...], each: str) -> _Statement:
    keys = tuple(column.name for column in table.primary_key.columns)
    single = ", ".join(each.format(name=name, table=table.name, value="?") for name in columns)
    where = " AND ".join(f"{name} = ?" for name in keys)
    many = ", ".join(each.format(name=name, table=table.name, value=f"more.{name}") for name in columns)
    joined = " AND ".join(f"{table.name}.{name} = more.{name}" for name in keys)
    one_by_one = f"UPDATE {table.name} SET {single} WHERE {where}"  # noqa: S608
    at_once = f"UPDATE {table.name} SET {many} FROM {_rows_of(table)} AS more WHERE {joined}"  # noqa: S608
    return _Statement(one_by_one, at_once, (*columns, *keys))


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

"""Writing many rows at once: one statement, many parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert

Row = Mapping[str, Any]


def upsert(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace everything but the key of those that are there; all rows name the same columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    statement = insert(session, table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), list(rows))


def insert_all(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose keys are new."""
    if rows:
        session.execute(insert(session, table), list(rows))


def insert_missing(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert those rows whose keys are new, and leave the others as they are."""
    if rows:
        session.execute(insert(session, table).on_conflict_do_nothing(), list(rows))


def add_up(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many rows, by key in the order of the table's primary key; missing rows are made."""
    keys = [column.name for column in table.primary_key.columns]
    for columns, rows in _by_columns(keys, counts).items():
        statement = insert(session, table)
        changes = {name: table.c[name] + statement.excluded[name] for name in columns}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def add_to_known(session: Session, table: Table, counts: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
    """Add to counters of many rows that are there."""
    keys = [column.name for column in table.primary_key.columns]
    for columns, rows in _by_columns([f"key_{name}" for name in keys], counts).items():
        changes = {name: table.c[name] + bindparam(f"more_{name}") for name in columns}
        where = [table.c[name] == bindparam(f"key_{name}") for name in keys]
        named = [{name if name.startswith("key_") else f"more_{name}": row[name] for name in row} for row in rows]
        session.connection().execute(update(table).where(*where).values(changes), named)


def _by_columns(
    keys: Sequence[str], counts: Mapping[tuple[str, ...], Mapping[str, int]]
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """The rows grouped by which counters they change, in key order, so that two writers never wait for each other."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key in sorted(counts):
        row: dict[str, Any] = {**dict(zip(keys, key, strict=True)), **counts[key]}
        groups.setdefault(tuple(sorted(counts[key])), []).append(row)
    return groups

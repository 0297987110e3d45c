"""Folding all facts of a site once more, and comparing every row: the first that differs is named."""

import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, String, Table, bindparam, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from passalong.flow.replay.replay import MakeTables, Replay
from passalong.flow.transparency.heads_check import DifferenceError
from passalong.flow.transparency.sources_check import check_sources
from passalong.store.engine import Database, bytewise_on
from passalong.store.schema.columns import FROM_FACTS, metadata
from passalong.store.schema.journal import journal
from passalong.store.schema.receipts import receipts

Values = tuple[object, ...]
MADE = (
    *(journal, receipts),
    *(table for table in metadata.tables.values() if table.info == FROM_FACTS and table not in (journal, receipts)),
)
"""The tables that are made from facts, in the order in which they are compared."""


def check_replay(session: Session, site_id: str, make_tables: MakeTables) -> int:
    """Fold the facts of this session's moment anew and compare every row that comes of them; returns how many."""
    with replayed(session, site_id, make_tables) as copy:
        return compare_rows(session, copy, site_id)


@contextmanager
def replayed(session: Session, site_id: str, make_tables: MakeTables) -> Iterator[Session]:
    """Replay the facts of this session's snapshot into an empty database of its own.

    Raises DifferenceError if they cannot be folded at all.
    """
    check_sources(session, site_id)
    with tempfile.TemporaryDirectory(prefix="passalong-check-") as folder:
        fresh = Database(f"sqlite:///{Path(folder) / 'replay.sqlite3'}")
        try:
            make_tables(fresh)
            _fold_all(session, Replay(site_id, fresh))
            with fresh.reading() as copy:
                yield copy
        finally:
            fresh.close()


def _fold_all(session: Session, replay: Replay) -> None:
    """Fold everything. Whatever the fold stumbles over was changed behind its back: the ledger was folded once."""
    try:
        replay.catch_up(session)
    except OperationalError:  # a database that is away is no difference
        raise
    except Exception as error:
        message = str(error).splitlines()[0][:200] if str(error) else ""
        raise DifferenceError(
            f"The facts cannot be folded once more: after number {replay.seq} comes {type(error).__name__} ({message})."
        ) from error


def compare_rows(here: Session, copy: Session, site_id: str) -> int:
    """Compare every row of MADE in two databases; returns how many there are."""
    return sum(_same_rows(here, copy, site_id, table) for table in MADE)


def _same_rows(here: Session, there: Session, site_id: str, table: Table) -> int:
    count = 0
    with closing(_rows(here, site_id, table)) as ours, closing(_rows(there, site_id, table)) as copies:
        for own_row in ours:
            theirs = next(copies, None)
            if own_row != theirs:
                _differ(table, own_row, theirs)
            count += 1
        if (left := next(copies, None)) is not None:
            _differ(table, None, left)
    return count


def _rows(session: Session, site_id: str, table: Table) -> Generator[Values]:
    """The site's rows by key, in an order that is the same on both databases."""
    statement = _by_key(table, session.get_bind().dialect.name)
    with session.execute(statement, {"of_site": site_id}, execution_options={"yield_per": 2_000}) as rows:
        for row in rows:
            yield tuple(row)


@cache
def _by_key(table: Table, dialect: str) -> Select[Any]:
    key = table.primary_key.columns
    order = [bytewise_on(dialect, column) if isinstance(column.type, String) else column for column in key]
    return select(table).where(table.c.site_id == bindparam("of_site")).order_by(*order)


def _named(table: Table, row: Values | None) -> dict[str, object] | None:
    return None if row is None else dict(zip(table.c.keys(), row, strict=True))


def _differ(table: Table, ours: Values | None, copied: Values | None) -> None:
    keys = [column.name for column in table.primary_key.columns][1:]
    own_row, theirs = _named(table, ours), _named(table, copied)

    def name(row: dict[str, object]) -> list[object]:
        return [row[key] for key in keys]

    if own_row is None or theirs is None or name(own_row) != name(theirs):
        there = theirs is None or (own_row is not None and str(name(own_row)) < str(name(theirs)))
        row = own_row if there and own_row is not None else theirs
        words = "has a row that the facts do not give" if there else "lacks a row that the facts give"
        raise DifferenceError(f"The table {table.name} {words}: {_key_words(keys, row or {})}.")
    field = next(field for field in own_row if own_row[field] != theirs[field])
    current, wanted = str(own_row[field])[:200], str(theirs[field])[:200]
    raise DifferenceError(
        f"In {table.name}, {_key_words(keys, own_row)}: {field} is {current!r}, and the facts give {wanted!r}."
    )


def _key_words(keys: Sequence[str], row: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {row.get(key)}" for key in keys)

"""Folding all facts of a site once more, and comparing every row: the first that differs is named."""

import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Column, String, Table, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from passalong.flow.replay.replay import MakeTables, Replay
from passalong.flow.transparency.heads_check import DifferenceError
from passalong.flow.transparency.sources_check import check_sources
from passalong.store.engine import Database
from passalong.store.schema.columns import FROM_FACTS, metadata
from passalong.store.schema.journal import journal
from passalong.store.schema.receipts import receipts

MADE = (
    *(journal, receipts),
    *(table for table in metadata.tables.values() if table.info == FROM_FACTS and table not in (journal, receipts)),
)
"""The tables that are made from facts, in the order in which they are compared."""


def check_replay(session: Session, site_id: str, make_tables: MakeTables) -> int:
    """Fold the facts of this session's moment anew and compare every row that comes of them; returns how many."""
    with replayed(session, site_id, make_tables) as made:
        return compare_rows(session, made, site_id)


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
            with fresh.reading() as made:
                yield made
        finally:
            fresh.close()


def _fold_all(session: Session, replay: Replay) -> None:
    """Fold everything. Whatever the fold stumbles over was changed behind its back: the ledger was folded once."""
    try:
        replay.catch_up(session)
    except OperationalError:  # a database that is away is no difference
        raise
    except Exception as error:
        said = str(error).splitlines()[0][:200] if str(error) else ""
        raise DifferenceError(
            f"The facts cannot be folded once more: after number {replay.seq} comes {type(error).__name__} ({said})."
        ) from error


def compare_rows(here: Session, made: Session, site_id: str) -> int:
    """Compare every row of MADE in two databases; returns how many there are."""
    return sum(_same_rows(here, made, site_id, table) for table in MADE)


def _same_rows(here: Session, there: Session, site_id: str, table: Table) -> int:
    keys = [column.name for column in table.primary_key.columns][1:]
    count = 0
    with closing(_rows(here, site_id, table)) as kept, closing(_rows(there, site_id, table)) as made:
        for mine in kept:
            theirs = next(made, None)
            if mine != theirs:
                _differ(table, keys, mine, theirs)
            count += 1
        if (left := next(made, None)) is not None:
            _differ(table, keys, None, left)
    return count


def _rows(session: Session, site_id: str, table: Table) -> Generator[dict[str, object]]:
    """The site's rows by key, in an order that is the same on both databases."""
    postgres = session.get_bind().dialect.name == "postgresql"

    def ordered(column: Column[object]) -> object:
        return column.collate("C") if postgres and isinstance(column.type, String) else column

    statement = select(table).where(table.c.site_id == site_id)
    order = [ordered(column) for column in table.primary_key.columns]
    with session.execute(statement.order_by(*order), execution_options={"yield_per": 2_000}) as rows:  # type: ignore[arg-type]
        for row in rows.mappings():
            yield dict(row)


def _differ(
    table: Table, keys: Sequence[str], mine: dict[str, object] | None, theirs: dict[str, object] | None
) -> None:
    def name(row: dict[str, object]) -> list[object]:
        return [row[key] for key in keys]

    if mine is None or theirs is None or name(mine) != name(theirs):
        there = theirs is None or (mine is not None and str(name(mine)) < str(name(theirs)))
        row = mine if there and mine is not None else theirs
        words = "has a row that the facts do not give" if there else "lacks a row that the facts give"
        raise DifferenceError(f"The table {table.name} {words}: {_key_words(keys, row or {})}.")
    field = next(field for field in mine if mine[field] != theirs[field])
    found, wanted = str(mine[field])[:200], str(theirs[field])[:200]
    raise DifferenceError(
        f"In {table.name}, {_key_words(keys, mine)}: {field} is {found!r}, and the facts give {wanted!r}."
    )


def _key_words(keys: Sequence[str], row: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {row.get(key)}" for key in keys)

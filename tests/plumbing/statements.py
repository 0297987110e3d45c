"""The SQL statements that run while a block lasts, in any thread: their number is a cost that no machine changes."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from sqlalchemy import event

from passalong.store.engine import Database
from passalong.store.schema.columns import metadata

ONE_SITE = """
INSERT INTO pg_statistic
SELECT attrelid, attnum, false, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'site_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
"""Tells the planner that the column `site_id` of every table has one value."""


class Statement(Struct, frozen=True):
    """One statement with its parameters, and the thread that ran it."""

    text: str
    parameters: Any
    thread: int


@contextmanager
def statements(db: Database) -> Iterator[list[Statement]]:
    """Collect the statements that run inside; savepoints, BEGIN and COMMIT are none."""
    found: list[Statement] = []

    def keep(_connection: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        if not text.startswith(("BEGIN", "PRAGMA")):
            found.append(Statement(text, parameters, threading.get_ident()))

    engines = {db.writer, db.reader} if db.is_sqlite else {db.writer}  # PostgreSQL has one, under two names
    for engine in engines:
        event.listen(engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", keep)


def plan_of(db: Database, statement: Statement) -> str:
    """How the database would run a statement on large tables.

    What PostgreSQL counted of earlier tests' rows must not choose the index, nor may all indexes cost the same because
    a site has hardly any rows: for as long as it plans, the tables are new ones, and every row is of one site.
    """
    with db.writer.connect() as connection:  # never committed
        if db.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters).all()
            return "\n".join(str(row[3]) for row in rows)
        for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            connection.exec_driver_sql(f"SET LOCAL {setting} = off")
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers, this once
        read = [name for name in metadata.tables if re.search(rf"\b{name}\b", statement.text)]
        connection.exec_driver_sql(f"TRUNCATE {', '.join(read)} CASCADE")
        connection.exec_driver_sql("DELETE FROM pg_statistic")
        connection.exec_driver_sql(ONE_SITE)
        return "\n".join(
            row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement.text}", statement.parameters)
        )


def whole_tables(plan: str) -> list[str]:
    """The steps of a plan that read a whole table or a whole index."""
    return [line for line in plan.splitlines() if "Seq Scan" in line or re.match(r"SCAN (?!CONSTANT ROW)", line)]

"""Fill the tables of the API's lists: each with so many rows, by one statement, on either database."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Table, create_engine
from sqlalchemy.pool import NullPool

from passalong.store.engine import Database
from passalong.store.schema.columns import metadata
from tables import make_tables

SITE, WEBHOOK, ADVOCATE, ORDER = "bench1", "wh_bench", "abcdefghijklmnop", "order-1"
BEGAN_MS = 1_700_000_000_000
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name = '{table}'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}' AND indexname LIKE 'ix%%'",
}
"""The indexes of a table that no constraint needs, with what creates them."""
OTHERS = "'b' || substr(CAST(n + 10000000000000 AS TEXT), 2)"
VALUES = {
    "site_id": f"'{SITE}'",
    "webhook_id": f"'{WEBHOOK}'",
    "unit": "'EUR'",
    "number": "n",
    "type": "'terms.added'",
    "refund_requests.conversion_id": f"CASE n & 3 WHEN 0 THEN '{ORDER}' ELSE {OTHERS} END",
    "verdicts.subject_id": f"CASE n & 3 WHEN 0 THEN '{ADVOCATE}' ELSE {OTHERS} END",
    "inspected.kind": "CASE n & 1 WHEN 1 THEN 'conversion' ELSE 'visit' END",
    "inspected.status": "'credited'",
    "verdicts.about": "'advocate'",
    "verdicts.decision": "'ban'",
    "claims.outcome": "'open'",
    "credits.recipient": f"CASE n & 3 WHEN 0 THEN '{ADVOCATE}' ELSE {OTHERS} END",
    "uses.state": "'requested'",
    "uses.way": "'payout'",
    "webhook_events.body": "'"
    '{"id": "evt_1", "type": "terms.added", "timestamp": "2026-01-01T00:00:00Z", "site": "bench1", "data": {}}'
    "'",
    "webhook_deliveries.state": "'delivered'",
}
"""Values of columns, by name or by table and name; all others are made from the number of the row."""


def filled(url: str, tables: Iterable[str], rows: int) -> Database:
    """Create the tables in an empty database and fill these; the rows break foreign keys on purpose."""
    db = Database(url)
    make_tables(db)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("PRAGMA cache_size = -300000")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")  # no foreign keys
        for name in sorted(tables):
            _fill(connection, metadata.tables[name], rows)
        if not db.is_sqlite:
            connection.exec_driver_sql("ANALYZE")  # as PostgreSQL does by itself, and nobody does on SQLite
    return db


def _fill(connection: Connection, table: Table, rows: int) -> None:
    indexes = connection.exec_driver_sql(INDEXES[connection.dialect.name].format(table=table.name)).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(_value(table, column) for column in table.columns)
    numbers = NUMBERS.format(rows=rows)
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) {numbers} SELECT {values} FROM numbers")
    for _, statement in indexes:  # at the end, which is several times faster, and in their old order
        connection.exec_driver_sql(statement)


def _value(table: Table, column: "Column[object]") -> str:
    fixed = VALUES.get(f"{table.name}.{column.name}") or VALUES.get(column.name)
    if fixed:
        return fixed
    if column.nullable:
        return "NULL"
    if isinstance(column.type, BigInteger) and column.name.endswith("at_ms"):
        return f"{BEGAN_MS} + n * 1000"
    if isinstance(column.type, Boolean):
        return "false"
    if isinstance(column.type, BigInteger | Integer):
        return "0"
    return OTHERS

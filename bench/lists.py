"""A page of each list of the API: processor time of the first page and of one deep inside, with few rows and with many.

Pages are read by the API's own handlers and encoded as answers. On PostgreSQL the time of its own process is added.
"""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import msgspec
from sqlalchemy import select, text

from bench.list_rows import ADVOCATE, BEGAN_MS, ORDER, SITE, WEBHOOK, filled
from bench.rounds import Finding, Plan
from passalong.store.engine import Database
from passalong.store.queries.api_lists import cursor_text
from passalong.store.schema.columns import metadata
from passalong.web.api.operations import OPERATIONS

READS = 10
"""Reads of a page in each round, for each round of the plan."""
MOST = 1.2
"""The bar: a page among many rows costs at most this many times the same among few."""


@dataclass(frozen=True)
class List:
    """One list: its operation, its filters, its table and the columns of its cursor."""

    operation: str
    table: str
    order: tuple[str, ...]
    query: Mapping[str, Any]
    cursor: str = "after"

    @property
    def name(self) -> str:
        """Return the list's name in the table of results."""
        return " ".join((self.operation, *(name for name in self.query if name != "limit")))


LISTS = (
    List("list_visits", "inspected", ("at_ms", "subject"), {}),
    List("list_conversions", "inspected", ("at_ms", "subject"), {}),
    List("list_conversions", "inspected", ("at_ms", "subject"), {"since_ms": BEGAN_MS}),
    List("list_refunds", "refund_requests", ("at_ms", "refund_id"), {}),
    List("list_refunds", "refund_requests", ("at_ms", "refund_id"), {"conversion": ORDER}),
    List("list_decisions", "verdicts", ("at_ms", "event_id"), {}),
    List("list_decisions", "verdicts", ("at_ms", "event_id"), {"about": "advocate", "subject_id": ADVOCATE}),
    List("list_credits", "credits", ("conversion_id", "recipient", "unit"), {}),
    List("list_credits", "credits", ("at_ms", "line_id"), {"advocate": ADVOCATE}),
    List("list_advocates", "advocates", ("advocate_id",), {}),
    List("list_balances", "unit_totals", ("recipient", "unit"), {}),
    List("list_redemptions", "uses", ("use_id",), {}),
    List("list_redemptions", "uses", ("at_ms", "use_id"), {"state": "requested"}),
    List("list_payouts", "payout_batches", ("exported_at_ms", "batch_id"), {}),
    List("list_claims", "claims", ("claim_id",), {}),
    List("list_claims", "claims", ("promised_at_ms", "claim_id"), {"outcome": "open"}),
    List("list_links", "issued_links", ("share_id",), {}),
    List("list_links", "site_links", ("share_id",), {"of": "site"}),
    List("list_codes", "codes", ("code",), {"limit": 25}),
    List("list_events", "webhook_events", ("number",), {"limit": 25}),
    List("list_events", "webhook_events", ("number",), {"limit": 25, "types": "terms.added"}),
    List("list_deliveries", "webhook_deliveries", ("number",), {"limit": 25}, cursor="before"),
    List("list_deliveries", "webhook_deliveries", ("number",), {"limit": 25, "state": "delivered"}, cursor="before"),
)


def on_both(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Compare on SQLite and on PostgreSQL."""
    yield from _on("SQLite", plan, tuple(f"sqlite:///{data / f'lists-{name}.db'}" for name in ("few", "many")))
    yield from _on("PostgreSQL", plan, (next(urls), next(urls)))


def _on(database: str, plan: Plan, urls: tuple[str, ...]) -> Iterator[Finding]:
    sizes = (plan.base, plan.many)
    tables = {one.table for one in LISTS}
    databases = [filled(url, tables, size) for url, size in zip(urls, sizes, strict=True)]
    try:
        for one in LISTS:
            for place in ("first", "deep"):
                yield _compare(
                    f"{database}: {one.name}, {place}",
                    plan,
                    [Page(db, one, place, size) for db, size in zip(databases, sizes, strict=True)],
                )
    finally:
        for db in databases:
            db.close()


def _compare(what: str, plan: Plan, pages: "list[Page]") -> Finding:
    rounds = [[page.milliseconds(min(READS, plan.visits) * plan.rounds) for page in pages] for _ in range(plan.rounds)]
    what = f"{what}: {median(large for _, large in rounds):.2f} ms"
    return Finding("lists", what, [large / small for small, large in rounds], at_most=MOST)


class Page:
    """A page of a list: the first one, or one from the middle on."""

    def __init__(self, db: Database, one: List, place: str, rows: int):
        self._read = _reader(db, one, _middle(db, one, rows) if place == "deep" else None)
        self._backend = None if db.is_sqlite else _backend(db)

    def milliseconds(self, reads: int) -> float:
        """Return the processor time of a read."""
        self._read()
        began = self._spent_ns()
        for _ in range(reads):
            self._read()
        return (self._spent_ns() - began) / reads / 1e6

    def _spent_ns(self) -> int:
        own = time.process_time_ns()
        return own if self._backend is None else own + int(self._backend.read_text().split()[0])


def _backend(db: Database) -> Path:
    """Return where Linux counts the processor time of the connection's process; the pool has one connection."""
    with db.reading() as session:
        return Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")


def _reader(db: Database, one: List, cursor: str | None) -> Callable[[], bytes]:
    """Return a function that reads a page by the API's handler."""
    operation = next(operation for operation in OPERATIONS if operation.name == one.operation)
    services = SimpleNamespace(db=db, webhooks=SimpleNamespace(get=lambda *_: None), url="https://along.example")
    call = SimpleNamespace(services=services, site=SimpleNamespace(site_id=SITE))
    ids = {"webhook_id": WEBHOOK} if one.operation == "list_deliveries" else {}
    place = {} if cursor is None else {one.cursor: cursor}
    query = msgspec.convert({**one.query, **place}, operation.query, strict=False)

    def read() -> bytes:
        answer: Any = operation.handler(call, **ids, query=query)
        assert len(getattr(answer, answer.__struct_fields__[0])) >= 20, one.name
        return msgspec.json.encode(answer)

    return read


def _middle(db: Database, one: List, rows: int) -> str:
    """Return the cursor of the row in the middle: that of a first page, with other values behind its mark."""
    table = metadata.tables[one.table]
    order = [table.c[name] for name in one.order]
    with db.reading() as session:
        row = session.execute(select(*order).order_by(*order).offset(rows // 2).limit(1)).one()
    if one.order == ("number",):
        return str(row[0])
    first = str(msgspec.json.decode(_reader(db, one, None)())["next"])
    return cursor_text([json.loads(urlsafe_b64decode(first + "=="))[0], *row])

"""Make a database with very many events fast: fold some, then copy all their rows in SQL.

Each copy of an event has ids of its own. Every second copy is of the same people, so that their own histories grow; the
others are of new people with new links, so that there are more of them. Totals grow with their rows.
"""

import random
import secrets
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Table, text

from bench.sites import SITE, Ground, make_ground
from passalong.core.facts import ConversionReported, Event, Fact, LinkVisited, input_hash
from passalong.core.pages import path_of
from passalong.flow.fold.worker import Worker
from passalong.flow.transaction import writing
from passalong.flow.transparency.sealing import seal_all
from passalong.key_files import read_signing_keys
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import unverified_share_id
from passalong.settings import read_settings
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.schema.advocates import advocate_totals, advocates
from passalong.store.schema.conversions import conversions
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.inspection import channel_days, event_people, inspected
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.links import issued_links, link_sent, link_totals, link_trees
from passalong.store.schema.receipts import receipts
from passalong.store.schema.rollups import day_money, day_totals, page_days, page_totals, site_counts, site_units
from passalong.store.schema.visits import reached, visits

VISITS_EACH = 4
DAYS_MS = 60 * 86_400_000
BY_EVENT = (
    events,
    numbered,
    receipts,
    journal,
    visits,
    conversions,
    credits,
    inspected,
    event_people,
    reached,
)
BY_PERSON = (
    advocates,
    issued_links,
    link_totals,
    link_trees,
    link_sent,
    page_totals,
    advocate_totals,
    unit_totals,
    balances,
)
OF_EVENT = {"event_id", "visit_id", "visitor_id", "conversion_id", "subject", "line_id"}
OF_PERSON = {"advocate_id", "recipient", "account", "share_id", "parent_share_id", "request_id", "reacher"}
PERSONAL = ("advocate_id", "recipient", "account", "share_id")
PEOPLE_PER_EVENT = 10
"""For each so many events there is one more person who shared."""
NOBODY = "('', 'pool', 'unattributed')"
MORE = "'more' || substr(CAST(1000000000000 + i AS text), 2)"
"""Ids of the rows that are added, of sixteen characters."""


def make_many(data: Path, base: int, count: int, *, database_url: str = "", lists: bool = True) -> Ground:
    """Make a site with `count` events, of which `base` were folded; on SQLite without a database's address.

    `lists` adds rows for the owner's lists that no fact stands behind: where they are, a worker must not run.
    """
    ground = make_ground(data, database_url)
    db = Database(ground.url)
    with writing(db) as session:
        event_log.append(session, list(_happened(ground, base)))
    worker = Worker(db, SystemClock())
    worker.fold_all()
    worker.stop()
    with writing(db) as session:
        connection = session.connection()
        _copy(connection, count // base)
        if lists:
            _add_people(connection, count // PEOPLE_PER_EVENT)
            _add_decided(connection, count // PEOPLE_PER_EVENT)
        else:
            _run(connection, "DELETE FROM balances WHERE account LIKE 'pool:%~%'")  # named by copies of a month
        _run(connection, "ANALYZE")
    db.close()
    _seal(ground)
    return ground


def _run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _number(connection: Connection, statement: str) -> int:
    return int(connection.execute(text(statement)).scalar() or 0)


def _seal(ground: Ground) -> None:
    """Seal the ledger as a server does at its first look, before the pages are measured."""
    db, clock = Database(ground.url), SystemClock()
    settings = read_settings({"PASSALONG_DATA": str(ground.data), "DATABASE_URL": ground.url})
    seal_all(db, SITE, read_signing_keys(settings, {}), clock.now_ms())
    db.close()


def _happened(ground: Ground, count: int) -> Sequence[Event]:
    """Return nine visits, most by returning visitors, and a purchase, over sixty days."""
    now_ms, chance = SystemClock().now_ms(), random.Random(count)
    found: list[Event] = []
    for number in range(count):
        token, page = chance.choice(ground.tokens)
        share_id, visitor = unverified_share_id(token), f"{number // VISITS_EACH:014}-visitor"
        fact: Fact = LinkVisited(share_id, visitor, page + path_of(page))
        if number % 10 == 9:
            last = found[-1]
            assert isinstance(last.fact, LinkVisited)
            fact = ConversionReported("purchase", 40_000_000, "EUR", last.fact.share_id, last.event_id)
        at_ms = now_ms - DAYS_MS + number * (DAYS_MS // count)
        source = "api" if isinstance(fact, ConversionReported) else "browser"
        said = input_hash(fact=repr(fact))
        found.append(Event(SITE, source, secrets.token_urlsafe(16), at_ms, said, fact))
    return found


def _add_people(connection: Connection, count: int) -> None:
    """Add people who shared, and brought nobody yet: most of those whom a list of people shows."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    newest = _number(connection, "SELECT max(active_at_ms) FROM advocate_totals")
    for table, columns, values in (
        ("advocates", "created_at_ms", f"{newest} - i"),
        ("advocate_totals", "pages, active_at_ms", f"1, {newest} - i"),
    ):
        into = f"INSERT INTO {table} (site_id, advocate_id, {columns})"
        _run(connection, f"{into} {numbers} SELECT '{SITE}', {MORE}, {values} FROM n")


def _add_decided(connection: Connection, count: int) -> None:
    """Add what the owner's other pages list: requests that wait or are done, questions, changes, mails."""
    newest = _number(connection, "SELECT max(at_ms) FROM events")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    half = "CASE i % 2 WHEN 0 THEN '{}' ELSE '{}' END"
    common = {"site_id": f"'{SITE}'", "at_ms": f"{newest} - i"}
    money = {"unit": "'EUR'", "amount_micros": "5000000", "fee_micros": "0", "reference": "''", "note": "''"}
    person = MORE
    state = {"state": half.format("requested", "done"), "changed_at_ms": f"{newest} - i", "advocate_id": person}
    outcome = {"outcome": half.format("open", "declined"), "promised_at_ms": f"{newest} + i", "advocate_id": person}
    outcome |= {"resolved_at_ms": f"CASE i % 2 WHEN 0 THEN NULL ELSE {newest} + i END"}
    logged = {"actor": "'cli'", "action": "'site.set'", "subject": "''", "before": "''", "after": "''"}
    mailed = {"kind": "'monthly'", "address_hash": "'x'", "language": "'en'", "document": "'{}'"}
    for table, name, columns in (
        ("uses", "use_id", {"way": "'payout'"} | money | state),
        ("claims", "claim_id", outcome),
        ("owner_changes", "change_id", logged),
        ("mails", "mail_id", mailed),
    ):
        row = common | {name: MORE} | columns
        names = ", ".join(f'"{column}"' for column in row)
        into = f"INSERT INTO {table} ({names})"
        _run(connection, f"{into} {numbers} SELECT {', '.join(row.values())} FROM n")


def _copy(connection: Connection, times: int) -> None:
    if connection.dialect.name == "sqlite":
        _run(connection, "PRAGMA cache_size = -400000")
    _run(connection, "CREATE TEMP TABLE copies (k INTEGER PRIMARY KEY)")
    numbers = f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {times - 1})"
    _run(connection, f"INSERT INTO copies {numbers} SELECT k FROM n")
    step = {
        "seq": _number(connection, "SELECT max(seq) FROM numbered"),
        "tx": _number(connection, "SELECT max(tx) FROM journal"),
    }
    for table in (*BY_PERSON, *BY_EVENT):
        columns = [column.name for column in table.columns]
        values = ", ".join(_copied(name, step) for name in columns)
        which = "" if table in BY_EVENT else f"WHERE k % 2 = 1 AND {_person_of(table)} NOT IN {NOBODY}"
        into = f"INSERT INTO {table.name} ({', '.join(columns)})"
        _run(connection, f"{into} SELECT {values} FROM {table.name} CROSS JOIN copies {which}")
    last = "last_seq = (SELECT max(seq) FROM numbered), last_tx = (SELECT max(tx) FROM journal)"
    _run(connection, f"UPDATE turns SET {last}")  # so that further facts can be folded
    _run(connection, "DROP TABLE copies")
    _grow(connection, times)


def _copied(name: str, step: dict[str, int]) -> str:
    if name in step:
        return f"{name} + k * {step[name]}"
    other = f"{name} || '~' || k"
    if name != "account":  # PostgreSQL holds the length of ids
        kept = f"substr({name}, 1, length({name}) - 4) || '~' || substr(CAST(1000 + k AS text), 2)"
        other = f"CASE WHEN length({name}) > 9 THEN {kept} ELSE {other} END"
    if name in OF_EVENT:
        return other
    if name in OF_PERSON:
        return f"CASE WHEN k % 2 = 1 AND {name} NOT IN {NOBODY} THEN {other} ELSE {name} END"
    return name


def _person_of(table: Table) -> str:
    return next(column.name for column in table.columns if column.name in PERSONAL)


def _grow(connection: Connection, times: int) -> None:
    """Copy the rollups: totals per advocate stay, totals of the site are multiplied."""
    same = 1 + (times - 1) // 2
    days = (day_totals, page_days, channel_days, day_money)
    for table in (*BY_PERSON[2:], *days, site_counts, site_units):
        counters = [column.name for column in table.columns if column.server_default is not None]
        counters = [name for name in counters if name not in ("credited_at_ms", "active_at_ms", "shown")]
        whom = (
            f"CASE WHEN {_person_of(table)} IN {NOBODY} THEN {times} ELSE {same} END" if table in BY_PERSON else times
        )
        known = f"WHERE {_person_of(table)} NOT LIKE '%~%'" if table in BY_PERSON else ""
        grown = ", ".join(f"{name} = {name} * {whom}" for name in counters)
        _run(connection, f"UPDATE {table.name} SET {grown} {known}")

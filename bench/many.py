"""Make a database with very many events fast: fold some, then copy all their rows in SQL.

Each copy of an event has ids of its own. Every second copy is of the same people, so that their own histories grow; the
others are of new people with new links, so that there are more of them. Totals grow with their rows. SQLite only.
"""

import random
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Table

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


def make_many(data: Path, base: int, count: int) -> Ground:
    """Make a site with `count` events, of which `base` were folded."""
    ground = make_ground(data)
    db = Database(ground.url)
    with writing(db) as session:
        event_log.append(session, list(_happened(ground, base)))
    worker = Worker(db, SystemClock())
    worker.fold_all()
    worker.stop()
    db.close()
    with sqlite3.connect(str(Database(ground.url).url.database)) as connection:
        _copy(connection, count // base, base)
    connection.close()
    _seal(ground)
    return ground


def _seal(ground: Ground) -> None:
    """Seal the ledger as a server does at its first look, before the pages are measured."""
    db, clock = Database(ground.url), SystemClock()
    settings = read_settings({"PASSALONG_DATA": str(ground.data)})
    seal_all(db, SITE, read_signing_keys(settings, {}), clock.now_ms())
    db.close()


def _happened(ground: Ground, count: int) -> Sequence[Event]:
    """Return nine visits, most by returning visitors, and a purchase, over sixty days."""
    now_ms, chance = SystemClock().now_ms(), random.Random(count)
    found: list[Event] = []
    for number in range(count):
        token, page = chance.choice(ground.tokens)
        share_id, visitor = unverified_share_id(token), f"visitor-{number // VISITS_EACH:014}"
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


def _add_people(connection: sqlite3.Connection, count: int) -> None:
    """Add people who shared, and brought nobody yet: most of those whom a list of people shows."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    newest = connection.execute("SELECT max(active_at_ms) FROM advocate_totals").fetchone()[0]
    for table, columns, values in (
        ("advocates", "created_at_ms", f"{newest} - i"),
        ("advocate_totals", "pages, active_at_ms", f"1, {newest} - i"),
    ):
        into = f"INSERT INTO {table} (site_id, advocate_id, {columns})"
        connection.execute(f"{into} {numbers} SELECT '{SITE}', printf('more%012d', i), {values} FROM n")


def _copy(connection: sqlite3.Connection, times: int, base: int) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("CREATE TEMP TABLE copies (k INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO copies VALUES (?)", [(k,) for k in range(1, times)])
    highest = connection.execute("SELECT max(seq), (SELECT max(tx) FROM journal) FROM numbered").fetchone()
    step = {"seq": highest[0], "tx": highest[1] or 0}
    for table in (*BY_PERSON, *BY_EVENT):
        columns = [column.name for column in table.columns]
        values = ", ".join(_copied(name, step) for name in columns)
        which = "" if table in BY_EVENT else f"WHERE k % 2 = 1 AND {_person_of(table)} NOT IN {NOBODY}"
        into = f"INSERT INTO {table.name} ({', '.join(columns)})"
        connection.execute(f"{into} SELECT {values} FROM {table.name} CROSS JOIN copies {which}")
    _grow(connection, times)
    _add_people(connection, times * base // PEOPLE_PER_EVENT)
    connection.execute("ANALYZE")


def _copied(name: str, step: dict[str, int]) -> str:
    if name in step:
        return f"{name} + k * {step[name]}"
    if name in OF_EVENT:
        return f"{name} || '~' || k"
    if name in OF_PERSON:
        return f"CASE WHEN k % 2 = 1 AND {name} NOT IN {NOBODY} THEN {name} || '~' || k ELSE {name} END"
    return name


def _person_of(table: Table) -> str:
    return next(column.name for column in table.columns if column.name in PERSONAL)


def _grow(connection: sqlite3.Connection, times: int) -> None:
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
        connection.execute(
            f"UPDATE {table.name} SET {', '.join(f'{name} = {name} * {whom}' for name in counters)} {known}"
        )

"""A page of the console, and a public one, runs as many SQL statements for many rows as for a few.

The rows of a long history are copied in SQL, so that each list has more of them, whatever it lists. The portal has
`web/portal/test_page_costs.py`.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Column, String, Table

from flow.office import Office, an_office
from passalong.store.schema.columns import metadata
from plumbing.statements import statements
from portal_states import OWNERS, PUBLIC, Stop
from web.walking import Walk

COPIES = 5
"""How many copies there are of each row in the end."""
NOT_COPIED = ("sites", "turns", "terms", "settings_versions", "heads", "record_heads", "tree_nodes", "tree_tiles")
"""Tables of which a site has one row, one that is in force, or one tree."""
PEOPLE = ("advocate_id", "recipient", "account")
NAMES = re.compile(r".*(_id|_hash)|subject|recipient|account|code|address")
"""Columns with names of one's own, which a copy changes; numbers it changes in keys."""


@pytest.fixture(scope="module", params=["sqlite"])
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """One instance in which everything happened."""
    for office in an_office(request, tmp_path_factory):
        yield Walk(office)


def copy_rows(office: Office) -> None:
    """Copy every row of what a site lists: half of the copies are of the same people, half of others."""
    with closing(sqlite3.connect(str(office.db.url.database))) as connection:  # which checks no foreign keys
        for number in range(1, COPIES + 1):
            for table in metadata.sorted_tables:
                if table.name not in NOT_COPIED:
                    _copy(connection, table, number)
        connection.commit()


def _copy(connection: sqlite3.Connection, table: Table, number: int) -> None:
    keys = {column.name for column in table.primary_key}
    keys |= {column.name for index in table.indexes if index.unique for column in index.columns}
    values = [_copied(column, number, column.name in keys) for column in table.columns]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = " AND ".join(f"""CAST("{name}" AS text) NOT LIKE '%~%'""" for name in keys)
    connection.execute(
        f"INSERT OR IGNORE INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name} WHERE {rows}"
    )


def _copied(column: Column[Any], number: int, is_key: bool) -> str:
    name, is_text = column.name, isinstance(column.type, String)
    if is_key and not is_text:
        return f'"{name}" + {number} * 1000000'
    if not is_text or name == "site_id" or (name in PEOPLE and number % 2) or not NAMES.fullmatch(name):
        return f'"{name}"'
    return f"""CASE "{name}" WHEN '' THEN '' ELSE "{name}" || '~{number}' END"""


def costs(walk: Walk) -> dict[str, int]:
    """Return the number of statements of each page: the lower of two counts once caches are warm."""
    pages = [stop for stop in (*OWNERS, *PUBLIC) if not stop.post and stop.status == 200]
    return {stop.name: min(count(walk, stop) for _ in range(2)) for stop in pages}


def count(walk: Walk, stop: Stop) -> int:
    """Return the number of statements that one request ran in its own thread."""
    with statements(walk.office.db) as ran:
        answer = walk.office.send("GET", stop.path.format_map(walk.told.known), client=walk.browser(stop.who))
    assert answer.status in (200, 303), (stop.name, answer.status)
    return sum(one.thread == threading.get_ident() for one in ran)


def test_many_rows_need_no_more_statements_than_few(walk: Walk) -> None:
    before = costs(walk)
    copy_rows(walk.office)
    after = costs(walk)
    assert {name: (before[name], found) for name, found in after.items() if found > before[name]} == {}

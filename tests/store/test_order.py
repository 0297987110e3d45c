"""Lists have one order: what happened in the same millisecond is told apart by its id, and an index has that order."""

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

import passalong
from cast import anna
from flow.world import SITE, World
from passalong.flow.transaction import writing
from passalong.store import event_log, outbox, refusals
from passalong.store.books import tries
from passalong.store.people import invitations, owners
from passalong.store.queries import links, page_reach
from passalong.store.queries.page_reach import PageReach
from passalong.store.queries.views import LinkView
from passalong.store.schema.columns import metadata
from plumbing.statements import plan_of, statements, whole_tables

SOURCE = Path(inspect.getfile(passalong)).parent
MEASURES = ("_ms", "people", "times", "_micros", "shares", "count", "outcomes", "_day", "seen")
ALONE = {("store/books/expiry.py", "first_due")}
"""Statements that return nothing but the measure by which they are ordered: equal ones are the same."""
NOW_MS = 1_767_873_600_000
MIXED = (5, 1, 7, 3, 9, 2, 8, 4, 6)


# --- in the source ----------------------------------------------------------------------------------------------------


def orders() -> Iterator[tuple[str, str, str]]:
    """Yield the file, the function and the last column of each ORDER BY."""
    for path in sorted(SOURCE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".order_by"):
                        column = ast.unparse(call.args[-1]).removesuffix(".desc()").removesuffix(".asc()")
                        yield str(path.relative_to(SOURCE)), function.name, column


def test_no_order_ends_in_a_time_or_a_number_that_others_may_share() -> None:
    found = list(orders())
    assert len(found) > 80
    shared = [one for one in found if one[2].endswith(MEASURES) and one[:2] not in ALONE]
    assert shared == []


# --- in the databases -------------------------------------------------------------------------------------------------


def rows_of(table: Table, key: str) -> list[dict[str, Any]]:
    """Nine rows of a table that differ by their key alone."""
    return [{"site_id": SITE, **FILLED[table.name], key: f"{number}{'x' * 9}"} for number in MIXED]


FILLED: dict[str, dict[str, Any]] = {
    "set_aside": {"source": "browser", "at_ms": NOW_MS, "set_aside_at_ms": NOW_MS, "error": ""},
    "refusals": {"at_ms": NOW_MS, "kind": "visit", "reason": "bot"},
    "mails": {
        "kind": "digest", "address_hash": "a", "language": "en", "document": "{}", "at_ms": NOW_MS,
        "next_at_ms": NOW_MS,
    },
    "script_sightings": {"first_ms": NOW_MS, "last_ms": NOW_MS},
    "invitations": {
        "address_hash": "a", "address": "a", "role": "viewer", "invited_by": "Otto", "at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 1,
    },
}  # fmt: skip
READ: dict[str, tuple[str, Callable[[Session], Sequence[Any]]]] = {
    "set_aside": ("event_id", lambda session: event_log.aside(session, SITE)),
    "refusals": ("refusal_id", lambda session: refusals.latest_details(session, SITE, "visit", "bot", 5)),
    "mails": ("mail_id", lambda session: outbox.due(session, NOW_MS, 5)),
    "script_sightings": ("origin", lambda session: tries.sightings(session, SITE)),
    "invitations": ("invitation_id", lambda session: invitations.open_ones(session, SITE, NOW_MS)),
}


@pytest.mark.parametrize("name", READ)
def test_rows_of_one_millisecond_are_listed_alike_in_whatever_order_they_came(database_url: str, name: str) -> None:
    world = World(database_url)
    table, (key, read) = metadata.tables[name], READ[name]
    seen = []
    for turned in (1, -1):
        with writing(world.db) as session:
            session.execute(table.delete())
            for row in rows_of(table, key)[::turned]:
                also = {"detail": row[key]} if name == "refusals" else {}
                also = {"code_hash": row[key]} if name == "invitations" else also
                session.execute(insert(table).values(**row, **also))
            seen.append([str(one) for one in read(session)])
    world.close()
    assert seen[0] == seen[1]
    assert len(set(seen[0])) == len(seen[0]) >= 5
    assert seen[0] in (sorted(seen[0]), sorted(seen[0], reverse=True))


def test_sessions_that_began_together_have_one_order(database_url: str) -> None:
    world = World(database_url)
    seen = []
    for names in ("cab", "bca"):
        with writing(world.db) as session:
            for table in (metadata.tables["owner_sessions"], metadata.tables["owners"]):
                session.execute(table.delete())
            session.execute(
                insert(metadata.tables["owners"]).values(
                    **{c.name: "o" if c.type.python_type is str else 1 for c in metadata.tables["owners"].columns}
                )
            )
            for name in names:
                session.execute(
                    insert(metadata.tables["owner_sessions"]).values(
                        session_hash=name, owner_id="o", via="mail", label="", began_at_ms=NOW_MS,
                        expires_at_ms=NOW_MS + 9, seen_at_ms=NOW_MS,
                    )
                )  # fmt: skip
            seen.append([one.session_hash for one in owners.sessions_of(session, "o", NOW_MS)])
    world.close()
    assert seen == [["a", "b", "c"]] * 2


def test_the_links_that_brought_most_people_are_read_off_an_index(database_url: str) -> None:
    world = World(database_url)
    link = LinkView("AAAAAAAAAAAAAAA", "", "", NOW_MS, 0, 0, 0, 0, ())
    with world.db.reading() as session, statements(world.db) as found:
        links._way(session, SITE, link)
        links._rows(session, SITE, [(anna.visitor, "a" * 32)], 5)
        page_reach._tree(session, SITE, PageReach("a" * 32, "", "", 0, 0, 0, 0))
    plans = [plan_of(world.db, one) for one in found]
    world.close()
    assert len(plans) == 3
    assert [whole_tables(plan) for plan in plans] == [[]] * 3
    assert not [plan for plan in plans if "TEMP B-TREE" in plan or "Sort" in plan], plans

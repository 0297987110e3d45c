"""Text is sorted bytewise where rows are folded in order or merged in Python, whatever language the database sorts by.

PostgreSQL here sorts as in English: `a` before `B`, which Python and SQLite sort the other way round.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import insert

from flow.world import SITE, START_MS, World
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.transaction import writing
from passalong.store.books import expiry, redemptions
from passalong.store.books.claims import ClaimBook
from passalong.store.books.redemptions import RedemptionPage
from passalong.store.queries import ledger_lines
from passalong.store.queries.ledger_lines import LedgerPage
from passalong.store.schema.columns import metadata
from plumbing.postgres import Postgres, running_postgres

LOCALE = "en_US.UTF-8"
NAMES = ("a", "B", "c", "D", "_e", "-f", "g", "H")
USES = tuple(f"{name}2" for name in NAMES)
MINE = ("anna-one", "Anna-two")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL with a database `english` to copy, empty, that sorts as in English: a locale that is made here."""
    # Not in pytest's temporary folder, which is closed to the user who runs the server where root runs the tests.
    locales = Path(tempfile.mkdtemp(prefix="passalong-locales-"))
    localedef = shutil.which("localedef")
    made = localedef and subprocess.run(
        [localedef, "-i", "en_US", "-f", "UTF-8", str(locales / LOCALE)], capture_output=True, check=False
    )
    if not made or made.returncode:
        shutil.rmtree(locales)
        pytest.skip("localedef or the sources of locales are not installed")
    locales.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCPATH", str(locales))
        with running_postgres() as started:
            started._run(sql.SQL("CREATE DATABASE english TEMPLATE template0 LOCALE {}").format(LOCALE))
            yield started
    shutil.rmtree(locales)


@pytest.fixture
def english(server: Postgres) -> Iterator[str]:
    """The URL of a database that sorts as in English."""
    with server.fresh_database("english") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("english", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A site on either database, with rows of the same millisecond whose ids have small and capital letters."""
    english = request.param == "english"
    made = World(request.getfixturevalue("english") if english else f"sqlite:///{tmp_path / 'world.db'}")
    with writing(made.db) as session:
        for table in ("claims", "expiries", "uses", "credits"):
            session.execute(metadata.tables[table].delete())
            session.execute(insert(metadata.tables[table]), [row(table, name) for name in NAMES])
    yield made
    made.close()


def row(table: str, name: str) -> dict[str, Any]:
    """A row with this name in the id, and in every other column what a row needs."""
    columns = metadata.tables[table].columns
    values = {column.name: "x" if column.type.python_type is str else 1 for column in columns if not column.nullable}
    return values | {"site_id": SITE, "at_ms": START_MS} | ROWS[table](name)


ROWS: dict[str, Callable[[str], dict[str, Any]]] = {
    "claims": lambda name: {"claim_id": name, "outcome": "open", "promised_at_ms": START_MS},
    "expiries": lambda name: {"advocate_id": name, "second_at_ms": START_MS, "expires_at_ms": START_MS},
    "uses": lambda name: {"use_id": f"{name}2", "advocate_id": whose(name), "state": "requested", "way": "payout"},
    "credits": lambda name: {
        "conversion_id": name, "subject": name, "line_id": name, "recipient": whose(name), "unit": "EUR",
        "kind": "result", "amount_micros": 1, "earned_micros": 1, "ready": True,
    },
}  # fmt: skip


def whose(name: str) -> str:
    return MINE[NAMES.index(name) // 2 % 2]


def test_what_is_due_is_folded_in_one_order(world: World) -> None:
    with world.db.reading() as session:
        claims = [one.claim_id for one in ClaimBook(session, SITE).due(START_MS)]
        expiries = [one.advocate_id for one in expiry.due(session, SITE, START_MS, limit=3)]
    assert claims == sorted(NAMES)
    assert expiries == sorted(NAMES)[:3]


def test_pages_of_one_millisecond_lose_and_repeat_nothing(world: World) -> None:
    with world.db.reading() as session:
        lines, before = [], None
        while True:
            rows, before = ledger_lines.page(session, SITE, MINE, LedgerPage(3, before))
            lines += [row.line_id or row.redemption_id for row in rows]
            if before is None:
                break
    assert sorted(map(str, lines)) == sorted([*NAMES, *USES])


def test_the_owners_list_of_redemptions_loses_nothing(world: World) -> None:
    with world.db.reading() as session:
        seen: list[str] = []
        after = (START_MS - DAY_MS, "")
        while page := redemptions.open_after(session, SITE, after, 3):
            seen += [one.redemption_id for one in page]
            after = (page[-1].at_ms, page[-1].redemption_id)
        newest = redemptions.redemptions_before(session, SITE, MINE, RedemptionPage(None, 20))
    assert seen == sorted(USES)
    assert [one.redemption_id for one in newest] == sorted(USES, reverse=True)

"""The tables themselves: keys that begin with the site, rows that cannot be changed, migrations there and back."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Table, UniqueConstraint, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from cast import a_person, a_site, anna, cleo
from flow.world import SITE, World, a_share, a_visit, an_order
from passalong import migrate
from passalong.flow.transaction import writing
from passalong.flow.transparency import sealing
from passalong.lib.signing import SigningKeys
from passalong.store.engine import Database
from passalong.store.schema.columns import INSTANCE, metadata
from passalong.store.sites import add_site, all_sites

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
NAMES = [table.name for table in TABLES]


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [table for table in TABLES if table.name not in INSTANCE], ids=lambda made: made.name)
def test_every_key_begins_with_the_site(made: Table) -> None:
    keys = [[column.name for column in made.primary_key.columns]]
    keys += [[column.name for column in one.columns] for one in made.constraints if isinstance(one, UniqueConstraint)]
    keys += [[column.name for column in index.columns] for index in made.indexes if index.unique]
    for foreign in made.foreign_key_constraints:
        keys.append(list(foreign.column_keys))
        keys.append([element.column.name for element in foreign.elements])
    assert [key for key in keys if key[0] != "site_id"] == []


def test_there_are_as_many_tables_as_were_looked_at() -> None:
    """A table that the metadata forgets would be looked at by no test."""
    assert len(TABLES) >= 25
    assert {"events", "journal", "receipts", "issued_links", "terms", "sessions", "credits"} <= set(NAMES)


def test_the_database_has_the_same_keys(database_url: str) -> None:
    db = Database(database_url)
    migrate.upgrade(db)
    with db.writer.connect() as connection:
        seen = inspect(connection)
        assert sorted(set(seen.get_table_names()) - {"alembic_version"}) == NAMES
        for name in set(NAMES) - INSTANCE:
            keys = [seen.get_pk_constraint(name)["constrained_columns"]]
            keys += [list(one["column_names"]) for one in seen.get_unique_constraints(name)]
            keys += [one["constrained_columns"] for one in seen.get_foreign_keys(name)]
            keys += [one["referred_columns"] for one in seen.get_foreign_keys(name)]
            assert [key for key in keys if key[0] != "site_id"] == [], name
    db.close()


# --- append-only ------------------------------------------------------------------------------------------------------

NEVER_CHANGED = ("events", "journal", "receipts", "terms", "numbered", "tree_salts", "tree_nodes", "heads")
FORBIDDEN = [*product(NEVER_CHANGED, ("UPDATE {} SET site_id = site_id", "DELETE FROM {}"))]
FORBIDDEN += [("issued_links", "UPDATE {} SET title = 'Wasps'")]


@pytest.fixture
def filled(database_url: str) -> Iterator[World]:
    """A world in which each append-only table has rows."""
    world = World(database_url)
    share = world.link(anna)
    world.take_in(*(a_visit(f"v{number}", share, a_person("many", number), 0.5) for number in range(90)))
    world.happens(a_share("s", share, 0), a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"))
    sealing.seal_all(world.db, SITE, SigningKeys({1: bytes(32)}), world.clock.now_ms())
    yield world
    world.close()


def test_recorded_rows_are_never_changed(filled: World) -> None:
    for table, statement in FORBIDDEN:
        before = filled.rows(text(f"SELECT * FROM {table}"))
        assert before, table
        with pytest.raises(DBAPIError, match="append-only"), filled.db.writer.begin() as connection:
            connection.execute(text(statement.format(table)))
        assert filled.rows(text(f"SELECT * FROM {table}")) == before


def test_one_row_is_as_safe_as_all(filled: World) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.db.writer.begin() as connection:
        connection.execute(text("UPDATE journal SET amount_micros = 0 WHERE tx = 1 AND line = 1"))


def test_recorded_rows_cannot_be_replaced(filled: World) -> None:
    """INSERT OR REPLACE deletes what it replaces, without asking a DELETE trigger unless it is told to."""
    before = filled.rows(text("SELECT * FROM events"))
    replace = "INSERT OR REPLACE INTO events SELECT site_id, source, event_id, kind, 0, input_hash, fact FROM events"
    if not filled.db.is_sqlite:
        replace = (
            "INSERT INTO events SELECT site_id, source, event_id, kind, 0, input_hash, fact FROM events "
            "ON CONFLICT (site_id, source, event_id) DO UPDATE SET at_ms = 0"
        )
    with pytest.raises(DBAPIError, match="append-only"), filled.db.writer.begin() as connection:
        connection.execute(text(replace))
    assert filled.rows(text("SELECT * FROM events")) == before


@pytest.mark.postgresql
def test_no_table_of_what_happened_can_be_emptied(postgresql_url: str) -> None:
    world = World(postgresql_url)
    for table in NEVER_CHANGED:
        with pytest.raises(DBAPIError, match="append-only"), world.db.writer.begin() as connection:
            connection.execute(text(f"TRUNCATE {table} CASCADE"))
    world.close()


def test_an_unused_link_can_be_deleted_and_a_queue_is_made_to_be_emptied(filled: World) -> None:
    filled.link(anna)
    with filled.db.writer.begin() as connection:
        before = filled.count("issued_links")
        connection.execute(text("DELETE FROM issued_links WHERE share_id NOT IN (SELECT share_id FROM visits)"))
    assert filled.count("issued_links") == before - 1
    assert filled.count("queue") == 0


# --- the site's rows are its own --------------------------------------------------------------------------------------


def test_a_row_must_belong_to_a_site_that_is_there(filled: World) -> None:
    events = "INSERT INTO events VALUES ('nosite', 'api', 'o', 'conversion', 1, 'h', '{}')"
    with pytest.raises(IntegrityError), filled.db.writer.begin() as connection:
        connection.execute(text(events))


def test_two_sites_may_use_the_same_ids(filled: World) -> None:
    """An order number of one site is no order number of another's."""
    a_site(filled.db, filled.clock, site_id="other1", home_url="https://other.example")
    copied = "INSERT INTO events SELECT 'other1', source, event_id, kind, at_ms, input_hash, fact FROM events"
    before = filled.count("events")
    with filled.db.writer.begin() as connection:
        connection.execute(text(copied))
    assert filled.count("events") == 2 * before


# --- migrations -------------------------------------------------------------------------------------------------------


def test_migrations_go_up_down_and_up_again(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    assert not migrate.is_current(db)
    migrate.upgrade(db)
    assert migrate.is_current(db)
    assert migrate.differences(db) == []
    migrate.downgrade(db, "base")
    with db.writer.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert not migrate.is_current(db)
    migrate.upgrade(db)
    migrate.upgrade(db)
    assert migrate.is_current(db)
    assert migrate.differences(db) == []
    db.close()


def test_the_revisions_are_known_by_the_names_of_their_files() -> None:
    scripts = ScriptDirectory(str(migrate.FOLDER)).walk_revisions()
    assert migrate.revisions() == tuple(reversed([script.revision for script in scripts]))


def test_a_difference_is_found(database_url: str) -> None:
    db = Database(database_url)
    migrate.upgrade(db)
    with db.writer.begin() as connection:
        connection.execute(text("ALTER TABLE sites ADD COLUMN colour VARCHAR(8)"))
        connection.execute(text("DROP TABLE queue"))
    assert len(migrate.differences(db)) == 2
    db.close()


def test_triggers_go_with_a_downgrade_and_come_back(filled: World) -> None:
    migrate.downgrade(filled.db, "0001")
    with filled.db.writer.begin() as connection:
        connection.execute(text("UPDATE journal SET at_ms = at_ms"))
    migrate.upgrade(filled.db)
    with pytest.raises(DBAPIError, match="append-only"), filled.db.writer.begin() as connection:
        connection.execute(text("UPDATE journal SET at_ms = at_ms"))


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_reader_cannot_write(filled: World) -> None:
    with pytest.raises(DBAPIError), filled.db.reading() as session:
        session.execute(text("DELETE FROM queue"))


def test_a_reader_leaves_the_connection_fit_for_writing(filled: World) -> None:
    """On PostgreSQL readers and writers share a pool: read-only must not stick to a connection."""
    for _ in range(20):
        with filled.db.reading() as session:
            assert len(all_sites(session)) == 1
        with filled.db.writer.begin() as connection:
            connection.execute(text("DELETE FROM queue"))


def test_sqlite_is_as_durable_as_it_can_be(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/here.db")
    for engine in (db.writer, db.reader):
        with engine.connect() as connection:
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")
            ]
            assert found == ["wal", 2]
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    db.close()


def test_a_savepoint_can_be_rolled_back(filled: World) -> None:
    """The driver's own idea of transactions would keep the row on SQLite."""
    with filled.db.writer.begin() as connection:
        inner = connection.begin_nested()
        connection.execute(text(f"INSERT INTO refusal_counts VALUES ('{SITE}', '2026-01-01', 'note', 'bot', 1)"))
        inner.rollback()
    assert filled.count("refusal_counts") == 0


def test_a_failed_transaction_writes_nothing(filled: World) -> None:
    with pytest.raises(IntegrityError), writing(filled.db) as session:
        session.execute(text(f"INSERT INTO refusal_counts VALUES ('{SITE}', '2026-01-01', 'note', 'bot', 1)"))
        add_site(session, filled.site.site)
    assert filled.count("refusal_counts") == 0

"""Errors of the database while facts are recorded and folded: by SQLSTATE, retry, or set the one fact aside."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import SQLAlchemyError

from cast import anna, ben, cleo
from flow.world import SITE, World, a_visit
from passalong.flow.ingest.collector import Collector, NotWrittenError
from passalong.flow.ingest.recorder import Kept
from passalong.store import event_log

pytestmark = pytest.mark.postgresql
"""Only PostgreSQL lets a trigger raise any SQLSTATE."""


@pytest.fixture
def world(postgresql_url: str) -> Iterator[World]:
    """A site on a PostgreSQL of its own, because its tables are changed."""
    made = World(postgresql_url)
    yield made
    made.close()


@contextmanager
def raising(world: World, state: str, table: str, when: str = "true") -> Iterator[None]:
    """Each insert into a table ends in this SQLSTATE, as long as the block lasts."""
    with world.db.writer.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION trouble() RETURNS trigger AS $$ BEGIN "
            f"IF {when} THEN RAISE EXCEPTION 'a node is away' USING ERRCODE = '{state}'; END IF; RETURN NEW; "
            "END $$ LANGUAGE plpgsql"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER trouble BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION trouble()"
        )
    yield
    with world.db.writer.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION trouble CASCADE")


def aside(world: World) -> list[str]:
    """The ids of the facts that were set aside."""
    with world.db.reading() as session:
        return [event_id for _, event_id, _, _ in event_log.aside(session, SITE)]


@pytest.mark.parametrize("state", ["XX000", "57P01", "40001", "53100", "08006", "0A000"])
def test_a_lost_node_sets_no_fact_aside(world: World, state: str) -> None:
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    with raising(world, state, "receipts"), pytest.raises(SQLAlchemyError):
        world.fold()
    assert aside(world) == []
    assert world.fold() == 1
    assert world.waiting(anna, unit="points") == ["8.00"]


@pytest.mark.parametrize("state", ["23514", "22001"])
def test_a_fact_that_violates_a_constraint_is_set_aside_and_blocks_no_other(world: World, state: str) -> None:
    share = world.link(anna)
    bad = a_visit("bad", share, cleo, 1)
    world.take_in(bad, a_visit("good", share, ben, 2))
    with raising(world, state, "visits", f"NEW.visit_id = '{bad.event_id}'"):
        assert world.fold() == 2
    assert aside(world) == [bad.event_id]
    assert world.waiting(anna, unit="points") == ["8.00"]


@pytest.mark.parametrize("state", ["XX000", "57P03", "53300", "25006"])
def test_a_note_that_a_lost_node_did_not_take_is_asked_for_again(world: World, state: str) -> None:
    collector = Collector(world.db, world.clock)
    visit = a_visit("v", world.link(anna), cleo, 1)
    with raising(world, state, "events"), pytest.raises(NotWrittenError):
        collector.offer(visit).result(30)
    assert collector.offer(visit).result(30) is Kept.NEW
    collector.close()

"""Many that fold at once, facts that cannot be folded, and a database that fails in the middle."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from cast import a_person, anna, ben, cleo, otto
from flow.world import SITE, World, a_visit, an_order, visit_id
from passalong.core.money import POINTS
from passalong.flow.fold.fold import fold_site
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.engine import Database


def test_four_workers_on_one_site_never_post_twice(world: World, world_url: str) -> None:
    """Two of them under one name, so that no claim keeps them apart and only the lock does."""
    share = world.link(anna)
    people = [a_person("visitor", number) for number in range(40)]
    world.take_in(*(a_visit(f"v{number}", share, who, 1) for number, who in enumerate(people)))
    world.take_in(*(an_order(f"o{number}", 2, share_id=share, visit=f"v{number}") for number in range(40)))
    together = threading.Barrier(4)

    def work(number: int) -> int:
        db = Database(world_url)
        together.wait()
        folded = 0
        while done := fold_site(db, SITE, 7, f"worker-{number % 3}"):
            folded += done
        db.close()
        return folded

    with ThreadPoolExecutor(4) as threads:
        folded = list(threads.map(work, range(4)))
    assert sum(folded) + world.fold() == 80
    assert world.waiting(anna) == ["320.00"]
    assert world.waiting(anna, unit=POINTS) == ["320.00"]


def test_facts_that_come_in_while_others_are_folded_are_all_counted(world: World, world_url: str) -> None:
    share = world.link(anna)
    done = threading.Event()

    def work() -> int:
        db = Database(world_url)
        folded = 0
        while not done.is_set() or fold_site(db, SITE):
            folded += fold_site(db, SITE, 5)
        db.close()
        return folded

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        for number in range(30):
            world.take_in(a_visit(f"v{number}", share, a_person("visitor", number), 1))
        done.set()
        working.result(60)
    world.fold()
    assert world.waiting(anna, unit=POINTS) == ["240.00"]


def test_a_fact_that_cannot_be_folded_is_set_aside_and_costs_nobody_else(database_url: str) -> None:
    world = World(database_url)
    share = world.link(anna)
    poison = visit_id("poison")
    if world.db.is_sqlite:
        refuse = "BEGIN SELECT RAISE(ABORT, 'planted'); END"
        planted = "CREATE TRIGGER planted BEFORE INSERT ON visits WHEN NEW.visit_id = '{}' " + refuse
        mended = "DROP TRIGGER planted"
    else:
        planted = "ALTER TABLE visits ADD CONSTRAINT planted CHECK (visit_id <> '{}')"
        mended = "ALTER TABLE visits DROP CONSTRAINT planted"
    with world.db.writer.begin() as connection:
        connection.execute(text(planted.format(poison)))
    world.take_in(a_visit("before", share, cleo, 1), a_visit("poison", share, otto, 2), a_visit("after", share, ben, 3))
    assert world.fold() == 3
    assert [world.count(name) for name in ("visits", "numbered", "queue", "set_aside")] == [2, 2, 0, 1]
    assert f"visit:{poison}" not in world.receipts()
    told = world.rows(text("SELECT type, body FROM webhook_events ORDER BY number"))
    assert [poison in body for kind, body in told if kind == "site.event_quarantined"] == [True]
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    world.check()
    with world.db.writer.begin() as connection:
        connection.execute(text(mended))
    with writing(world.db) as session:
        assert event_log.put_back(session, SITE) == 1
    assert world.fold() == 1
    assert world.count("set_aside") == 0
    assert world.waiting(anna, unit=POINTS) == ["24.00"]
    world.check()
    world.close()


def test_when_the_database_fails_nothing_has_happened(database_url: str) -> None:
    """A fault that is the database's own sets nothing aside: all is as it was, and is folded later."""
    world = World(database_url)
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    with world.db.writer.begin() as connection:
        connection.execute(text("ALTER TABLE numbered RENAME TO gone"))
    with pytest.raises((OperationalError, ProgrammingError)):
        world.fold()
    counted = ("journal", "webhook_events", "visits", "queue", "set_aside")
    assert [world.count(name) for name in counted] == [0, 0, 0, 1, 0]
    with world.db.writer.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO numbered"))
    assert world.fold() == 1
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    world.check()
    world.close()

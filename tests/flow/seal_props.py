"""What tests of seals begin with: keys, lines to seal, and a hand that opens what only grows."""

from cast import a_person, anna
from flow.world import SITE, World, a_visit
from passalong.core.transparency.leaves import Head
from passalong.flow.transparency import sealing
from passalong.lib.signing import SigningKeys
from passalong.store.engine import Database

KEYS = SigningKeys({1: bytes(32)})


def some_lines(world: World, people: int = 3, name: str = "v") -> None:
    """So many people come by one link of Anna's: three lines each."""
    share = world.link(anna)
    world.take_in(*(a_visit(f"{name}{n}", share, a_person(name, n), 1 + n / 1000) for n in range(people)))
    world.fold()


def sealed(world: World) -> list[Head]:
    """Seal what is new."""
    return sealing.seal_all(world.db, SITE, KEYS, world.clock.now_ms())


def unlock(db: Database, *locked: str) -> None:
    """Take the append-only triggers of these tables away, as somebody with the database in their hands could."""
    with db.writer.begin() as connection:
        for table in locked:
            if not db.is_sqlite:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                continue
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")

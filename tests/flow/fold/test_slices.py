"""Facts in any order and in slices of any size: the books come to the same, and mostly line by line."""

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import ben, otto
from flow.histories import facts_before_a_hold_ends
from flow.world import SITE, World, a_refund, a_tick, a_visit
from passalong.core.facts import Event
from passalong.flow.fold.fold import fold_site
from plumbing.postgres import Postgres, database_name


class Outcome:
    """What is compared: balances, and every receipt as it stands."""

    def __init__(self, world: World):
        self.balances = world.balances()
        self.receipts = world.receipts()


def _copy(database_url: str, path: Path) -> World:
    path.write_bytes(Path(database_url.removeprefix("sqlite:///")).read_bytes())
    return World(f"sqlite:///{path}", new=False)


def _tell(world: World, facts: list[Event], chance: random.Random) -> Outcome:
    """Take facts in, in groups of any size with duplicates among them, and fold in slices of any size."""
    left = list(facts)
    while left:
        size = chance.choice([1, 1, 2, 5])
        group, left = left[:size], left[size:]
        world.take_in(*group)
        world.take_in(*chance.sample(group, 1))
        while fold_site(world.db, SITE, chance.choice([1, 2, 200])):
            pass
    world.check()
    return Outcome(world)


def test_the_order_of_the_facts_does_not_matter_before_holds_end(tmp_path: Path) -> None:
    original = World(f"sqlite:///{tmp_path}/original.db")
    facts = facts_before_a_hold_ends(original)
    original.close()
    expected: Outcome | None = None
    for number in range(16):
        chance = random.Random(number)
        mixed = facts if number == 0 else chance.sample(facts, len(facts))
        world = _copy(f"sqlite:///{tmp_path}/original.db", tmp_path / f"copy-{number}.db")
        found = _tell(world, mixed, chance)
        world.close()
        if expected is None:
            expected = found
            assert any(amount > 0 for (account, _), amount in found.balances.items() if ":waiting" in account)
        assert found.balances == expected.balances, f"seed {number}"
        assert found.receipts == expected.receipts, f"seed {number}"


@pytest.mark.postgresql
def test_postgresql_comes_to_the_same_in_any_order(postgres: Postgres) -> None:
    with postgres.fresh_database() as url:
        original = World(url)
        facts = facts_before_a_hold_ends(original)
        original.close()
        found = []
        for number in range(3):
            with postgres.fresh_database(template=database_name(url)) as copy:
                chance = random.Random(number)
                world = World(copy, new=False)
                found.append(_tell(world, facts if number == 0 else chance.sample(facts, len(facts)), chance))
                world.close()
    assert [one.balances for one in found] == [found[0].balances] * 3
    assert [one.receipts for one in found] == [found[0].receipts] * 3


def test_slices_of_any_size_write_the_same_journal(tmp_path: Path) -> None:
    """Posting is per fact, never per slice: line by line the same, holds, releases and late refunds included."""
    original = World(f"sqlite:///{tmp_path}/original.db")
    facts = [
        *facts_before_a_hold_ends(original),
        a_tick(40),
        a_refund("refund-3", "order-1", 41),
        a_visit("z", "A" * 15, otto, 42),
    ]
    facts += [a_visit("late", original.link(ben), otto, 43, guest=True)]
    original.take_in(*facts)
    original.close()
    made = []
    for size in (1, 3, 200):
        world = _copy(f"sqlite:///{tmp_path}/original.db", tmp_path / f"copy-{size}.db")
        while fold_site(world.db, SITE, size):
            pass
        world.check()
        made.append({name: _counted(world, name) for name in SAME})
        world.close()
    assert len(made[0]["journal"]) > 50
    for other in made[1:]:
        assert other == made[0]


SAME = ["journal", "numbered", "receipts", "conversions", "inspected", "credits", "balances"]
SAME += [
    "unit_totals",
    "page_totals",
    "page_days",
    "advocate_totals",
    "day_totals",
    "day_money",
    "link_totals",
    "link_trees",
    "link_sent",
    "site_counts",
    "site_units",
]


def _counted(world: World, name: str) -> list[str]:
    """A table's rows, without those whose counters came back to zero: small slices write them, large ones do not."""
    rows = world.rows(text(f"SELECT * FROM {name}"))
    counters = name.endswith(("_totals", "_days", "_money", "_trees", "_units")) or name == "balances"
    return sorted(str(row) for row in rows if not counters or any(isinstance(value, int) and value for value in row))

"""What folding costs, in statements: a few for a slice, however many facts of whatever kind are in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from cast import a_person, anna
from flow.world import (
    SITE,
    World,
    a_decision,
    a_gift,
    a_name,
    a_refund,
    a_share,
    a_tick,
    a_visit,
    an_order,
    one_person,
)
from passalong.core.decisions import Decision
from passalong.core.facts import Event
from passalong.core.reasons import Reason
from passalong.flow.fold.fold import fold_site
from passalong.store.books import decisions
from passalong.store.books.decisions import decisions_about
from plumbing.statements import Statement, statements

MANY = 60
MOST_EACH = 1.3
"""Statements for each fact of a slice."""


class Shop:
    """A site on which many people came by the links of many, each with an order."""

    def __init__(self, world: World):
        self.world = world
        parents = [world.link(a_person("parent", number)) for number in range(3)]
        self.shares = [world.link(a_person("advocate", n), parent=parents[n % 3]) for n in range(MANY)]

    def visits(self) -> list[Event]:
        """Everybody comes, each by the link of another."""
        return [a_visit(f"v{n}", self.shares[n], a_person("visitor", n), 1) for n in range(MANY)]

    def orders(self, name: str = "o", *, known: bool = False) -> list[Event]:
        """Everybody buys something; `known` to the shop as a customer, or not."""
        return [
            an_order(f"{name}{n}", 2, share_id=self.shares[n], visit=f"v{n}", customer=f"c{n}" if known else None)
            for n in range(MANY)
        ]

    def fold(self, facts: list[Event]) -> int:
        """Fold facts as one slice; returns the number of statements."""
        self.world.take_in(*facts)
        with statements(self.world.db) as found:
            assert fold_site(self.world.db, SITE, MANY) == len(facts)
        return len(found)


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """A shop whose visits and orders are folded."""
    made = Shop(world)
    made.fold(made.visits())
    made.fold(made.orders())
    yield made


KINDS: dict[str, Callable[[Shop], list[Event]]] = {
    "shares": lambda shop: [a_share(f"s{n}", shop.shares[n], 2) for n in range(MANY)],
    "more visits": lambda shop: [a_visit(f"w{n}", shop.shares[n], a_person("visitor", n), 2) for n in range(MANY)],
    "visits of others": lambda shop: [a_visit(f"x{n}", shop.shares[n], a_person("other", n), 2) for n in range(MANY)],
    "orders": lambda shop: shop.orders("again"),
    "orders of customers": lambda shop: shop.orders("customers", known=True),
    "refunds": lambda shop: [a_refund(f"r{n}", f"o{n}", 3, euros=10) for n in range(MANY)],
    "verdicts": lambda shop: [a_decision(f"d{n}", 3, "void", "conversion", f"o{n}") for n in range(MANY)],
    "verdicts on visits": lambda shop: [
        a_decision(f"d{n}", 3, "void", "visit", shop.visits()[n].event_id) for n in range(MANY)
    ],
    "names": lambda shop: [a_name(f"n{n}", 3, f"o{n}", shop.shares[n - 1]) for n in range(MANY)],
    "gifts": lambda shop: [a_gift(f"g{n}", 3, a_person("advocate", n)) for n in range(MANY)],
    "joined visitors": lambda shop: [
        one_person(f"p{n}", 3, f"v:{a_person('visitor', n).visitor}", f"v:{a_person('other', n).visitor}")
        for n in range(MANY)
    ],
}


def test_first_visits_cost_a_few_statements_each_slice(world: World) -> None:
    made = Shop(world)
    assert made.fold(made.visits()) <= MOST_EACH * MANY


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_costs_a_few_statements_each_slice(shop: Shop, kind: str) -> None:
    assert shop.fold(KINDS[kind](shop)) <= MOST_EACH * MANY


def test_refunds_after_the_hold_cost_a_few_statements_each_slice(shop: Shop) -> None:
    shop.world.happens(a_tick(40))
    assert shop.fold([a_refund(f"r{n}", f"o{n}", 41, euros=10) for n in range(MANY)]) <= MOST_EACH * MANY


def test_many_holds_that_end_together_cost_as_many_statements_as_one(world: World) -> None:
    made = Shop(world)
    made.fold(made.visits())
    world.happens(a_visit("first", made.shares[0], anna, 0.5))
    with statements(world.db) as one:
        world.happens(a_tick(30.5))
    with statements(world.db) as many:
        world.happens(a_tick(31))
    assert len(many) <= len(one) + 5
    assert world.rows(text("SELECT count(*) FROM conversions WHERE frozen_seq IS NULL"))[0][0] == 0


def test_a_hold_that_ends_writes_only_what_changes_of_its_lines(shop: Shop) -> None:
    """Each index of a column that is written is written as well."""
    with statements(shop.world.db) as ran:
        shop.world.happens(a_tick(40))
    assert set_in("credits", ran) == ["ready"]
    assert set_in("conversions", ran) == ["frozen_seq"]


def set_in(table: str, ran: Iterable[Statement]) -> list[str]:
    """Return the columns that the updates of a table set."""
    found = [re.match(rf"UPDATE {table} SET (.+?) (?:FROM|WHERE) ", statement.text) for statement in ran]
    return [column for match in found if match for column in re.findall(r"(\w+) = ", match[1])]


def test_a_slice_reads_only_the_decisions_that_it_needs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site may have made very many: those about other people, orders and visits stay in the database."""
    world = shop.world
    world.happens(*(a_decision(f"ban{n}", 3, "ban", "advocate", f"nobody{n:010d}") for n in range(MANY)))
    world.happens(*(a_decision(f"hold{n}", 3, "hold", "conversion", f"o{n}") for n in range(MANY)))
    read: list[Decision] = []

    def counted(*args: Any) -> list[Decision]:
        found = decisions_about(*args)
        read.extend(found)
        return found

    monkeypatch.setattr(decisions, "decisions_about", counted)
    world.happens(a_refund("r", "o7", 4, euros=10))
    assert 1 <= len(read) < MANY / 4
    assert world.receipt("conversion:o7").reason is Reason.HELD_FOR_REVIEW

"""Every receipt can be worked out again from the facts, in words; one that was changed behind our back is named."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import a_person, an_id, anna, ben, cleo, mallory
from flow.world import SITE, World, a_refund, a_share, a_tick, a_visit, an_order, visit_id
from passalong.core.identity import line_id
from passalong.core.ledger.explanation import amount
from passalong.core.money import MICROS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms
from passalong.flow.explain import Explanation, explain
from passalong.store.engine import Database
from passalong.store.sites import find_site

dora = a_person("dora")
TERMS = Terms(
    goals=(
        Goal("purchase", "EUR", rate_bp=1_000, cap_micros=9 * MICROS),
        Goal("new_visitor", "points", fixed_micros=10 * MICROS),
    ),
    touch_model="position",
    generation_model="binomial",
)


def a_past(url: str) -> World:
    """Three generations of links; purchases with refunds before and after a hold, too late, and without a code."""
    world = World(url, TERMS)
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    doras = world.link(dora, parent=bens)
    world.happens(
        a_share("a", annas, 0),
        a_visit("own", annas, anna, 0.5, guest=True),
        a_visit("cleo1", annas, cleo, 1),
        a_visit("cleo2", bens, cleo, 2),
        a_visit("cleo3", doras, cleo, 3),
        an_order("o1", 4, share_id=doras, visit="cleo3"),
        a_refund("r1", "o1", 5, euros=33),
        a_visit("mallory1", annas, mallory, 5, refused=Reason.BOT),
        an_order("o2", 6),
        an_order("o3", 6, share_id=annas, goal="donation"),
        a_tick(38),
        a_refund("r2", "o1", 39, euros=20),
        a_visit("cleo4", annas, cleo, 40),
        an_order("o4", 41, share_id=annas, visit="cleo4", currency="USD"),
        an_order("o5", 42, share_id=annas, visit="cleo4"),
        an_order("o6", 2.5, share_id=annas, visit="cleo1", currency="USD"),
        a_tick(42.5),
    )
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A past that is only looked at."""
    world = a_past(f"sqlite:///{tmp_path_factory.mktemp('past') / 'past.sqlite3'}")
    yield world
    world.db.close()


def explained(db: Database, asked: str) -> Explanation:
    """The explanation of an id."""
    with db.reading_one_moment() as session:
        site = find_site(session, SITE)
        assert site
        found = explain(session, site, asked)
    assert found
    return found


def test_every_receipt_comes_out_the_same_on_both_databases(database_url: str) -> None:
    world = a_past(database_url)
    receipts = world.receipts()
    assert len(receipts) == 13
    found = {subject: explained(world.db, subject) for subject in receipts}
    assert {subject: given.differs for subject, given in found.items() if given.differs} == {}
    assert sum(given.made is not None for given in found.values()) == 9  # three visits of a person whose hold ended
    world.db.close()


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("o1", "conversion:o1"),
        ("conversion:o1", "conversion:o1"),
        (visit_id("cleo1"), f"visit:{visit_id('cleo1')}"),
        (line_id("o1", anna.advocate_id(SITE)), "conversion:o1"),
    ],
)
def test_it_is_found_by_any_id_that_a_page_shows(world: World, asked: str, subject: str) -> None:
    assert explained(world.db, asked).subject == subject


def test_an_unknown_id_is_not_found(world: World) -> None:
    with world.db.reading() as session:
        site = find_site(session, SITE)
        assert site
        assert [explain(session, site, asked) for asked in ("", "nothing", an_id("x"), "\x00", "o1'--")] == [None] * 5


def test_the_arithmetic_is_read_aloud(world: World) -> None:
    """47.00 are left of 100.00: a pot of 4.70 by 2:1:2; binomial gives whole chains 1, 2/3 + 1/3, 4/9 + 2/9 + 1/9."""
    found = explained(world.db, "o1")
    assert found.frozen
    said = "\n".join(found.words)
    assert "Its value was 100.00 EUR, 53.00 EUR given back: 47.00 EUR count." in said
    assert "The pot is 4.70 EUR, by version 1 of the terms; the hold is 30 days." in said
    assert f"The arrival {visit_id('cleo2')} has 1/5 of what version 1 pays, 4.70 EUR." in said
    assert f"brought them ({visit_id('cleo1')}): 2/5 x 1 x 4.70 EUR = 1.88 EUR." in said
    assert "were taken back." in said


@pytest.mark.parametrize(
    ("micros", "unit", "words"),
    [
        (4_800_000, "EUR", "4.80 EUR"),
        (-1_234_567_000, "EUR", "-1,234.567 EUR"),
        (-10_000, "EUR", "-0.01 EUR"),
        (1_000_000_000, "JPY", "1,000 JPY"),
        (154_234_396, "JPY", "154.234396 JPY"),
        (500_000, "KWD", "0.500 KWD"),
        (10_000_000, "points", "10 points"),
        (1, None, "0.000001"),
        (Fraction(1, 3), "JPY", "1/3 micros of JPY"),
    ],
)
def test_amounts_have_the_digits_of_their_unit(micros: int | Fraction, unit: str | None, words: str) -> None:
    assert amount(micros, unit) == words


def test_a_refused_receipt_says_why(world: World) -> None:
    said = {name: " ".join(explained(world.db, name).words) for name in ("o2", "o3", "o4", visit_id("own"))}
    assert "Because no_token: Not from a shared link." in said["o2"]
    assert "Because no_matching_goal" in said["o3"]
    assert "Because unknown_currency" in said["o4"]
    assert "Because own_link" in said[visit_id("own")]


CAPPED = Goal("purchase", "EUR", rate_bp=1_000, day_cap_micros=6 * MICROS, month_budget_micros=20 * MICROS)


def test_limited_amounts_are_explained_equally_before_and_after_a_hold(tmp_path: Path) -> None:
    """Anna may have 6.00 a day, all together 20.00 a month: the third purchase finds 4.00 left, the fourth nothing."""
    world = World(f"sqlite:///{tmp_path / 'limits.sqlite3'}", Terms(goals=(CAPPED,)))
    link = world.link(anna)
    orders = [an_order(f"o{number}", 2 + number, share_id=link, visit="c1") for number in range(4)]
    world.happens(a_visit("c1", link, cleo, 1), *orders)
    spent = explained(world.db, "o3")
    assert spent.stored.reason is Reason.BUDGET_SPENT
    assert "A limit kept" in " ".join(explained(world.db, "o0").words)
    for facts in ([], [a_refund("r", "o0", 7, euros=10)], [a_tick(60)], [a_refund("r3", "o3", 61, euros=10)]):
        world.happens(*facts)
        found = [explained(world.db, f"o{number}") for number in range(4)]
        assert [given.differs for given in found] == [()] * 4
    assert explained(world.db, "o3").stored.reason is Reason.BUDGET_SPENT
    world.db.close()


def test_a_receipt_that_was_changed_behind_our_back_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'changed.sqlite3'}"
    world = a_past(url)
    with world.db.writer.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        for name in triggers.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        change = "UPDATE receipts SET body = replace(body, :was, :is)"
        budgets = {"was": '"budget_micros":9000000', "is": '"budget_micros":9000001'}
        connection.execute(text(change), budgets)
    assert explained(world.db, "o5").differs == ("budget_micros",)
    world.db.close()

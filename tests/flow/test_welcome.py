"""The double-sided reward: something for the person who came, theirs when they are known, else kept for them."""

from collections.abc import Iterator

import pytest

from cast import a_person, anna, cleo
from flow.world import SITE, World, a_refund, a_share, a_tick, a_verdict, a_visit, an_order, one_person
from passalong import migrate
from passalong.core.facts import NEW_VISITOR
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.money import MICROS, POINTS
from passalong.core.terms import Goal, Terms
from passalong.flow import replay
from passalong.flow.explain import explain
from passalong.store.sites import find_site

dora = a_person("dora")
BOTH_SIDES = Terms(
    goals=(
        Goal(NEW_VISITOR, POINTS, fixed_micros=10 * MICROS),
        Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5 * MICROS),
    ),
    pool_model="none",
)


@pytest.fixture
def generous(world_url: str) -> Iterator[World]:
    """A world whose terms give 5 euros to whoever came and bought."""
    made = World(world_url, BOTH_SIDES)
    yield made
    try:
        made.check()
        assert len(set(replay.compare(made.db, SITE, migrate.upgrade))) == 1
    finally:
        made.close()


def cleo_buys(world: World) -> None:
    """Cleo comes by Anna's link and buys for 100 euros."""
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"))


def kept(world: World) -> int:
    """What is kept for people who have not shown up, in micros."""
    return world.balances().get(("kept", "EUR"), 0)


def explained(world: World, conversion_id: str) -> tuple[str, ...]:
    """Where a receipt that is worked out again differs from the stored one."""
    with world.db.reading() as session:
        site = find_site(session, SITE)
        found = explain(session, site, conversion_id) if site else None
    assert found is not None
    assert found.made is not None
    return tuple(found.differs)


def test_a_welcome_is_kept_until_its_person_shares_something(generous: World) -> None:
    cleo_buys(generous)
    assert (generous.waiting(anna, cleo), kept(generous)) == (["8.00", "0.00"], 5 * MICROS)
    made = generous.receipt("conversion:o")
    assert made.welcome is not None
    assert (made.welcome.recipient, made.welcome.amount_micros, made.budget_micros) == ("kept", 5_000_000, 10_000_000)
    assert explained(generous, "o") == ()
    generous.happens(a_share("s", generous.link(cleo, visitor=True), 3))
    assert (generous.waiting(anna, cleo), kept(generous)) == (["8.00", "5.00"], 0)
    generous.happens(a_tick(40))
    assert generous.waiting(anna, cleo, bucket="ready") == ["8.00", "5.00"]


def test_what_was_kept_finds_its_person_after_the_hold_too(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_tick(40))
    assert (generous.waiting(anna, bucket="ready"), kept(generous)) == (["8.00"], 5 * MICROS)
    generous.link(dora)
    generous.happens(
        one_person("sign-in", 41, visitor_key(cleo.visitor), advocate_key(dora.advocate_id(SITE))),
    )
    assert (generous.waiting(anna, dora, bucket="ready"), kept(generous)) == (["8.00", "5.00"], 0)


def test_a_welcome_outlives_a_partial_refund_and_no_full_one(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_refund("r", "o", 3, euros=50))
    assert (generous.waiting(anna), kept(generous)) == (["4.00"], 5 * MICROS)
    generous.happens(a_refund("r2", "o", 4, euros=50))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)


def test_a_verdict_takes_the_welcome_back_with_the_rest(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_verdict("fraud", 3, "void", "conversion", "o"))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)


def test_nobody_is_welcomed_by_their_own_link_or_by_none(generous: World) -> None:
    share = generous.link(anna, visitor=True)
    generous.happens(a_visit("own", share, anna, 1, guest=True), an_order("own", 2, share_id=share, visit="own"))
    generous.happens(an_order("alone", 3))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)

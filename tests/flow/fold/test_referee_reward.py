"""The double-sided reward: something for the person who came, theirs when they are known, else kept for them."""

from collections.abc import Iterator

import pytest

from cast import Person, a_person, anna, cleo
from flow.world import (
    SITE,
    World,
    a_binding,
    a_decision,
    a_refund,
    a_share,
    a_tick,
    a_visit,
    an_order,
    one_account,
    one_person,
)
from passalong.core.facts import NEW_VISITOR
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms
from passalong.flow.explain import explain
from passalong.flow.replay import replay
from passalong.store.sites import find_site
from tables import make_tables

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
        assert len(set(replay.compare(made.db, SITE, make_tables))) == 1
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
    assert made.referee_reward is not None
    assert (made.referee_reward.recipient, made.referee_reward.amount_micros, made.budget_micros) == (
        "kept",
        5_000_000,
        10_000_000,
    )
    assert explained(generous, "o") == ()
    generous.happens(a_share("s", generous.link(cleo, visitor=True), 3))
    assert (generous.waiting(anna, cleo), kept(generous)) == (["8.00", "5.00"], 0)
    generous.happens(a_tick(40))
    assert generous.waiting(anna, cleo, bucket="ready") == ["8.00", "5.00"]


def test_a_kept_referee_reward_finds_its_person_after_the_hold_too(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_tick(40))
    assert (generous.waiting(anna, bucket="ready"), kept(generous)) == (["8.00"], 5 * MICROS)
    generous.link(dora)
    dora_is_cleo = one_person("sign-in", 41, visitor_key(cleo.visitor), advocate_key(dora.advocate_id(SITE)))
    generous.happens(dora_is_cleo)
    assert kept(generous) == 5 * MICROS, "a statement gives nobody what waits for somebody else"
    generous.happens(a_share("s", generous.link(cleo, visitor=True), 42))
    assert (generous.waiting(anna, cleo, bucket="ready"), kept(generous)) == (["8.00", "5.00"], 0)


def test_two_guests_of_one_browser_are_given_nothing_until_they_are_one_account(generous: World) -> None:
    cleo_buys(generous)
    roommate = Person("roommate", cleo.visitor, a_person("roommate").guest)
    shares = [generous.link(who, visitor=True) for who in (cleo, roommate)]
    generous.happens(*(a_share(f"s{number}", share, 3) for number, share in enumerate(shares)))
    assert (generous.waiting(cleo, roommate), kept(generous)) == (["0.00", "0.00"], 5 * MICROS)
    both = [cleo.advocate_id(SITE), roommate.advocate_id(SITE)]
    generous.happens(one_account("proved", 4, *both), a_visit("again", generous.link(anna), cleo, 5, guest=True))
    assert (sum(map(float, generous.waiting(cleo, roommate))), kept(generous)) == (5.0, 0)


def test_a_signed_in_customer_is_given_it_by_hand_over(generous: World) -> None:
    share = generous.link(anna)
    generous.link(dora)
    order = an_order("o", 2, share_id=share, visit="v", customer="77", signed_in=True)
    said = an_order("said", 2, share_id=share, visit="v", customer="77")
    generous.happens(a_visit("v", share, cleo, 1), order, said)
    assert kept(generous) == 10 * MICROS
    generous.happens(a_binding("bound", 3, dora.advocate_id(SITE), "77"))
    assert (generous.waiting(dora), kept(generous)) == (["5.00"], 5 * MICROS)


def test_a_welcome_outlives_a_partial_refund_and_no_full_one(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_refund("r", "o", 3, euros=50))
    assert (generous.waiting(anna), kept(generous)) == (["4.00"], 5 * MICROS)
    generous.happens(a_refund("r2", "o", 4, euros=50))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)


def test_a_decision_takes_the_welcome_back_with_the_rest(generous: World) -> None:
    cleo_buys(generous)
    generous.happens(a_decision("fraud", 3, "void", "conversion", "o"))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)


def test_the_welcome_of_somebody_who_is_banned_is_held_like_their_other_credit(generous: World) -> None:
    link = generous.link(cleo, visitor=True)
    cleo_buys(generous)
    generous.happens(a_visit("v2", link, dora, 3), a_decision("spam", 4, "ban", "advocate", cleo.advocate_id(SITE)))
    assert generous.receipt("conversion:o").reason is None
    generous.happens(a_tick(60))
    assert (generous.waiting(cleo), generous.waiting(anna, cleo, bucket="ready")) == (["5.00"], ["8.00", "0.00"])
    generous.happens(a_decision("sorry", 61, "lift", "advocate", cleo.advocate_id(SITE)), a_tick(62))
    assert generous.waiting(anna, cleo, bucket="ready") == ["8.00", "5.00"]


def test_nobody_is_welcomed_by_their_own_link_or_by_none(generous: World) -> None:
    share = generous.link(anna, visitor=True)
    generous.happens(a_visit("own", share, anna, 1, guest=True), an_order("own", 2, share_id=share, visit="own"))
    generous.happens(an_order("alone", 3))
    assert (generous.waiting(anna), kept(generous)) == (["0.00"], 0)


BOUND = Terms(
    goals=(
        Goal(
            "purchase",
            "EUR",
            rate_bp=100,
            day_cap_micros=MICROS,
            month_budget_micros=MICROS,
            welcome_micros=5 * MICROS,
        ),
    ),
    pool_model="none",
)
DAY_CAP = Terms(
    goals=(Goal("purchase", "EUR", rate_bp=100, day_cap_micros=MICROS, welcome_micros=5 * MICROS),), pool_model="none"
)


def made_with(world_url: str, terms: Terms) -> Iterator[World]:
    """A world with these terms, checked afterwards."""
    made = World(world_url, terms)
    yield made
    try:
        made.check()
        assert len(set(replay.compare(made.db, SITE, make_tables))) == 1
        for subject in (one for one in made.receipts() if one.startswith("conversion:")):
            assert explained(made, subject) == ()
    finally:
        made.close()


@pytest.fixture
def bound(world_url: str) -> Iterator[World]:
    """A world with a budget and a day cap of 1.00, and a referee reward of 5.00."""
    yield from made_with(world_url, BOUND)


@pytest.fixture
def day_capped(world_url: str) -> Iterator[World]:
    """The same without a budget."""
    yield from made_with(world_url, DAY_CAP)


def test_ten_purchases_commit_no_more_than_the_budget_referee_rewards_included(bound: World) -> None:
    share = bound.link(anna)
    for number in range(10):
        who = a_person(f"buyer{number}")
        bound.happens(
            a_visit(f"v{number}", share, who, 1), an_order(f"o{number}", 2, share_id=share, visit=f"v{number}")
        )
    spent = sum(
        micros for (name, unit), micros in bound.balances().items() if unit == "EUR" and not name.startswith("pro")
    ) - bound.balances().get(("unattributed", "EUR"), 0)
    assert spent == MICROS


def test_the_day_cap_bounds_the_referee_rewards_of_one_person(day_capped: World) -> None:
    share = day_capped.link(anna)
    day_capped.happens(a_visit("v", share, cleo, 1))
    for number in range(3):
        day_capped.happens(an_order(f"o{number}", 2 + number / 100, share_id=share, visit="v"))
    assert kept(day_capped) == MICROS
    day_capped.happens(a_share("s", day_capped.link(cleo, visitor=True), 2.2))
    assert (day_capped.waiting(cleo), kept(day_capped)) == (["1.00"], 0)
    day_capped.happens(an_order("again", 2.3, share_id=share, visit="v"))
    assert day_capped.waiting(cleo) == ["1.00"], "under whichever id, it is one person and one day"
    day_capped.happens(a_tick(60))
    assert day_capped.waiting(cleo, bucket="ready") == ["1.00"]
    day_capped.happens(a_refund("r", "o0", 61, euros=50))
    assert day_capped.waiting(cleo, bucket="ready") == ["1.00"]

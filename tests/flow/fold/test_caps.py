"""Caps and budgets: decided once, when a conversion is folded, and put on record as facts that a replay reads."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import a_person, anna, ben, cleo
from flow.world import SITE, World, a_refund, a_tick, a_visit, an_order, one_person
from passalong.core.facts import NEW_VISITOR, Grant, LimitsDecided, decode_fact
from passalong.core.identity import advocate_key, customer_key
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms
from passalong.flow.fold import caps
from passalong.flow.replay import replay
from passalong.store.schema.event_log import events
from tables import make_tables

CAPPED = Terms(
    pool_model="none",
    goals=(
        Goal(NEW_VISITOR, POINTS, fixed_micros=10 * MICROS, day_cap_micros=20 * MICROS),
        Goal("purchase", "EUR", rate_bp=1_000, day_cap_micros=20 * MICROS),
        Goal("donation", "EUR", rate_bp=1_000, month_budget_micros=25 * MICROS),
        Goal("both", "EUR", rate_bp=1_000, day_cap_micros=6 * MICROS, month_budget_micros=25 * MICROS),
    ),
)


@pytest.fixture
def capped(world_url: str) -> Iterator[World]:
    """A world whose terms have limits."""
    made = World(world_url, CAPPED)
    yield made
    try:
        made.check()
    finally:
        made.close()


def a_sale(world: World, name: str, share: str, days: float, *, euros: int = 100, goal: str = "purchase") -> None:
    """Somebody new comes by this link and buys."""
    who = a_person(name)
    visit = a_visit(name, share, who, days)
    world.happens(visit, an_order(name, days + 0.01, share_id=share, visit=name, euros=euros, goal=goal))


def decisions(world: World) -> list[LimitsDecided]:
    """What the fold decided, in order."""
    rows = world.rows(
        select(events.c.fact).where(events.c.kind == "limits").order_by(events.c.at_ms, events.c.event_id)
    )
    found = [decode_fact(row.fact) for row in rows]
    return [fact for fact in found if isinstance(fact, LimitsDecided)]


def test_an_advocate_gets_no_more_in_a_day_than_the_cap(capped: World) -> None:
    share = capped.link(anna)
    for number in range(4):
        a_sale(capped, f"s{number}", share, 1 + number / 100)
    assert capped.waiting(anna) == ["20.00"]
    paid = [capped.receipt(f"conversion:s{number}") for number in range(4)]
    assert [made.lines[0].amount_micros for made in paid] == [8_000_000, 8_000_000, 4_000_000, 0]
    assert [made.unattributed_micros for made in paid] == [0, 0, 4_000_000, 8_000_000]
    assert [made.reason for made in paid] == [None, None, None, Reason.CAP_REACHED]
    assert paid[2].limited[0].reason is Reason.CAP_REACHED
    a_sale(capped, "tomorrow", share, 2.5)
    assert capped.waiting(anna) == ["28.00"]


def test_a_day_begins_at_the_sites_midnight_and_new_visitors_are_capped_too(capped: World) -> None:
    share = capped.link(anna)
    for number in range(4):
        a_sale(capped, f"s{number}", share, 1 + number / 100, euros=1)
    assert capped.waiting(anna, unit=POINTS) == ["20.00"]


def test_a_refund_makes_no_room(capped: World) -> None:
    share = capped.link(anna)
    for number in range(3):
        a_sale(capped, f"s{number}", share, 1 + number / 100)
    capped.happens(a_refund("r", "s0", 1.2))
    a_sale(capped, "later", share, 1.3)
    assert capped.receipt("conversion:later").reason is Reason.CAP_REACHED
    assert capped.waiting(anna) == ["12.00"]


def test_the_budget_of_a_month_is_shared_by_all_and_then_spent(capped: World) -> None:
    share, again = capped.link(anna), capped.link(ben)
    for number, link in enumerate((share, again, share, again)):
        a_sale(capped, f"d{number}", link, 1 + number, goal="donation")
    assert capped.waiting(anna, ben) == ["12.00", "8.00"]
    assert capped.balances()["pool:2026-01", "EUR"] == 5 * MICROS
    assert capped.receipt("conversion:d3").reason is Reason.BUDGET_SPENT
    a_sale(capped, "february", share, 30, goal="donation")
    assert capped.waiting(anna) == ["20.00"]


def test_an_amount_over_the_cap_does_not_count_towards_the_budget(capped: World) -> None:
    share = capped.link(anna)
    for number in range(5):
        a_sale(capped, f"b{number}", share, 1 + number, goal="both")
    wanted = [(grant.recipient, grant.wanted_micros, grant.granted_micros) for grant in decisions(capped)[1].grants]
    assert wanted == [(anna.advocate_id(SITE), 8_000_000, 6_000_000), ("*", 8_000_000, 8_000_000)]
    last = [grant.granted_micros for one in decisions(capped) for grant in one.grants if grant.recipient == "*"]
    assert last == [8_000_000, 8_000_000, 8_000_000, 1_000_000, 0]


def test_one_fact_that_leads_to_several_credits_keeps_the_cap(capped: World) -> None:
    share = capped.link(anna)
    capped.happens(*(an_order(f"o{number}", 1.5 + number / 100, customer="77", signed_in=True) for number in range(4)))
    capped.happens(a_visit("v", share, cleo, 1))
    assert capped.waiting(anna) == ["0.00"]
    capped.happens(one_person("sign-in", 2, f"v:{cleo.visitor}", customer_key("77")))
    assert capped.waiting(anna) == ["20.00"]


def test_two_advocates_who_turn_out_to_be_one_person_share_one_cap(capped: World) -> None:
    first, second = capped.link(anna), capped.link(ben)
    a_sale(capped, "s0", first, 1)
    a_sale(capped, "s1", second, 1.1)
    capped.happens(one_person("one", 1.2, advocate_key(anna.advocate_id(SITE)), advocate_key(ben.advocate_id(SITE))))
    a_sale(capped, "s2", second, 1.3)
    assert sum(float(amount) for amount in capped.waiting(anna, ben)) == 20.0


def test_after_the_hold_the_limit_stays_what_it_was(capped: World) -> None:
    share = capped.link(anna)
    for number in range(3):
        a_sale(capped, f"s{number}", share, 1 + number / 100)
    capped.happens(a_tick(40))
    assert capped.waiting(anna, bucket="ready") == ["20.00"]
    capped.happens(a_refund("r", "s2", 41, euros=25))
    assert capped.waiting(anna, bucket="ready") == ["20.00"]
    capped.happens(a_refund("r2", "s2", 42, euros=50))
    assert capped.waiting(anna, bucket="ready") == ["18.00"]


def test_without_limits_nothing_is_decided(world: World) -> None:
    a_sale(world, "s", world.link(anna), 1)
    assert decisions(world) == []


def a_history(world: World) -> None:
    """More than the caps allow, late visits, a refund, a merge, the end of holds."""
    share = world.link(anna)
    again = world.link(ben, parent=share)
    for number in range(4):
        a_sale(world, f"s{number}", (share, again)[number % 2], 1 + number / 50)
        a_sale(world, f"d{number}", (again, share)[number % 2], 2 + number / 50, goal="donation")
        a_sale(world, f"b{number}", again, 3 + number / 50, goal="both")
    world.happens(a_visit("late", again, a_person("s0"), 0.5), a_refund("r", "s1", 4, euros=20), a_tick(60))


def test_a_replay_reads_what_was_decided_and_comes_to_the_same_journal(
    capped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_history(capped)
    assert len(decisions(capped)) > 8

    def nothing(asked: Grant) -> list[Grant]:
        return [replace(asked, granted_micros=0)] if asked.wanted_micros > 0 else []

    monkeypatch.setattr(caps, "_grant", nothing)
    stands, made = replay.compare(capped.db, SITE, make_tables)
    assert stands == made, "what a replay would decide does not matter"

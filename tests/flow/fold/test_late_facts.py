"""Facts that come in late: after what they belong to, after a hold, under terms that are no longer the newest."""

from pathlib import Path

import pytest

from cast import anna, ben, cleo, mallory, otto
from flow.world import SITE, START_MS, World, a_refund, a_tick, a_visit, an_order, status, visit_id
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms
from passalong.flow.transaction import writing
from passalong.store.sites import add_terms

# --- late and out of order --------------------------------------------------------------------------------------------


def test_a_visit_that_comes_in_after_its_conversion_is_credited(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("b", bens, cleo, 3), an_order("order-1", 5, share_id=bens, visit="b"))
    assert world.waiting(anna, ben) == ["0.00", "8.00"]
    world.happens(a_visit("a", annas, cleo, 1))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]


def test_a_conversion_may_name_a_visit_that_is_still_to_come_in(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=bens, visit="b"))
    assert world.waiting(anna, ben) == ["0.00", "8.00"]
    world.happens(a_visit("b", bens, cleo, 3))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]


def test_a_code_whose_visit_belongs_to_another_link_names_no_visitor(world: World) -> None:
    """Somebody glued their token to a visit of another's: the token alone counts."""
    annas, mallorys = world.link(anna), world.link(mallory)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=mallorys, visit="a"))
    assert world.waiting(anna, mallory) == ["0.00", "8.00"]


def test_a_visit_after_a_conversion_changes_nothing(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=annas, visit="a"))
    before = world.balances()
    world.happens(a_visit("b", bens, cleo, 6))
    assert world.waiting(anna, ben) == ["8.00", "0.00"]
    assert {key: amount for key, amount in world.balances().items() if key[1] == "EUR"} == {
        key: amount for key, amount in before.items() if key[1] == "EUR"
    }


def test_a_refund_may_come_before_its_conversion(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), a_refund("refund-1", "order-1", 3, euros=50))
    assert world.waiting(anna) == ["0.00"]
    world.happens(an_order("order-1", 2, share_id=share, visit="v"))
    assert world.waiting(anna) == ["4.00"]


@pytest.mark.parametrize(
    ("refunds", "left", "reason"),
    [
        ([1], "7.92", None),
        ([50, 49], "0.08", None),
        ([50, 50], "0.00", Reason.REFUNDED),
        ([100], "0.00", Reason.REFUNDED),
        ([70, 70], "0.00", Reason.REFUNDED),
    ],
)
def test_refunds_add_up(tmp_path: Path, refunds: list[int], left: str, reason: Reason | None) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("order-1", 2, share_id=share, visit="v"))
    for number, euros in enumerate(refunds):
        world.happens(a_refund(f"refund-{number}", "order-1", 3 + number, euros=euros))
    assert world.waiting(anna) == [left]
    assert world.receipt("conversion:order-1").reason is reason
    world.check()
    world.close()


def test_without_a_code_nobody_is_paid_and_the_receipt_says_so(world: World) -> None:
    world.happens(an_order("order-1", 1), an_order("order-2", 1, refused=Reason.BAD_SIGNATURE))
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.NO_TOKEN)
    assert status(world.receipt("conversion:order-2")) == ("refused", Reason.BAD_SIGNATURE)
    assert world.balances() == {("program:issued", "EUR"): -20 * MICROS, ("unattributed", "EUR"): 20 * MICROS}


# --- holds ------------------------------------------------------------------------------------------------------------


def test_credit_is_waiting_until_its_hold_ends(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 0), an_order("order-1", 0, share_id=share, visit="v"))
    world.happens(a_tick(29.99))
    assert (world.waiting(anna), world.waiting(anna, bucket="ready")) == (["8.00"], ["0.00"])
    world.happens(a_tick(30))
    assert (world.waiting(anna), world.waiting(anna, bucket="ready")) == (["0.00"], ["8.00"])
    assert world.waiting(anna, bucket="ready", unit=POINTS) == ["8.00"]
    before = world.count("journal")
    world.happens(a_tick(31))
    assert world.count("journal") == before


def test_after_the_hold_only_refunds_change_the_split(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("b", bens, cleo, 3), an_order("order-1", 5, share_id=bens, visit="b"), a_tick(40))
    assert world.waiting(ben, bucket="ready") == ["8.00"]
    world.happens(a_visit("a", annas, cleo, 1))
    assert world.waiting(anna, ben, bucket="ready") == ["0.00", "8.00"]
    world.happens(a_refund("refund-1", "order-1", 41, euros=25))
    assert world.waiting(ben, bucket="ready") == ["6.00"]
    world.happens(a_refund("refund-2", "order-1", 42, euros=75))
    assert world.waiting(ben, bucket="ready") == ["0.00"]
    assert world.waiting(ben) == ["0.00"]
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.REFUNDED)


def test_after_the_hold_a_chain_stays_as_it_was(world: World) -> None:
    first = world.link(anna)
    second = world.link(ben, parent=first)
    world.happens(a_visit("v", second, cleo, 1), a_visit("w", world.link(otto), cleo, 2))
    world.happens(an_order("order-1", 3, share_id=second, visit="v"), a_tick(40))
    assert world.waiting(anna, ben, otto, bucket="ready") == ["0.80", "4.00", "4.00"]
    world.happens(a_refund("refund-1", "order-1", 41, euros=50))
    assert world.waiting(anna, ben, otto, bucket="ready") == ["0.40", "2.00", "2.00"]
    assert world.balances()["pool:2026-02", "EUR"] == 600_000  # where January's went on


def test_a_refund_after_the_hold_keeps_the_reason_of_a_refused_conversion(world: World) -> None:
    share = world.link(mallory, visitor=True)
    world.happens(a_visit("own", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="own"), a_tick(40))
    world.happens(a_refund("refund-1", "order-1", 41, euros=50))
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)


def test_every_visit_has_a_receipt_even_after_the_hold(world: World) -> None:
    """A person is known since long; their credential shows up for the first time with a later visit."""
    share = world.link(anna)
    world.happens(a_visit("first", share, cleo, 1), a_tick(40))
    world.happens(a_visit("with credential", share, cleo, 41, guest=True), a_visit("plain", share, cleo, 42))
    assert status(world.receipt(f"visit:{visit_id('with credential')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert status(world.receipt(f"visit:{visit_id('plain')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, unit=POINTS, bucket="ready") == ["8.00"]


def test_a_visitor_by_their_own_link_has_a_receipt_after_the_hold_too(world: World) -> None:
    own, bens = world.link(mallory), world.link(ben)
    world.happens(a_visit("clean", own, mallory, 1), a_visit("seen", own, mallory, 2, guest=True), a_tick(40))
    world.happens(a_visit("bens", bens, mallory, 41))
    assert f"visit:{visit_id('bens')}" in world.receipts()


# --- terms ------------------------------------------------------------------------------------------------------------


def test_a_link_keeps_the_terms_under_which_it_was_made(world: World) -> None:
    old = world.link(anna)
    half = Terms(goals=(Goal("purchase", "EUR", rate_bp=5_000),), hold_days=3)
    with writing(world.db) as session:
        add_terms(session, SITE, half, START_MS + 1, "Half of everything.")
    world.clock.at_ms += 10
    new = world.link(ben)
    world.happens(a_visit("a", old, cleo, 1), an_order("order-1", 2, share_id=old, visit="a"))
    world.happens(a_visit("b", new, otto, 1), an_order("order-2", 2, share_id=new, visit="b"))
    assert world.waiting(anna, ben) == ["8.00", "40.00"]
    made = world.receipts()
    assert (made["conversion:order-1"].terms_version, made["conversion:order-1"].hold_days) == (1, 30)
    assert (made["conversion:order-2"].terms_version, made["conversion:order-2"].hold_days) == (2, 3)
    assert made[f"visit:{visit_id('b')}"].reason is Reason.NO_MATCHING_GOAL

"""What people decide: bans, holds, voids, releases; whom an owner names, what an owner gives. All of it on record."""

import pytest

from cast import a_person, anna, ben, cleo, mallory
from flow.world import (
    SITE,
    World,
    a_decision,
    a_gift,
    a_name,
    a_refund,
    a_tick,
    a_visit,
    an_event,
    an_order,
    day,
    visit_id,
)
from passalong.core.facts import ClaimOpened, ClaimResolved, Event
from passalong.core.identity import line_id
from passalong.core.reasons import Reason

MALLORYS = mallory.advocate_id(SITE)
POOL = ("pool:2026-01", "EUR")


# --- an advocate who is banned ----------------------------------------------------------------------------------------


def test_touches_after_a_ban_do_not_count_and_pending_credit_is_held(world: World) -> None:
    share = world.link(mallory)
    world.happens(a_visit("v1", share, cleo, 1), an_order("before", 2, share_id=share, visit="v1"))
    assert world.waiting(mallory) == ["8.00"]
    world.happens(a_decision("spam", 3, "ban", "advocate", MALLORYS))
    assert world.receipt("conversion:before").reason is Reason.HELD_FOR_REVIEW
    assert world.receipt("conversion:before").status == "credited"
    dora = a_person("dora")
    world.happens(a_visit("v2", share, dora, 4), an_order("after", 5, share_id=share, visit="v2"))
    assert world.receipt("conversion:after").reason is Reason.BANNED_ADVOCATE
    assert world.receipt(f"visit:{visit_id('v2')}").reason is Reason.BANNED_ADVOCATE
    world.happens(a_tick(60))
    assert (world.waiting(mallory), world.waiting(mallory, bucket="ready")) == (["8.00"], ["0.00"])


def test_a_ban_that_is_lifted_lets_go_of_what_was_held(world: World) -> None:
    share = world.link(mallory)
    world.happens(a_visit("v1", share, cleo, 1), an_order("o", 2, share_id=share, visit="v1"))
    world.happens(a_decision("spam", 3, "ban", "advocate", MALLORYS), a_tick(60))
    world.happens(a_decision("sorry", 61, "lift", "advocate", MALLORYS), a_tick(62))
    assert world.waiting(mallory, bucket="ready") == ["8.00"]
    assert world.receipt("conversion:o").reason is None
    dora = a_person("dora")
    world.happens(a_visit("v2", share, dora, 63), an_order("o2", 64, share_id=share, visit="v2"))
    assert world.waiting(mallory) == ["8.00"]


def test_a_banned_ancestor_keeps_the_level_and_the_part_goes_to_the_pool(world: World) -> None:
    top = world.link(anna)
    middle = world.link(mallory, parent=top)
    last = world.link(ben, parent=middle)
    world.happens(a_decision("spam", 1, "ban", "advocate", MALLORYS))
    world.happens(a_visit("v", last, cleo, 2), an_order("o", 3, share_id=last, visit="v"))
    assert world.waiting(ben, mallory, anna) == ["8.00", "0.00", "0.40"]
    assert world.balances()[POOL] == 1_600_000
    assert world.receipt("conversion:o").reason is None


# --- a conversion -----------------------------------------------------------------------------------------------------


@pytest.fixture
def bought(world: World) -> World:
    """Cleo has bought after Anna and Ben had each brought her."""
    first, second = world.link(anna), world.link(ben)
    world.happens(a_visit("a", first, cleo, 1), a_visit("b", second, cleo, 2))
    world.happens(an_order("o", 3, share_id=second, visit="b"))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]
    return world


def test_the_clock_does_not_release_what_somebody_looks_at(bought: World) -> None:
    bought.happens(a_decision("odd", 4, "hold", "conversion", "o"), a_tick(50))
    assert bought.waiting(anna, ben, bucket="ready") == ["0.00", "0.00"]
    bought.happens(a_decision("fine", 51, "release", "conversion", "o"), a_tick(52))
    assert bought.waiting(anna, ben, bucket="ready") == ["4.00", "4.00"]
    made = bought.receipt("conversion:o")
    assert made.reason is None
    assert [(one.action, one.author, one.note) for one in made.decisions] == [
        ("hold", "Otto", "Because of odd."),
        ("release", "Otto", "Because of fine."),
    ]


@pytest.mark.parametrize("ticks", [(), (a_tick(40),)], ids=["waiting", "after the hold"])
def test_a_void_takes_all_of_it_back_and_a_release_gives_it_again(bought: World, ticks: tuple[object, ...]) -> None:
    bucket = "ready" if ticks else "waiting"
    bought.happens(*ticks, a_decision("fraud", 41, "void", "conversion", "o"))  # type: ignore[arg-type]
    assert bought.waiting(anna, ben, bucket=bucket) == ["0.00", "0.00"]
    made = bought.receipt("conversion:o")
    assert (made.status, made.reason) == ("refused", Reason.VOID_BY_REVIEW)
    assert [line.earned_micros for line in made.lines] == [4_000_000, 4_000_000]
    bought.happens(a_decision("mistake", 42, "release", "conversion", "o"))
    assert bought.waiting(anna, ben, bucket=bucket) == ["4.00", "4.00"]


def test_a_visit_that_is_void_is_no_step_and_the_others_share_its_part(bought: World) -> None:
    bought.happens(a_decision("bought clicks", 4, "void", "visit", visit_id("b")))
    assert bought.waiting(anna, ben) == ["8.00", "0.00"]
    assert bought.receipt("conversion:o").ignored[0].reason is Reason.VOID_BY_REVIEW
    bought.happens(a_decision("fine", 5, "release", "visit", visit_id("b")))
    assert bought.waiting(anna, ben) == ["4.00", "4.00"]


def test_of_two_decisions_the_later_one_stands_whichever_comes_in_first(bought: World) -> None:
    bought.happens(a_decision("later", 6, "release", "conversion", "o"))
    bought.happens(a_decision("earlier", 5, "void", "conversion", "o"))
    assert bought.waiting(anna, ben) == ["4.00", "4.00"]


def test_a_decision_may_come_before_what_it_is_about(world: World) -> None:
    share = world.link(anna)
    world.happens(a_decision("known", 1, "void", "conversion", "o"))
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"))
    assert world.waiting(anna) == ["0.00"]


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_whom_the_owner_names_is_one_more_step(bought: World) -> None:
    theirs = bought.link(mallory)
    bought.happens(a_name("told", 4, "o", theirs))
    assert bought.waiting(anna, ben, mallory) == ["2.67", "2.67", "2.67"]
    assert [(one.action, one.note) for one in bought.receipt("conversion:o").decisions] == [("name", "She told me.")]
    bought.happens(a_refund("r", "o", 5))
    assert bought.waiting(anna, ben, mallory) == ["0.00", "0.00", "0.00"]


def test_a_name_gives_an_order_that_nobody_led_to_to_its_advocate(world: World) -> None:
    theirs = world.link(anna)
    world.happens(an_order("by phone", 2), a_name("told", 3, "by phone", theirs))
    assert world.waiting(anna) == ["8.00"]


def test_credit_that_is_given_has_a_receipt_and_no_hold(world: World) -> None:
    world.link(anna)
    world.happens(a_gift("thanks", 1, anna), a_tick(1.1))
    assert world.waiting(anna, bucket="ready") == ["5.00"]
    made = world.receipt("given:thanks")
    assert (made.kind, made.status, made.budget_micros) == ("given", "credited", 5_000_000)
    assert made.decisions[0].note == "For her help."
    world.happens(a_decision("mistake", 2, "void", "conversion", "given:thanks"))
    assert world.waiting(anna, bucket="ready") == ["0.00"]


# --- a code that is typed in ------------------------------------------------------------------------------------------


def test_a_coupon_is_a_step_at_the_moment_of_the_purchase(world: World) -> None:
    tracked, annas = world.link(ben), world.link(anna)
    world.happens(an_order("alone", 1, coupon=annas))
    assert world.waiting(anna) == ["8.00"]
    world.happens(a_visit("v", tracked, cleo, 2))
    soon = 2 + 5 / 86_400
    world.happens(an_order("both", soon, share_id=tracked, visit="v", coupon=annas))
    assert world.waiting(anna, ben) == ["12.00", "4.00"], "five seconds later: what is typed in is no burst"


def test_a_coupon_of_ones_own_pays_nothing(world: World) -> None:
    annas = world.link(anna, visitor=True)
    world.happens(a_visit("own", annas, anna, 1, guest=True))
    world.happens(an_order("o", 2, share_id=annas, visit="own", coupon=annas))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:o").reason is Reason.OWN_LINK


# --- a question about a line that is held -----------------------------------------------------------------------------


def asks(who: str, days: float, order: str) -> Event:
    """An advocate asks about their line of an order, and is promised an answer within a week."""
    return an_event("portal", "q", day(days), ClaimOpened(who, day(days + 7), line_id(order, who), order))


def test_a_granted_question_ends_the_hold_of_an_order_that_only_earlier_orders_explain(world: World) -> None:
    """Cleo is signed in and buys again without a code: it waits for a person, or for a question without an answer."""
    share, annas = world.link(anna), anna.advocate_id(SITE)
    world.happens(a_visit("v", share, cleo, 1))
    world.happens(an_order("o1", 2, share_id=share, visit="v", customer="cleo", signed_in=True))
    world.happens(an_order("o2", 3, customer="cleo", signed_in=True))
    assert world.receipt("conversion:o2").reason is Reason.HELD_FOR_REVIEW
    world.happens(asks(annas, 4, "o2"), a_tick(10))
    assert world.receipt("conversion:o2").reason is Reason.HELD_FOR_REVIEW
    world.happens(a_tick(11), a_tick(40))
    assert world.receipt("conversion:o2").reason is None
    assert world.waiting(anna, bucket="ready") == ["16.00"]


@pytest.mark.parametrize(("answered", "ready"), [(False, "0.00"), (True, "4.00")], ids=["by silence", "by the owner"])
def test_silence_does_not_end_what_a_ban_holds_and_the_owner_does(bought: World, answered: bool, ready: str) -> None:
    annas = anna.advocate_id(SITE)
    bought.happens(a_decision("spam", 3, "ban", "advocate", annas), asks(annas, 4, "o"))
    if answered:
        bought.happens(an_event("console", "a", day(5), ClaimResolved("q", True, "Otto")))
    bought.happens(a_tick(12), a_tick(60))
    assert bought.waiting(anna, bucket="ready") == [ready]


@pytest.mark.parametrize("held_too", [False, True], ids=["the ban alone", "a review, too"])
def test_silence_about_one_line_does_not_end_what_a_ban_holds_on_another(bought: World, held_too: bool) -> None:
    """Anna is excluded, and Ben asks about his line of the same order; the owner says nothing, then releases it."""
    annas, bens = anna.advocate_id(SITE), ben.advocate_id(SITE)
    if held_too:
        bought.happens(a_decision("odd", 3.1, "hold", "conversion", "o"))
    bought.happens(a_decision("spam", 3.2, "ban", "advocate", annas), asks(bens, 4, "o"))
    bought.happens(a_tick(12), a_tick(60))
    assert bought.waiting(anna, ben, bucket="ready") == ["0.00", "4.00"]
    bought.happens(a_decision("fine", 61, "release", "conversion", "o"), a_tick(62))
    assert bought.waiting(anna, ben, bucket="ready") == ["4.00", "4.00"]


def test_silence_gives_nothing_back_of_a_line_that_a_ban_holds(bought: World) -> None:
    """What a refund took is not given either."""
    annas = anna.advocate_id(SITE)
    bought.happens(a_refund("part", "o", 3.1, euros=50))
    bought.happens(a_decision("spam", 3.2, "ban", "advocate", annas), asks(annas, 4, "o"))
    bought.happens(a_tick(12), a_tick(60))
    assert (bought.waiting(anna), bought.waiting(anna, bucket="ready")) == (["2.00"], ["0.00"])

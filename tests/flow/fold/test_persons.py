"""Who is one person because the owner says so: what is one's own, whose arrivals led to it, who was new."""

from cast import Person, a_person, anna, ben, cleo
from flow.world import (
    SITE,
    World,
    a_decision,
    a_refund,
    a_tick,
    a_visit,
    a_withdrawal,
    an_order,
    one_person,
)
from passalong.core.identity import advocate_key, customer_key, visitor_key
from passalong.core.money import MICROS
from passalong.core.reasons import Reason

HERS = customer_key("77")


def visitor(who: Person) -> str:
    """The key of this person's browser."""
    return visitor_key(who.visitor)


def test_a_purchase_on_another_device_counts_once_the_customer_is_known(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("phone", share, cleo, 1), an_order("laptop", 2, euros=100, customer="77", signed_in=True))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:laptop").reason is Reason.NO_TOKEN
    world.happens(one_person("sign-in", 3, visitor(cleo), HERS))
    assert world.waiting(anna) == ["8.00"]
    assert world.receipt("conversion:laptop").status == "credited"


def test_a_guest_checkout_adds_no_touch_of_somebody_elses_browser(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("phone", share, cleo, 1), an_order("laptop", 2, euros=100, customer="77"))
    world.happens(one_person("sign-in", 3, visitor(cleo), HERS))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:laptop").reason is Reason.NO_TOKEN


def test_a_renewal_without_a_code_is_held_and_only_where_the_customer_is_signed_in(world: World) -> None:
    share = world.link(anna)
    first = an_order("first", 2, euros=10, share_id=share, visit="phone", customer="77", signed_in=True)
    world.happens(a_visit("phone", share, cleo, 1), first)
    world.happens(an_order("typed", 3, euros=100, customer="77"))
    assert world.waiting(anna) == ["0.80"]
    world.happens(an_order("renewal", 3, euros=100, customer="77", signed_in=True))
    assert world.waiting(anna) == ["8.80"]
    assert world.receipt("conversion:renewal").reason is Reason.HELD_FOR_REVIEW
    world.happens(a_tick(60), a_decision("looked", 61, "release", "conversion", "renewal"), a_tick(62))
    assert world.waiting(anna, bucket="ready") == ["8.80"]


def test_a_renewal_is_held_in_whatever_order_its_visit_and_the_first_order_arrive(world: World) -> None:
    share = world.link(anna)
    first = an_order("first", 2, euros=10, share_id=share, visit="phone", customer="77", signed_in=True)
    renewal = an_order("renewal", 3, euros=100, customer="77", signed_in=True)
    world.happens(renewal)
    assert world.waiting(anna) == ["0.00"]
    world.happens(first)
    world.happens(a_visit("phone", share, cleo, 1))
    assert world.waiting(anna) == ["8.80"]
    assert world.receipt("conversion:renewal").reason is Reason.HELD_FOR_REVIEW


def test_a_customer_who_is_the_advocate_buys_by_their_own_link(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v", customer="77"))
    assert world.waiting(anna) == ["8.00"]
    world.happens(one_person("account", 3, HERS, advocate_key(anna.advocate_id(SITE))))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:o").reason is Reason.OWN_LINK
    assert world.receipt("conversion:o").unattributed_micros == 8 * MICROS


def test_an_order_that_names_an_advocate_gives_nobody_else_any_more(world: World) -> None:
    """A rival's buyer made to look like the rival: Ben's part is set aside, and Anna gets no more of it."""
    annas, bens = world.link(anna), world.link(ben)
    world.happens(one_person("account", 0.5, HERS, advocate_key(ben.advocate_id(SITE))))
    world.happens(a_visit("a", annas, cleo, 1), a_visit("b", bens, cleo, 1.5))
    world.happens(an_order("honest", 2, share_id=bens, visit="b"))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]
    world.happens(an_order("named", 3, share_id=bens, visit="b", customer="77"))
    assert world.waiting(anna, ben) == ["8.00", "4.00"]
    assert world.receipt("conversion:named").unattributed_micros == 4 * MICROS
    world.happens(a_tick(60), a_refund("half", "named", 61, euros=50))
    assert world.waiting(anna, ben, bucket="ready") == ["6.00", "4.00"]


def test_a_statement_that_is_withdrawn_never_was(world: World) -> None:
    share = world.link(anna)
    theirs = one_person("account", 1, visitor(cleo), advocate_key(anna.advocate_id(SITE)))
    world.happens(theirs, a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"))
    assert world.waiting(anna, unit="points") + world.waiting(anna) == ["0.00", "0.00"]
    world.happens(a_withdrawal("wrong", 3, "account"))
    assert world.waiting(anna, unit="points") + world.waiting(anna) == ["8.00", "8.00"]
    world.happens(a_withdrawal("early", 4, "later"), one_person("later", 5, *theirs.fact.keys))  # type: ignore[union-attr]
    assert world.waiting(anna) == ["8.00"]


def test_withdrawing_one_statement_leaves_what_others_say(world: World) -> None:
    shares = [world.link(who) for who in (anna, ben, cleo)]
    ids = [advocate_key(who.advocate_id(SITE)) for who in (anna, ben, cleo)]
    world.happens(one_person("first", 1, ids[0], ids[1]), one_person("second", 1, ids[1], ids[2], HERS))
    world.happens(a_withdrawal("wrong", 2, "first"))
    buyer = a_person("buyer")
    world.happens(*(a_visit(f"v{number}", share, buyer, 3 + number) for number, share in enumerate(shares)))
    world.happens(an_order("o", 7, share_id=shares[2], visit="v2"))
    assert world.waiting(anna, ben, cleo) == ["4.00", "0.00", "4.00"]


def test_after_the_hold_who_is_who_changes_nothing_that_was_paid(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v", customer="77"), a_tick(40))
    world.happens(one_person("account", 41, HERS, advocate_key(anna.advocate_id(SITE))))
    assert world.waiting(anna, bucket="ready") == ["8.00"]


def test_two_browsers_of_one_person_are_new_once(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("phone", share, cleo, 1), a_visit("laptop", share, ben, 2))
    assert world.waiting(anna, unit="points") == ["16.00"]
    world.happens(one_person("both", 3, visitor(cleo), visitor(ben)))
    assert world.waiting(anna, unit="points") == ["8.00"]

"""Who is one person because the owner says so: what is one's own, whose arrivals led to it, who was new."""

from cast import Person, anna, ben, cleo
from flow.world import SITE, World, a_tick, a_visit, an_order, one_person, visit_id
from passalong.core.identity import advocate_key, customer_key, visitor_key
from passalong.core.reasons import Reason

HERS = customer_key("77")


def visitor(who: Person) -> str:
    """The key of this person's browser."""
    return visitor_key(who.visitor)


def test_a_purchase_on_another_device_counts_once_the_customer_is_known(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("phone", share, cleo, 1), an_order("laptop", 2, euros=100, customer="77"))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:laptop").reason is Reason.NO_TOKEN
    world.happens(one_person("sign-in", 3, visitor(cleo), HERS))
    assert world.waiting(anna) == ["8.00"]
    assert world.receipt("conversion:laptop").status == "credited"


def test_a_code_and_a_customer_on_one_order_join_visitor_and_customer(world: World) -> None:
    share = world.link(anna)
    first = an_order("first", 2, euros=10, share_id=share, visit="phone", customer="77")
    world.happens(a_visit("phone", share, cleo, 1), first, an_order("second", 3, euros=100, customer="77"))
    assert world.waiting(anna) == ["8.80"]


def test_a_customer_who_is_the_advocate_buys_by_their_own_link(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v", customer="77"))
    assert world.waiting(anna) == ["8.00"]
    world.happens(one_person("account", 3, HERS, advocate_key(anna.advocate_id(SITE))))
    assert world.waiting(anna) == ["0.00"]
    assert world.receipt("conversion:o").reason is Reason.OWN_LINK
    assert world.receipt(f"visit:{visit_id('v')}").reason is Reason.OWN_LINK


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

"""Reports by strength and effect: what each kind of report lets one advocate's ban, cap and chain do to another's.

The other half of the table, what a session may see, change and erase, is tests/web/portal/test_effects.py.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from cast import Person, a_person, anna
from flow.world import (
    SITE,
    World,
    a_binding,
    a_decision,
    a_visit,
    an_address,
    an_order,
    one_account,
    one_person,
)
from passalong.core.facts import NEW_VISITOR, Event
from passalong.core.identity import advocate_key, customer_key
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms

TERMS = Terms(
    pool_model="none",
    goals=(
        Goal(NEW_VISITOR, POINTS, fixed_micros=10 * MICROS, day_cap_micros=80 * MICROS),
        Goal("purchase", "EUR", rate_bp=1_000, day_cap_micros=20 * MICROS),
    ),
)
TEN = 10


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A world whose terms have a cap of a day."""
    made = World(world_url, TERMS)
    yield made
    try:
        made.check()
    finally:
        made.close()


def key(who: Person) -> str:
    """The identity key of an advocate."""
    return advocate_key(who.advocate_id(SITE))


def in_browser_of(visitor: Person, guest: Person) -> Person:
    """The guest, in the browser of somebody else."""
    return Person(guest.name, visitor.visitor, guest.guest)


def hers(victim: Person) -> list[Event]:
    """What is known of the victim: her browser, her customer id and her address."""
    return [
        one_person("account", 0.2, key(victim), customer_key("77")),
        an_address("mail", 0.2, victim, "anna@example.org"),
    ]


Report = Callable[[World, Person, Person, str], Sequence[Event]]


def order_that_says(**said: object) -> Report:
    """Mallory comes by a link, in the browser in which she shares, and her order says that she is the victim."""

    def made(_world: World, _victim: Person, mallory: Person, share: str) -> Sequence[Event]:
        visit = a_visit("to buy", share, mallory, 0.3, guest=True)
        return [visit, an_order("says", 0.4, euros=1, share_id=share, visit="to buy", **said)]  # type: ignore[arg-type]

    return made


def one_browser(_world: World, victim: Person, mallory: Person, share: str) -> Sequence[Event]:
    """Both shared in one browser."""
    return [
        a_visit("hers", share, victim, 0.3, guest=True),
        a_visit("mallorys", share, in_browser_of(victim, mallory), 0.4, guest=True),
    ]


REPORTS: dict[str, tuple[str, Report]] = {
    "an order's customer": ("said", order_that_says(customer="77")),
    "an order's e-mail": ("said", order_that_says(email="anna@example.org")),
    "an order's customer, who is signed in": ("said", order_that_says(customer="77", signed_in=True)),
    "guests in one browser": ("seen", one_browser),
    "identify of two advocates": ("stated", lambda _w, v, m, _s: [one_person("both", 0.3, key(v), key(m))]),
    "identify of one customer": ("stated", lambda _w, _v, m, _s: [one_person("too", 0.3, key(m), customer_key("77"))]),
    "a join": ("proved", lambda _w, v, m, _s: [one_account("j", 0.3, v.advocate_id(SITE), m.advocate_id(SITE))]),
    "a mail to one address": ("proved", lambda _w, _v, m, _s: [an_address("m2", 0.3, m, "anna@example.org")]),
    "a hand-over of one customer": ("proved", lambda _w, _v, m, _s: [a_binding("b", 0.3, m.advocate_id(SITE), "77")]),
}
EFFECTS = {
    "said": {"ban": "none", "cap": "none"},
    "seen": {"ban": "holds", "cap": "shared"},
    "stated": {"ban": "bans", "cap": "shared"},
    "proved": {"ban": "bans", "cap": "shared"},
}


def a_sale(world: World, name: str, share: str, days: float) -> None:
    """Somebody new comes by this link and buys for 100 euros: 8 for the one who shared it."""
    visit = a_visit(name, share, a_person(name), days)
    world.happens(visit, an_order(name, days + 0.01, share_id=share, visit=name))


def ban_of(world: World, share: str, mallory: Person) -> str:
    """What a ban of Mallory does to the next sale by the victim's link."""
    world.happens(a_decision("ban", 3, "ban", "advocate", mallory.advocate_id(SITE)))
    a_sale(world, "after", share, 4)
    receipt = world.receipt("conversion:after")
    if receipt.reason is Reason.HELD_FOR_REVIEW:
        return "holds"
    return "none" if receipt.status == "credited" else "bans"


def cap_of(world: World, share: str, hers: str) -> str:
    """Whether Mallory's sales use up the victim's cap of the day: 20 euros."""
    for number in range(3):
        a_sale(world, f"mallorys {number}", hers, 1.1 + number / 20)
    a_sale(world, "victims", share, 1.4)
    paid = sum(line.amount_micros for line in world.receipt("conversion:victims").lines)
    return {8 * MICROS: "none", 0: "shared"}[paid]


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_reaches_as_far_as_its_strength(world: World, report: str) -> None:
    strength, make = REPORTS[report]
    victim, mallory = anna, a_person("mallory")
    share, mallorys, neutral = world.link(victim), world.link(mallory), world.link(a_person("neutral"))
    world.happens(*hers(victim), *make(world, victim, mallory, neutral))
    assert {"cap": cap_of(world, share, mallorys), "ban": ban_of(world, share, mallory)} == EFFECTS[strength]


# --- ten of them ------------------------------------------------------------------------------------------------------


def test_ten_guests_in_one_browser_have_one_cap(world: World) -> None:
    """A new guest for every share, in private windows of one browser: one person's cap of the day."""
    visitor, neutral = a_person("visitor"), world.link(a_person("neutral"))
    these = [in_browser_of(visitor, a_person("guest", number)) for number in range(TEN)]
    shares = [world.link(one) for one in these]
    world.happens(*(a_visit(f"g{n}", neutral, one, 0.3 + n / 100, guest=True) for n, one in enumerate(these)))
    for number, share in enumerate(shares):
        a_sale(world, f"sale {number}", share, 1.1 + number / 50)
    receipts = [world.receipt(f"conversion:sale {number}") for number in range(TEN)]
    assert sum(line.amount_micros for one in receipts for line in one.lines) == 20 * MICROS


def test_ten_guests_in_one_browser_have_one_place_in_a_chain(world: World) -> None:
    """Each passes on the link of the one before: the chain pays one of them, as if there were one link."""
    visitor, neutral = a_person("visitor"), world.link(a_person("neutral"))
    these = [in_browser_of(visitor, a_person("guest", number)) for number in range(TEN)]
    world.happens(*(a_visit(f"g{n}", neutral, one, 0.3 + n / 100, guest=True) for n, one in enumerate(these)))
    share = world.link(anna)
    for one in these:
        share = world.link(one, parent=share)
    a_sale(world, "sale", share, 1)
    paid = {line.recipient: line.amount_micros for line in world.receipt("conversion:sale").lines}
    assert paid.pop(anna.advocate_id(SITE)) == 1_600_000, "she is one step above them, not ten"
    assert list(paid.values()) == [8 * MICROS]


def test_ten_typed_addresses_change_no_cap_no_ban_and_no_new_visitor(world: World) -> None:
    """Mallory's orders name ten people, and ten orders name her: nothing of theirs is hers, nor the other way round."""
    victims = [a_person("victim", number) for number in range(TEN)]
    shares = [world.link(one) for one in victims]
    mallory, neutral = a_person("mallory"), world.link(a_person("neutral"))
    world.happens(*(an_address(f"m{n}", 0.1, one, f"v{n}@example.org") for n, one in enumerate(victims)))
    world.happens(a_visit("to buy", neutral, mallory, 0.2, guest=True))
    for number in range(TEN):
        email = f"v{number}@example.org"
        world.happens(an_order(f"typed {number}", 0.3, euros=1, share_id=neutral, visit="to buy", email=email))
    for number, share in enumerate(shares):
        a_sale(world, f"sale {number}", share, 1.1 + number / 50)
        assert world.receipt("visit:" + a_visit(f"sale {number}", "", mallory, 0).event_id).status == "credited"
    world.happens(a_decision("ban", 2, "ban", "advocate", mallory.advocate_id(SITE)))
    for number, share in enumerate(shares):
        a_sale(world, f"later {number}", share, 3.1 + number / 50)
    for name in ("sale", "later"):
        receipts = [world.receipt(f"conversion:{name} {number}") for number in range(TEN)]
        assert [[line.amount_micros for line in one.lines] for one in receipts] == [[8 * MICROS]] * TEN
        assert {(one.status, one.reason) for one in receipts} == {("credited", None)}

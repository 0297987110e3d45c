"""Using credit: what is ready, what is asked for, what the owner does about it, and what a later refund changes."""

from collections.abc import Iterator

import pytest

from cast import anna, ben, cleo
from flow.world import SITE, World, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong import migrate
from passalong.core.facts import ConversionRefunded
from passalong.core.money import MICROS
from passalong.core.reasons import Reason
from passalong.core.settlement import Offered, State, Way, WhyNot
from passalong.flow import replay, settlement
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.flow.settlement import Asked, CannotSettle, CannotUse
from passalong.flow.transaction import writing
from passalong.store import uses
from passalong.store.uses import Destination

IBAN = Destination("iban", "Anna Example", "DE02120300000000202051")
ANNA = anna.advocate_id(SITE)
WAYS = (
    Offered(Way.PAYOUT, "EUR", minimum_micros=5 * MICROS, fee_micros=MICROS // 2, days=14),
    Offered(Way.DISCOUNT_CODE, "EUR", minimum_micros=MICROS),
    Offered(Way.CAUSE, "EUR", about="To the bees."),
    Offered(Way.GIVE_BACK, "EUR"),
)


class Till:
    """Otto's site on day 40, where Anna has 8.00 ready and somewhere to be paid."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.site = world.site.site
        share = world.link(anna)
        world.happens(a_visit("v", share, cleo, 1), an_order("order-1", 2, share_id=share, visit="v"), a_tick(40))
        self.collector = Collector(world.db, world.clock)
        self.at(40)
        with writing(world.db) as session:
            uses.keep_ways(session, SITE, WAYS)
        settlement.keep_destination(world.db, world.clock, SITE, ANNA, IBAN, signed_in=True)
        self.asked = 0

    def at(self, days: float) -> None:
        """Set the clock."""
        self.world.clock.at_ms = day(days)

    def use(self, euros: float, way: Way = Way.PAYOUT, *, signed_in: bool = True, name: str = "") -> str:
        """Anna uses so much; returns the id of the use."""
        self.asked += 1
        asked = Asked(name or f"use-{self.asked}", way, "EUR", round(euros * MICROS))
        settlement.use(self.world.db, self.collector, self.site, ANNA, asked, signed_in=signed_in)
        self.world.fold()
        return asked.request_id

    def state(self, use_id: str) -> tuple[State, str, str]:
        """Where a use stands, with reference and note."""
        with self.world.db.reading() as session:
            found = uses.find_use(session, SITE, use_id)
        assert found
        return found.state, found.reference, found.note

    def has(self, bucket: str) -> str:
        """What Anna has in a bucket."""
        return self.world.waiting(anna, bucket=bucket)[0]

    def owes(self) -> float:
        """What Anna owes."""
        return -self.world.balances().get((f"clawback:{ANNA}", "EUR"), 0) / MICROS

    def on_its_way(self) -> float:
        """What is to be paid."""
        return self.world.balances().get(("payout", "EUR"), 0) / MICROS


@pytest.fixture
def till(world: World) -> Iterator[Till]:
    """A till."""
    made = Till(world)
    yield made
    made.collector.close()


def why_not(till: Till, euros: float, way: Way = Way.PAYOUT, *, signed_in: bool = True) -> WhyNot:
    """Why that cannot be used; nothing must have come of it."""
    before = till.world.count("events")
    with pytest.raises(CannotUse) as refused:
        till.use(euros, way, signed_in=signed_in)
    assert till.world.count("events") == before
    return refused.value.why


# --- what an advocate asks for ----------------------------------------------------------------------------------------


def test_a_payout_is_asked_for_approved_and_paid(till: Till) -> None:
    use_id = till.use(7.5)
    assert (till.has("ready"), till.on_its_way(), till.has("used")) == ("0.50", 7.5, "0.00")
    settlement.approve(till.world.db, till.collector, SITE, use_id, "otto")
    till.world.fold()
    assert till.on_its_way() == 7.5
    settlement.settle_use(till.world.db, till.collector, SITE, use_id, "otto", "transfer 7")
    till.world.fold()
    assert (till.has("ready"), till.on_its_way(), till.has("used")) == ("0.50", 0, "7.50")
    assert till.state(use_id) == (State.DONE, "transfer 7", "")


def test_what_is_rejected_is_ready_again_and_says_why(till: Till) -> None:
    use_id = till.use(7.5)
    settlement.reject(till.world.db, till.collector, SITE, use_id, "otto", "The account does not exist.")
    till.world.fold()
    assert (till.has("ready"), till.on_its_way()) == ("8.00", 0)
    assert till.state(use_id) == (State.REJECTED, "", "The account does not exist.")
    with pytest.raises(CannotSettle, match="is rejected: it cannot become approved"):
        settlement.approve(till.world.db, till.collector, SITE, use_id, "otto")


def test_a_discount_code_is_used_at_once_and_made_by_the_owner(till: Till) -> None:
    use_id = till.use(3, Way.DISCOUNT_CODE, signed_in=False)
    assert (till.has("ready"), till.has("used"), till.state(use_id)[0]) == ("5.00", "3.00", State.REQUESTED)
    settlement.settle_use(till.world.db, till.collector, SITE, use_id, "otto", "BEES-3")
    till.world.fold()
    assert till.state(use_id) == (State.DONE, "BEES-3", "")


def test_giving_it_back_needs_nobody_else(till: Till) -> None:
    use_id = till.use(8, Way.GIVE_BACK, signed_in=False)
    assert (till.has("ready"), till.has("used"), till.state(use_id)[0]) == ("0.00", "8.00", State.DONE)


@pytest.mark.parametrize(
    ("euros", "way", "why"),
    [
        (4.99, Way.PAYOUT, WhyNot.UNDER_MINIMUM),
        (8.01, Way.PAYOUT, WhyNot.NOT_ENOUGH),
        (5.001, Way.PAYOUT, WhyNot.NOT_AN_AMOUNT),
        (0, Way.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (-5, Way.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (10.0**12, Way.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (5, Way.STORE_CREDIT, WhyNot.NOT_OFFERED),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(till: Till, euros: float, way: Way, why: WhyNot) -> None:
    assert why_not(till, euros, way) is why
    till.use(5)  # and this could


def test_a_guest_secret_never_authorises_a_payout(till: Till) -> None:
    assert why_not(till, 5, signed_in=False) is WhyNot.CLAIM_FIRST
    with pytest.raises(CannotUse, match="sign in first"):
        settlement.keep_destination(till.world.db, till.world.clock, SITE, ANNA, IBAN, signed_in=False)
    assert till.use(5, signed_in=True)


def test_nobody_is_paid_before_they_said_where(till: Till) -> None:
    with writing(till.world.db) as session:
        uses.forget_destination(session, SITE, [ANNA])
    assert why_not(till, 5) is WhyNot.NO_DESTINATION


@pytest.mark.parametrize(
    "wrong",
    [
        Destination("cash", "Anna", "x"),
        Destination("iban", " ", "x"),
        Destination("iban", "A", "a\nb"),
        Destination("iban", "A", "9" * 121),
    ],
)
def test_a_destination_that_cannot_be_is_refused(till: Till, wrong: Destination) -> None:
    with pytest.raises(CannotSettle):
        settlement.keep_destination(till.world.db, till.world.clock, SITE, ANNA, wrong, signed_in=True)


def test_pressing_twice_is_asking_once_and_another_amount_under_the_same_id_is_a_conflict(till: Till) -> None:
    till.use(5, name="once")
    till.use(5, name="once")
    assert till.has("ready") == "3.00"
    asked = Asked("once", Way.PAYOUT, "EUR", 6 * MICROS)
    kept = settlement.use(till.world.db, till.collector, till.site, ANNA, asked, signed_in=True)
    assert kept is Kept.CONFLICT


def test_two_that_together_are_too_much_are_not_both_paid(till: Till) -> None:
    """Both are asked for before either is folded: the sums decide when they are, and the receipt says so."""
    for name in ("one", "two"):
        asked = Asked(name, Way.PAYOUT, "EUR", 5 * MICROS)
        settlement.use(till.world.db, till.collector, till.site, ANNA, asked, signed_in=True)
        till.at(40.1)
    till.world.fold()
    assert (till.has("ready"), till.on_its_way()) == ("3.00", 5)
    assert till.state("two")[0] is State.REFUSED
    refused = till.world.receipt("use:two")
    assert (refused.status, refused.reason) == ("refused", Reason.NOT_ENOUGH_CREDIT)
    assert till.world.receipt("use:one").status == "credited"


def test_what_is_left_of_a_minor_unit_is_carried(till: Till) -> None:
    """An order of 0.77 pays 0.0616: six cents can be used, the rest stays ready for another day."""
    share = till.world.link(anna)
    till.world.happens(a_visit("x", share, ben, 41), an_order("o", 42, euros=1, share_id=share, visit="x"))
    till.world.happens(an_event("refund", "r", day(43), ConversionRefunded("o", 230_000)), a_tick(80))
    assert till.world.balances()[f"advocate:{ANNA}:ready", "EUR"] == 8_061_600
    most = settlement.most(till.world.db, till.site, ANNA, "EUR")
    assert most == 8_060_000
    till.at(81)
    till.use(most / MICROS, Way.GIVE_BACK)
    assert till.world.balances()[f"advocate:{ANNA}:ready", "EUR"] == 1_600


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_a_refund_after_the_payout_is_owed_and_new_credit_pays_it_back_first(till: Till) -> None:
    till.use(7.5)
    till.world.happens(a_refund("r1", "order-1", 41, euros=50))
    assert (till.has("ready"), till.owes(), till.on_its_way()) == ("0.00", 3.5, 7.5)
    assert settlement.most(till.world.db, till.site, ANNA, "EUR") == 0
    share = till.world.link(anna)
    till.world.happens(a_visit("w", share, ben, 42), an_order("order-2", 43, share_id=share, visit="w"), a_tick(80))
    assert (till.has("ready"), till.owes()) == ("4.50", 0)
    stands, replayed = replay.compare(till.world.db, SITE, migrate.upgrade)
    assert stands == replayed


def test_a_rejected_payout_pays_back_what_was_taken_meanwhile(till: Till) -> None:
    use_id = till.use(8)
    till.world.happens(a_refund("r1", "order-1", 41, euros=25))
    assert till.owes() == 2
    till.at(42)
    settlement.reject(till.world.db, till.collector, SITE, use_id, "otto", "Refunded.")
    till.world.fold()
    assert (till.has("ready"), till.owes(), till.on_its_way()) == ("6.00", 0, 0)


def test_what_was_used_is_never_taken_out_of_its_entries(till: Till) -> None:
    till.use(8, Way.GIVE_BACK)
    before = till.world.count("journal")
    till.world.happens(a_refund("r1", "order-1", 41, euros=100))
    assert till.world.count("journal") > before
    assert (till.has("used"), till.has("ready"), till.owes()) == ("8.00", "0.00", 8)


# --- batches ----------------------------------------------------------------------------------------------------------


def test_payouts_are_prepared_approved_and_marked_as_paid_together(till: Till) -> None:
    till.use(5)
    till.use(3, Way.DISCOUNT_CODE)
    db, collector = till.world.db, till.collector
    assert [payout.net_micros for payout in settlement.prepare(db, collector, SITE, "march", "otto")] == [4_500_000]
    till.world.fold()
    with pytest.raises(CannotSettle, match="not in a batch"):
        settlement.prepare(db, collector, SITE, "april", "otto")
    with pytest.raises(CannotSettle, match="approve it first"):
        settlement.mark_paid(db, collector, SITE, "march", "otto", "run 3")
    assert len(settlement.approve_batch(db, collector, SITE, "march", "otto")) == 1
    till.world.fold()
    assert len(settlement.mark_paid(db, collector, SITE, "march", "otto", "run 3")) == 1
    till.world.fold()
    assert [payout.state for payout in settlement.in_batch(db, SITE, "march")] == [State.DONE]
    assert (till.has("used"), till.on_its_way()) == ("8.00", 0)
    stands, replayed = replay.compare(db, SITE, migrate.upgrade)
    assert stands == replayed
    with pytest.raises(CannotSettle, match="No batch"):
        settlement.in_batch(db, SITE, "may")


def test_a_payout_is_not_marked_as_paid_before_it_is_approved(till: Till) -> None:
    use_id = till.use(5)
    with pytest.raises(CannotSettle, match="not approved yet"):
        settlement.settle_use(till.world.db, till.collector, SITE, use_id, "otto")


def test_a_site_that_says_nothing_offers_a_payout_and_to_give_it_back(world: World) -> None:
    offered = settlement.ways(world.db, world.site.site)
    assert [(way.way, way.unit) for way in offered] == [
        (Way.PAYOUT, "EUR"),
        (Way.GIVE_BACK, "EUR"),
        (Way.GIVE_BACK, "points"),
    ]

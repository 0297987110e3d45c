"""Using credit: what is ready, what is asked for, what the owner does about it, and what a later refund changes."""

from collections.abc import Iterator

import pytest

from cast import anna, ben, cleo
from flow.world import SITE, World, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.facts import ConversionRefunded
from passalong.core.ledger.redemptions import Method, OfferedMethod, State, WhyNot
from passalong.core.money import MICROS
from passalong.core.reasons import Reason
from passalong.core.redemptions.facts import RedemptionApproved, RedemptionRejected, RedemptionSettled
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.redemptions import Asked, Paid, Person, RedeemError, RedemptionError
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store.books import redemptions
from passalong.store.books.redemptions import Destination
from tables import make_tables

IBAN = Destination("iban", "Anna Example", "DE02120300000000202051")
ANNA = anna.advocate_id(SITE)
METHODS = (
    OfferedMethod(Method.PAYOUT, "EUR", minimum_micros=5 * MICROS, fee_micros=MICROS // 2, days=14),
    OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=MICROS),
    OfferedMethod(Method.CAUSE, "EUR", about="To the bees."),
    OfferedMethod(Method.GIVE_BACK, "EUR"),
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
            redemptions.replace_methods(session, SITE, METHODS)
        flow_redemptions.keep_destination(world.db, world.clock, SITE, Person(ANNA, signed_in=True), IBAN)
        self.asked = 0

    def at(self, days: float) -> None:
        """Set the clock."""
        self.world.clock.at_ms = day(days)

    def redeem(self, euros: float, method: Method = Method.PAYOUT, *, signed_in: bool = True, name: str = "") -> str:
        """Anna uses so much; returns the id of the use."""
        self.asked += 1
        asked = Asked(name or f"use-{self.asked}", method, "EUR", round(euros * MICROS))
        flow_redemptions.request_redemption(
            self.world.db, self.collector, self.site, Person(ANNA, signed_in=signed_in), asked
        )
        self.world.fold()
        return asked.request_id

    def state(self, redemption_id: str) -> tuple[State, str, str]:
        """Where a use stands, with reference and note."""
        with self.world.db.reading() as session:
            found = redemptions.find_redemption(session, SITE, redemption_id)
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


def why_not(till: Till, euros: float, method: Method = Method.PAYOUT, *, signed_in: bool = True) -> WhyNot:
    """Why that cannot be used; nothing must have come of it."""
    before = till.world.count("events")
    with pytest.raises(RedeemError) as refused:
        till.redeem(euros, method, signed_in=signed_in)
    assert till.world.count("events") == before
    return refused.value.why


# --- what an advocate asks for ----------------------------------------------------------------------------------------


def test_a_payout_is_asked_for_approved_and_paid(till: Till) -> None:
    redemption_id = till.redeem(7.5)
    assert (till.has("ready"), till.on_its_way(), till.has("used")) == ("0.50", 7.5, "0.00")
    flow_redemptions.approve(till.world.db, till.collector, SITE, RedemptionApproved(redemption_id, "otto"))
    till.world.fold()
    assert till.on_its_way() == 7.5
    flow_redemptions.settle_redemption(
        till.world.db, till.collector, SITE, RedemptionSettled(redemption_id, "otto", "transfer 7")
    )
    till.world.fold()
    assert (till.has("ready"), till.on_its_way(), till.has("used")) == ("0.50", 0, "7.50")
    assert till.state(redemption_id) == (State.DONE, "transfer 7", "")


def test_a_rejected_redemption_is_available_again_and_says_why(till: Till) -> None:
    redemption_id = till.redeem(7.5)
    flow_redemptions.reject(
        till.world.db, till.collector, SITE, RedemptionRejected(redemption_id, "otto", "The account does not exist.")
    )
    till.world.fold()
    assert (till.has("ready"), till.on_its_way()) == ("8.00", 0)
    assert till.state(redemption_id) == (State.REJECTED, "", "The account does not exist.")
    with pytest.raises(RedemptionError, match="is rejected: it cannot become approved"):
        flow_redemptions.approve(till.world.db, till.collector, SITE, RedemptionApproved(redemption_id, "otto"))


def test_a_discount_code_is_used_at_once_and_made_by_the_owner(till: Till) -> None:
    redemption_id = till.redeem(3, Method.DISCOUNT_CODE, signed_in=False)
    assert (till.has("ready"), till.has("used"), till.state(redemption_id)[0]) == ("5.00", "3.00", State.REQUESTED)
    flow_redemptions.settle_redemption(
        till.world.db, till.collector, SITE, RedemptionSettled(redemption_id, "otto", "BEES-3")
    )
    till.world.fold()
    assert till.state(redemption_id) == (State.DONE, "BEES-3", "")


def test_giving_it_back_needs_nobody_else(till: Till) -> None:
    redemption_id = till.redeem(8, Method.GIVE_BACK, signed_in=False)
    assert (till.has("ready"), till.has("used"), till.state(redemption_id)[0]) == ("0.00", "8.00", State.DONE)


@pytest.mark.parametrize(
    ("euros", "method", "why"),
    [
        (4.99, Method.PAYOUT, WhyNot.UNDER_MINIMUM),
        (8.01, Method.PAYOUT, WhyNot.NOT_ENOUGH),
        (5.001, Method.PAYOUT, WhyNot.NOT_AN_AMOUNT),
        (0, Method.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (-5, Method.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (10.0**12, Method.GIVE_BACK, WhyNot.NOT_AN_AMOUNT),
        (5, Method.STORE_CREDIT, WhyNot.NOT_OFFERED),
    ],
)
def test_an_invalid_redemption_is_refused_by_name(till: Till, euros: float, method: Method, why: WhyNot) -> None:
    assert why_not(till, euros, method) is why
    till.redeem(5)  # and this could


def test_a_guest_secret_never_authorises_a_payout(till: Till) -> None:
    assert why_not(till, 5, signed_in=False) is WhyNot.CLAIM_FIRST
    with pytest.raises(RedeemError, match="sign in first"):
        flow_redemptions.keep_destination(till.world.db, till.world.clock, SITE, Person(ANNA, signed_in=False), IBAN)
    assert till.redeem(5, signed_in=True)


def test_nobody_is_paid_before_they_said_where(till: Till) -> None:
    with writing(till.world.db) as session:
        redemptions.forget_destination(session, SITE, [ANNA])
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
    with pytest.raises(RedemptionError):
        flow_redemptions.keep_destination(till.world.db, till.world.clock, SITE, Person(ANNA, signed_in=True), wrong)


def test_an_account_may_be_copied_with_the_spaces_of_other_scripts(till: Till) -> None:
    name = "蜜蜂\u3000花子"
    copied = Destination("iban", name, "DE02\u00a01203\u00a00000\u202f0000\u202f2020\u00a051")
    flow_redemptions.keep_destination(till.world.db, till.world.clock, SITE, Person(ANNA, signed_in=True), copied)
    with till.world.db.reading() as session:
        assert redemptions.destination_of(session, SITE, [ANNA]) == Destination("iban", name, IBAN.account)


def test_pressing_twice_is_asking_once_and_another_amount_under_the_same_id_is_a_conflict(till: Till) -> None:
    till.redeem(5, name="once")
    till.redeem(5, name="once")
    assert till.has("ready") == "3.00"
    asked = Asked("once", Method.PAYOUT, "EUR", 6 * MICROS)
    kept = flow_redemptions.request_redemption(
        till.world.db, till.collector, till.site, Person(ANNA, signed_in=True), asked
    )
    assert kept is Kept.CONFLICT


def test_two_that_together_are_too_much_are_not_both_paid(till: Till) -> None:
    """Both are asked for before either is folded: the sums decide when they are, and the receipt says so."""
    for name in ("one", "two"):
        asked = Asked(name, Method.PAYOUT, "EUR", 5 * MICROS)
        flow_redemptions.request_redemption(
            till.world.db, till.collector, till.site, Person(ANNA, signed_in=True), asked
        )
        till.at(40.1)
    till.world.fold()
    assert (till.has("ready"), till.on_its_way()) == ("3.00", 5)
    assert till.state("two")[0] is State.REFUSED
    refused = till.world.receipt("use:two")
    assert (refused.status, refused.reason) == ("refused", Reason.NOT_ENOUGH_CREDIT)
    assert till.world.receipt("use:one").status == "credited"


def test_a_fraction_of_a_minor_unit_is_carried_forward(till: Till) -> None:
    """An order of 0.77 pays 0.0616: six cents can be used, the rest stays ready for another day."""
    share = till.world.link(anna)
    till.world.happens(a_visit("x", share, ben, 41), an_order("o", 42, euros=1, share_id=share, visit="x"))
    till.world.happens(an_event("refund", "r", day(43), ConversionRefunded("o", 230_000)), a_tick(80))
    assert till.world.balances()[f"advocate:{ANNA}:ready", "EUR"] == 8_061_600
    most = flow_redemptions.most(till.world.db, till.site, ANNA, "EUR")
    assert most == 8_060_000
    till.at(81)
    till.redeem(most / MICROS, Method.GIVE_BACK)
    assert till.world.balances()[f"advocate:{ANNA}:ready", "EUR"] == 1_600


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_a_refund_after_the_payout_is_owed_and_new_credit_pays_it_back_first(till: Till) -> None:
    till.redeem(7.5)
    till.world.happens(a_refund("r1", "order-1", 41, euros=50))
    assert (till.has("ready"), till.owes(), till.on_its_way()) == ("0.00", 3.5, 7.5)
    assert flow_redemptions.most(till.world.db, till.site, ANNA, "EUR") == 0
    share = till.world.link(anna)
    till.world.happens(a_visit("w", share, ben, 42), an_order("order-2", 43, share_id=share, visit="w"), a_tick(80))
    assert (till.has("ready"), till.owes()) == ("4.50", 0)
    stands, replayed = replay.compare(till.world.db, SITE, make_tables)
    assert stands == replayed


def test_a_rejected_payout_pays_back_what_was_taken_meanwhile(till: Till) -> None:
    redemption_id = till.redeem(8)
    till.world.happens(a_refund("r1", "order-1", 41, euros=25))
    assert till.owes() == 2
    till.at(42)
    flow_redemptions.reject(till.world.db, till.collector, SITE, RedemptionRejected(redemption_id, "otto", "Refunded."))
    till.world.fold()
    assert (till.has("ready"), till.owes(), till.on_its_way()) == ("6.00", 0, 0)


def test_a_refund_never_changes_the_entries_of_used_credit(till: Till) -> None:
    till.redeem(8, Method.GIVE_BACK)
    before = till.world.count("journal")
    till.world.happens(a_refund("r1", "order-1", 41, euros=100))
    assert till.world.count("journal") > before
    assert (till.has("used"), till.has("ready"), till.owes()) == ("8.00", "0.00", 8)


# --- batches ----------------------------------------------------------------------------------------------------------


def test_payouts_are_prepared_approved_and_marked_as_paid_together(till: Till) -> None:
    till.redeem(5)
    till.redeem(3, Method.DISCOUNT_CODE)
    db, collector = till.world.db, till.collector
    assert [payout.net_micros for payout in flow_redemptions.prepare(db, collector, SITE, "march", "otto")] == [
        4_500_000
    ]
    till.world.fold()
    with pytest.raises(RedemptionError, match="not in a batch"):
        flow_redemptions.prepare(db, collector, SITE, "april", "otto")
    with pytest.raises(RedemptionError, match="approve it first"):
        flow_redemptions.mark_paid(db, collector, SITE, Paid("march", "otto", "run 3"))
    assert len(flow_redemptions.approve_batch(db, collector, SITE, "march", "otto")) == 1
    till.world.fold()
    assert len(flow_redemptions.mark_paid(db, collector, SITE, Paid("march", "otto", "run 3"))) == 1
    till.world.fold()
    assert [payout.state for payout in flow_redemptions.in_batch(db, SITE, "march")] == [State.DONE]
    assert (till.has("used"), till.on_its_way()) == ("8.00", 0)
    stands, replayed = replay.compare(db, SITE, make_tables)
    assert stands == replayed
    with pytest.raises(RedemptionError, match="No batch"):
        flow_redemptions.in_batch(db, SITE, "may")


def test_a_payout_is_not_marked_as_paid_before_it_is_approved(till: Till) -> None:
    redemption_id = till.redeem(5)
    with pytest.raises(RedemptionError, match="not approved yet"):
        flow_redemptions.settle_redemption(
            till.world.db, till.collector, SITE, RedemptionSettled(redemption_id, "otto")
        )


def test_a_site_that_says_nothing_offers_a_payout_and_to_give_it_back(world: World) -> None:
    offered = flow_redemptions.methods(world.db, world.site.site)
    assert [(method.method, method.unit) for method in offered] == [
        (Method.PAYOUT, "EUR"),
        (Method.GIVE_BACK, "EUR"),
        (Method.GIVE_BACK, "points"),
    ]

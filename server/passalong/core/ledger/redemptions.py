"""Redemptions: the methods that a site offers, what each requires, and the steps of a redemption. Pure.

Amounts are micros of one unit. Redeemed amounts are whole minor units (cents), floored; the rest stays available. A fee
is part of the amount: redeeming 20.00 with a fee of 0.50 pays 19.50.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field

from passalong.core.ledger.receipts import Receipt
from passalong.core.money import MAX_MICROS, POINTS, step_micros, whole_micros


class Method(StrEnum):
    """A redemption method."""

    DISCOUNT_CODE = "discount_code"
    STORE_CREDIT = "store_credit"
    PAYOUT = "payout"
    CAUSE = "cause"
    GIVE_BACK = "give_back"


class State(StrEnum):
    """The state of a redemption: requested, approved by the owner, done.

    Or rejected by the owner, withdrawn by the advocate before approval, or refused for lack of credit.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    DONE = "done"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


STEPS: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.DONE, State.REJECTED, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.DONE, State.REJECTED}),
    State.DONE: frozenset(),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.REFUSED: frozenset(),
}
"""The steps that may follow each state; any other is recorded and changes nothing."""


class OfferedMethod(Struct, frozen=True):
    """One method as a site offers it in one unit; `about` is the owner's sentence."""

    method: Method = field(name="way")
    unit: str
    minimum_micros: int = 0
    fee_micros: int = 0
    days: int = 0
    about: str = ""


class WhyNot(StrEnum):
    """The reasons why credit cannot be redeemed."""

    NOT_OFFERED = "not_offered"
    CLAIM_FIRST = "claim_first"
    NO_DESTINATION = "no_destination"
    NOT_AN_AMOUNT = "not_an_amount"
    UNDER_MINIMUM = "under_minimum"
    NOT_ENOUGH = "not_enough"


WHY_NOT_WORDS: Mapping[WhyNot, str] = {
    WhyNot.NOT_OFFERED: "This site does not offer that: choose one of the ways that it lists.",
    WhyNot.CLAIM_FIRST: "Money is paid out to somebody who has claimed their credit: sign in first.",
    WhyNot.NO_DESTINATION: "Say first where the money should go.",
    WhyNot.NOT_AN_AMOUNT: "Enter an amount above zero, in the unit's own steps.",
    WhyNot.UNDER_MINIMUM: "That is less than this way's minimum, or no more than its fee.",
    WhyNot.NOT_ENOUGH: "That is more than is ready to be used.",
}


def usable(ready_micros: int, unit: str) -> int:
    """Return what can be redeemed now: floored to the minor unit, never below zero; the rest stays available."""
    return max(0, whole_micros(ready_micros, unit))


def why_not(offered: OfferedMethod | None, amount_micros: int, ready_micros: int) -> WhyNot | None:
    """Return the reason why this amount cannot be redeemed by that method, or None if it can."""
    if offered is None or (offered.method == Method.PAYOUT and offered.unit == POINTS):
        return WhyNot.NOT_OFFERED
    if not 0 < amount_micros <= MAX_MICROS or amount_micros % step_micros(offered.unit):
        return WhyNot.NOT_AN_AMOUNT
    if amount_micros < offered.minimum_micros or amount_micros <= offered.fee_micros:
        return WhyNot.UNDER_MINIMUM
    return WhyNot.NOT_ENOUGH if amount_micros > ready_micros else None


def is_open(offered: OfferedMethod, ready_micros: int) -> bool:
    """Return True if this much available credit is enough for that method: its minimum, and more than its fee."""
    return usable(ready_micros, offered.unit) >= least_micros(offered)


def least_micros(offered: OfferedMethod) -> int:
    """Return the least amount that a method accepts: its minimum, or just above its fee."""
    return max(offered.minimum_micros, offered.fee_micros + step_micros(offered.unit))


def still_missing(offered: OfferedMethod, ready_micros: int) -> int:
    """Return how much more a method needs, in whole minor units; credit that is owed comes first."""
    step = step_micros(offered.unit)
    return least_micros(offered) - ready_micros // step * step


def nearest(offers: Iterable[OfferedMethod], ready: Mapping[str, int]) -> OfferedMethod | None:
    """Return the method closest to its minimum, of units with some credit; None if one can be used already.

    Giving credit back is always possible, so it is not listed here.
    """
    wanted = [offer for offer in offers if offer.method != Method.GIVE_BACK and ready.get(offer.unit, 0) > 0]
    if any(is_open(method, ready[method.unit]) for method in wanted):
        return None
    return min(wanted, key=lambda offer: Fraction(ready[offer.unit], least_micros(offer)) * -1, default=None)


def default_methods(minimums: Mapping[str, int]) -> tuple[OfferedMethod, ...]:
    """Return the methods to begin with: in each currency a payout of its minimum or more within 30 days, and giving
    back, which points have too."""
    money = [
        method
        for currency, minimum_micros in minimums.items()
        for method in (
            OfferedMethod(Method.PAYOUT, currency, minimum_micros=minimum_micros, days=30),
            OfferedMethod(Method.GIVE_BACK, currency),
        )
    ]
    return (*money, OfferedMethod(Method.GIVE_BACK, POINTS))


class RedemptionReceipt(Receipt, frozen=True, kw_only=True):
    """The receipt of a redemption, `use:<id>`, with a new version for every step; readable like any other receipt."""

    advocate_id: str
    method: str = field(name="way")
    state: str
    amount_micros: int
    fee_micros: int
    reference: str = ""
    note: str = ""

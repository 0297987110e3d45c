"""Using credit: the ways that a site offers, what each asks for, and the steps that a use goes through. Pure.

Amounts are micros of one unit. What is used is whole minor units (cents), floored; what is left over stays ready. A fee
is a part of what is used: who uses 20.00 by a way with a fee of 0.50 gets 19.50.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from passalong.core.money import MAX_MICROS, MICROS, POINTS, exponent
from passalong.core.reasons import Reason
from passalong.core.receipts import Receipt


class Way(StrEnum):
    """What somebody can do with their credit; leaving it is a way that needs no word."""

    DISCOUNT_CODE = "discount_code"
    STORE_CREDIT = "store_credit"
    PAYOUT = "payout"
    CAUSE = "cause"
    GIVE_BACK = "give_back"


class State(StrEnum):
    """Where a use stands: asked for, approved by the owner, done; or rejected by the owner; or refused by the sums."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DONE = "done"
    REJECTED = "rejected"
    REFUSED = "refused"


STEPS: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.DONE, State.REJECTED}),
    State.APPROVED: frozenset({State.DONE, State.REJECTED}),
    State.DONE: frozenset(),
    State.REJECTED: frozenset(),
    State.REFUSED: frozenset(),
}
"""Which step may follow which; any other is recorded and changes nothing."""


class Offered(Struct, frozen=True):
    """One way as a site offers it in one unit, shown before anybody chooses; `about` is the owner's sentence."""

    way: Way
    unit: str
    minimum_micros: int = 0
    fee_micros: int = 0
    days: int = 0
    about: str = ""


class WhyNot(StrEnum):
    """Why credit cannot be used so."""

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
    WhyNot.NOT_AN_AMOUNT: "Name an amount above nothing, in the unit's own steps.",
    WhyNot.UNDER_MINIMUM: "That is less than this way's minimum, or no more than its fee.",
    WhyNot.NOT_ENOUGH: "That is more than is ready to be used.",
}


def step_micros(unit: str) -> int:
    """The micros of one minor unit: 10_000 for EUR, 1_000_000 for JPY and for points."""
    return int(10 ** (6 - exponent(unit)))


def usable(ready_micros: int, unit: str) -> int:
    """What of it can be used now: floored to the minor unit, never below zero; the rest stays where it is."""
    return max(0, ready_micros - ready_micros % step_micros(unit))


def why_not(offered: Offered | None, amount_micros: int, ready_micros: int) -> WhyNot | None:
    """Why this amount cannot be used by that way, or None when it can."""
    if offered is None or (offered.way == Way.PAYOUT and offered.unit == POINTS):
        return WhyNot.NOT_OFFERED
    if not 0 < amount_micros <= MAX_MICROS or amount_micros % step_micros(offered.unit):
        return WhyNot.NOT_AN_AMOUNT
    if amount_micros < offered.minimum_micros or amount_micros <= offered.fee_micros:
        return WhyNot.UNDER_MINIMUM
    return WhyNot.NOT_ENOUGH if amount_micros > ready_micros else None


def default_ways(currency: str) -> tuple[Offered, ...]:
    """What a new site offers: a payout of 10 or more within 30 days, and to give it back."""
    return (
        Offered(Way.PAYOUT, currency, minimum_micros=10 * MICROS, days=30),
        Offered(Way.GIVE_BACK, currency),
        Offered(Way.GIVE_BACK, POINTS),
    )


class UseReceipt(Receipt, frozen=True, kw_only=True):
    """The receipt of a use, `use:<id>`, with a new version for every step; readable as any other receipt."""

    advocate_id: str
    way: str
    state: str
    amount_micros: int
    fee_micros: int
    reference: str = ""
    note: str = ""


def use_receipt(
    use_id: str, advocate_id: str, way: Way, unit: str, amount_micros: int, fee_micros: int, state: State, at_ms: int
) -> UseReceipt:
    """The receipt of a use as it stands."""
    return UseReceipt(
        subject=f"use:{use_id}",
        kind="use",
        status="refused" if state == State.REFUSED else "credited",
        reason=Reason.NOT_ENOUGH_CREDIT if state == State.REFUSED else None,
        goal=None,
        at_ms=at_ms,
        unit=unit,
        advocate_id=advocate_id,
        way=way,
        state=state,
        amount_micros=amount_micros,
        fee_micros=fee_micros,
    )

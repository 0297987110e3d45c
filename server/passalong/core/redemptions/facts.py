"""Facts about redemptions: each step of one, and what does not follow from the steps.

Python names may change; `tag` and `field(name=…)` keep what is stored.
"""

from msgspec import Struct, field


class RedemptionRequested(Struct, frozen=True, tag="use", tag_field="kind"):
    """An advocate asked for a redemption of available credit; `also` are their other ids, used in order."""

    advocate_id: str
    method: str = field(name="way")
    unit: str
    amount_micros: int
    fee_micros: int = 0
    also: tuple[str, ...] = ()


class RedemptionApproved(Struct, frozen=True, tag="use_approved", tag_field="kind"):
    """The owner approved a redemption; `by` names the owner."""

    redemption_id: str = field(name="use_id")
    by: str


class PayoutPrepared(Struct, frozen=True, tag="payout_prepared", tag_field="kind"):
    """The owner put these payouts together in one batch, which the event's id names."""

    redemption_ids: tuple[str, ...] = field(name="use_ids")
    by: str


class RedemptionSettled(Struct, frozen=True, tag="use_settled", tag_field="kind"):
    """The owner carried out a redemption; `reference` is what the advocate gets: a code, a transfer's number."""

    redemption_id: str = field(name="use_id")
    by: str
    reference: str = ""


class RedemptionWithdrawn(Struct, frozen=True, tag="use_withdrawn", tag_field="kind"):
    """The advocate withdrew a redemption before the owner approved it: the credit is available again."""

    redemption_id: str = field(name="use_id")


class RedemptionRejected(Struct, frozen=True, tag="use_rejected", tag_field="kind"):
    """The owner declined a redemption, which makes the credit available again; `note` says why."""

    redemption_id: str = field(name="use_id")
    by: str
    note: str = ""


class RedemptionHonoured(Struct, frozen=True, tag="use_honoured", tag_field="kind"):
    """A redemption was carried out under the rules of 0.2.0, whatever today's rules say of it.

    `advocates` are the ids that it was asked from. It takes what they have and are one account for; the site bears the
    rest.
    """

    redemption_id: str = field(name="use_id")
    advocates: tuple[str, ...]


RedemptionFact = (
    RedemptionRequested
    | RedemptionApproved
    | PayoutPrepared
    | RedemptionHonoured
    | RedemptionSettled
    | RedemptionRejected
    | RedemptionWithdrawn
)

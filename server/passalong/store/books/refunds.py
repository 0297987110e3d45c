"""Refunds of a conversion, and what they gave back together."""

from msgspec import Struct

from passalong.core.money import micros_from_minor


class Refund(Struct, frozen=True):
    """A refund: `amount_micros`, or `amount_minor` if its conversion was not known yet, or `everything`."""

    site_id: str
    conversion_id: str
    refund_id: str
    at_ms: int
    amount_micros: int
    amount_minor: int | None = None
    everything: bool = False

    def micros_of(self, currency: str | None) -> int:
        """Return the amount in micros of the conversion's currency."""
        if self.amount_minor is None or currency is None:
            return self.amount_micros
        return micros_from_minor(self.amount_minor, currency)


class GivenBack(Struct, frozen=True):
    """The sum of the refunds of a conversion in micros, whether that is all of it, and when the last was reported.

    All of a conversion without a value is zero micros: `whole` still says that it was given back.
    """

    micros: int
    whole: bool
    last_at_ms: int | None


NOTHING_BACK = GivenBack(0, False, None)

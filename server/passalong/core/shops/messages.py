"""Messages of shop systems in one shape: paid orders, refunds, and links between their ids.

Every system has ids of its own for orders, payments and subscriptions. A message names them as references
(`payment:pi_1`, `subscription:sub_1`), and the order that is behind a reference is looked up when it is needed.
"""

from enum import StrEnum

from msgspec import Struct


class Basis(StrEnum):
    """The part of an order that a reward is taken of: the owner's choice, said in the rule."""

    NET = "net"
    """Without taxes and without shipping."""
    WITH_SHIPPING = "with_shipping"
    """Without taxes, with shipping."""
    TOTAL = "total"
    """All that was paid."""


class Amounts(Struct, frozen=True):
    """The amounts of an order in minor units, after discounts: `total` includes `tax`, and `shipping` without tax."""

    total: int
    tax: int = 0
    shipping: int = 0

    def of(self, basis: Basis) -> int:
        """Return the minor units that a reward is taken of, never below 0."""
        if basis is Basis.TOTAL:
            return max(0, self.total)
        net = self.total - self.tax
        return max(0, net if basis is Basis.WITH_SHIPPING else net - self.shipping)


class Buyer(Struct, frozen=True):
    """The person who pays, as the system knows them. Ids and addresses are hashed before they are stored."""

    customer: str = ""
    email: str = ""
    country: str = ""


class Paid(Struct, frozen=True, tag="paid", kw_only=True):
    """A paid order.

    `references` lead to it. A later payment of a subscription (`is_later`) comes `after` the reference whose order has
    the code, unless it has the code of the visit itself. `as_of` is the system's time of this state of the order.
    """

    order_id: str
    amounts: Amounts
    currency: str
    references: tuple[str, ...] = ()
    after: str = ""
    is_later: bool = False
    code: str = ""
    coupon: str = ""
    buyer: Buyer = Buyer()
    products: tuple[str, ...] = ()
    as_of: str = ""


class Refunded(Struct, frozen=True, tag="refunded", kw_only=True):
    """A refund of the order behind a reference: an amount, or all that is left (None).

    `has_parts` when taxes and shipping of the refund are known; otherwise each part goes back in proportion. `is_sum`
    when the amount is the sum of all refunds so far. `currency` where the system names that of the amount. `as_of` is
    the system's time of a cancellation, in the format of `Paid.as_of`: an order that was paid later is not cancelled.
    """

    refund_id: str
    reference: str
    amounts: Amounts | None = None
    has_parts: bool = False
    is_sum: bool = False
    currency: str = ""
    as_of: str = ""


class Linked(Struct, frozen=True, tag="linked"):
    """A reference leads to the same order as another one."""

    reference: str
    other: str


class Ignored(Struct, frozen=True, tag="ignored"):
    """A message that changes nothing; `why` is one sentence for the owner."""

    why: str


Message = Paid | Refunded | Linked | Ignored


class UnreadableMessageError(ValueError):
    """A signed message without a field that it must have; says which."""


def is_cancelled_before(message: Message, as_of: str) -> bool:
    """Return True for a cancellation from before this state of its order: the order was resumed and paid since."""
    return isinstance(message, Refunded) and "" < message.as_of < as_of


def part_of(refunded: int, base: int, total: int) -> int:
    """Return the part of a refund that belongs to the rewarded part of its order, in minor units, rounded down.

    Rounded down, refunds never add up to more than the order; the last one is reported as all that is left.
    """
    return refunded * base // total if total else 0

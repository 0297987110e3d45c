"""Refunds: before one is recorded, check that no more is given back than the order's value.

Refunds of one order are judged one after the other, under its lock, against all that were recorded before. A refund may
come before its order: it is recorded, and counts when the order is reported.
"""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import ConversionRefunded, ConversionReported, input_hash
from passalong.core.money import MICROS, exponent, micros_from_minor
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.queries import refund_requests
from passalong.store.queries.refund_requests import RefundRequest

REFUND = "refund"


class RefundError(ValueError):
    """A refund that is not possible; says what to do."""


class RefundTooLargeError(RefundError):
    """A refund of more than earlier ones left; `left_minor` is what can still be given back."""

    def __init__(self, left_minor: int, words: str) -> None:
        super().__init__(
            f"`amount_minor` is more than what is left of this conversion: at most {words} can be given back. "
            "Send `full: true` to give back all that is left."
        )
        self.left_minor = left_minor


class RefundCurrencyError(ValueError):
    """A refund in another currency than its order; says what to do."""


class RefundConflictError(ValueError):
    """The id belongs to a refund that says something else."""


class Asked(Struct, frozen=True):
    """A refund as it is reported: minor units of the order's currency, or all that is left (None)."""

    refund_id: str
    conversion_id: str
    amount_minor: int | None

    @property
    def input_hash(self) -> str:
        """The hash of what was said."""
        said: dict[str, object] = {"full": True} if self.amount_minor is None else {"amount_minor": self.amount_minor}
        return input_hash(conversion=self.conversion_id, id=self.refund_id, **said)


class Admitted(Struct, frozen=True):
    """A refund that can be recorded. `waits` until its order is reported; `capped_minor` is all that there was.

    `tried` if its order is of try mode: nothing counts then.
    """

    fact: ConversionRefunded
    waits: bool
    capped_minor: int | None
    tried: bool = False


def admit(db: Database, clock: Clock, site_id: str, asked: Asked) -> Admitted:
    """Judge a refund and reserve its amount; the fact is still to be recorded. Raises RefundError, RefundConflictError.

    Sent again under its id it is the same fact again, whatever has happened since.
    """
    with writing(db) as session:
        order = refund_requests.lock_order(session, site_id, asked.conversion_id)
        is_trial = order is None and bool(refund_requests.tried(session, site_id, [asked.conversion_id]))
        request = refund_requests.find(session, site_id, asked.refund_id)
        if request is None:
            amount_minor = _amount(session, site_id, asked, order)
            request = RefundRequest(
                site_id,
                asked.refund_id,
                asked.conversion_id,
                asked.input_hash,
                amount_minor,
                asked.amount_minor is None or _is_free(order),
                clock.now_ms(),
            )
            if not refund_requests.add(session, request):
                request = refund_requests.find(session, site_id, asked.refund_id) or request
    if request.input_hash != asked.input_hash:
        raise RefundConflictError(
            f"The refund {asked.refund_id} was recorded before with another amount or order: nothing more was taken "
            "back. Report it with an API key, under an id of its own."
        )
    capped = asked.amount_minor is not None and request.amount_minor < asked.amount_minor
    waits = order is None and not is_trial
    return Admitted(_fact(request, order), waits, request.amount_minor if capped else None, is_trial)


def lock_in_its_currency(session: Session, site_id: str, conversion_id: str, currency: str) -> None:
    """Lock an order until the transaction ends; a refund that names a currency must name the order's.

    Raises RefundCurrencyError.
    """
    order = refund_requests.lock_order(session, site_id, conversion_id)
    unit = order.currency if order else None
    if unit and currency and currency != unit:
        raise RefundCurrencyError(
            f"The refund is in {currency} and its order in {unit}: nothing was taken back. "
            f"Report it with an API key, as an amount in {unit}."
        )


def _amount(session: Session, site_id: str, asked: Asked, order: ConversionReported | None) -> int:
    """Return the accepted amount of a refund, in minor units.

    An amount above everything that its order was worth includes something else, like shipping, and takes back
    everything. An amount above what earlier refunds left is refused: the shop has counted something twice.
    """
    if order is None or asked.amount_minor is None:
        return asked.amount_minor or 0
    gross_minor = _value_minor(order)
    before_minor, full = refund_requests.asked_minor(session, site_id, asked.conversion_id)
    left_minor = 0 if full else max(0, gross_minor - before_minor)
    if asked.amount_minor <= left_minor:
        return asked.amount_minor
    if not before_minor and not full:
        return gross_minor
    raise RefundTooLargeError(left_minor, _words(left_minor, order))


def _is_free(order: ConversionReported | None) -> bool:
    """True if the order is known and was worth nothing: any refund of it is one of everything."""
    return order is not None and not order.gross_micros


def _value_minor(order: ConversionReported) -> int:
    """Return the gross value in minor units. Raises RefundError where the order has none."""
    if order.currency is None:
        raise RefundError(
            "This conversion had no value, so no amount of it can be refunded. "
            "Send `full: true` to take back what it pays."
        )
    return order.gross_micros // micros_from_minor(1, order.currency)


def _words(amount_minor: int, order: ConversionReported) -> str:
    unit = order.currency or ""
    return f"{micros_from_minor(amount_minor, unit) / MICROS:.{exponent(unit)}f} {unit}"


def _fact(request: RefundRequest, order: ConversionReported | None) -> ConversionRefunded:
    if request.everything:
        return ConversionRefunded(request.conversion_id, 0, full=True)
    if order is None or order.currency is None:
        return ConversionRefunded(request.conversion_id, 0, request.amount_minor)
    return ConversionRefunded(request.conversion_id, micros_from_minor(request.amount_minor, order.currency))

"""Record what a shop system says: orders as conversions, refunds as refunds, whatever order they come in.

A refund or a later payment may come before the order that it belongs to: it waits, sealed, until the order is there.
"""

import re
from enum import StrEnum

import msgspec
from msgspec import Struct

from passalong.core.shops.messages import (
    Amounts,
    Basis,
    Ignored,
    Linked,
    Message,
    Paid,
    Refunded,
    is_cancelled_before,
    part_of,
)
from passalong.flow.conversions import refunds
from passalong.flow.conversions.refunds import (
    RefundConflictError,
    RefundCurrencyError,
    RefundError,
    RefundTooLargeError,
)
from passalong.flow.conversions.report import Order, ReportError, Reporting, report
from passalong.flow.ingest.recorder import Kept
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.emails import BadEmailError, normalised_email
from passalong.lib.sealing import UnreadableSealError, seal, unseal
from passalong.store.shops import orders
from passalong.store.shops.connections import Connection
from passalong.store.shops.orders import KnownOrder, KnownRefund, WaitingMessage
from passalong.store.sites import Site

LONGEST_ID = 128
COUNTRY = re.compile("[A-Z]{2}")
LONGEST_WAIT = 100
"""The most messages that are recorded at once because the order they waited for has come."""
MESSAGE = "shop message"
CODE = "shop code"


class State(StrEnum):
    """The outcome of a message, a stable word in the log."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    IGNORED = "ignored"
    WAITS = "waits"
    REFUSED = "refused"


class Outcome(Struct, frozen=True):
    """The outcome of one message, with a sentence for the owner."""

    state: State
    words: str


class Recording(Struct, frozen=True):
    """The parts that recording needs."""

    reporting: Reporting
    clock: Clock
    site: Site
    connection: Connection

    @property
    def where(self) -> tuple[str, str]:
        """The keys of the connection's tables."""
        return self.site.site_id, self.connection.connection_id


def record(work: Recording, message: Message) -> list[Outcome]:
    """Record a message, and those that waited for it.

    Raises QueueFullError and NotWrittenError: the system delivers again.
    """
    match message:
        case Paid():
            return _paid(work, message)
        case Refunded():
            return [_refunded(work, message)]
        case Linked():
            return _linked(work, message)
        case Ignored():
            return [Outcome(State.IGNORED, message.why)]


def _paid(work: Recording, paid: Paid) -> list[Outcome]:
    code = paid.code
    if paid.after:
        first = _find(work, paid.after)
        if first is None and (first := _wait(work, f"paid:{paid.order_id}", paid.after, paid)) is None:
            return [Outcome(State.WAITS, "A later payment: it waits for the subscription's first one.")]
        code = _opened(work, first.sealed_code)
    order = _order(work.connection, paid, code)
    if len(order.id) > LONGEST_ID or not order.id.isprintable():
        return [Outcome(State.REFUSED, f"The order's id is too long: at most {LONGEST_ID} characters.")]
    try:
        result = report(work.reporting, work.site, order).kept
    except ReportError as error:
        return [Outcome(State.REFUSED, str(error))]
    base_minor = paid.amounts.of(work.connection.basis)
    sealed = seal(work.reporting.keys, CODE, code)
    known_order = KnownOrder(order.id, sealed, max(0, paid.amounts.total), base_minor)
    outcomes = [_recorded(result, "Order", order.id)]
    for reference in paid.references:
        outcomes += _refer(work, reference, known_order, paid.as_of)
    return outcomes


def _order(connection: Connection, paid: Paid, code: str) -> Order:
    """Return the order as it is reported: ids begin with the system's name, and what is unusable is left out."""
    buyer = paid.buyer
    return Order(
        id=f"{connection.system}:{paid.order_id}",
        goal=connection.later_goal if paid.is_later else connection.goal,
        amount_minor=paid.amounts.of(connection.basis),
        currency=paid.currency,
        code=code or None,
        coupon=paid.coupon[:64] or None,
        customer=f"{connection.system}:{buyer.customer}" if buyer.customer else None,
        email=_usable_email(buyer.email),
        products=tuple(product[:LONGEST_ID] for product in paid.products if product.isprintable()),
        country=buyer.country if COUNTRY.fullmatch(buyer.country) else None,
    )


def _usable_email(email: str) -> str | None:
    try:
        return email if email and normalised_email(email) else None
    except BadEmailError:
        return None


def _refunded(work: Recording, refund: Refunded) -> Outcome:
    order = _find(work, refund.reference)
    if order is None and (order := _wait(work, f"refunded:{refund.refund_id}", refund.reference, refund)) is None:
        return Outcome(State.WAITS, "A refund of an order that was not reported yet: it counts as soon as it is.")
    try:
        known_refund = _reserved(work, order, refund)
    except RefundCurrencyError as error:
        return Outcome(State.REFUSED, str(error))
    if known_refund is None:
        return Outcome(State.REPEATED, "This part of the order was given back already.")
    refund_id = f"{work.connection.system}:{refund.refund_id}"
    amount = None if known_refund.is_full else known_refund.base_minor
    if amount == 0:
        return Outcome(State.IGNORED, "Only what earns nothing went back, such as taxes or shipping.")
    return _refund(work, refunds.Asked(refund_id, order.conversion_id, amount))


def _refund(work: Recording, request: refunds.Asked) -> Outcome:
    """Record a refund, or all that refunds by API left if it is more: the shop has given the money back already."""
    try:
        return _admitted(work, request)
    except (RefundTooLargeError, RefundConflictError) as error:
        if isinstance(error, RefundTooLargeError) and not error.left_minor:
            return Outcome(State.REPEATED, "All of this order was given back already.")
        # Delivered again, such a refund conflicts with itself: it was recorded as all that was left.
        rest = msgspec.structs.replace(request, amount_minor=None)
    except RefundError as error:
        return Outcome(State.REFUSED, str(error))
    try:
        outcome = _admitted(work, rest)
    except RefundConflictError as error:
        return Outcome(State.REFUSED, str(error))
    if outcome.state is not State.RECORDED:
        return outcome
    return Outcome(outcome.state, f"{outcome.words} It is more than was left of the order: all of that was taken back.")


def _admitted(work: Recording, request: refunds.Asked) -> Outcome:
    """Record a refund as it is. Raises RefundError and RefundConflictError."""
    services = work.reporting
    admitted = refunds.admit(services.db, work.clock, work.site.site_id, request)
    result = services.collector.record(
        work.site.site_id, refunds.REFUND, request.refund_id, admitted.fact, request.input_hash
    )
    return _recorded(result, "Refund", request.refund_id)


def _reserved(work: Recording, order: KnownOrder, refund: Refunded) -> KnownRefund | None:
    """Reserve a refund under its order's lock, the same again for a repeated one; None where nothing more goes back.

    Two refunds at once are judged one after the other. Raises RefundCurrencyError.
    """
    with writing(work.reporting.db) as session:
        refunds.lock_in_its_currency(session, work.site.site_id, order.conversion_id, refund.currency)
        known_refund = orders.find_refund(session, *work.where, refund.refund_id)
        before = orders.refunded_minor(session, *work.where, order.conversion_id)
        if known_refund is None:
            known_refund = _judged(work.connection.basis, order, refund, before)
            if known_refund is not None:
                orders.add_refund(session, *work.where, known_refund)
    return known_refund


def _judged(basis: Basis, order: KnownOrder, refund: Refunded, before: int) -> KnownRefund | None:
    total = _total(order, refund, before)
    if total <= 0 and refund.amounts is not None:
        return None
    is_full = before + total >= order.total_minor
    base = order.base_minor if is_full else _base(basis, order, refund, total)
    return KnownRefund(refund.refund_id, order.conversion_id, total, base, is_full)


def _total(order: KnownOrder, refund: Refunded, before: int) -> int:
    """Return all that goes back now, in minor units."""
    if refund.amounts is None:
        return max(0, order.total_minor - before)
    return refund.amounts.total - (before if refund.is_sum else 0)


def _base(basis: Basis, order: KnownOrder, refund: Refunded, total: int) -> int:
    """Return the rewarded part of a refund: by its own parts if they are known, otherwise in proportion."""
    amounts = refund.amounts or Amounts(total)
    if refund.has_parts and not refund.is_sum:
        return min(amounts.of(basis), order.base_minor)
    return part_of(total, order.base_minor, order.total_minor)


def _linked(work: Recording, link: Linked) -> list[Outcome]:
    order = _find(work, link.other)
    if order is None and (order := _wait(work, f"linked:{link.reference}", link.other, link)) is None:
        return [Outcome(State.WAITS, "It names a payment of an order that was not reported yet.")]
    return [Outcome(State.RECORDED, "It names the payment of an order."), *_refer(work, link.reference, order)]


def _refer(work: Recording, reference: str, order: KnownOrder, as_of: str = "") -> list[Outcome]:
    """Let a reference lead to an order of which we know the state `as_of`, and record what waited for it."""
    with writing(work.reporting.db) as session:
        orders.add(session, *work.where, (reference, order), work.clock.now_ms())
    with work.reporting.db.reading() as session:
        waiting_messages = orders.waiting(session, *work.where, reference)[:LONGEST_WAIT]
    outcomes = []
    for waiting in waiting_messages:
        message = _message(work, waiting)
        if is_cancelled_before(message, as_of):
            message = Ignored("It was cancelled before it was paid: nothing is taken back.")
        outcomes += record(work, message)
        with writing(work.reporting.db) as session:
            orders.waited(session, *work.where, waiting.message_id)
    return outcomes


def _wait(work: Recording, message_id: str, reference: str, message: Message) -> KnownOrder | None:
    """Let a message wait. Returns the order if it has come meanwhile: then nothing waits."""
    sealed = seal(work.reporting.keys, MESSAGE, msgspec.json.encode(message).decode())
    waiting = WaitingMessage(message_id[:200], reference, sealed)
    with writing(work.reporting.db) as session:
        orders.wait(session, *work.where, waiting, work.clock.now_ms())
    order = _find(work, reference)
    if order is not None:
        with writing(work.reporting.db) as session:
            orders.waited(session, *work.where, waiting.message_id)
    return order


def _message(work: Recording, waiting: WaitingMessage) -> Message:
    try:
        text = unseal(work.reporting.keys, MESSAGE, waiting.sealed_message)
    except UnreadableSealError as error:
        return Ignored(str(error))
    message: Message = msgspec.json.decode(text, type=Message)
    return message


def _opened(work: Recording, sealed_code: str) -> str:
    try:
        return unseal(work.reporting.keys, CODE, sealed_code)
    except UnreadableSealError:
        return ""


def _find(work: Recording, reference: str) -> KnownOrder | None:
    with work.reporting.db.reading() as session:
        return orders.find(session, *work.where, reference)


def _recorded(result: Kept, what: str, its_id: str) -> Outcome:
    if result is Kept.NEW:
        return Outcome(State.RECORDED, f"{what} {its_id} was recorded.")
    return Outcome(State.REPEATED, f"{what} {its_id} was recorded before.")

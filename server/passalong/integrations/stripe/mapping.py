"""Read Stripe's events (https://docs.stripe.com/api/events/types, read on 2026-11-28)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import CODE_FIELD, currency, mapping, minor, must, rows, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Linked, Message, Paid, Refunded
from passalong.core.shops.signatures import BadSignatureError, Delivery, hex_matches, must_be_recent, parts

WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
"""Currencies without minor units whose amounts Stripe still gives in hundredths."""
HUNDREDTHS_IN_WHOLE = frozenset({"MGA"})
"""Currencies with minor units whose amounts Stripe gives in whole units."""
FIRST_INVOICE = "subscription_create"
TEST_MODE = "Stripe's test mode: it can be read, but nothing was sold. Use the secret of a live endpoint."


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `Stripe-Signature` (https://docs.stripe.com/webhooks/signature). Raises BadSignatureError."""
    signature = parts(delivery.header("stripe-signature"), ",")
    timestamp = next((value for name, value in signature if name == "t"), "")
    signatures = [value for name, value in signature if name == "v1"]
    if not hex_matches(secrets, timestamp.encode() + b"." + delivery.body, signatures):
        raise BadSignatureError(
            "The signature is not by this secret: copy the signing secret (whsec_…) of this endpoint."
        )
    must_be_recent(timestamp, delivery.now_ms)


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return the name of the event, such as `checkout.session.completed`."""
    return text(payload, "type")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return what an event says. Raises UnreadableMessageError."""
    name, about = kind(delivery, payload), mapping(payload, "data", "object")
    if payload.get("livemode") is False:
        return [Ignored(TEST_MODE)]
    reader = _READERS.get(name)
    return reader(about) if reader else [Ignored("This kind of event is not needed.")]


def _session(session: Mapping[str, Any]) -> list[Message]:
    if text(session, "payment_status") not in ("paid", "no_payment_required"):
        return [Ignored("Not paid yet: it counts when Stripe reports the payment.")]
    if text(session, "mode") == "setup":
        return [Ignored("Nothing was sold.")]
    unit = currency(session, "currency")
    paid_by = text(session, "invoice") or text(session, "payment_intent") or must(session, "id")
    details = mapping(session, "total_details")
    named = {"payment": text(session, "payment_intent"), "subscription": text(session, "subscription")}
    return [
        Paid(
            order_id=paid_by,
            amounts=Amounts(
                _minor(unit, session, "amount_total"),
                _minor(unit, details, "amount_tax"),
                _minor(unit, details, "amount_shipping"),
            ),
            currency=unit,
            references=(paid_by, *(f"{name}:{value}" for name, value in named.items() if value)),
            code=read_code(text(session, "client_reference_id") or text(session, "metadata", CODE_FIELD)),
            buyer=_buyer(session, mapping(session, "customer_details")),
        )
    ]


def _invoice(invoice: Mapping[str, Any]) -> list[Message]:
    unit, invoice_id = currency(invoice, "currency"), must(invoice, "id")
    about = mapping(invoice, "parent", "subscription_details") or mapping(invoice, "subscription_details")
    subscription = text(about, "subscription") or text(invoice, "subscription")
    code = text(about, "metadata", CODE_FIELD) or text(invoice, "metadata", CODE_FIELD)
    if not code and (not subscription or text(invoice, "billing_reason") == FIRST_INVOICE):
        # It may come before its session, and an order that was recorded without a code stays without one.
        return [*_payments(invoice), Ignored("A first or only payment without a code is read from its session.")]
    taxes = rows(invoice, "total_taxes") or rows(invoice, "total_tax_amounts")
    paid = Paid(
        order_id=invoice_id,
        amounts=Amounts(
            _minor(unit, invoice, "amount_paid"),
            sum(_minor(unit, tax, "amount") for tax in taxes) or _minor(unit, invoice, "tax"),
            _minor(unit, invoice, "shipping_cost", "amount_subtotal"),
        ),
        currency=unit,
        references=(invoice_id, *((f"subscription:{subscription}",) if subscription and code else ())),
        after="" if code or not subscription else f"subscription:{subscription}",
        is_later=bool(subscription) and text(invoice, "billing_reason") != FIRST_INVOICE,
        code=read_code(code),
        buyer=_buyer(invoice, {"email": invoice.get("customer_email"), "address": invoice.get("customer_address")}),
    )
    return [paid, *_payments(invoice)]


def _payments(invoice: Mapping[str, Any]) -> list[Message]:
    """Return which payments belong to an invoice: a refund names only the payment."""
    payment_ids = {text(row, "payment", "payment_intent") for row in rows(invoice, "payments", "data")}
    payment_ids.add(text(invoice, "payment_intent"))
    return [Linked(f"payment:{payment_id}", must(invoice, "id")) for payment_id in sorted(payment_ids) if payment_id]


def _invoice_payment(paid: Mapping[str, Any]) -> list[Message]:
    payment = text(paid, "payment", "payment_intent")
    return [Linked(f"payment:{payment}", must(paid, "invoice"))] if payment else [Ignored("It names no payment.")]


def _charge_refunded(charge: Mapping[str, Any]) -> list[Message]:
    """Read the refunds that older versions of Stripe's API list; newer ones send `refund.created` for each."""
    unit, payment = currency(charge, "currency"), text(charge, "payment_intent") or must(charge, "id")
    refunds = [
        refund_part
        for refund in rows(charge, "refunds", "data")
        for refund_part in _refund({**refund, "payment_intent": payment})
    ]
    return refunds or [Ignored(f"Each refund in {unit} is read from its own event.")]


def _refund(refund: Mapping[str, Any]) -> list[Message]:
    if text(refund, "status") != "succeeded":
        return [Ignored("The refund has not succeeded: nothing changes.")]
    payment = text(refund, "payment_intent") or must(refund, "charge")
    return [_back(refund, payment)]


def _dispute(dispute: Mapping[str, Any]) -> list[Message]:
    if text(dispute, "status") != "lost":
        return [Ignored("The dispute is not lost: nothing changes.")]
    payment = text(dispute, "payment_intent") or must(dispute, "charge")
    return [_back(dispute, payment)]


def _back(about: Mapping[str, Any], payment: str) -> Refunded:
    """Return the amount of a refund or of a dispute, which may be in another currency than the payment."""
    unit = currency(about, "currency")
    amounts = Amounts(_minor(unit, about, "amount"))
    return Refunded(refund_id=must(about, "id"), reference=f"payment:{payment}", amounts=amounts, currency=unit)


def _buyer(about: Mapping[str, Any], details: Mapping[str, Any]) -> Buyer:
    return Buyer(text(about, "customer"), text(details, "email"), text(details, "address", "country"))


def _minor(unit: str, of: Mapping[str, Any], *path: str) -> int:
    value = minor(of, *path)
    if unit in WHOLE_IN_HUNDREDTHS:
        return value // 100
    return value * 100 if unit in HUNDREDTHS_IN_WHOLE else value


_READERS: dict[str, Callable[[Mapping[str, Any]], list[Message]]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "invoice.paid": _invoice,
    "invoice_payment.paid": _invoice_payment,
    "charge.refunded": _charge_refunded,
    "refund.created": _refund,
    "refund.updated": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.closed": _dispute,
}

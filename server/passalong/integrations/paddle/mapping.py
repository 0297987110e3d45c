"""Read Paddle Billing's notifications (https://developer.paddle.com/webhooks/overview, read on 2026-11-28)."""

from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import CODE_FIELD, currency, mapping, minor, must, rows, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded
from passalong.core.shops.signatures import BadSignatureError, Delivery, hex_matches, must_be_recent, parts

TAKES_BACK = ("refund", "chargeback")


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `Paddle-Signature` (https://developer.paddle.com/webhooks/signature-verification).

    Raises BadSignatureError.
    """
    signature = parts(delivery.header("paddle-signature"), ";")
    timestamp = next((value for name, value in signature if name == "ts"), "")
    signatures = [value for name, value in signature if name == "h1"]
    if not hex_matches(secrets, timestamp.encode() + b":" + delivery.body, signatures):
        raise BadSignatureError(
            "The signature is not by this secret: copy the secret key of this notification destination."
        )
    must_be_recent(timestamp, delivery.now_ms)


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return the name of the event, such as `transaction.completed`."""
    return text(payload, "event_type")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return what a notification says. Raises UnreadableMessageError."""
    name, about = kind(delivery, payload), mapping(payload, "data")
    if name == "transaction.completed":
        return [_transaction(about)]
    if name in ("adjustment.created", "adjustment.updated"):
        return [_adjustment(about)]
    return [Ignored("This kind of event is not needed.")]


def _transaction(about: Mapping[str, Any]) -> Message:
    unit, totals = currency(about, "currency_code"), mapping(about, "details", "totals")
    code = read_code(text(about, "custom_data", CODE_FIELD))
    order_id, subscription = must(about, "id"), text(about, "subscription_id")
    is_later = text(about, "origin").startswith("subscription_")
    starts = f"subscription:{subscription}" if subscription and not is_later else ""
    return Paid(
        order_id=order_id,
        amounts=Amounts(minor(totals, "total"), minor(totals, "tax")),
        currency=unit,
        references=tuple(filter(None, (order_id, starts))),
        after=f"subscription:{subscription}" if is_later and subscription and not code else "",
        is_later=is_later,
        code=code,
        buyer=Buyer(text(about, "customer_id")),
        products=tuple(filter(None, (text(item, "price", "product_id") for item in rows(about, "items"))))[:50],
    )


def _adjustment(about: Mapping[str, Any]) -> Message:
    if text(about, "action") not in TAKES_BACK:
        return Ignored("This adjustment gives nothing back.")
    if text(about, "status") != "approved":
        return Ignored("The refund is not approved yet: nothing changes.")
    totals = mapping(about, "totals")
    amounts = Amounts(abs(minor(totals, "total")), abs(minor(totals, "tax")))
    return Refunded(
        refund_id=must(about, "id"),
        reference=must(about, "transaction_id"),
        amounts=amounts,
        has_parts=True,
        currency=currency(about, "currency_code"),
    )

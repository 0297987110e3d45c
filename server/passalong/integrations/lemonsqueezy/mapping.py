"""Read Lemon Squeezy's webhooks (https://docs.lemonsqueezy.com/help/webhooks, read on 2026-11-28)."""

from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import CODE_FIELD, currency, mapping, minor, must, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded
from passalong.core.shops.signatures import BadSignatureError, Delivery, hex_matches


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `X-Signature`. Raises BadSignatureError."""
    if not hex_matches(secrets, delivery.body, [delivery.header("x-signature")]):
        raise BadSignatureError("The signature is not by this secret: copy the signing secret from Settings, Webhooks.")


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return the name of the event, such as `order_created`."""
    return text(payload, "meta", "event_name")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return what a webhook says. Raises UnreadableMessageError."""
    name, data = kind(delivery, payload), mapping(payload, "data")
    if mapping(payload, "meta").get("test_mode") is True:
        return [Ignored("Lemon Squeezy's test mode: nothing was sold.")]
    code = read_code(text(payload, "meta", "custom_data", CODE_FIELD))
    about = mapping(data, "attributes")
    if name == "order_created":
        return [_order(must(data, "id"), about, code)]
    if name == "order_refunded":
        return [_refund(f"order:{must(data, 'id')}", about)]
    if name in ("subscription_payment_success", "subscription_payment_recovered"):
        return [_payment(must(data, "id"), about, code)]
    if name == "subscription_payment_refunded":
        return [_refund(f"invoice:{must(data, 'id')}", about)]
    return [Ignored("This kind of event is not needed.")]


def _order(order_id: str, about: Mapping[str, Any], code: str) -> Message:
    if text(about, "status") not in ("paid", "refunded", "partial_refund"):
        return Ignored("Not paid yet: nothing changes.")
    reference = f"order:{order_id}"
    subscription = text(about, "first_order_item", "subscription_id")
    return Paid(
        order_id=reference,
        amounts=_amounts(about),
        currency=currency(about, "currency"),
        references=(reference, *((f"subscription:{subscription}",) if subscription else ())),
        code=code,
        buyer=_buyer(about),
        products=tuple(filter(None, (text(about, "first_order_item", "product_id"),))),
    )


def _payment(invoice_id: str, about: Mapping[str, Any], code: str) -> Message:
    if text(about, "billing_reason") == "initial":
        return Ignored("The first payment of a subscription is read from its order.")
    reference, subscription = f"invoice:{invoice_id}", must(about, "subscription_id")
    return Paid(
        order_id=reference,
        amounts=_amounts(about),
        currency=currency(about, "currency"),
        references=(reference,),
        after="" if code else f"subscription:{subscription}",
        is_later=True,
        code=code,
        buyer=_buyer(about),
    )


def _refund(reference: str, about: Mapping[str, Any]) -> Message:
    """Read a refund. Lemon Squeezy gives the sum of all refunds of an order, so a second one has another id."""
    back = minor(about, "refunded_amount")
    if not back or back >= minor(about, "total"):
        return Refunded(refund_id=f"{reference}:all", reference=reference)
    return Refunded(refund_id=f"{reference}:{back}", reference=reference, amounts=Amounts(back), is_sum=True)


def _amounts(about: Mapping[str, Any]) -> Amounts:
    return Amounts(minor(about, "total"), minor(about, "tax"))


def _buyer(about: Mapping[str, Any]) -> Buyer:
    return Buyer(text(about, "customer_id"), text(about, "user_email"))

"""Read WooCommerce's webhooks (https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks, REST API v3, read on
2026-11-28)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import CODE_FIELD, currency, decimal, must, rows, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded
from passalong.core.shops.signatures import BadSignatureError, Delivery, UnsignedTestError, base64_matches

PAID = ("processing", "completed")
TAKEN_BACK = ("cancelled", "refunded")
CODE_FIELDS = (CODE_FIELD, f"_{CODE_FIELD}")
"""Names of the order's meta data; a name with an underscore is hidden in WordPress."""
TEST = re.compile(rb"webhook_id=[0-9]{1,20}")


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `X-WC-Webhook-Signature`. Raises BadSignatureError, UnsignedTestError.

    A new webhook is saved only if its test, a form with the webhook's number and without a signature, is answered 200.
    """
    if TEST.fullmatch(delivery.body):
        raise UnsignedTestError
    if not base64_matches(secrets, delivery.body, delivery.header("x-wc-webhook-signature")):
        raise BadSignatureError(
            "The signature is not by this secret: copy it from WooCommerce, Settings, Advanced, Webhooks."
        )


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return the topic, such as `order.updated`."""
    return delivery.header("x-wc-webhook-topic")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return what an order says: that it is paid, and each of its refunds. Raises UnreadableMessageError."""
    if not kind(delivery, payload).startswith("order."):
        return [Ignored("This topic is not needed.")]
    status, order_id = text(payload, "status"), text(payload, "id")
    if status not in (*PAID, *TAKEN_BACK) or not order_id:
        return [Ignored("The order is not paid: it counts when it is processed or completed.")]
    back = [_refund(payload, refund) for refund in rows(payload, "refunds")]
    if status in TAKEN_BACK:
        as_of = text(payload, "date_modified_gmt")
        return [*back, Refunded(refund_id=f"{order_id}:{status}", reference=order_id, as_of=as_of)]
    return [_order(payload), *back]


def _order(order: Mapping[str, Any]) -> Message:
    unit, order_id = currency(order, "currency"), must(order, "id")
    meta = {text(row, "key"): text(row, "value") for row in rows(order, "meta_data")}
    customer = text(order, "customer_id")
    products = (text(line, "product_id") for line in rows(order, "line_items"))
    return Paid(
        order_id=order_id,
        amounts=Amounts(
            decimal(unit, order, "total"), decimal(unit, order, "total_tax"), decimal(unit, order, "shipping_total")
        ),
        currency=unit,
        references=(order_id,),
        code=read_code(next((meta[name] for name in CODE_FIELDS if meta.get(name)), "")),
        coupon=next((text(line, "code") for line in rows(order, "coupon_lines")), ""),
        buyer=Buyer("" if customer == "0" else customer, text(order, "billing", "email"), _country(order)),
        products=tuple(filter(None, products))[:50],
        as_of=text(order, "date_modified_gmt"),
    )


def _country(order: Mapping[str, Any]) -> str:
    return text(order, "shipping", "country") or text(order, "billing", "country")


def _refund(order: Mapping[str, Any], refund: Mapping[str, Any]) -> Message:
    amount = abs(decimal(currency(order, "currency"), refund, "total"))
    if not amount:
        return Ignored("No money went back.")
    return Refunded(refund_id=must(refund, "id"), reference=must(order, "id"), amounts=Amounts(amount))

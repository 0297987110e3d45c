"""Read Shopify's webhooks (https://shopify.dev/docs/api/webhooks, version 2026-04, read on 2026-11-28)."""

from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import CODE_FIELD, currency, decimal, mapping, must, rows, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded
from passalong.core.shops.signatures import BadSignatureError, Delivery, base64_matches


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `X-Shopify-Hmac-Sha256`. Raises BadSignatureError."""
    if not base64_matches(secrets, delivery.body, delivery.header("x-shopify-hmac-sha256")):
        raise BadSignatureError("The signature is not by this secret: copy it from Settings, Notifications, Webhooks.")


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return the topic, such as `orders/paid`."""
    return delivery.header("x-shopify-topic")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return what a webhook says. Raises UnreadableMessageError."""
    topic = kind(delivery, payload)
    if payload.get("test") is True:
        return [Ignored("A test of Shopify's: nothing was sold.")]
    if topic == "orders/paid":
        return [_order(payload)]
    if topic == "refunds/create":
        return [_refund(payload)]
    if topic == "orders/cancelled":
        order_id = must(payload, "id")
        return [Refunded(refund_id=f"{order_id}:cancelled", reference=order_id)]
    return [Ignored("This topic is not needed.")]


def _order(order: Mapping[str, Any]) -> Message:
    unit, order_id = currency(order, "currency"), must(order, "id")
    notes = {text(note, "name"): text(note, "value") for note in rows(order, "note_attributes")}
    shipping = sum(_without_tax(unit, order, line) for line in rows(order, "shipping_lines"))
    products = (text(line, "product_id") or text(line, "sku") for line in rows(order, "line_items"))
    return Paid(
        order_id=order_id,
        amounts=Amounts(decimal(unit, order, "total_price"), decimal(unit, order, "total_tax"), shipping),
        currency=unit,
        references=(order_id,),
        code=read_code(notes.get(CODE_FIELD, "")),
        coupon=next((text(row, "code") for row in rows(order, "discount_codes")), ""),
        buyer=Buyer(
            text(order, "customer", "id"), text(order, "email"), text(order, "shipping_address", "country_code")
        ),
        products=tuple(filter(None, products))[:50],
    )


def _without_tax(unit: str, order: Mapping[str, Any], line: Mapping[str, Any]) -> int:
    """Return the price of a shipping line after discounts, without its taxes."""
    price = line.get("discounted_price", line.get("price"))
    taxes = sum(decimal(unit, tax, "price") for tax in rows(line, "tax_lines"))
    return decimal(unit, {"price": price}, "price") - (taxes if order.get("taxes_included") is True else 0)


def _refund(refund: Mapping[str, Any]) -> Message:
    """Read the money that went back; a refund without money (a restock) changes nothing."""
    payments = [
        row
        for row in rows(refund, "transactions")
        if text(row, "kind") == "refund" and text(row, "status") == "success"
    ]
    amount = sum(decimal(currency(row, "currency"), row, "amount") for row in payments)
    if amount <= 0:
        return Ignored("No money went back.")
    unit, amount = _in_shop_money(refund, currency(payments[0], "currency"), amount)
    return Refunded(
        refund_id=must(refund, "id"), reference=must(refund, "order_id"), amounts=Amounts(amount), currency=unit
    )


def _in_shop_money(refund: Mapping[str, Any], unit: str, amount: int) -> tuple[str, int]:
    """Return a refund in the shop's currency, which is that of its order: the buyer may have paid in another one.

    A refund whose lines do not add up to what was paid back stays in the buyer's currency.
    """
    sets = [money_set for money_set, _ in _money_sets(refund)]
    shop_unit = next((text(one, "shop_money", "currency_code") for one in sets), "") or unit
    if shop_unit == unit or _sum(refund, unit, "presentment_money") != amount:
        return unit, amount
    return shop_unit, _sum(refund, shop_unit, "shop_money")


def _sum(refund: Mapping[str, Any], unit: str, money: str) -> int:
    return sum(sign * decimal(unit, money_set, money, "amount") for money_set, sign in _money_sets(refund))


def _money_sets(refund: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], int]]:
    """Return the amounts of lines, and of adjustments such as shipping, which are negative where money goes back."""
    lines, adjustments = rows(refund, "refund_line_items"), rows(refund, "order_adjustments")
    return [
        *((mapping(line, name), 1) for line in lines for name in ("subtotal_set", "total_tax_set")),
        *((mapping(one, name), -1) for one in adjustments for name in ("amount_set", "tax_amount_set")),
    ]

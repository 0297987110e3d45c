"""Deliveries of each shop system, shaped as its documentation shows them and signed as it signs.

Each story is the same: Cleo buys through Anna's link, gets a part back, and, where the system has subscriptions, pays
again a month later. `{code}` is filled with the code of Cleo's visit.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]


class Sent(NamedTuple):
    """One delivery: its payload, and headers beside the signature."""

    payload: Json
    headers: Mapping[str, str] = {}


class Story(NamedTuple):
    """The deliveries of a system, and the ledger afterwards: order id → (worth, taken back) in minor units."""

    deliveries: Callable[[str], list[Sent]]
    sign: Callable[[str, bytes, int], Mapping[str, str]]
    ledger: Mapping[str, tuple[int, int]]


def hexed(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def in_base64(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def body_of(sent: Sent) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(sent.payload).encode()


# --- Stripe: a Checkout session with a subscription, its renewal, a payment, refunds, a lost dispute ---


def _event(kind: str, about: Json) -> Sent:
    return Sent({"id": f"evt_{kind}", "object": "event", "type": kind, "livemode": True, "data": {"object": about}})


def _stripe(code: str) -> list[Sent]:
    buyer = {"customer": "cus_cleo", "customer_details": {"email": "cleo@example.org", "address": {"country": "DE"}}}
    session = {"object": "checkout.session", "payment_status": "paid", "currency": "eur", **buyer}
    once = {
        **session,
        "id": "cs_1",
        "mode": "payment",
        "payment_intent": "pi_1",
        "client_reference_id": code.replace(".", "__"),
        "amount_total": 12_400,
        "total_details": {"amount_discount": 0, "amount_shipping": 500, "amount_tax": 1_900},
    }
    start = {
        **session,
        "id": "cs_2",
        "mode": "subscription",
        "subscription": "sub_1",
        "invoice": "in_1",
        "payment_intent": None,
        "client_reference_id": code.replace(".", "__"),
        "amount_total": 2_380,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 380},
    }
    first = {
        "id": "in_1",
        "object": "invoice",
        "billing_reason": "subscription_create",
        "currency": "eur",
        "amount_paid": 2_380,
        "customer": "cus_cleo",
        "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {}}},
    }
    renewal = first | {
        "id": "in_2",
        "billing_reason": "subscription_cycle",
        "total_taxes": [{"amount": 380, "tax_behavior": "exclusive"}],
    }
    paid_by = {"object": "invoice_payment", "id": "inpay_2", "invoice": "in_2", "status": "paid"}
    refund = {"object": "refund", "currency": "eur", "status": "succeeded"}
    return [
        _event("checkout.session.completed", once),
        _event("checkout.session.completed", start),
        _event("invoice.paid", first),
        _event("invoice.paid", renewal),
        _event("invoice_payment.paid", paid_by | {"payment": {"type": "payment_intent", "payment_intent": "pi_2"}}),
        _event("refund.created", refund | {"id": "re_1", "payment_intent": "pi_1", "amount": 6_200}),
        _event("refund.created", refund | {"id": "re_2", "payment_intent": "pi_2", "amount": 2_380}),
        _event("refund.created", refund | {"id": "re_3", "payment_intent": "pi_1", "amount": 1, "status": "pending"}),
        _event(
            "charge.dispute.closed",
            {"id": "dp_1", "status": "won", "payment_intent": "pi_1", "amount": 1, "currency": "eur"},
        ),
        _event("customer.created", {"id": "cus_cleo", "object": "customer"}),
    ]


def sign_stripe(secret: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    """`Stripe-Signature`."""
    at = now_ms // 1000
    return {"Stripe-Signature": f"t={at},v1={hexed(secret, b'%d.' % at + body)},v0=00"}


# --- Paddle ---


def _paddle(code: str) -> list[Sent]:
    first = {
        "id": "txn_1",
        "status": "completed",
        "origin": "web",
        "customer_id": "ctm_cleo",
        "subscription_id": "sub_1",
        "currency_code": "EUR",
        "custom_data": {"ht": code},
        "items": [{"price": {"id": "pri_1", "product_id": "pro_honey"}, "quantity": 1}],
        "details": {"totals": {"subtotal": "10000", "discount": "0", "tax": "1900", "total": "11900"}},
    }
    later = first | {"id": "txn_2", "origin": "subscription_recurring", "custom_data": None}
    back = {"action": "refund", "transaction_id": "txn_1", "currency_code": "EUR"}
    part = {"totals": {"subtotal": "5000", "tax": "950", "total": "5950"}}
    return [
        Sent({"event_id": "evt_1", "event_type": "transaction.completed", "data": first}),
        Sent({"event_id": "evt_2", "event_type": "transaction.completed", "data": later}),
        Sent(
            {
                "event_id": "evt_3",
                "event_type": "adjustment.created",
                "data": back | part | {"id": "adj_1", "status": "pending_approval"},
            }
        ),
        Sent(
            {
                "event_id": "evt_4",
                "event_type": "adjustment.updated",
                "data": back | part | {"id": "adj_1", "status": "approved"},
            }
        ),
        Sent({"event_id": "evt_5", "event_type": "customer.updated", "data": {"id": "ctm_cleo"}}),
    ]


def sign_paddle(secret: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    """`Paddle-Signature`."""
    at = now_ms // 1000
    return {"Paddle-Signature": f"ts={at};h1={hexed(secret, b'%d:' % at + body)}"}


# --- Shopify ---


def _shopify(code: str) -> list[Sent]:
    order = {
        "id": 450789469,
        "currency": "EUR",
        "email": "cleo@example.org",
        "total_price": "124.00",
        "total_tax": "19.80",
        "taxes_included": True,
        "financial_status": "paid",
        "note_attributes": [{"name": "ht", "value": code}],
        "discount_codes": [],
        "customer": {"id": 207119551},
        "shipping_address": {"country_code": "DE"},
        "line_items": [{"product_id": 632910392, "sku": "HONEY", "price": "119.00"}],
        "shipping_lines": [{"price": "5.00", "discounted_price": "5.00", "tax_lines": [{"price": "0.80"}]}],
    }
    done = {"kind": "refund", "status": "success", "currency": "EUR", "amount": "62.00"}
    refund = {"id": 509562969, "order_id": 450789469, "transactions": [done], "refund_line_items": []}
    restock = {"id": 509562970, "order_id": 450789469, "transactions": [], "refund_line_items": []}
    second = order | {"id": 450789470, "note_attributes": [{"name": "ht", "value": code}]}
    return [
        Sent(order, {"X-Shopify-Topic": "orders/paid"}),
        Sent(second, {"X-Shopify-Topic": "orders/paid"}),
        Sent(refund, {"X-Shopify-Topic": "refunds/create"}),
        Sent(restock, {"X-Shopify-Topic": "refunds/create"}),
        Sent({"id": 450789470, "cancelled_at": "2026-11-02T10:00:00Z"}, {"X-Shopify-Topic": "orders/cancelled"}),
        Sent({"id": 1}, {"X-Shopify-Topic": "products/update"}),
    ]


def sign_shopify(secret: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    """`X-Shopify-Hmac-Sha256`."""
    return {"X-Shopify-Hmac-Sha256": in_base64(secret, body)}


# --- WooCommerce ---


def _woocommerce(code: str) -> list[Sent]:
    order = {
        "id": 727,
        "status": "processing",
        "currency": "EUR",
        "total": "124.00",
        "total_tax": "19.80",
        "shipping_total": "4.20",
        "customer_id": 0,
        "billing": {"email": "cleo@example.org", "country": "DE"},
        "shipping": {"country": ""},
        "date_modified_gmt": "2026-11-02T10:00:00",
        "meta_data": [{"id": 1, "key": "_ht", "value": code}],
        "coupon_lines": [],
        "line_items": [{"product_id": 93, "total": "100.00"}],
        "refunds": [],
    }
    refunded = order | {"status": "completed", "refunds": [{"id": 726, "reason": "", "total": "-62.00"}]}
    waiting = order | {"id": 728, "status": "pending"}
    created, updated = {"X-WC-Webhook-Topic": "order.created"}, {"X-WC-Webhook-Topic": "order.updated"}
    return [
        Sent(waiting, created),
        Sent(order, created),
        Sent(refunded, updated),
        Sent(waiting | {"status": "completed"}, updated),
        Sent(waiting | {"status": "cancelled", "date_modified_gmt": "2026-11-03T10:00:00"}, updated),
    ]


def sign_woocommerce(secret: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    """`X-WC-Webhook-Signature`."""
    return {"X-WC-Webhook-Signature": in_base64(secret, body)}


# --- Lemon Squeezy ---


def _lemonsqueezy(code: str) -> list[Sent]:
    def sent(name: str, kind: str, its_id: str, about: Json) -> Sent:
        meta = {
            "event_name": name,
            "test_mode": False,
            "custom_data": {"ht": code} if name.startswith("order") else None,
        }
        return Sent({"meta": meta, "data": {"type": kind, "id": its_id, "attributes": about}}, {"X-Event-Name": name})

    order = {
        "customer_id": 3,
        "user_email": "cleo@example.org",
        "currency": "EUR",
        "subtotal": 10_000,
        "discount_total": 0,
        "tax": 1_900,
        "total": 11_900,
        "status": "paid",
        "first_order_item": {"product_id": 4, "subscription_id": 8},
    }
    payment = {
        "subscription_id": 8,
        "customer_id": 3,
        "user_email": "cleo@example.org",
        "billing_reason": "renewal",
        "currency": "EUR",
        "tax": 1_900,
        "total": 11_900,
        "status": "paid",
    }
    return [
        sent("order_created", "orders", "1", order),
        sent("subscription_payment_success", "subscription-invoices", "1", payment | {"billing_reason": "initial"}),
        sent("subscription_payment_success", "subscription-invoices", "2", payment),
        sent("order_refunded", "orders", "1", order | {"status": "partial_refund", "refunded_amount": 5_950}),
        sent("subscription_payment_refunded", "subscription-invoices", "2", payment | {"refunded_amount": 11_900}),
    ]


def sign_plainly(secret: str, body: bytes, now_ms: int) -> Mapping[str, str]:
    """`X-Signature` in hexadecimal digits."""
    return {"X-Signature": hexed(secret, body)}


# --- any other system ---

FIELDS = """order = data.number
total = data.sum.all
tax = data.sum.tax
currency = data.sum.unit
code = data.extra.ht
email = data.who.mail
refund = data.back.number
refunded = data.back.sum"""


def _generic(code: str) -> list[Sent]:
    order = {"number": "R-7", "sum": {"all": "119.00", "tax": "19.00", "unit": "EUR"}, "extra": {"ht": code}}
    return [
        Sent({"data": order | {"who": {"mail": "cleo@example.org"}}}),
        Sent({"data": order | {"back": {"number": "B-1", "sum": 59.5}}}),
        Sent({"hello": "world"}),
    ]


STORIES = {
    "stripe": Story(
        _stripe, sign_stripe, {"stripe:pi_1": (10_000, 5_000), "stripe:in_1": (2_000, 0), "stripe:in_2": (2_000, 2_000)}
    ),
    "paddle": Story(_paddle, sign_paddle, {"paddle:txn_1": (10_000, 5_000), "paddle:txn_2": (10_000, 0)}),
    "shopify": Story(
        _shopify, sign_shopify, {"shopify:450789469": (10_000, 5_000), "shopify:450789470": (10_000, 10_000)}
    ),
    "woocommerce": Story(
        _woocommerce, sign_woocommerce, {"woocommerce:727": (10_000, 5_000), "woocommerce:728": (10_000, 10_000)}
    ),
    "lemonsqueezy": Story(
        _lemonsqueezy,
        sign_plainly,
        {"lemonsqueezy:order:1": (10_000, 5_000), "lemonsqueezy:invoice:2": (10_000, 10_000)},
    ),
    "generic": Story(_generic, sign_plainly, {"generic:R-7": (10_000, 5_000)}),
}

"""The shop systems by name, with what an owner needs to connect each."""

from collections.abc import Mapping

from msgspec import Struct


class SystemHelp(Struct, frozen=True):
    """The system's name for people, the events to choose there, and the lines that carry the code with an order."""

    name: str
    events: tuple[str, ...]
    carries: str


SYSTEMS: Mapping[str, SystemHelp] = {
    "stripe": SystemHelp(
        "Stripe",
        (
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "invoice.paid",
            "invoice_payment.paid",
            "refund.created",
            "refund.updated",
            "charge.refunded",
            "charge.dispute.closed",
        ),
        'client_reference_id: (await window.along?.code?.())?.replace(".", "__")',
    ),
    "paddle": SystemHelp(
        "Paddle Billing",
        ("transaction.completed", "adjustment.created", "adjustment.updated"),
        "Paddle.Checkout.open({ customData: { ht: await window.along?.code?.() } })",
    ),
    "shopify": SystemHelp(
        "Shopify",
        ("orders/paid", "refunds/create", "orders/cancelled"),
        'for (const name of ["pageshow", "along:arrive"]) addEventListener(name, async () => {\n'
        "  const code = await window.along?.code?.();\n"
        '  if (code) fetch("/cart/update.js", { method: "POST", headers: { "Content-Type": "application/json" }, '
        "body: JSON.stringify({ attributes: { ht: code } }) });\n"
        "}, true);",
    ),
    "woocommerce": SystemHelp("WooCommerce", ("order.created", "order.updated"), '<input type="hidden" name="ht">'),
    "lemonsqueezy": SystemHelp(
        "Lemon Squeezy",
        (
            "order_created",
            "order_refunded",
            "subscription_payment_success",
            "subscription_payment_recovered",
            "subscription_payment_refunded",
        ),
        'const code = await window.along?.code?.(); if (code) link.searchParams.set("checkout[custom][ht]", code)',
    ),
    "generic": SystemHelp("Another system", (), '<form data-along> sends the code as the field "ht"'),
}

FIELDS = (
    "order",
    "total",
    "tax",
    "shipping",
    "currency",
    "code",
    "coupon",
    "customer",
    "email",
    "country",
    "refund",
    "refunded",
    "amounts",
)
"""The fields that an owner can name for the generic system; `amounts = minor` for amounts in minor units."""

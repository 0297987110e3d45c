"""Refunds and amounts as shops really send them: other currencies, odd orders, no decimals or three."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from flow.office import Office
from integrations.deliveries import STORIES, Sent
from integrations.shop import Shop

UPDATED = {"X-WC-Webhook-Topic": "order.updated"}
LATER = "2026-11-04T10:00:00"


def changed(sent: Sent, **fields: object) -> Sent:
    """The delivery of a shop whose payload is the order itself, with other values."""
    return Sent(sent.payload | fields, sent.headers)


def stripe_object(sent: Sent, **fields: object) -> Sent:
    """A Stripe event whose object has other values."""
    about = sent.payload["data"]["object"] | fields
    return Sent(sent.payload | {"data": {"object": about}})


@pytest.mark.parametrize(
    "refund",
    [
        ("refund.created", {"id": "re_9", "status": "succeeded"}),
        ("charge.dispute.closed", {"id": "dp_9", "status": "lost"}),
    ],
    ids=["refund", "dispute"],
)
def test_money_that_goes_back_in_another_currency_takes_nothing_and_says_so(
    office: Office, refund: tuple[str, dict[str, Any]]
) -> None:
    shop, (kind, about) = Shop(office, "stripe"), refund
    shop.deliver(shop.story()[0])
    event = {"id": "evt_9", "type": kind, "livemode": True}
    back = about | {"payment_intent": "pi_1", "amount": 13_500, "currency": "usd"}
    answer = shop.deliver(Sent(event | {"data": {"object": back}}))
    assert "in USD and its order in EUR" in answer.json["outcomes"][0]["message"]
    assert shop.ledger() == {"stripe:pi_1": (10_000, 0)}
    shop.deliver(Sent(event | {"data": {"object": back | {"amount": 12_400, "currency": "eur"}}}))
    assert shop.ledger() == {"stripe:pi_1": (10_000, 10_000)}


def test_a_shopify_refund_to_a_buyer_who_paid_in_another_currency_counts_in_the_shops(office: Office) -> None:
    shop = Shop(office, "shopify")
    order, _, refund, *_ = shop.story()
    shop.deliver(order)

    def money(euros: str, dollars: str) -> dict[str, object]:
        return {
            "shop_money": {"amount": euros, "currency_code": "EUR"},
            "presentment_money": {"amount": dollars, "currency_code": "USD"},
        }

    line = {"subtotal_set": money("50.00", "55.00"), "total_tax_set": money("9.50", "10.45")}
    shipping = {"kind": "shipping_refund", "amount_set": money("-2.50", "-2.75"), "tax_amount_set": money("0", "0")}
    done = {"kind": "refund", "status": "success", "currency": "USD", "amount": "68.20"}
    parts = {"refund_line_items": [line], "order_adjustments": [shipping]}
    unclear = shop.deliver(changed(refund, transactions=[done | {"amount": "68.19"}], **parts))
    assert unclear.json["outcomes"][0]["outcome"] == "refused"
    shop.deliver(changed(refund, transactions=[done], **parts))
    assert shop.ledger()["shopify:450789469"] == (10_000, 5_000)


@pytest.mark.parametrize("is_resumed", [True, False])
def test_an_order_that_was_cancelled_before_it_was_paid_keeps_its_credit(office: Office, is_resumed: bool) -> None:
    shop = Shop(office, "woocommerce")
    order = shop.story()[1]
    shop.deliver(Sent(order.payload | {"status": "cancelled"}, UPDATED))
    shop.deliver(Sent(order.payload | ({"date_modified_gmt": LATER} if is_resumed else {}), UPDATED))
    assert shop.ledger() == {"woocommerce:727": (10_000, 0 if is_resumed else 10_000)}


def test_refunds_beyond_the_order_negative_and_empty_ones_never_take_more_than_it(office: Office) -> None:
    shop = Shop(office, "stripe")
    shop.deliver(shop.story()[0])
    refund = shop.story()[5]
    for number, amount in enumerate([-6_200, 0, 6_200, 6_200, 6_200, 99_999]):
        assert shop.deliver(stripe_object(refund, id=f"re_{number}", amount=amount)).status == 200
    assert shop.ledger() == {"stripe:pi_1": (10_000, 10_000)}
    assert "refused" not in shop.outcomes()


@pytest.mark.parametrize("first", ["session", "invoice"])
def test_a_payment_with_an_invoice_keeps_its_code_whichever_of_the_two_comes_first(office: Office, first: str) -> None:
    """Checkout can make an invoice of one payment: the invoice has no code, and Stripe sends both in any order."""
    shop = Shop(office, "stripe")
    story = shop.story()
    session = stripe_object(story[0], invoice="in_9")
    about = {"id": "in_9", "billing_reason": "manual", "parent": None, "amount_paid": 12_400}
    invoice = stripe_object(story[2], **about, payments={"data": [{"payment": {"payment_intent": "pi_1"}}]})
    for sent in (session, invoice) if first == "session" else (invoice, session):
        assert shop.deliver(sent).status == 200
    shop.deliver(story[5])
    receipt = shop.receipt("stripe:in_9")
    assert receipt is not None
    assert (receipt.status, receipt.gross_micros, receipt.refunded_micros) == ("credited", 100_000_000, 50_000_000)


def test_a_refund_of_more_than_the_api_left_takes_all_that_is_left_and_says_so(office: Office) -> None:
    """Of 100, 80 went back by API and 60 by the shop: 20 are left to take back, once."""
    shop = Shop(office, "stripe")
    order, *_, refund = shop.story()[:6]
    shop.deliver(order)
    key = shop.site.api_key
    path = "/conversions/stripe:pi_1/refunds"
    assert office.api("POST", path, {"id": "by-hand", "amount_minor": 8_000}, key).status < 300
    half = stripe_object(refund, amount=7_140)
    (outcome,) = shop.deliver(half).json["outcomes"]
    assert (outcome["outcome"], "all of that was taken back" in outcome["message"]) == ("recorded", True)
    assert shop.ledger() == {"stripe:pi_1": (10_000, 10_000)}
    (again,) = shop.deliver(half).json["outcomes"]
    (more,) = shop.deliver(stripe_object(refund, id="re_8", amount=100)).json["outcomes"]
    assert (again["outcome"], more["outcome"]) == ("repeated", "repeated")
    assert shop.ledger() == {"stripe:pi_1": (10_000, 10_000)}


def test_a_refund_whose_id_has_another_amount_by_api_is_refused_with_the_reason(office: Office) -> None:
    shop = Shop(office, "stripe")
    order, *_, refund = shop.story()[:6]
    key = shop.site.api_key
    shop.deliver(order)
    assert office.api("POST", "/conversions/stripe:pi_1/refunds", {"id": "stripe:re_1", "amount_minor": 1}, key).json
    (outcome,) = shop.deliver(refund).json["outcomes"]
    assert (outcome["outcome"], "under an id of its own" in outcome["message"]) == ("refused", True)
    assert (shop.ledger(), "refused" in shop.outcomes()) == ({"stripe:pi_1": (10_000, 1)}, True)


def test_refunds_that_come_at_the_same_moment_take_back_their_sum_once(office: Office) -> None:
    """Lemon Squeezy tells the sum so far: of 30 and then 59.50, 59.50 went back, whichever is judged first."""
    for _ in range(4):
        shop = Shop(office, "lemonsqueezy")
        order, *_, refund, _ = shop.story()
        shop.deliver(order)
        both = [_lemonsqueezy_refund(refund, amount) for amount in (3_000, 5_950)]
        start = Barrier(2)

        def deliver(sent: Sent, shop: Shop = shop, start: Barrier = start) -> int:
            start.wait()
            return shop.deliver(sent).status

        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(deliver, both)) == [200, 200]
        (worth, back) = shop.ledger()["lemonsqueezy:order:1"]
        assert (worth, 4_999 <= back <= 5_000) == (10_000, True)


def _lemonsqueezy_refund(sent: Sent, amount: int) -> Sent:
    about = sent.payload["data"]["attributes"] | {"refunded_amount": amount}
    return Sent(sent.payload | {"data": sent.payload["data"] | {"attributes": about}}, sent.headers)


@pytest.mark.parametrize("system", ["stripe", "lemonsqueezy", "shopify"])
def test_a_test_purchase_earns_nothing(office: Office, system: str) -> None:
    shop = Shop(office, system)
    order = shop.story()[0]
    meta = order.payload.get("meta", {}) | {"test_mode": True}
    assert (
        shop.deliver(changed(order, livemode=False, test=True, meta=meta)).json["outcomes"][0]["outcome"] == "ignored"
    )
    assert shop.ledger() == {}


def _stripe(order: Sent, unit: str, minor: int, _: str) -> Sent:
    return stripe_object(order, currency=unit.lower(), amount_total=minor, total_details={})


def _paddle(order: Sent, unit: str, minor: int, _: str) -> Sent:
    totals = {"details": {"totals": {"total": str(minor), "tax": "0"}}, "currency_code": unit}
    return Sent(order.payload | {"data": order.payload["data"] | totals})


def _shopify(order: Sent, unit: str, _: int, text: str) -> Sent:
    return changed(order, currency=unit, total_price=text, total_tax="0", shipping_lines=[])


def _woocommerce(order: Sent, unit: str, _: int, text: str) -> Sent:
    return changed(order, id=727, currency=unit, total=text, total_tax="0", shipping_total="0", status="processing")


def _lemonsqueezy(order: Sent, unit: str, minor: int, _: str) -> Sent:
    about = order.payload["data"]["attributes"] | {"currency": unit, "total": minor, "tax": 0}
    return Sent(order.payload | {"data": order.payload["data"] | {"attributes": about}})


def _generic(order: Sent, unit: str, _: int, text: str) -> Sent:
    return Sent({"data": order.payload["data"] | {"sum": {"all": text, "tax": "0", "unit": unit}}})


WRITERS: dict[str, Callable[[Sent, str, int, str], Sent]] = {
    "stripe": _stripe,
    "paddle": _paddle,
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "lemonsqueezy": _lemonsqueezy,
    "generic": _generic,
}


@pytest.mark.parametrize("system", STORIES)
@pytest.mark.parametrize(
    ("unit", "minor", "text", "micros"), [("JPY", 500, "500", 500_000_000), ("KWD", 12_340, "12.340", 12_340_000)]
)
def test_amounts_without_decimals_and_with_three_keep_their_size(
    office: Office, system: str, unit: str, minor: int, text: str, micros: int
) -> None:
    shop = Shop(office, system)
    shop.deliver(WRITERS[system](shop.story()[0], unit, minor, text))
    receipt = shop.receipt(next(iter(STORIES[system].ledger)))
    assert receipt is not None
    assert receipt.gross_micros == micros


def test_stripe_gives_krona_in_hundredths(office: Office) -> None:
    shop = Shop(office, "stripe")
    shop.deliver(_stripe(shop.story()[0], "ISK", 50_000, ""))
    receipt = shop.receipt("stripe:pi_1")
    assert receipt is not None
    assert receipt.gross_micros == 500_000_000

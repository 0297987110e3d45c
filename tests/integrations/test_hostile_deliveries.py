"""Deliveries that are signed well and still hostile: huge, deep, or with amounts that no money has."""

from time import process_time
from typing import Any

import pytest

from flow.office import Office
from integrations.deliveries import Sent, body_of
from integrations.shop import Shop

AMOUNTS = ["1e999999", "1e99999", "-1e99999", "0e999999", "9" * 5_000, "NaN", "sNaN", "-Infinity", "1e-999999", "²"]
DOOR = pytest.mark.parametrize("door", ["flask", "asgi"])
TOTALS = ("total_price", "total", "all")
DEEP = b'{"a":' * 5_000 + b"1" + b"}" * 5_000


def spoiled(value: object, amount: str) -> Any:
    """A copy in which every total is that amount."""
    if isinstance(value, dict):
        return {name: amount if name in TOTALS else spoiled(one, amount) for name, one in value.items()}
    return [spoiled(one, amount) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda amount: amount[:12])
@pytest.mark.parametrize("system", ["shopify", "woocommerce", "generic"])
def test_an_amount_that_no_money_has_is_worth_nothing(office: Office, system: str, amount: str) -> None:
    shop, since = Shop(office, system), process_time()
    for sent in shop.story():
        assert shop.deliver(Sent(spoiled(sent.payload, amount), sent.headers)).status == 200
    assert process_time() - since < 20
    assert "refused" in shop.outcomes() or amount == "1e-999999"
    assert sum(worth for worth, _ in shop.ledger().values()) == 0


@DOOR
@pytest.mark.parametrize("system", ["shopify", "stripe", "generic"])
def test_an_order_of_a_thousand_lines_is_recorded(office: Office, system: str, door: str) -> None:
    shop = Shop(office, system)
    order = shop.story()[0]
    lines = [{"note": "x" * 400, "product_id": number} for number in range(1_000)]
    answer = shop.deliver_bytes(body_of(Sent(order.payload | {"more_lines": lines})), order.headers, door)
    assert answer.status == 200, answer
    assert answer.json["outcomes"][0]["outcome"] == "recorded"


@DOOR
def test_a_delivery_of_more_than_a_megabyte_is_refused(office: Office, door: str) -> None:
    shop = Shop(office, "shopify")
    order = shop.story()[0]
    body = body_of(Sent(order.payload | {"more": "x" * 1_000_001}))
    assert shop.deliver_bytes(body, order.headers, door).status == 413


def test_only_an_open_connection_may_send_more_than_a_page_does(office: Office) -> None:
    shop = Shop(office, "shopify")
    shop.end()
    answer = office.via_asgi("POST", shop.path, b"x" * 200_000)
    assert (answer.status, shop.outcomes()) == (404, [])


@pytest.mark.parametrize("body", [DEEP, b"[" * 100_000, b'{"data":' + b"9" * 5_000 + b"}", b'"\\ud800"', b"\xff"])
def test_a_deep_or_broken_body_is_no_order(office: Office, body: bytes) -> None:
    shop = Shop(office, "shopify")
    assert shop.deliver_bytes(body).status == 200
    assert shop.ledger() == {}

"""The Bee Almanac, as its owner would run it: what its pages carry, and what its till tells Passalong."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask.testing import FlaskClient

from client import Client
from demo.places import Answer, Programs, eventually, submit
from passalong.demo.almanac import ARTICLES, PRODUCTS
from passalong.demo.reporting import Report, Reporter, refund, sale
from passalong.demo.shop import ShopSettings, make_shop
from plumbing.ports import free_port

HOST = "http://127.0.0.1:9"
HOME = "http://localhost:8090"
PAGES = ["/", *(f"/{article.slug}" for article in ARTICLES), "/shop"]
ALTERED = base64.urlsafe_b64encode(bytes(11) + b"\1" + bytes(8)).rstrip(b"=").decode()
"""A code of the right shape, whose signature is nobody's."""
ANNAS = "annas-secret-of-this-test-0123456789"


@pytest.fixture
def shop() -> FlaskClient:
    """The almanac alone, without a server."""
    return make_shop(ShopSettings(HOST, "bees", "no key", HOME)).test_client()


def page(shop: FlaskClient, path: str) -> str:
    answer = shop.get(path, base_url=HOME)
    assert answer.status_code == 200
    text = answer.text
    answer.close()
    return text


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_pasted_line_once(shop: FlaskClient, path: str) -> None:
    assert page(shop, path).count(f'<script src="{HOST}/along/bees.js" async></script>') == 1


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.slug)
def test_an_article_can_be_passed_along_without_any_script(shop: FlaskClient, article: Any) -> None:
    (link,) = re.findall(
        r'<pass-along><a href="(mailto:[^"]+)">Send this page</a></pass-along>', page(shop, f"/{article.slug}")
    )
    assert article.title.replace(" ", "%20") in link
    assert link.endswith(f"localhost%3A8090/{article.slug}")


def test_the_place_of_the_button_is_kept_free(shop: FlaskClient) -> None:
    css = page(shop, "/static/almanac.css")
    assert re.search(r"pass-along:not\(:defined\) \{[^}]*min-block-size: 46px;[^}]*min-inline-size: 6.25em;", css)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_but_the_script(shop: FlaskClient, path: str) -> None:
    assert set(re.findall(r'(?:src|href|action)="(https?://[^"/]+)', page(shop, path))) <= {HOST, HOME}
    policy = shop.get(path, base_url=HOME).headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", f"script-src {HOST} 'self'", f"connect-src {HOST}", "style-src 'self'"} <= set(policy)
    assert "unsafe" not in " ".join(policy)


def test_a_page_obeys_its_own_policy(shop: FlaskClient) -> None:
    for path in PAGES:
        text = page(shop, path)
        assert " style=" not in text
        assert "<style" not in text
        assert re.findall(r"<script[^>]*>(.*?)</script>", text, re.S) == [""]
        assert not re.search(r"\son[a-z]+=", text)


def test_every_product_can_be_bought_by_a_form_that_takes_the_code_along(shop: FlaskClient) -> None:
    text = page(shop, "/shop")
    assert text.count('<form method="post" action="/buy" data-along>') == len(PRODUCTS)
    assert all(product.price in text for product in PRODUCTS)


def test_another_host_name_is_redirected_to_the_one_address(shop: FlaskClient) -> None:
    answer = shop.get("/bees-in-winter?ht=abc", base_url="http://127.0.0.1:8090")
    assert (answer.status_code, answer.location) == (302, f"{HOME}/bees-in-winter?ht=abc")


@pytest.mark.parametrize("path", ["/no-such-page", "/thanks/order-of-nobody", "/../../etc/passwd"])
def test_an_unknown_page_of_the_shop_has_a_404_page(shop: FlaskClient, path: str) -> None:
    answer = shop.get(path, base_url=HOME)
    assert answer.status_code == 404
    assert "There is no page at this address" in answer.text


def test_a_product_that_is_not_sold_cannot_be_bought(shop: FlaskClient) -> None:
    assert shop.post("/buy", base_url=HOME, data={"item": "queen"}).status_code == 400


# --- the reporter -----------------------------------------------------------------------------------------------------


class Listener:
    """A server that answers as it is told to and keeps what it heard."""

    def __init__(self, *codes: int):
        self.heard: list[tuple[str, str]] = []
        codes_left = list(codes)
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                heard.append((self.path, body["id"]))
                self.send_response(codes_left.pop(0) if codes_left else 202)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def listener(request: pytest.FixtureRequest) -> Iterator[Listener]:
    """A listener with the codes of the test's parameter."""
    opened = Listener(*getattr(request, "param", ()))
    yield opened
    opened.close()


def a_sale(order_id: str) -> Report:
    return sale(order_id, "purchase", 4200, "EUR", "")


@pytest.mark.parametrize("listener", [(503, 503)], indirect=True)
def test_a_report_is_sent_again_with_the_same_id_while_passalong_is_busy(listener: Listener) -> None:
    reporter = Reporter(listener.address, "key")
    reporter.tell(a_sale("order-1"))
    assert listener.heard == [("/api/v1/conversions", "order-1")] * 3
    assert not reporter.is_waiting("order-1")


@pytest.mark.parametrize("listener", [(503, 503, 503)], indirect=True)
def test_a_report_that_could_not_be_sent_goes_before_the_next(listener: Listener) -> None:
    reporter = Reporter(listener.address, "key")
    reporter.tell(a_sale("order-1"))
    assert reporter.is_waiting("order-1")
    reporter.tell(refund("order-1", 4200))
    assert [name for _, name in listener.heard[3:]] == ["order-1", "return-order-1"]
    assert listener.heard[-1][0] == "/api/v1/conversions/order-1/refunds"
    assert not reporter.is_waiting("order-1")


@pytest.mark.parametrize("listener", [(409,)], indirect=True)
def test_a_report_that_is_refused_for_good_holds_up_no_other(listener: Listener) -> None:
    reporter = Reporter(listener.address, "key")
    reporter.tell(a_sale("order-1"))
    reporter.tell(a_sale("order-2"))
    assert [name for _, name in listener.heard] == ["order-1", "order-2"]


def test_without_anybody_there_the_report_waits() -> None:
    reporter = Reporter(f"http://127.0.0.1:{free_port()}", "key")
    reporter.tell(a_sale("order-1"))
    assert reporter.is_waiting("order-1")


def test_a_code_is_sent_only_where_there_is_one() -> None:
    assert "code" not in sale("order-1", "purchase", 850, "EUR", "").body
    assert sale("order-1", "purchase", 850, "EUR", "abc").body["code"] == "abc"


# --- a real shop and a real Passalong ---------------------------------------------------------------------------------


def order_of(answer: Answer) -> str:
    assert answer.status == 200
    return answer.url.rpartition("/thanks/")[2]


def buy(programs: Programs, item: str, **fields: str) -> tuple[Answer, str]:
    answer = submit(f"{programs.place.shop}/buy", item=item, **fields)
    return answer, order_of(answer)


def test_a_sale_without_a_code_and_one_with_a_bad_code_are_reported_and_credit_nobody(programs: Programs) -> None:
    programs.start_passalong()
    programs.start_shop()
    answer, order = buy(programs, "kit")
    assert "You bought: Hive kit, €42.00." in answer.text
    assert "Sent to Passalong." in answer.text
    assert "The order carried none" in answer.text
    assert programs.place.receipt(order)["reason"] == "no_token"
    answer, order = buy(programs, "book", ht=ALTERED)
    assert "The order carried one" in answer.text
    receipt = programs.place.receipt(order)
    assert (receipt["status"], receipt["reason"]) == ("refused", "bad_signature")


def test_a_sale_through_annas_link_credits_anna_until_it_is_returned(programs: Programs) -> None:
    programs.start_passalong()
    programs.start_shop()
    article = f"{programs.place.shop}/bees-in-winter"
    with Client(programs.place.settings.port) as browser:
        token = browser.issue_link("bees", guest=ANNAS, page=article, request_id="anna-asks-for-a-link")
        browser.visit("bees", token, visitor="cleo-of-this-test-01", page=article, note_id="cleo-comes-to-read")
    answer, order = buy(programs, "kit", ht=f"{token}.cleo-comes-to-read")
    receipt = programs.place.receipt(order)
    assert receipt["status"] == "credited"
    assert [line["amount_micros"] for line in receipt["lines"]] == [3_360_000]
    answer = submit(answer.url.replace("/thanks/", "/return/"))
    assert order_of(answer) == order
    assert "You got €42.00 back." in answer.text
    assert "Return it" not in answer.text
    eventually(lambda: programs.place.receipt(order)["refunded_micros"] == 42_000_000)
    assert programs.place.receipt(order)["reason"] == "refunded"


def test_while_passalong_is_down_the_shop_goes_on_selling_and_tells_it_later(programs: Programs) -> None:
    programs.start_shop()
    answer, order = buy(programs, "seeds")
    assert "The report is kept and sent again with the next sale." in answer.text
    programs.start_passalong()
    answer, later = buy(programs, "seeds")
    assert "Sent to Passalong." in answer.text
    assert {programs.place.receipt(name)["gross_micros"] for name in (order, later)} == {8_500_000}

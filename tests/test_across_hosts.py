"""The recipes of docs/across-hosts.md: several hosts, a consent tool, caches, and servers that drop queries.

A real nginx serves Otto's hosts with the lines that the docs show, and Chromium visits them.
"""

import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from cast import OttosSite, a_site, an_id, anna
from passalong.flow.owners.site_settings import add_origin
from passalong.lib.clock import SystemClock
from passalong.web.console.platforms import PLATFORMS
from plumbing.browsers import NewContext, come_by, move_a_little
from plumbing.nginx import run_nginx
from plumbing.ports import free_port
from serving import Passalong, start

pytestmark = pytest.mark.browser
DOCS = (Path(__file__).parents[1] / "docs" / "across-hosts.md").read_text()
MAP, KEY = re.findall(r"```nginx\n(.*?)```", DOCS, re.DOTALL)
CONSENT = next(iter(re.findall(r"<script>along = .*?</script>", DOCS)))
HASHED = next(iter(re.findall(r'<pass-along carrier="hash"></pass-along>', DOCS)))
TEXT = "In winter the bees form a cluster."

PATIENCE_S = 30


class Street(NamedTuple):
    """Passalong, Otto's site, and the port of its hosts."""

    passalong: Passalong
    otto: OttosSite
    port: int

    def url(self, host: str, path: str = "/") -> str:
        """The address of a page."""
        return f"http://{host}.localhost:{self.port}{path}"

    def link(self, host: str, name: str = "link") -> str:
        """A link of Anna's to the host's first page."""
        return f"{self.url(host)}?ht={self.token(host, name)}"

    def token(self, host: str, name: str) -> str:
        """The token of such a link."""
        client, site_id = self.passalong.client(), self.otto.site_id
        return client.issue_link(site_id, guest=anna.guest, page=self.url(host), request_id=an_id(name))

    def sold(self, code: str) -> list[str]:
        """Report an order with that code; returns the status of its receipt, and of each visit that is known."""
        client = self.passalong.client()
        client.convert(self.otto.api_key, "order-1", amount_minor=10_000, currency="EUR", code=code)
        self.passalong.settled()
        return [client.receipt(self.otto.api_key, "order-1")["status"]]


def page_of(folder: Path, name: str, body: str, head: str) -> None:
    """A page of a host."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"<!doctype html><html lang=en><title>Bees</title>{head}<h1>Bees</h1>{body}</html>")


def pages(folder: Path, passalong: Passalong, otto: OttosSite, port: int) -> None:
    """The pages of all hosts: from the site to the shop by a link, and on to the checkout by a form."""
    script = f'<script src="{passalong.url}/along/{otto.site_id}.js" async></script>'
    button = "<pass-along></pass-along>"
    there = f"http://shop.localhost:{port}/", f"http://pay.localhost:{port}/"
    page_of(folder, "bees/index.html", f"<p>{TEXT}</p>{button}<a href='{there[0]}'>Shop</a>", script)
    page_of(folder, "shop/index.html", f"<form action='{there[1]}'><button>Checkout</button></form>", script)
    page_of(folder, "pay/index.html", "<form action='/paid.html' data-along><button>Pay</button></form>", script)
    page_of(folder, "pay/paid.html", "<p>Thank you.</p>", "")
    carrying = PLATFORMS["shopify"].steps[-1].lines
    page_of(folder, "bees/theme.html", button + carrying, script)
    page_of(folder, "cached/index.html", button, script)
    page_of(folder, "dropping/index.html", HASHED, script)
    tool = "<button onclick='along.consent(true)'>Accept</button><button onclick='along.consent(false)'>Refuse</button>"
    page_of(folder, "asking/index.html", button + tool, CONSENT + script)


def configuration(folder: Path, port: int) -> str:
    """nginx: plain hosts, one that drops queries, and a cache in front of another."""
    plain = [
        f"server {{ listen 127.0.0.1:{port}; server_name {name}.localhost; root {folder}/{name}; }}"
        for name in ("bees", "shop", "pay", "asking")
    ]
    dropping = f"""server {{ listen 127.0.0.1:{port}; server_name dropping.localhost; root {folder}/dropping;
        if ($args) {{ rewrite ^ $uri? redirect; }} }}"""
    cache = f"""proxy_cache_path {folder}/cache keys_zone=pages:1m; {MAP}
        server {{ listen 127.0.0.1:{port}; server_name behind.localhost; root {folder}/cached; }}
        server {{ listen 127.0.0.1:{port}; server_name cached.localhost; add_header X-Cache $upstream_cache_status;
            location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host behind.localhost;
            proxy_cache pages; proxy_cache_valid 1h; {KEY} }} }}"""
    return "types { text/html html; }\n" + "\n".join([*plain, dropping, cache])


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Passalong on SQLite, and nginx with Otto's hosts."""
    folder, port = tmp_path_factory.mktemp("hosts"), free_port()
    passalong = start(f"sqlite:///{folder}/one.db", folder)
    otto = a_site(passalong.db, SystemClock(), home_url=f"http://bees.localhost:{port}", remember="window")
    for name in ("shop", "pay", "cached", "dropping", "asking"):
        add_origin(passalong.db, SystemClock(), otto.site_id, f"http://{name}.localhost:{port}")
    pages(folder, passalong, otto, port)
    nginx = run_nginx(folder, configuration(folder, port), port)
    yield Street(passalong, otto, port)
    nginx.terminate()
    nginx.wait(10)
    passalong.stop()


def code_of(page: Page, token: str = "") -> str:
    """The code of the visit (by that token), once somebody who moves the mouse has one."""
    page.wait_for_function("!!window.along?.code")
    until, code = time.monotonic() + PATIENCE_S, None
    while not (code and code.startswith(token)):
        assert time.monotonic() < until, f"no code but {code}"
        move_a_little(page)
        code = page.evaluate("along.code()")
    return str(code)


def notes(page: Page) -> list[str]:
    """Write down what a page tells Passalong."""
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.post_data or "") if "/v1/notes" in asked.url else None)
    return sent


def test_one_visit_goes_from_the_site_to_the_shop_and_to_the_checkout(street: Street, new_context: NewContext) -> None:
    page = new_context().new_page()
    told = notes(page)
    page.goto(street.link("bees"))
    code = code_of(page)
    page.get_by_role("link", name="Shop").click()
    page.wait_for_url(re.compile("shop.localhost"))
    assert code_of(page) == code
    page.get_by_role("button", name="Checkout").click()
    page.wait_for_url(re.compile("pay.localhost"))
    assert code_of(page) == code
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(re.compile("paid.html"))
    assert parse_qs(urlsplit(page.url).query) == {"ht": [code]}
    assert len([note for note in told if '"visit"' in note]) == 1
    assert street.sold(code) == ["credited"]


def test_a_link_from_elsewhere_cannot_say_which_visit_it_is(street: Street, new_context: NewContext) -> None:
    """Mallory's own visit, to which she came by her own links alone, in the place of all that led Cleo here."""
    page = new_context().new_page()
    told = notes(page)
    page.goto(street.link("bees", "annas"))
    code_of(page)
    visit, now = "m" * 28, page.evaluate("Date.now().toString(36)")
    token = street.token("bees", "mallorys")
    page.goto("about:blank")
    page.goto(f"{street.url('bees')}?ht={token}.{visit}.{now}")
    assert visit not in code_of(page, token)
    assert len([note for note in told if '"visit"' in note]) == 2


def test_a_cart_of_shopify_has_the_code_from_the_first_page_on(street: Street, new_context: NewContext) -> None:
    page = new_context().new_page()
    with page.expect_request(re.compile("/cart/update.js")) as asked:
        come_by(page, street.link("bees", "theme").replace("/?", "/theme.html?"))
    assert asked.value.post_data_json == {"attributes": {"ht": code_of(page)}}


def test_nothing_is_sent_or_kept_until_the_consent_tool_says_yes(street: Street, new_context: NewContext) -> None:
    page = new_context().new_page()
    told = notes(page)
    page.goto(street.link("asking", "asking"))
    page.wait_for_function("window.along?.config")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("pass-along").get_by_role("textbox")).to_have_value(street.url("asking"))
    page.keyboard.press("Escape")
    kept = "[localStorage.length, sessionStorage.length, document.cookie]"
    assert (page.evaluate(kept), told, page.evaluate("along.code()")) == ([0, 0, ""], [], None)
    with page.expect_request(re.compile("/v1/notes")):
        page.get_by_role("button", name="Accept").click()
    assert code_of(page)
    page.get_by_role("button", name="Refuse").click()
    assert page.evaluate("along.code()") is None
    assert page.evaluate("Object.values(localStorage).join() + Object.values(sessionStorage).join()") in ("", '"no"')


def test_a_cache_that_leaves_the_code_out_of_its_key_has_one_copy_and_each_visitor_their_code(
    street: Street, new_context: NewContext
) -> None:
    codes, statuses, once = set(), [], token_hex(4)
    for number in range(3):
        page = new_context().new_page()
        answer = page.goto(street.link("cached", f"cached {number}") + f"&size={once}")
        assert answer is not None
        statuses.append(answer.headers["x-cache"])
        codes.add(code_of(page))
    assert (statuses, len(codes)) == (["MISS", "HIT", "HIT"], 3)
    queries = ("a=1&ht=x&b=2", "a=1&ht=y&b=2", "a=1&b=2", "ht=z&a=1&b=2", "a=2&ht=x")
    seen = [asked(street.port, f"/?{query}&c={once}") for query in queries]
    assert seen == ["MISS", "HIT", "HIT", "HIT", "MISS"]


def asked(port: int, path: str) -> str:
    """Whether the answer to a program's request came from the cache."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": "cached.localhost"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["X-Cache"]


def test_a_code_behind_the_hash_survives_a_server_that_drops_queries(street: Street, new_context: NewContext) -> None:
    lost = new_context().new_page()
    lost.goto(street.link("dropping", "dropped"))
    lost.wait_for_function("window.along?.config")
    assert (lost.url, lost.evaluate("along.code()")) == (street.url("dropping"), None)
    lost.get_by_role("button", name="Share", exact=True).click()
    field = lost.locator("pass-along").get_by_role("textbox")
    expect(field).to_have_value(re.compile("#ht="))
    lost.get_by_role("button", name="Copy link").click()
    page = new_context().new_page()
    page.goto(field.input_value().replace("/#", "/?utm_source=mail#"))
    assert code_of(page).startswith(field.input_value().partition("#ht=")[2])
    assert page.url.startswith(street.url("dropping"))

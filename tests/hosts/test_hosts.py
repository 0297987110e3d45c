"""Hosts as owners build them: Anna shares, Cleo arrives, buys and gives back, in a real browser.

Two hosts run with the other tests; `make test-hosts` installs the tools of the others and runs all.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cast import OttosSite, a_site
from hosts import wordpress
from hosts.apps import APPS
from hosts.build import BUILDERS, TEXT, lines_of, missing
from passalong.lib.clock import SystemClock
from passalong.store import sites
from plumbing.browsers import NewContext, move_a_little
from plumbing.ports import HOST, free_port
from serving import Passalong, Start

pytestmark = pytest.mark.browser
SITE = "bees01"
ERRORS: list[str] = []
"""What scripts of the host's pages threw."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """Serve the files of a folder."""
    server = ThreadingHTTPServer((HOST, port), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def anna_shares(context: BrowserContext, url: str) -> str:
    """Open the page as Anna, share and copy; returns the link."""
    page = _page(context)
    page.goto(url)
    _to_the_article(page)
    page.get_by_role("button", name="Share", exact=True).first.click()
    field = page.locator("pass-along").first.get_by_role("textbox")
    expect(field).to_have_value(re.compile("[?&]ht="))
    page.get_by_role("button", name="Copy link").click()
    return field.input_value()


def _page(context: BrowserContext) -> Page:
    """Open a tab whose errors are kept, such as that of a page which React has to draw anew."""
    page = context.new_page()
    page.on("pageerror", lambda error: ERRORS.append(str(error)))
    return page


def _to_the_article(page: Page) -> None:
    """Go to the page with the text, where the host begins with another."""
    if page.get_by_role("link", name="Bees", exact=True).count() and not page.get_by_text(TEXT).count():
        page.get_by_role("link", name="Bees", exact=True).click()
    page.get_by_text(TEXT).wait_for()


def cleo_arrives(context: BrowserContext, link: str) -> str:
    """Open the link as Cleo; returns the code of the visit, as a checkout would send it."""
    page = _page(context)
    page.goto(link)
    page.wait_for_function("!!window.along?.code")
    move_a_little(page)
    page.wait_for_function("along.code()")
    code: str = page.evaluate("along.code()")
    assert code.startswith(parse_qs(urlsplit(link).query)["ht"][0])
    if page.locator("form[data-along]").count():
        page.get_by_role("button", name="Buy").click()
        expect(page.get_by_text(f"Bought by {code}", exact=True)).to_be_visible()
    return code


def earned(passalong: Passalong, site: OttosSite, order: str) -> int:
    """What an order has earned for the people who shared, in micros."""
    passalong.settled()
    receipt = passalong.client().receipt(site.api_key, order)
    return sum(line["amount_micros"] for line in receipt["lines"])


@pytest.mark.parametrize("platform", [*BUILDERS, *APPS, "wordpress"])
def test_a_share_leads_to_a_purchase_and_a_refund_takes_it_back(
    platform: str, start_passalong: Start, tmp_path: Path, new_context: NewContext
) -> None:
    lacking = wordpress.missing() if platform == "wordpress" else missing(platform)
    if lacking:
        pytest.skip(f"{lacking} is not installed: run `make test-hosts`")
    ERRORS.clear()
    passalong = start_passalong(f"sqlite:///{tmp_path / 'passalong.db'}")
    port = free_port()
    otto = a_site(passalong.db, SystemClock(), site_id=SITE, home_url=f"http://{HOST}:{port}", remember="window")
    with opened(platform, tmp_path / "host", passalong, port) as url:
        link = anna_shares(new_context(), url)
        code = cleo_arrives(new_context(), link)
        if platform == "wordpress":
            wordpress.ben_places_the_block(new_context().new_page(), url)
    assert not ERRORS or platform == "mkdocs", (
        "the theme of MkDocs asks for a script of a CDN, which is not reached here"
    )
    shop = passalong.client()
    shop.convert(otto.api_key, "order-1", amount_minor=10_000, currency="EUR", code=code)
    assert earned(passalong, otto, "order-1") > 0
    shop.refund(otto.api_key, "order-1", refund_id="back-1", amount_minor=10_000)
    assert earned(passalong, otto, "order-1") == 0


def opened(platform: str, folder: Path, passalong: Passalong, port: int) -> AbstractContextManager[str]:
    """Build the pages of a host and serve them."""
    folder.mkdir()
    if platform == "wordpress":
        return wordpress.wordpress(folder, passalong.url, SITE, TEXT, port)
    with passalong.db.reading() as session:
        site = sites.find_site(session, SITE)
    assert site is not None
    lines = lines_of(platform, passalong.url, site)
    if platform in APPS:
        return APPS[platform](folder, lines, port)
    return served(BUILDERS[platform](folder, lines), port)

"""Pages that arrive a piece at a time, as on a slow line: nothing that is shown moves when the rest comes."""

import http.client
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

from browser.test_pages import DESK, PHONE, SHIFTS
from plumbing.ports import HOST
from portal_states import STOPS, Gallery

pytestmark = [pytest.mark.browser]

PIECES = 8
BETWEEN_S = 0.08
"""Long enough for Chromium to paint what it has: five frames."""


@pytest.fixture(scope="module")
def slow_line(gallery: Gallery) -> Iterator[str]:
    """The gallery behind a proxy that sends each page in pieces; its address."""
    behind = gallery.served.url.removeprefix("http://")

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server = http.client.HTTPConnection(behind, timeout=10)
            kept = {name: self.headers[name] for name in ("Cookie", "User-Agent", "Accept") if name in self.headers}
            server.request("GET", self.path, headers=kept)
            answer = server.getresponse()
            body = answer.read()
            server.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() in {"content-type", "content-security-policy", "content-length"}:
                    self.send_header(name, value)
            self.end_headers()
            pieces = PIECES if (answer.getheader("Content-Type") or "").startswith("text/html") else 1
            size = len(body) // pieces + 1
            for at in range(0, len(body), size):
                self.wfile.write(body[at : at + size])
                time.sleep(BETWEEN_S if pieces > 1 else 0)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    proxy = ThreadingHTTPServer((HOST, 0), Proxy)
    thread = Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    yield f"http://{HOST}:{proxy.server_port}"
    proxy.shutdown()
    thread.join()
    proxy.server_close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["home, nothing", "links of a page", "console, events, filtered"])
def test_nothing_moves_when_the_rest_of_a_page_comes(
    chromium: Browser, gallery: Gallery, slow_line: str, name: str, size: dict[str, int]
) -> None:
    stop = next(stop for stop in STOPS if stop.name == name)
    context = gallery.browser(chromium, stop.who, viewport=size)
    page = context.new_page()
    page.add_init_script(SHIFTS)
    page.goto(slow_line + gallery.address(stop))
    assert page.locator("footer").is_visible()
    shifted = page.evaluate("window.shifted")
    context.close()
    assert shifted == 0

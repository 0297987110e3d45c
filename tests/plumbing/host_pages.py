"""Otto's site, and a door in front of Passalong that writes down who comes and can be shut.

Both are plain servers on loopback: pages are made by the test that needs them, and what a browser asks for is read off
the wire, not off the browser. The site is `localhost`, Passalong `127.0.0.1`: two sites to a browser.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CORP = {"Cross-Origin-Resource-Policy": "cross-origin"}
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "date", "server"}
PATIENCE_S = 30

WATCH = """
window.seen = { errors: [], violations: [], events: [], shift: 0, moved: [] };
addEventListener("error", (event) => seen.errors.push(String(event.message || event.target.outerHTML)));
addEventListener("unhandledrejection", (event) => seen.errors.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) =>
  seen.violations.push(event.violatedDirective + " " + event.blockedURI));
for (const name of ["open", "share", "close", "arrive", "error"])
  document.addEventListener("along:" + name, ({ detail }) => seen.events.push([name, detail]));
if (PerformanceObserver.supportedEntryTypes?.includes("layout-shift"))
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
      seen.shift += entry.value;
      for (const { node, previousRect: a, currentRect: b } of entry.sources)
        seen.moved.push([node?.outerHTML ?? String(node?.data), a.x, a.y, a.width, "to", b.x, b.y, b.width]);
    }
  }).observe({ type: "layout-shift", buffered: true });
addEventListener("load", () => (seen.loadedMs = performance.now()));
addEventListener("pageshow", (event) => (seen.persisted = event.persisted));
"""
"""The first script of every page: what went wrong, what was told, what moved."""


@dataclass(frozen=True)
class Asked:
    """One request; header names in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """The method and the path without its query."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def json(self) -> Any:
        """The body of a note."""
        return json.loads(self.body)


@dataclass
class Page:
    """What is answered at a path of the site."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Server:
    """A server with a thread for each connection, on loopback."""

    def __init__(self, name: str, handler: type[BaseHTTPRequestHandler]):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.owner = self  # type: ignore[attr-defined]
        self.url = f"http://{name}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Quiet, with connections that are kept."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def owner(self) -> Any:
        """Whose handler this is."""
        return self.server.owner  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """One whole answer; who has gone meanwhile gets none."""
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def asked(self) -> Asked:
        """The request at hand, with its body."""
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, self.path, headers, self.rfile.read(length))


class SiteHandler(Handler):
    """Pages that somebody put there."""

    def do_GET(self) -> None:
        """Answer a page, or 404."""
        path = self.path.partition("?")[0]
        page: Page | None = self.owner.pages.get(path)
        if page is None:
            return self.answer(404, {"Content-Type": "text/plain"}, b"no such page")
        return self.answer(200, {"Cache-Control": "no-store"} | page.headers, page.body)

    def do_POST(self) -> None:
        """Write down a form, or what a script posts; answer what the test has put there."""
        asked = self.asked()
        self.owner.posted.append(asked)
        page: Page | None = self.owner.answers.get(asked.path)
        if page is not None:
            return self.answer(200 if page.body else 401, page.headers, page.body)
        self.answer(200, {"Content-Type": "text/html"}, b"<!doctype html><title>Thanks</title>")


class HostSite(Server):
    """Otto's site."""

    def __init__(self) -> None:
        html = {"Content-Type": "text/html; charset=utf-8"}
        self.pages = {
            "/watch.js": Page(WATCH.encode(), {"Content-Type": "text/javascript"}),
            "/blank": Page(b"<!doctype html><title>Blank</title>", html),
            "/favicon.ico": Page(b"", {"Content-Type": "image/x-icon"}),
        }
        self.posted: list[Asked] = []
        self.answers: dict[str, Page] = {}
        """What is answered to a post, by path; 401 where the body is empty."""
        super().__init__("localhost", SiteHandler)

    def put(self, body: str, head: str = "", headers: dict[str, str] | None = None, of_html: str = "lang=en") -> str:
        """A page of its own; returns its address. Every page has `watch.js` before anything else."""
        path = f"/page-{len(self.pages)}"
        text = f"<!doctype html><html {of_html}><head><meta charset=utf-8><title>Bees in winter</title>"
        text += f'<meta name=viewport content="width=device-width"><script src="/watch.js"></script>{head}</head>'
        text += f"<body>{body}</body></html>"
        self.pages[path] = Page(text.encode(), {"Content-Type": "text/html; charset=utf-8"} | (headers or {}))
        return self.url + path

    def put_file(self, body: str, kind: str = "text/javascript") -> str:
        """A file of its own; returns its path."""
        path = f"/file-{len(self.pages)}"
        self.pages[path] = Page(body.encode(), {"Content-Type": kind})
        return path


class DoorHandler(Handler):
    """Writes down and passes on, or does what the door is told."""

    def handle_one(self) -> None:
        """One request."""
        asked = self.asked()
        self.owner.asked.append(asked)
        planted: bytes | None = self.owner.planted.get(asked.path.partition("?")[0])
        if planted is not None:
            return self.answer(
                200, {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"} | CORP, planted
            )
        mood: str = self.owner.mood
        if mood == "slow" or (mood == "slow pictures" and "picture" in asked.path):
            self.owner.opened.wait(PATIENCE_S)
        if mood == "garbage":
            return self.answer(200, {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}, b"\0<!{](")
        if mood == "broken":
            self.close_connection = True
            return None
        return self._pass_on(asked)

    do_GET = do_POST = do_OPTIONS = do_HEAD = handle_one

    def _pass_on(self, asked: Asked) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.owner.behind, timeout=PATIENCE_S)
        try:
            headers = {name: value for name, value in asked.headers.items() if name not in HOP_BY_HOP}
            connection.request(asked.method, asked.path, asked.body or None, headers)
            got = connection.getresponse()
            kept = {name: value for name, value in got.getheaders() if name.lower() not in HOP_BY_HOP}
            self.answer(got.status, kept | self.owner.says, got.read())
        finally:
            connection.close()


class Door(Server):
    """Passalong's address, as pages know it. `mood` is up, slow, slow pictures, garbage or broken; `asked` who came."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.behind = 0
        self.mood = "up"
        self.says: dict[str, str] = {}
        """Headers that replace Passalong's own."""
        self.planted: dict[str, bytes] = {}
        """What is answered at a path in Passalong's place."""
        self.opened = threading.Event()
        super().__init__("127.0.0.1", DoorHandler)

    @contextmanager
    def being(self, mood: str) -> Iterator[None]:
        """So for a while."""
        self.mood = mood
        self.opened.clear()
        try:
            yield
        finally:
            self.mood = "up"
            self.opened.set()

    def lines(self) -> list[str]:
        """What was asked for since it was last cleared, without preflights' noise."""
        return [asked.line for asked in list(self.asked)]

    def notes(self) -> list[Any]:
        """The notes that came."""
        return [asked.json() for asked in list(self.asked) if asked.line.endswith("POST /v1/notes")]

    def wait_for(self, line: str, times: int = 1, within_s: float = PATIENCE_S) -> None:
        """Until that was asked for."""
        until = time.monotonic() + within_s
        while self.lines().count(line) < times:
            assert time.monotonic() < until, f"no {line} but {self.lines()}"
            time.sleep(0.02)

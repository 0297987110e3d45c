"""A redirect never gets a key: neither the programs nor the snippets follow one, and none calls it done."""

import asyncio
import subprocess
import threading
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import ProxyHandler, Request

import pytest

from passalong.cli.common import CommandError
from passalong.cli.listen import Stream, _forward
from passalong.client import AsyncClient, Client, ProblemError
from passalong.demo.reporting import Reporter, sale
from passalong.lib.direct_opener import direct_opener
from plumbing.ports import HOST
from test_snippets import REPORTS, ROOT, _run, runner

KEY = "ak_bees01_secret"
STATUSES = (301, 302, 303, 307, 308)


@dataclass
class Instance:
    """A server that redirects everything to another origin, whose requests are kept."""

    status: int = 302
    port: int = 0
    elsewhere: int = 0
    came: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address to call."""
        return f"http://{HOST}:{self.port}"


@pytest.fixture
def moved() -> Iterator[Instance]:
    """Both servers, for a while."""
    instance = Instance()

    class Here(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            at_home = self.connection.getsockname()[1] == instance.port
            (instance.came if at_home else instance.strayed).append(self.headers.get("Authorization", ""))
            self.send_response(instance.status if at_home else 200)
            self.send_header("Content-Length", "2")
            if at_home:
                self.send_header("Location", f"http://{HOST}:{instance.elsewhere}/")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    servers = [ThreadingHTTPServer((HOST, 0), Here) for _ in range(2)]
    instance.port, instance.elsewhere = (server.server_address[1] for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    yield instance
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.mark.parametrize("status", STATUSES)
def test_listen_names_the_redirect_and_keeps_its_key(moved: Instance, status: int) -> None:
    moved.status = status
    with pytest.raises(CommandError, match=f"redirects to 'http://{HOST}:{moved.elsewhere}/'.*--url"):
        Stream(moved.url, KEY, (), "now").page()
    assert (moved.came, moved.strayed) == ([f"Bearer {KEY}"], [])


def test_a_forwarded_event_is_not_taken_by_a_redirect(moved: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passalong.cli.listen.TRIES", 1)
    assert _forward(f"{moved.url}/hook", {"id": "msg_1"}, b"s" * 32) == "302"
    assert moved.strayed == []


@pytest.mark.parametrize("status", STATUSES)
def test_both_clients_call_a_redirect_a_problem(moved: Instance, status: int) -> None:
    moved.status = status

    async def awaited() -> None:
        async with AsyncClient(moved.url, KEY) as client:
            await client.report_conversion(id="order-17", goal="purchase")

    with Client(moved.url, KEY) as client, pytest.raises(ProblemError) as refused:
        client.report_conversion(id="order-17", goal="purchase")
    assert refused.value.status == status
    # A loop of its own in a thread of its own: Playwright's loop may still run in this one.
    with ThreadPoolExecutor() as other, pytest.raises(ProblemError):
        other.submit(asyncio.run, awaited()).result()
    assert (len(moved.came), moved.strayed) == (2, [])


def test_the_shop_of_the_demo_keeps_its_report_and_its_key(moved: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passalong.demo.reporting.TRIES", 1)
    reporter = Reporter(moved.url, KEY)
    reporter.tell(sale("order-17", "purchase", 4200, "EUR", ""))
    assert (reporter.is_waiting("order-17"), moved.strayed) == (True, [])


def test_an_opener_for_keys_raises_a_redirect(moved: Instance) -> None:
    with pytest.raises(urllib.error.HTTPError, match="302"):
        direct_opener(ProxyHandler({})).open(Request(moved.url, headers={"Authorization": KEY}), timeout=5)
    assert moved.strayed == []


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("name", REPORTS)
def test_a_snippet_keeps_the_key_and_fails_on_a_redirect(
    name: str, status: int, moved: Instance, tmp_path: Path
) -> None:
    command = [] if name.endswith(".py") else runner(name)
    moved.status = status
    script = tmp_path / name
    script.write_text((ROOT / "snippets" / name).read_text().replace("HOST", moved.url))
    with pytest.raises((subprocess.CalledProcessError, urllib.error.HTTPError)):
        _run(command, script, KEY, "")
    assert (moved.came, moved.strayed) == ([f"Bearer {KEY}"], [])

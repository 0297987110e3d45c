"""Ends: at once where nobody waits for an answer, and never before the answers that somebody waits for."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from cast import HOME, a_site, an_id, anna, cleo
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from plumbing.ports import HOST
from serving import Passalong, Start

PROMPT_S = 5.0
"""Half of what connections that wait for an answer are given."""
SITE = "bees01"


@contextmanager
def connected(served: Passalong, sent: bytes) -> Iterator[socket.socket]:
    """A connection on which so much of a request was sent, and all of the answer to it read."""
    with socket.create_connection((HOST, served.port)) as opened:
        opened.sendall(sent)
        if sent.endswith(b"\r\n\r\n"):
            assert b"200 OK" in opened.recv(65_536)
        yield opened


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: loc", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ids=["nothing was asked", "half a request", "an answer was given"],
)
def test_a_server_waits_for_no_idle_connection(start_passalong: Start, tmp_path: Path, sent: bytes) -> None:
    """Browsers and proxies keep connections open for minutes; a restart does not wait for them."""
    served = start_passalong(f"sqlite:///{tmp_path / 'here.db'}")
    with ExitStack() as stack:
        opened = [stack.enter_context(connected(served, sent)) for _ in range(3)]
        began = time.monotonic()
        served.process.terminate()
        assert served.process.wait(2 * PROMPT_S) == 0
        assert time.monotonic() - began < PROMPT_S
        assert [one.recv(1) for one in opened] == [b"", b"", b""]


def test_a_note_that_is_under_way_is_acknowledged_before_the_end(start_passalong: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'here.db'}"
    served = start_passalong(url)
    a_site(served.db, SystemClock())
    with served.client() as browser:
        token = browser.issue_link(SITE, guest=anna.guest, page=f"{HOME}/", request_id=an_id("link"))
    other = Database(url)
    with ThreadPoolExecutor(1) as pool:
        with other.writer.begin():
            note = partial(served.client().visit, visitor=cleo.visitor, page=f"{HOME}/", note_id=an_id("visit"))
            visit = pool.submit(note, SITE, token)
            time.sleep(0.5)
            served.process.terminate()
            time.sleep(2.0)
            assert not visit.done()
        assert visit.result(10).kept == "visit"
    assert served.process.wait(2 * PROMPT_S) == 0
    other.close()

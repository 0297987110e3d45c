"""Bodies that come slowly, in chunks, or not at all: nobody who sends one keeps anybody else out."""

import asyncio
import socket
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from cast import a_site, an_id, anna
from flow.office import Office
from passalong import asgi_bodies
from passalong.asgi import PAGE_THREADS, App
from passalong.lib.clock import SystemClock
from passalong.web.http.wire import MAX_FORM
from plumbing.ports import HOST
from serving import Passalong, start

PROBE_S = 10.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passalong]:
    """One server."""
    folder = tmp_path_factory.mktemp("slow")
    made = start(f"sqlite:///{folder}/here.db", folder)
    yield made
    made.stop()


def says(served: Passalong, *pieces: bytes) -> socket.socket:
    """A connection on which this was said, and nothing more."""
    made = socket.create_connection((HOST, served.port), timeout=PROBE_S)
    for piece in pieces:
        made.sendall(piece)
    return made


@pytest.mark.parametrize("path", ["/v1/links", "/api/v1/conversions", "/me/in", "/v1/notes"])
def test_forms_that_never_end_keep_nobody_out(served: Passalong, path: str) -> None:
    """Mallory begins a few bodies and lets them hang: as many as there are threads for pages, and some more."""
    with ExitStack() as hanging:
        for _ in range(PAGE_THREADS + 4):
            head = f"POST {path} HTTP/1.1\r\nHost: along.example\r\nContent-Length: 500\r\n\r\n".encode()
            hanging.enter_context(closing(says(served, head, b'{"site"')))
        assert served.client(patience_s=PROBE_S).send("GET", "/healthz").status == 200


def in_its_own_loop(made: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own; browser tests of the same process run an event loop in theirs."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, made).result()


ROUTES = ["/v1/notes", "/_along/v1/notes", "/v1/links", "/api/v1/conversions", "/me/in", "/healthz", "/nowhere"]


@pytest.mark.parametrize("path", ROUTES)
def test_every_body_has_a_deadline_however_it_drips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A byte every 5 ms never runs into a time-out between two pieces; the deadline is for the whole body."""
    monkeypatch.setattr(asgi_bodies, "BODY_S", 0.1)
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    said: list[Any] = []

    async def drip() -> Any:
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Any) -> None:
        said.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
        await asyncio.wait_for(App(office.instance)(scope, drip, send), PROBE_S)

    try:
        in_its_own_loop(ask())
    finally:
        office.close()
    assert (said[0]["status"], (b"connection", b"close") in said[0]["headers"]) == (408, True)


def test_a_body_of_single_bytes_costs_no_more_than_its_length() -> None:
    """Summing up all pieces after each one took 40 s of the event loop for the longest form."""
    pieces = iter([{"type": "http.request", "body": b"x", "more_body": True}] * (MAX_FORM + 2))

    async def receive() -> Any:
        return next(pieces)

    began = time.process_time()
    assert len(in_its_own_loop(asgi_bodies.body_in_time(receive, MAX_FORM))) == MAX_FORM + 1
    assert time.process_time() - began < 2


def test_a_body_that_comes_in_chunks_is_read(served: Passalong) -> None:
    """A program that does not know the length before is understood; what is too long is said to be."""
    site = a_site(served.db, SystemClock())
    said = f'{{"site": "{site.site_id}", "id": "{an_id("chunks")}", "guest": "{anna.guest}", "page": "{site.page()}"}}'
    for body, status in ((said, b"201"), (said + " " * 20_000, b"413"), (said + " " * 200_000, b"413")):
        head = b"POST /v1/links HTTP/1.1\r\nHost: along.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        with closing(says(served, head, f"{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode())) as made:
            found = made.recv(2000)
            assert found[:12] == b"HTTP/1.1 " + status, found

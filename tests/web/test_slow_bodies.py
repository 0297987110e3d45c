"""Bodies that come slowly, in chunks, or not at all: nobody who sends one keeps anybody else out."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from cast import a_site, an_id, anna
from passalong.asgi import PAGE_THREADS
from passalong.clock import SystemClock
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


def test_a_body_that_comes_in_chunks_is_read(served: Passalong) -> None:
    """A program that does not know the length before is understood; what is too long is said to be."""
    site = a_site(served.db, SystemClock())
    said = f'{{"site": "{site.site_id}", "id": "{an_id("chunks")}", "guest": "{anna.guest}", "page": "{site.page()}"}}'
    for body, status in ((said, b"201"), (said + " " * 20_000, b"413"), (said + " " * 200_000, b"413")):
        head = b"POST /v1/links HTTP/1.1\r\nHost: along.example\r\nTransfer-Encoding: chunked\r\n\r\n"
        with closing(says(served, head, f"{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode())) as made:
            found = made.recv(2000)
            assert found[:12] == b"HTTP/1.1 " + status, found

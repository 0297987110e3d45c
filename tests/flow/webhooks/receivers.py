"""Receivers of webhooks on loopback: they keep what they get, and answer as a test tells them to."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from plumbing.ports import HOST


@dataclass(frozen=True)
class Got:
    """One request; header names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """A server that a test reads; `answer` gives status and body for what has come."""

    port: int = 0
    answer: Callable[[Got], tuple[int, bytes]] = lambda _: (204, b"")
    takes_s: float = 0.0
    got: list[Got] = field(default_factory=list)
    retry_after: str = ""
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"http://{HOST}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids that came, in order."""
        return [one.id for one in self.got]


@contextmanager
def a_receiver(**wanted: object) -> Iterator[Receiver]:
    """A receiver that is there for a while."""
    made = Receiver(**wanted)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            made.got.append(got)
            time.sleep(made.takes_s)
            status, said = made.answer(got)
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            if made.retry_after:
                self.send_header("Retry-After", made.retry_after)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"http://{HOST}:{made.port}/elsewhere")
            with suppress(OSError):  # the sender has gone, or was killed
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    if made.tls is not None:
        server.socket = made.tls.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)

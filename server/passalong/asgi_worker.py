"""Gunicorn's `asgi` worker, which ends at once when nobody waits for an answer.

Browsers and reverse proxies keep connections open for their next request. Gunicorn waits for those, too, until its
`graceful_timeout` is over: a restart took ten seconds with one browser open.
"""

from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi


class Connection(ASGIProtocol):
    """A connection that its worker knows of."""

    def connection_made(self, transport: Any) -> None:
        """Begin, and tell the worker."""
        self.worker.connections.add(self)
        super().connection_made(transport)  # type: ignore[no-untyped-call]

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and tell the worker."""
        self.worker.connections.discard(self)
        super().connection_lost(exc)  # type: ignore[no-untyped-call]

    def close_if_idle(self) -> None:
        """Close it as after the longest pause between two requests, unless a request has come or is being answered."""
        ready = self._request_ready
        if self._awaiting_request and ready and not ready.is_set():
            self._keepalive_timeout()  # type: ignore[no-untyped-call]


class Worker(gasgi.ASGIWorker):
    """A worker that closes idle connections before it waits for the others; those close after their answer."""

    def __init__(self, *given: Any, **named: Any):
        super().__init__(*given, **named)  # type: ignore[no-untyped-call]
        self.connections: set[Connection] = set()

    async def _shutdown(self) -> None:
        for server in self.servers:
            server.close()
        for connection in tuple(self.connections):
            connection.close_if_idle()
        await super()._shutdown()  # type: ignore[no-untyped-call]


gasgi.ASGIProtocol = Connection  # type: ignore[attr-defined]
"""The worker makes its connections by this name; it has no option for another class."""

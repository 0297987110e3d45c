"""`/mcp` of a running server: assistants connect to the instance itself, and no other program runs.

The SDK is loaded with the first message, so that an instance without assistants pays nothing for it. Tools call the
API of the same process, without a socket and with the key of the message: keys, scopes, rate limits and what is counted
are those of the API. Browsers send `Origin` with each POST, so no page but our own gets in; `Host` is whatever a proxy
sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import ada_url

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.requests import Request
    from starlette.responses import Response

    from passalong.agents.http import KeyedEndpoint

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATHS = ("/mcp", "/mcp/")
"""An address with a slash at its end is the same one, as for every other route."""
MISSING = b'Assistants need one more package beside the server: pip install "passalong[mcp]".'
ONLY_POST = b"Each message is one POST (docs/agents.md)."


def is_installed() -> bool:
    """Return True if the SDK is installed beside the server."""
    return find_spec("mcp") is not None


class Mounted:
    """The endpoint of assistants in a server's event loop."""

    def __init__(self, url: str, api: App):
        self._url = url
        self._api = api
        self._endpoint: KeyedEndpoint | None = None
        self._running: asyncio.Task[None] | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message."""
        if scope["method"] != "POST":
            await _say(send, 405, ONLY_POST, (b"allow", b"POST"))
            return
        try:
            endpoint = await self._loaded()
        except ImportError:
            await _say(send, 501, MISSING)
            return
        await endpoint(scope, receive, send)

    async def close(self) -> None:
        """End what runs."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _loaded(self) -> "KeyedEndpoint":
        async with self._loading:
            if self._endpoint is None:
                http: Any = await asyncio.to_thread(import_module, "passalong.agents.http")
                manager = http.make_manager()
                self._running = await started(manager)
                gate = http.Gate(self._refusal_of, lambda _request: f"{self._url}{http.METADATA}")
                self._endpoint = http.KeyedEndpoint(manager.handle_request, self._client_of, gate)
            return self._endpoint

    def _client_of(self, key: str) -> Any:
        import httpx

        from passalong.client import AsyncClient

        return AsyncClient(self._url, key, tries=1, transport=httpx.ASGITransport(app=self._api))

    async def _refusal_of(self, request: "Request") -> "Response | None":
        from passalong.agents.http import refusal

        origin = request.headers.get("Origin")
        if origin in (None, ada_url.URL(self._url).origin):
            return None
        return refusal(403, "A page of another site sent this.")


async def started(manager: "StreamableHTTPSessionManager") -> asyncio.Task[None]:
    """Run the manager in a task of its own until that is cancelled; raises what its start raises."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def keep_running() -> None:
        async with manager.run():
            ready.set_result(None)
            await asyncio.Event().wait()

    running = asyncio.create_task(keep_running())
    await asyncio.wait((ready, running), return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    return running


async def _say(send: Send, status: int, words: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(words)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})

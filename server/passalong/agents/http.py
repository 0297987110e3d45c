"""The MCP server over streamable HTTP: one POST for each message, no session, and a key in each request.

A page of a stranger that a browser on this computer has open can send requests to loopback (DNS rebinding). So `Host`
must be a name of ours and `Origin`, which only browsers send, too; and no request gets anywhere without a key.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from passalong.agents.mounted import PATHS
from passalong.agents.server import Holder, OldKeyError, make_server, make_tools, read_scopes
from passalong.agents.tools import AgentTool
from passalong.client import AsyncClient, ProblemError, UnreachableError
from passalong.lib.bearer import CHALLENGE, WELL_KNOWN, challenge, resource_metadata

METADATA = f"{WELL_KNOWN}{PATHS[0]}"
NO_KEY = "Send an API key of the site with each request: `Authorization: Bearer ak_…`."
RETRY, RETRY_S = "Retry-After", "5"
"""How long to wait for an instance that cannot be reached."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HOLDER = "passalong.holder"
"""Where the request of a message has its key's client and tools."""
ClientOf = Callable[[str], AsyncClient]
"""Makes the client that calls the API with a key."""
RefusalOf = Callable[[Request], Awaitable[Response | None]]
"""Returns the answer to a request that comes from where none is taken, or None."""
FRESH_S = 300.0
"""How long tools are kept, so that a message costs one short call beside its own."""


class Place(Struct, frozen=True):
    """Where the server listens, and the names under which it may be called."""

    bind: str
    port: int
    names: tuple[str, ...] = ()


def serve_http(url: str, place: Place) -> None:
    """Serve tools of the instance at `url` until a signal comes."""
    import uvicorn

    uvicorn.run(make_app(url, place), host=place.bind, port=place.port, log_level="warning", access_log=False)


def make_app(url: str, place: Place) -> Starlette:
    """Return the ASGI application."""
    manager = make_manager()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    check = partial(TransportSecurityMiddleware(allowed(place)).validate_request, is_post=True)
    gate = Gate(check, lambda request: f"{_root(request, place)}{METADATA}")
    endpoint = KeyedEndpoint(manager.handle_request, lambda key: AsyncClient(url, key), gate)

    async def describe(request: Request) -> Response:
        refused = await check(request, is_post=False)
        resource = f"{_root(request, place)}{PATHS[0]}"
        return refused or JSONResponse(resource_metadata(resource, f"{url}/llms.txt"))

    routes = [*(Route(path, endpoint, methods=["POST"]) for path in PATHS), Route(METADATA, describe)]
    return Starlette(routes=routes, lifespan=lifespan)


def _root(request: Request, place: Place) -> str:
    """Return the address of this program as the caller knows it: a proxy with TLS gives it one of its names."""
    host = request.headers.get("Host", "")
    return f"{'https' if host in place.names else 'http'}://{host}"


def make_manager() -> StreamableHTTPSessionManager:
    """Return the transport: each message is one POST, answered as JSON, and no session is kept."""
    return StreamableHTTPSessionManager(make_server(_holder), json_response=True, stateless=True)


def allowed(place: Place) -> TransportSecuritySettings:
    """Return the `Host` and `Origin` headers that are taken: loopback, and the names that were given."""
    loopback = [f"{name}:{place.port}" for name in LOOPBACK]
    origins = [*(f"http://{host}" for host in loopback), *(f"https://{name}" for name in place.names)]
    return TransportSecuritySettings(allowed_hosts=[*loopback, *place.names], allowed_origins=origins)


class Gate(Struct, frozen=True):
    """Which requests are taken: `refusal_of` judges where one comes from, `metadata_of` is where keys are described."""

    refusal_of: RefusalOf
    metadata_of: Callable[[Request], str]


class KeyedEndpoint:
    """Checks where a request comes from, then its key, and hands both on to the transport."""

    def __init__(self, transport: ASGIApp, client_of: ClientOf, gate: Gate):
        self._transport = transport
        self._client_of = client_of
        self._gate = gate
        self._tools: dict[tuple[str, ...], tuple[float, dict[str, AgentTool]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refused = await self._gate.refusal_of(request)
        key = _key_of(request)
        metadata_url = self._gate.metadata_of(request)
        if refused is None and not key:
            refused = refusal(401, NO_KEY, **{CHALLENGE: challenge(with_key=False, metadata_url=metadata_url)})
        if refused is not None:
            await refused(scope, receive, send)
            return
        async with self._client_of(key) as client:
            try:
                scope[HOLDER] = Holder(client, await self._tools_for(client, key))
            except ProblemError as error:
                await _refused(error, metadata_url)(scope, receive, send)
            except OldKeyError as error:
                await refusal(403, str(error))(scope, receive, send)
            except UnreachableError as error:
                await refusal(503, str(error), **{RETRY: RETRY_S})(scope, receive, send)
            else:
                await self._transport(scope, receive, send)

    async def _tools_for(self, client: AsyncClient, key: str) -> dict[str, AgentTool]:
        scopes, now_s = await read_scopes(client, key), monotonic()
        made_s, tools = self._tools.get(scopes, (-FRESH_S, {}))
        if now_s - made_s >= FRESH_S:
            tools = await make_tools(client, scopes)
            self._tools[scopes] = now_s, tools
        return tools


async def _holder(context: Any) -> Holder:
    holder: Holder = context.request.scope[HOLDER]
    return holder


def _key_of(request: Request) -> str:
    """Return the key of a request, empty if it has none that can be sent on."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key.isascii() and key.isprintable() else ""


def _refused(error: ProblemError, metadata_url: str) -> Response:
    """Return what the API said about the key: wrong, or used too often."""
    headers = {} if error.retry_after_s is None else {RETRY: str(error.retry_after_s)}
    if error.status == 401:
        headers[CHALLENGE] = challenge(with_key=True, metadata_url=metadata_url)
    return refusal(error.status, str(error), **headers)


def refusal(status: int, detail: str, **headers: str) -> Response:
    """Return the answer to a request that gets nowhere."""
    return JSONResponse({"error": detail}, status, headers)

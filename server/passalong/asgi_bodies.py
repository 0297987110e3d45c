"""Bodies of requests to the ASGI app: read whole within a deadline, and passed on in one piece."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from passalong.web.http.errors import RefusalError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_S = 20.0
"""The deadline for a whole body, of every route; a slower one is answered 408."""


class SlowBodyError(Exception):
    """A body that was not complete at its deadline."""


async def body_in_time(receive: Receive, most: int) -> bytes:
    """Read the whole body within BODY_S, however it is split.

    Raises SlowBodyError, or RefusalError for a lost connection.
    """
    try:
        async with asyncio.timeout(BODY_S):
            return await _body(receive, most)
    except TimeoutError:
        raise SlowBodyError from None


async def _body(receive: Receive, most: int) -> bytes:
    """Read the body up to its limit."""
    body = bytearray()
    while len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusalError(400, "The connection ended before the body did.")
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def with_length(scope: Scope, length: int) -> Scope:
    """Add the length to a request that came in chunks: Flask reads no other."""
    if not any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        return scope
    others = [header for header in scope["headers"] if header[0] not in (b"transfer-encoding", b"content-length")]
    return {**scope, "headers": [*others, (b"content-length", b"%d" % length)]}


def all_at_once(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives this body in one piece, and then the server's messages."""
    pieces = [body]

    async def receive_it() -> Message:
        return {"type": "http.request", "body": pieces.pop(), "more_body": False} if pieces else await receive()

    return receive_it

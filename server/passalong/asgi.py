"""The ASGI app of `passalong serve`: a small route for the browser's notes, and Flask behind an adapter for the rest.

The route is here for speed (docs/performance.md): a note is decoded, verified and offered to the collector without a
thread of its own, and the acknowledgement waits for the commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from a2wsgi import WSGIMiddleware

from passalong.app import Instance
from passalong.core.facts import Event
from passalong.flow.collect import Busy, Collector
from passalong.flow.record import Kept
from passalong.web import notes
from passalong.web.errors import Refusal
from passalong.web.first_party import PREFIX
from passalong.web.notes import Answer
from passalong.web.wire import MAX_BODY, MAX_FORM

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PAGE_THREADS = 8
BODY_S = 20.0
"""How long a form or an API call has to arrive. Slower ones are told so, and have held no thread meanwhile."""
NOTES = (notes.DOOR[1], PREFIX + notes.DOOR[1])
TOLD = {name.encode(): name for name in notes.HEADERS}
ALWAYS = tuple((name.lower().encode(), value.encode()) for name, value in notes.ALWAYS)
log = structlog.get_logger()


class App:
    """One process of the product: pages, notes and the folding worker."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._parts = instance.parts
        self._pages = WSGIMiddleware(instance.flask, workers=PAGE_THREADS)  # type: ignore[arg-type]
        self._mail: Mailbox | None = None
        self._takes_notes = instance.role in ("all", "collect")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._takes_notes and _is_a_note(scope):
            await self._note(scope, receive, send)
        elif scope["type"] == "http":
            await self._page(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._instance.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._instance.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _note(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._take(scope, await _body(receive, MAX_BODY))
        except Exception as error:
            answer = notes.failed(error)
        await _answer(send, answer)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand Flask a request that is here as a whole: a thread that waited for it could be held by anybody."""
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(receive, MAX_FORM)
        except (TimeoutError, Refusal):
            await _answer(send, Answer(408, {"Connection": "close"}, "The request took too long to arrive."))
            return
        await self._pages(_with_length(scope, len(body)), _all_at_once(body, receive), send)  # type: ignore[arg-type]

    async def _take(self, scope: Scope, body: bytes) -> Answer:
        if self._parts.collector.is_full:  # before any work: under too much load a refusal must be cheap
            raise Busy
        headers = {TOLD[name]: value.decode("latin-1") for name, value in scope["headers"] if name in TOLD}
        try:
            event = notes.read(self._parts, headers, body)
        except notes.Dropped as dropped:
            await asyncio.wrap_future(notes.count(self._parts, dropped))
            return notes.told(dropped)
        return notes.acknowledge(event, await self._mailbox().hand_in(self._parts.collector, event))

    def _mailbox(self) -> "Mailbox":
        if self._mail is None:
            self._mail = Mailbox(asyncio.get_running_loop())
        return self._mail


class Mailbox:
    """Carries outcomes from the writing thread to the event loop: one wake-up for a whole batch, not one for each."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._came: deque[tuple[asyncio.Future[Kept], Kept | Exception]] = deque()
        self._called = False

    async def hand_in(self, collector: Collector, event: Event) -> Kept:
        """Offer an event and wait for its outcome. Raises Busy, or what went wrong."""
        outcome: asyncio.Future[Kept] = self._loop.create_future()
        collector.hand_in(event, lambda result: self._put(outcome, result))
        return await outcome

    def _put(self, outcome: asyncio.Future[Kept], result: Kept | Exception) -> None:
        self._came.append((outcome, result))
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        while self._came:
            outcome, result = self._came.popleft()
            if outcome.done():
                continue
            if isinstance(result, Exception):
                outcome.set_exception(result)
            else:
                outcome.set_result(result)


def _is_a_note(scope: Scope) -> bool:
    return scope["path"] in NOTES and scope["method"] == "POST"


async def _body(receive: Receive, most: int) -> bytes:
    """The request's body, read no further than it may be long."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The connection ended before the body did.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False) or sum(map(len, pieces)) > most:
            return b"".join(pieces)


def _with_length(scope: Scope, length: int) -> Scope:
    """A request that came in chunks, as one whose length is known: Flask reads no other."""
    if not any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        return scope
    others = [header for header in scope["headers"] if header[0] not in (b"transfer-encoding", b"content-length")]
    return {**scope, "headers": [*others, (b"content-length", b"%d" % length)]}


def _all_at_once(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body in one piece, and after that whatever the server says."""
    pieces = [body]

    async def receive_it() -> Message:
        return {"type": "http.request", "body": pieces.pop(), "more_body": False} if pieces else await receive()

    return receive_it


async def _answer(send: Send, answer: Answer) -> None:
    body = notes.body_of(answer)
    await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer, len(body))})
    await send({"type": "http.response.body", "body": body})


def _headers(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    more = {**answer.headers, "Content-Length": str(length)}
    if length:
        more["Content-Type"] = "application/json"
    return [*ALWAYS, *((name.lower().encode(), value.encode()) for name, value in more.items())]

"""The ASGI app of `passalong serve`: small routes for notes and probes, and Flask for the rest.

The notes route is here for speed (docs/performance.md): a note is decoded, verified and offered to the collector
without a thread of its own, and the acknowledgement waits for the commit.
"""

import asyncio
import re
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec
import structlog
from a2wsgi import WSGIMiddleware
from msgspec.structs import replace

from passalong.agents.mounted import PATHS as AGENTS
from passalong.agents.mounted import Mounted
from passalong.app import Instance
from passalong.asgi_bodies import Message, Receive, Scope, Send, SlowBodyError, all_at_once, body_in_time, with_length
from passalong.core.facts import Event
from passalong.flow.ingest.collector import Collector, QueueFullError
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners.shop_connections import open_connection
from passalong.web.api.operation import ROOT
from passalong.web.api.operations import OPERATIONS
from passalong.web.browser import notes, read_note
from passalong.web.browser.first_party import PREFIX
from passalong.web.browser.notes import Answer
from passalong.web.http import health
from passalong.web.http.auth import holder_of
from passalong.web.http.downloads import GONE, is_slow
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import NotCachedError
from passalong.web.http.wire import MAX_BATCH, MAX_BODY, MAX_DELIVERY, MAX_FORM

PAGE_THREADS = 8
SLOW_THREADS = 4
"""Threads for downloads and proofs, apart from the pages' threads."""
SEND_S = 30.0
"""The deadline for a client to take a piece of a download."""
LOOKUP_THREADS = 2
"""Threads that look up unknown sites and codes: few, so that made-up keys cost little."""
BATCHES = frozenset(f"{ROOT}{operation.path}" for operation in OPERATIONS if operation.most > MAX_FORM)
"""The calls of the API with large bodies."""
DELIVERY = re.compile(r"/shops/([^/\0]{1,16})/([^/\0]{1,64})/?")
"""Where shop systems deliver: the site and the connection."""
TOO_SLOW = Answer(408, {"Connection": "close"}, "The request took too long to arrive.")
PROBES = (health.ALIVE, health.READY)
NOTES = (notes.DOOR[1], PREFIX + notes.DOOR[1])
TOLD = {name.encode(): name for name in notes.HEADERS}
ALWAYS = tuple((name.lower().encode(), value.encode()) for name, value in notes.ALWAYS)
log = structlog.get_logger()


class App:
    """One process of the product: pages, notes and the folding worker."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._services = instance.services
        self._in_memory = replace(instance.services, sites=instance.services.sites.in_memory())
        self._lookups = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")
        self._pages = WSGIMiddleware(instance.flask, workers=PAGE_THREADS)  # type: ignore[arg-type]
        self._slow = WSGIMiddleware(instance.flask, workers=SLOW_THREADS, send_queue_size=2)  # type: ignore[arg-type]
        self._probe = health.Probe(instance.services.db)
        self._agents = Mounted(instance.services.url, self._page)
        self._mail: Mailbox | None = None
        self._takes_notes = instance.role in ("all", "collect")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._takes_notes and _is_a_note(scope):
            await self._note(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in PROBES and scope["method"] == "GET":
            await self._health(scope["path"], send)
        elif scope["type"] == "http" and scope["path"] in AGENTS and self._takes_notes:
            await self._agent(scope, receive, send)
        elif scope["type"] == "http":
            await self._page(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._instance.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._agents.close()
                await asyncio.to_thread(self._instance.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _note(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._take(scope, await body_in_time(receive, MAX_BODY))
        except SlowBodyError:
            answer = TOO_SLOW
        except Exception as error:
            answer = notes.failed(error)
        self._services.monitoring.meters.note(answer.status, answer.headers)
        await _answer(send, answer)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a complete request to Flask: no thread waits for a slow client."""
        try:
            body = await body_in_time(receive, await self._most(scope))
        except (SlowBodyError, RefusalError):
            await _answer(send, TOO_SLOW)
            return
        scope, receive = with_length(scope, len(body)), all_at_once(body, receive)
        if is_slow(scope["path"]):
            await self._download(scope, receive, send)
        else:
            await self._pages(scope, receive, send)  # type: ignore[arg-type]

    async def _agent(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a complete message to the endpoint of assistants."""
        try:
            body = await body_in_time(receive, MAX_FORM)
        except (SlowBodyError, RefusalError):
            await _answer(send, TOO_SLOW)
            return
        if len(body) > MAX_FORM:
            await _answer(send, Answer(413, {}, f"A message has at most {MAX_FORM} bytes."))
            return
        await self._agents(scope, all_at_once(body, receive), send)

    async def _most(self, scope: Scope) -> int:
        """Return the largest body of a request: only a sender who is known may send more than a page does."""
        try:
            return await self._most_of_sender(scope) if scope["method"] == "POST" else MAX_FORM
        except Exception:  # the database is away: Flask answers the request
            return MAX_FORM

    async def _most_of_sender(self, scope: Scope) -> int:
        """Look a working key or a shop's open connection up, before the body is read."""
        loop, path = asyncio.get_running_loop(), scope["path"]
        if path in BATCHES and self._takes_notes:
            header = dict(reversed(scope["headers"])).get(b"authorization", b"").decode("latin-1")
            holder = await loop.run_in_executor(self._lookups, holder_of, self._services, header)
            return MAX_FORM if holder is None else MAX_BATCH
        if delivery := DELIVERY.fullmatch(path):
            place = (self._services.db, delivery[1], delivery[2])
            shop = await loop.run_in_executor(self._lookups, open_connection, *place)
            return MAX_FORM if shop is None else MAX_DELIVERY
        return MAX_FORM

    async def _download(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in a thread for slow answers, which stops when the client is gone or takes nothing for too long."""
        reader = Reader(send)
        watch = asyncio.create_task(reader.watch(receive))
        try:
            await self._slow({**scope, GONE: reader.gone}, receive, reader.send)  # type: ignore[arg-type]
        finally:
            watch.cancel()

    async def _health(self, path: str, send: Send) -> None:
        answer = health.OK if path == health.ALIVE else await self._probe.answers()
        told = Answer(200, {}) if answer is health.OK else Answer(503, health.LATER)
        await _send(send, told, msgspec.json.encode(answer))

    async def _take(self, scope: Scope, body: bytes) -> Answer:
        if self._services.collector.is_full:  # before any work: under overload a refusal must be cheap
            raise QueueFullError
        headers = {TOLD[name]: value.decode("latin-1") for name, value in scope["headers"] if name in TOLD}
        try:
            event = await self._read(headers, body)
        except read_note.DroppedNoteError as dropped:
            await asyncio.wrap_future(self._services.refusals.offer(notes.refusal_of(dropped)))
            return notes.answer_dropped(dropped)
        return notes.acknowledge(event, await self._mailbox().hand_in(self._services.collector, event))

    async def _read(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Read a note from memory; if the site or code is unknown there, in a thread that asks the database."""
        try:
            return read_note.read(self._in_memory, headers, body)
        except NotCachedError:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._lookups, read_note.read, self._services, headers, body)

    def _mailbox(self) -> "Mailbox":
        if self._mail is None:
            self._mail = Mailbox(asyncio.get_running_loop())
        return self._mail


class Mailbox:
    """Passes outcomes from the writing thread to the event loop: one wake-up for a whole batch."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self._loop = loop
        self._came: deque[tuple[asyncio.Future[Kept], Kept | Exception]] = deque()
        self._called = False

    async def hand_in(self, collector: Collector, event: Event) -> Kept:
        """Offer an event and wait for its outcome. Raises QueueFullError, or the error."""
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


class Reader:
    """The client of a download: whether it still reads."""

    def __init__(self, send: Send):
        self.gone = threading.Event()
        self._send = send

    async def send(self, message: Message) -> None:
        """Send, unless the client is gone."""
        if self.gone.is_set():
            return
        try:
            await asyncio.wait_for(self._send(message), SEND_S)
        except (TimeoutError, OSError):
            self.gone.set()

    async def watch(self, receive: Receive) -> None:
        """Wait until the client is gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone.set()


def _is_a_note(scope: Scope) -> bool:
    return scope["path"] in NOTES and scope["method"] == "POST"


async def _answer(send: Send, answer: Answer) -> None:
    await _send(send, answer, notes.body_of(answer))


async def _send(send: Send, answer: Answer, body: bytes) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer, len(body))})
    await send({"type": "http.response.body", "body": body})


def _headers(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    more = {**answer.headers, "Content-Length": str(length)}
    if length:
        more["Content-Type"] = "application/json"
    return [*ALWAYS, *((name.lower().encode(), value.encode()) for name, value in more.items())]

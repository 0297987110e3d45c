"""A sender like the widget: every note has an id and is retried with the same id until it is answered.

It writes down what was answered. It also sends some notes a second time although they were acknowledged, and does not
stop before everything that it ever began to send is acknowledged.
"""

import asyncio
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from cast import an_id
from chaos.outcome import is_short
from chaos.place import PAGE, SITE
from client import USER_AGENT
from plumbing.ports import HOST

ANSWER_S = 30.0
AGAIN = 0.1
"""How many of the acknowledged notes are sent once more."""
RETURNING = 0.2
"""How many visits are of somebody who came before: those bring no points."""
PAUSE_S = 0.05
LATE_S = 2.0
"""How much of what a connection is behind its rate it makes up for; a rate that slow timers lower is none."""
SHORT_REST_S = 0.1
"""The rest in the short form: one sends on while a database starts again, and would take a whole processor for it."""


@dataclass(frozen=True)
class Note:
    """A note that can be sent any number of times."""

    note_id: str
    wire: bytes


def request(body: dict[str, str], headers: str = "", user_agent: str = USER_AGENT) -> bytes:
    """Return the bytes of POST /v1/notes."""
    data = msgspec.json.encode(body)
    head = f"POST /v1/notes HTTP/1.1\r\nHost: h\r\nUser-Agent: {user_agent}\r\nContent-Type: text/plain\r\n{headers}"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


@dataclass
class Answered:
    """One answer; header names are in lower case."""

    status: int
    headers: dict[str, str]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes) -> Answered:
    """Send one request on a kept connection. Raises the connection's errors."""
    writer.write(wire)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return Answered(int(head[0].split()[1]), headers)


BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError)


@dataclass
class Sender:
    """A sender with `connections` that are always busy. Only the order is random."""

    port: int
    tokens: list[str]
    connections: int = 32
    seed: str = "chaos"
    rest_s: float = field(default_factory=lambda: SHORT_REST_S if is_short() else 0.0)
    """The time from one note of a connection to its next; 0 sends as fast as it is answered."""
    acked: dict[str, int] = field(default_factory=dict)
    new: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    bad_503: int = 0
    broken: int = 0
    ack_times: list[float] = field(default_factory=list)
    first_acked: dict[str, float] = field(default_factory=dict)
    """When each note was acknowledged for the first time, by the machine's clock."""
    _again: deque[Note] = field(default_factory=deque)
    _recent: deque[Note] = field(default_factory=lambda: deque(maxlen=2_000))
    _made: int = 0
    _under_way: int = 0
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    @contextmanager
    def sending(self) -> Iterator["Sender"]:
        """Send while the block lasts, and at its end until everything is acknowledged."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="sender", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopping = True
            thread.join(120)
        if thread.is_alive():
            raise AssertionError(f"{len(self._again)} notes were never acknowledged: {self.statuses}")

    def wait_for_acks(self, more: int, within_s: float = 60.0) -> None:
        """Wait until that many more notes are acknowledged."""
        wanted, until = len(self.ack_times) + more, time.monotonic() + within_s
        while len(self.ack_times) < wanted:
            if time.monotonic() > until:
                raise AssertionError(f"nothing was acknowledged for {within_s} s: {self.statuses}")
            time.sleep(0.002)

    def longest_gap_s(self, since: float) -> float:
        """Return the longest time without an acknowledgement."""
        times = [since, *(moment for moment in self.ack_times if moment >= since)]
        return max((after - before for before, after in pairwise(times)), default=0.0)

    async def _run(self) -> None:
        await asyncio.gather(*(self._connection() for _ in range(self.connections)))

    async def _connection(self) -> None:
        while not (self._stopping and not self._again and not self._under_way):
            try:
                reader, writer = await asyncio.open_connection(HOST, self.port)
            except OSError:
                await asyncio.sleep(PAUSE_S)
                continue
            try:
                await self._converse(reader, writer)
            finally:
                writer.close()
            await asyncio.sleep(PAUSE_S / 5)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        due = time.monotonic()
        while (note := self._next()) is not None:
            self._under_way += 1
            try:
                answer = await asyncio.wait_for(ask(reader, writer, note.wire), ANSWER_S)
            except BROKEN:
                self.broken += 1
                self._again.append(note)
                return
            finally:
                self._under_way -= 1
            if not self._took(note, answer):
                self._again.append(note)
                await asyncio.sleep(max(PAUSE_S, self.rest_s))
            elif self.rest_s:
                due = max(due, time.monotonic() - LATE_S) + self.rest_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _took(self, note: Note, answer: Answered) -> bool:
        self.statuses[answer.status] += 1
        if answer.status != 202:
            self.bad_503 += answer.status == 503 and "retry-after" not in answer.headers
            return False
        if note.note_id not in self.acked:
            self._recent.append(note)
            self.first_acked[note.note_id] = time.time()
        self.acked[note.note_id] = self.acked.get(note.note_id, 0) + 1
        self.new[note.note_id] += answer.headers.get("along-kept") == "visit"
        self.ack_times.append(time.monotonic())
        return True

    def _next(self) -> Note | None:
        if self._again:
            return self._again.popleft()
        if self._stopping:
            return None
        if self._recent and self._chance.random() < AGAIN:
            return self._chance.choice(self._recent)
        return self._make()

    def _make(self) -> Note:
        self._made += 1
        back = self._made > 100 and self._chance.random() < RETURNING
        visitor = self._chance.randrange(1, self._made) if back else self._made
        note_id = an_id(self.seed, "note", self._made)
        body = {"site": SITE, "id": note_id, "kind": "visit", "token": self._chance.choice(self.tokens), "page": PAGE}
        return Note(note_id, request(body | {"visitor": an_id(self.seed, "visitor", visitor)}))

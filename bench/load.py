"""Load generator in a process of its own: keep-alive connections that send the next request after each answer.

    python -m bench.load PORT CONNECTIONS SECONDS WHAT-TO-SEND-AS-JSON

What to send is `{"notes": {"site": …, "tokens": [[token, page], …]}}`, each note with an id and a visitor of its own,
`{"links": {"site": …, "guest": …, "page": …}}`, or `{"pages": [[path, cookie], …]}`; with `"every_s"` a connection
sends no more often than that. It prints how many were answered as they should be, how long that took, and the waits.
"""

import asyncio
import json
import random
import secrets
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any, cast

import uvloop

HOST = "127.0.0.1"
HEADERS = (
    "Host: along.example\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Sec-Fetch-Site: cross-site\r\n"
    "Sec-Fetch-Mode: cors\r\n"
)
BODY_BYTES = 300
ANSWER_S = 10.0
BUSY_S = 0.05
"""How long a connection rests after a 503; a browser rests longer."""


def notes(site: str, tokens: list[list[str]]) -> Iterator[bytes]:
    """Yield visits without end, each with a new id and visitor, over the tokens in turn."""
    series = secrets.token_urlsafe(9)
    for number, (token, page) in zip(count(), cycle(tokens), strict=False):
        note_id = f"{series}{number:010}"
        body = (
            f'{{"kind":"visit","site":"{site}","id":"{note_id}","token":"{token}","visitor":"V{note_id}","page":"{page}'
        )
        body += "x" * (BODY_BYTES - 2 - len(body)) + '"}'
        yield (
            f"POST /v1/notes HTTP/1.1\r\n{HEADERS}Origin: https://bees.example\r\n"
            f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def pages(asked: list[list[str]]) -> Iterator[bytes]:
    """Yield page requests without end, in turn."""
    for path, cookie in cycle(asked):
        yield f"GET {path} HTTP/1.1\r\n{HEADERS}Cookie: {cookie}\r\n\r\n".encode()


def links(site: str, guest: str, page: str) -> Iterator[bytes]:
    """Yield requests for a link without end, as the widget makes them, each with an id of its own."""
    series = secrets.token_urlsafe(9)
    for number in count():
        body = f'{{"site":"{site}","id":"{series}{number:010}","guest":"{guest}","page":"{page}"}}'
        yield (
            f"POST /v1/links HTTP/1.1\r\n{HEADERS}Origin: https://bees.example\r\n"
            f"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class Sender(asyncio.Protocol):
    """One connection with one request under way."""

    def __init__(self, requests: Iterator[bytes], waits: list[float], until: float, every_s: float):
        self._requests = requests
        self._waits = waits
        self._until = until
        self._every_s = every_s
        self._got = b""
        self._sent_at = 0.0
        self.wrong = 0
        self.busy = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.WriteTransport, transport)
        asyncio.get_running_loop().call_later(random.random() * self._every_s, self._next)

    def data_received(self, data: bytes) -> None:
        """Count a complete answer, then send the next request."""
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0 or len(self._got) < head + 4 + _length(self._got[:head]):
            return
        if self._got.startswith(b"HTTP/1.1 503"):
            self._come_again()
            return
        self._waits.append(time.perf_counter() - self._sent_at)
        if not self._got.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 202")):
            self.wrong += 1
            print(self._got.decode("latin-1"), file=sys.stderr)
        self._got = b""
        left_s = self._sent_at + self._every_s - time.perf_counter()
        if left_s > 0:
            asyncio.get_running_loop().call_later(left_s, self._next)
        else:
            self._next()

    def _come_again(self) -> None:
        """Count a 503 apart, because it acknowledges no note."""
        self.busy += 1
        self._got = b""
        asyncio.get_running_loop().call_later(BUSY_S, self._next)

    def _next(self) -> None:
        if time.perf_counter() < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """Count the end of the connection by either side."""
        self.wrong += time.perf_counter() < self._until
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))


def _length(head: bytes) -> int:
    begins = head.lower().find(b"content-length:")
    return int(head[begins + 15 :].split(b"\r\n", 1)[0]) if begins >= 0 else 0


async def load(
    port: int, connections: int, seconds: float, requests: Iterator[bytes], every_s: float
) -> dict[str, Any]:
    """Send on this many connections for this long."""
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        (await loop.create_connection(lambda: Sender(requests, waits, began + seconds, every_s), HOST, port))[1]
        for _ in range(connections)
    ]
    _, open_still = await asyncio.wait([sender.ended for sender in made], timeout=seconds + ANSWER_S)
    took = time.perf_counter() - began
    waits.sort()
    return {
        "answered": len(waits),
        "busy": sum(sender.busy for sender in made),
        "wrong": sum(sender.wrong for sender in made) + len(open_still),
        "seconds": took,
        "cpu_s": time.process_time(),
        "p50_ms": 1000 * waits[len(waits) // 2] if waits else None,
        "p99_ms": 1000 * waits[len(waits) * 99 // 100] if waits else None,
    }


def main(port: str, connections: str, seconds: str, what: str) -> None:
    """Send the load that `what` describes."""
    told = json.loads(what)
    if "links" in told:
        requests = links(**told["links"])
    else:
        requests = notes(**told["notes"]) if "notes" in told else pages(told["pages"])
    every_s = float(told.get("every_s", 0))
    print(json.dumps(uvloop.run(load(int(port), int(connections), float(seconds), requests, every_s))))


if __name__ == "__main__":
    main(*sys.argv[1:])

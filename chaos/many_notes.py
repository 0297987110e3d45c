"""Many notes: the served product takes 10^7 notes, folds meanwhile what it can, and its memory stays flat.

PYTHONPATH=tests python -m chaos.many_notes NOTES [FOLDER]     `make soak NOTES=10000000` runs it

Every connection sends its next note when the last one is acknowledged, and the same note again after a 503 or a broken
connection. A line a minute goes to `memory.jsonl` in the folder. The whole may be stopped and continued (SIGSTOP,
SIGCONT): nothing in it has a deadline. Ctrl-C ends it with the notes that were taken. Control: that of `chaos.soak`.
"""

import asyncio
import json
import os
import secrets
import signal
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop
from sqlalchemy import func, select

from bench.load import HEADERS
from chaos.outcome import Outcome
from chaos.place import PAGE, SITE, Place, a_place
from passalong.store.engine import Database
from passalong.store.schema.event_log import events, numbered, queue
from plumbing.ports import HOST

NOTES = 10_000_000
CONNECTIONS = 96
"""Fewer than the notes for which there is always room, so that none is refused."""
PAUSE_S = 0.05
SAMPLE_S = 60.0
WARM_NOTES = 1_000_000
MOST_SLOPE_MB = 0.5
"""How much memory may rise for each 10^6 notes after the first: 5 MB over 10^7."""


@dataclass
class Notes:
    """The notes of one run: their ids are a series and a number, so that none has to be kept in memory."""

    tokens: list[str]
    most: int
    series: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    made: int = 0
    acked: int = 0
    again: int = 0

    def end(self) -> None:
        """Make no more."""
        self.most = self.made

    def next(self) -> bytes | None:
        """Return the request of the next note by a new visitor, None after the last one."""
        if self.made >= self.most:
            return None
        number, self.made = self.made, self.made + 1
        note_id = f"{self.series}{number:010}"
        body = (
            f'{{"kind":"visit","site":"{SITE}","id":"{note_id}","token":"{self.tokens[number % len(self.tokens)]}",'
            f'"visitor":"V{note_id}","page":"{PAGE}"}}'
        )
        head = f"POST /v1/notes HTTP/1.1\r\n{HEADERS}Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        return (head + body).encode()


class Connection(asyncio.Protocol):
    """A kept connection with one note under way, which is sent until it is acknowledged."""

    def __init__(self, notes: Notes, wire: bytes | None):
        self._notes, self._got = notes, b""
        self.wire = wire
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what is under way, or the first note."""
        self._transport = cast(asyncio.WriteTransport, transport)
        if self.wire is None:
            self.wire = self._notes.next()
        self._send()

    def _send(self) -> None:
        if self.wire is None:
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write(self.wire)

    def data_received(self, data: bytes) -> None:
        """Go on after a complete answer: an acknowledgement has no body."""
        self._got += data
        if not self._got.endswith(b"\r\n\r\n") and b"\r\n\r\n" not in self._got:
            return
        accepted, self._got = self._got.startswith(b"HTTP/1.1 202"), b""
        if accepted:
            self._notes.acked += 1
            self.wire = self._notes.next()
            self._send()
        else:
            self._notes.again += 1
            asyncio.get_running_loop().call_later(PAUSE_S, self._send)

    def connection_lost(self, _error: Exception | None) -> None:
        """Let the note under way be sent on another connection."""
        self.ended.set_result(None)


async def _send_on_one(notes: Notes, port: int) -> None:
    wire: bytes | None = None
    while True:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(notes, wire), HOST, port
            )
        except OSError:
            await asyncio.sleep(PAUSE_S)
            continue
        await connection.ended
        if (wire := connection.wire) is None:
            return


async def _send_all(notes: Notes, port: int, sample: Callable[[], None]) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, notes.end)
    senders = [asyncio.create_task(_send_on_one(notes, port)) for _ in range(CONNECTIONS)]
    until = asyncio.gather(*senders)
    while not until.done():
        sample()
        await asyncio.wait([until], timeout=SAMPLE_S)
    sample()
    await until


def main(arguments: list[str]) -> int:
    """Run it and print what was found."""
    most = int(arguments[0]) if arguments else NOTES
    folder = Path(arguments[1]) if len(arguments) > 1 else None
    outcome = Outcome("many_notes", short=False)
    with a_place(fault="patient", folder=folder) as place:
        notes, samples = Notes(place.tokens, most), Samples(place)
        print(json.dumps({"server": place.process.pid if place.process else 0, "series": notes.series}), flush=True)
        uvloop.run(_send_all(notes, place.port, lambda: samples.take(notes)))
        kept = count(place.database_url, notes.series)
        outcome.claim(
            "memory is flat and nothing is lost",
            kept["ids"] == notes.acked == notes.made and samples.slope_mb() <= MOST_SLOPE_MB,
            acks=notes.acked,
            sent_again=notes.again,
            slope_mb_a_million=samples.slope_mb(),
            **kept,
        )
    return outcome.end()


@dataclass
class Samples:
    """The memory of the serving processes, with the number of notes at that moment."""

    place: Place
    taken: list[tuple[int, float]] = field(default_factory=list)

    def take(self, notes: Notes) -> None:
        """Measure once, and write it down."""
        workers = self.place.workers()
        each = [round(_rss_mb(pid), 1) for pid in workers]
        self.taken.append((notes.acked, sum(each)))
        line = {
            "at": round(time.time()),
            "acked": notes.acked,
            "again": notes.again,
            "pids": workers,
            "rss_mb": each,
            "master_mb": round(_rss_mb(self.place.process.pid), 1) if self.place.process else None,
            "sender_cpu_s": round(time.process_time(), 1),
            "server_cpu_s": [_cpu_s(pid) for pid in workers],
            "load": round(os.getloadavg()[0], 1),
        }
        with (self.place.folder / "memory.jsonl").open("a") as file:
            print(json.dumps(line), file=file)

    def slope_mb(self) -> float:
        """Return by how many megabytes memory rose for each 10^6 notes, after the first 10^6."""
        warm = [(acked, memory) for acked, memory in self.taken if acked >= WARM_NOTES]
        if len(warm) < 2:
            return 0.0
        acked, memory = zip(*warm, strict=True)
        return round(statistics.linear_regression(acked, memory).slope * 1_000_000, 2)


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count(database_url: str, series: str) -> dict[str, int]:
    """Return the number of these ids that are recorded, and the numbers of folded and of waiting events."""
    db = Database(database_url)
    try:
        with db.reading() as session:
            ours = events.c.event_id.between(f"{series}0000000000", f"{series}9999999999")
            ids = session.scalar(select(func.count()).select_from(events).where(events.c.site_id == SITE, ours))
            folded = session.scalar(select(func.count()).select_from(numbered))
            waiting = session.scalar(select(func.count()).select_from(queue))
    finally:
        db.close()
    return {"ids": ids or 0, "folded": folded or 0, "waiting": waiting or 0}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

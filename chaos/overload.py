"""Overload: five times as many notes as can be written. Only 202 or 503 with Retry-After, and bounded memory.

It is tried on the machine as it is, with more connections than it can serve, and on one that writes so slowly (500
facts a second) that five times that is easily sent. Controls: a server that breaks where it should say that it is
busy, and one that never says so.
"""

import asyncio
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop

from cast import an_id
from chaos.outcome import Outcome, begin
from chaos.place import PAGE, SITE, Place, a_place
from chaos.sending import ask, request
from plumbing.ports import HOST

SECONDS = {"short": 1.0, "long": 20.0}
SLOW_SECONDS = {"short": 3.5, "long": 20.0}
"""The first wave of connections is one batch of a slow disk, two seconds long; only then is it known how slow it is."""
PEAK_CONNECTIONS = 48
FLOOD_CONNECTIONS = {"short": 400, "long": 900}
TIMES = 5
FIRST_S = 2.0
SLOW_PEAK = 500
MOST_GROWTH_MB = 150
PROMISED_MS = 250


@dataclass
class Flood:
    """Notes sent at a rate, or as fast as they are answered; none is sent twice."""

    place: Place
    name: str
    statuses: Counter[str] = field(default_factory=Counter)
    waits_ms: list[float] = field(default_factory=list)
    later_ms: list[float] = field(default_factory=list)
    """Of what was sent after all connections had come at once."""
    refused_ms: list[float] = field(default_factory=list)
    began: float = 0.0
    took_s: float = 0.0
    _made: int = 0
    _slot: float = 0.0

    @property
    def goodput(self) -> float:
        """Return acknowledged notes a second."""
        return round(self.statuses["202"] / self.took_s, 1)

    @property
    def dishonest(self) -> int:
        """Return answers that are neither 202 nor 503 with Retry-After, and broken connections."""
        return sum(count for name, count in self.statuses.items() if name not in ("202", "503"))

    async def run(self, connections: int, seconds: float, rate: float = 0) -> None:
        """Send this many a second, or as many as are answered if the rate is 0."""
        self.began = self._slot = time.monotonic()
        until, pause_s = self.began + seconds, 1 / rate if rate else 0
        await asyncio.gather(*(self._connection(until, pause_s) for _ in range(connections)))
        self.took_s = time.monotonic() - self.began

    async def _connection(self, until: float, pause_s: float) -> None:
        reader, writer = await asyncio.open_connection(HOST, self.place.port)
        while time.monotonic() < until:
            self._slot += pause_s
            await asyncio.sleep(max(0.0, self._slot - time.monotonic()))
            began = time.monotonic()
            try:
                answer = await asyncio.wait_for(ask(reader, writer, self._make()), 60)
            except (OSError, EOFError, TimeoutError):
                self.statuses["broken"] += 1
                break
            took_ms = (time.monotonic() - began) * 1_000
            (self.waits_ms if answer.status == 202 else self.refused_ms).append(took_ms)
            if answer.status == 202 and began > self.began + FIRST_S:
                self.later_ms.append(took_ms)
            honest = answer.status != 503 or "retry-after" in answer.headers
            self.statuses[str(answer.status) if honest else "503 without Retry-After"] += 1
        writer.close()

    def _make(self) -> bytes:
        self._made += 1
        token = self.place.tokens[self._made % len(self.place.tokens)]
        body = {"site": SITE, "id": an_id(self.name, self._made), "kind": "visit", "token": token, "page": PAGE}
        return request(body | {"visitor": an_id(self.name, "visitor", self._made)})


def p99(waits_ms: list[float]) -> float:
    """Return the 99th percentile."""
    return round(sorted(waits_ms)[int(len(waits_ms) * 0.99)], 1) if waits_ms else 0.0


def main() -> int:
    """Run the product, the slowed product, and each fault."""
    outcome = begin("overload")
    length = "short" if outcome.short else "long"
    seconds, connections = SECONDS[length], FLOOD_CONNECTIONS[length]
    with a_place() as place:
        peak = _flood(place, "peak", PEAK_CONNECTIONS, seconds)
        _experiment(outcome, place, peak, "this machine, more connections than it can serve", connections, seconds, 0)
    with a_place(fault="slow") as place:
        peak, seconds = _flood(place, "peak", PEAK_CONNECTIONS, seconds), SLOW_SECONDS[length]
        rate = TIMES * SLOW_PEAK
        _experiment(outcome, place, peak, f"a slow disk, {rate} a second", connections, seconds, rate)
    for fault in ("breaks-when-busy", "never-busy"):
        with a_place(fault=fault) as place:
            flood = _flood(place, "flood", connections, min(seconds, SLOW_SECONDS["short"]), TIMES * SLOW_PEAK)
            caught = flood.dishonest > 0 if fault == "breaks-when-busy" else not flood.statuses["503"]
            outcome.control(fault, caught, answers=dict(flood.statuses), accepted_p99_ms=p99(flood.waits_ms))
    return outcome.end()


def _flood(place: Place, name: str, connections: int, seconds: float, rate: float = 0) -> Flood:
    flood = Flood(place, name)
    uvloop.run(flood.run(connections, seconds, rate))
    return flood


def _experiment(
    outcome: Outcome, place: Place, peak: Flood, name: str, connections: int, seconds: float, rate: float
) -> None:
    before_mb = place.memory_mb()
    flood = _flood(place, "flood", connections, seconds, rate)
    growth_mb = round(place.memory_mb() - before_mb, 1)
    shed = rate == 0 or flood.statuses["503"] > 0
    outcome.claim(
        f"only 202, or 503 with Retry-After: {name}",
        peak.dishonest + flood.dishonest == 0 and shed and growth_mb < MOST_GROWTH_MB,
        notes=sum(flood.statuses.values()),
        connections=connections,
        answers=dict(flood.statuses),
        memory_growth_mb=growth_mb,
    )
    outcome.report(
        f"goodput and waits: {name}",
        peak_a_second=peak.goodput,
        sent_a_second=round(sum(flood.statuses.values()) / flood.took_s, 1),
        goodput_a_second=flood.goodput,
        goodput_of_peak=round(flood.goodput / peak.goodput, 2),
        accepted_median_ms=round(statistics.median(flood.waits_ms), 1),
        accepted_p99_ms=p99(flood.waits_ms),
        accepted_p99_after_the_first_seconds_ms=p99(flood.later_ms),
        refused_p99_ms=p99(flood.refused_ms),
        promised_ms=PROMISED_MS,
    )


if __name__ == "__main__":
    sys.exit(main())

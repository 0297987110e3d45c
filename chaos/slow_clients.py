"""Slow clients: connections that never finish their headers, and health probes that must be answered meanwhile.

Control: gunicorn's gthread worker, which gives each connection one of a few threads.
"""

import socket
import statistics
import sys
import time
from contextlib import suppress

from chaos.outcome import begin
from chaos.place import Place, a_place, connect
from passalong.serving import let_many_connect
from plumbing.ports import HOST

CONNECTIONS = {"short": 500, "long": 1_500}
PROBES = {"short": 20, "long": 200}
PROMISED_S = 0.5
PROBE_S = {"short": 2.0, "long": 5.0}
CONTROL_PROBES = 1


def main() -> int:
    """Run what `passalong serve` starts, and then the same with threads."""
    outcome = begin("slow_clients")
    let_many_connect()
    length = "short" if outcome.short else "long"
    count = CONNECTIONS[length]
    with a_place() as place:
        answered, times = _probe_beside(place, count, PROBES[length], PROBE_S[length])
        outcome.claim(
            "probes are answered beside slow headers",
            answered == PROBES[length],
            connections=count,
            probes=PROBES[length],
            answered=answered,
        )
        worst = round(max(times), 3)
        figures = {"median_s": round(statistics.median(times), 4), "longest_s": worst, "promised_s": PROMISED_S}
        outcome.report("a probe took", n=len(times), **figures, memory_mb=place.memory_mb())
    with a_place(fault="gthread") as place:
        answered, _ = _probe_beside(place, count, CONTROL_PROBES, PROBE_S[length])
        outcome.control("gthread", answered == 0, connections=count, probes=CONTROL_PROBES, answered=answered)
    return outcome.end()


def _probe_beside(place: Place, count: int, probes: int, within_s: float) -> tuple[int, list[float]]:
    """Return the answered probes and their seconds; slow clients send one byte between them."""
    slow = []
    try:
        for _ in range(count):
            slow.append(connect(place.port))
            slow[-1].sendall(b"POST /v1/notes HTTP/1.1\r\nHost: h\r\nX-Slow: ")
        time.sleep(1)
        times: list[float] = []
        answered = 0
        for number in range(probes):
            began = time.monotonic()
            answered += _probe(place.port, within_s)
            times.append(time.monotonic() - began)
            with suppress(OSError):
                slow[number % count].sendall(b"s")
        return answered, times
    finally:
        for connection in slow:
            connection.close()


def _probe(port: int, within_s: float) -> bool:
    """Return True if /healthz is answered on a connection of its own."""
    try:
        with socket.create_connection((HOST, port), timeout=within_s) as probe:
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            return probe.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())

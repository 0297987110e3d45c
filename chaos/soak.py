"""Soak: notes come in and are folded for a long time; memory stays flat and nothing is lost.

PYTHONPATH=tests python -m chaos.soak [MINUTES [RATE]]     60 minutes by default, RATE notes a second at most; without
it as many as are answered. `make soak` runs it, `make chaos` does not.

Control: a collector that keeps what it wrote, for a twentieth of the time and as fast as it is answered.
"""

import statistics
import sys
import time

from chaos.books import audit
from chaos.outcome import Outcome
from chaos.place import Place, a_place
from chaos.sending import Sender

MINUTES = 60.0
EVERY_S = 1.0
MOST_GROWTH_MB = 24.0
CONNECTIONS = 8


def main(arguments: list[str]) -> int:
    """Run the product, then the fault."""
    seconds = 60 * (float(arguments[0]) if arguments else MINUTES)
    rest_s = CONNECTIONS / float(arguments[1]) if len(arguments) > 1 else 0.0
    outcome = Outcome("soak", short=False)
    with a_place() as place:
        sender, memory = _soak(place, seconds, rest_s)
        settled_s = place.settle()
        grown = _growth_mb(memory)
        found = audit(place.database_url, sender)
        outcome.claim(
            "memory is flat and nothing is lost",
            grown <= MOST_GROWTH_MB and found.is_good,
            minutes=round(seconds / 60, 1),
            acks=sum(sender.acked.values()),
            lost=found.lost,
            double=found.double,
            problems=found.problems,
            acks_a_second=round(len(sender.ack_times) / seconds),
            grown_mb=grown,
            slope_mb_an_hour=_slope_mb_an_hour(memory),
            highest_mb=max(memory),
            folded_after_s=round(settled_s, 1),
        )
    with a_place(fault="keeps-everything") as place:
        _, memory = _soak(place, max(20.0, seconds / 20), 0.0)
        grown = _growth_mb(memory)
        outcome.control("what was written is kept in memory", grown > MOST_GROWTH_MB, grown_mb=grown)
    return outcome.end()


def _soak(place: Place, seconds: float, rest_s: float) -> tuple[Sender, list[float]]:
    """Send for so long; returns the memory of the serving process, measured once a second."""
    sender, memory = Sender(place.port, place.tokens, connections=CONNECTIONS, rest_s=rest_s), list[float]()
    until = time.monotonic() + seconds
    with sender.sending():
        while time.monotonic() < until:
            time.sleep(EVERY_S)
            memory.append(place.memory_mb())
    return sender, memory


def _growth_mb(memory: list[float]) -> float:
    """Compare the last quarter with the second one: the first warms up."""
    quarter = max(1, len(memory) // 4)
    return round(statistics.median(memory[-quarter:]) - statistics.median(memory[quarter : 2 * quarter]), 1)


def _slope_mb_an_hour(memory: list[float]) -> float:
    """Fit a line through what was measured after the first quarter, which warms up."""
    warm = memory[len(memory) // 4 :]
    return round(statistics.linear_regression(range(len(warm)), warm).slope * 3_600 / EVERY_S, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

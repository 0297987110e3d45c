"""PostgreSQL is killed with -9 and restarted under load; no acknowledged fact is lost.

Passalong is not restarted: its collector, its folding worker and its listener find their way back by themselves.
Control: a collector that answers before it writes.
"""

import os
import signal
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path

from chaos.books import audit, lost
from chaos.outcome import Outcome, begin
from chaos.place import Place, a_place
from chaos.sending import Sender
from plumbing.postgres import Postgres, running_postgres

KILLS = {"short": 1, "long": 20}
ACKS_A_KILL = {"short": 50, "long": 500}
GONE_S = 10.0


def main() -> int:
    """Run the product, then the fault, on one server that is killed again and again."""
    outcome = begin("postgres_killed")
    with running_postgres() as server:
        with a_place(server.create_database()) as place:
            _experiment(outcome, server, place)
        with a_place(server.create_database(), fault="answers-early") as place:
            sender, _ = _under_fire(outcome, server, place)
            missing = lost(place.database_url, sender)
            outcome.control("the answer comes before the commit", missing > 0, acks=len(sender.acked), lost=missing)
    return outcome.end()


def _experiment(outcome: Outcome, server: Postgres, place: Place) -> None:
    workers = place.workers()
    sender, gaps = _under_fire(outcome, server, place)
    place.settle()
    found = audit(place.database_url, sender)
    outcome.claim(
        "kill -9 of PostgreSQL under load",
        found.is_good and set(sender.statuses) <= {202, 503} and not sender.bad_503 and place.workers() == workers,
        kills=len(gaps),
        acks=sum(sender.acked.values()),
        lost=found.lost,
        double=found.double,
        problems=found.problems,
        answers=dict(sender.statuses),
    )
    outcome.report(
        "from the kill to the next acknowledgement",
        n=len(gaps),
        median_s=statistics.median(gap for gap, _ in gaps),
        longest_s=max(gap for gap, _ in gaps),
        longest_after_postgresql_was_ready_s=max(after for _, after in gaps),
    )


def _under_fire(outcome: Outcome, server: Postgres, place: Place) -> tuple[Sender, list[tuple[float, float]]]:
    length = "short" if outcome.short else "long"
    sender, gaps = Sender(place.port, place.tokens), list[tuple[float, float]]()
    with sender.sending():
        for _ in range(KILLS[length]):
            sender.wait_for_acks(ACKS_A_KILL[length])
            began = time.monotonic()
            kill_postgres(server)
            server.server.ensure_postgres_running()
            back = time.monotonic()
            sender.wait_for_acks(1)
            gaps.append((round(sender.longest_gap_s(began), 2), round(max(time.monotonic() - back, 0), 2)))
        sender.wait_for_acks(ACKS_A_KILL[length])
    return sender, gaps


def kill_postgres(server: Postgres) -> None:
    """Kill -9 the postmaster and all its processes, and wait until they are gone."""
    pid = int((Path(server.server.pgdata) / "postmaster.pid").read_text().split()[0])
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for process in family:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until = time.monotonic() + GONE_S
    while any(Path(f"/proc/{process}").exists() for process in family) and time.monotonic() < until:
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())

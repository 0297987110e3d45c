"""Crash: kill -9 of the worker process and of all processes, under load with duplicates and retries; both databases.

A 2xx means committed: every acknowledged note is there once, and so is its effect. Control: a collector that answers
before it writes.
"""

import random
import sys
import time

from chaos.books import audit, lost
from chaos.outcome import Outcome, begin
from chaos.place import Place, a_place
from chaos.sending import Sender
from plumbing.postgres import running_postgres

KILLS = {"short": 3, "long": 110}
ACKS_A_KILL = {"short": 40, "long": 480}
CONTROL_KILLS = {"short": 2, "long": 20}


def main() -> int:
    """Run on SQLite, then on a PostgreSQL of its own."""
    outcome = begin("crash")
    with a_place() as place:
        _experiment(outcome, place)
    with a_place(fault="answers-early") as place:
        _control(outcome, place)
    with running_postgres() as server, a_place(server.create_database()) as place:
        _experiment(outcome, place)
    return outcome.end()


def _experiment(outcome: Outcome, place: Place) -> None:
    sender = Sender(place.port, place.tokens)
    kills = KILLS[_length(outcome)]
    with sender.sending():
        _kill(place, sender, kills, ACKS_A_KILL[_length(outcome)])
    settled_s = place.settle()
    found = audit(place.database_url, sender)
    outcome.claim(
        f"kill -9 under load, {_name(place)}",
        found.is_good and sender.bad_503 == 0,
        kills=kills,
        acks=sum(sender.acked.values()),
        facts_acked=found.acked,
        lost=found.lost,
        double=found.double,
        problems=found.problems,
        connections_broken=sender.broken,
        folded_after_s=round(settled_s, 1),
    )


def _control(outcome: Outcome, place: Place) -> None:
    sender = Sender(place.port, place.tokens)
    kills = CONTROL_KILLS[_length(outcome)]
    with sender.sending():
        _kill(place, sender, kills, ACKS_A_KILL[_length(outcome)])
    missing = lost(place.database_url, sender)
    outcome.control(
        f"the answer comes before the commit, {_name(place)}",
        missing > 0,
        kills=kills,
        facts_acked=len(sender.acked),
        lost=missing,
    )


def _kill(place: Place, sender: Sender, kills: int, acks: int) -> None:
    """Kill the worker and all processes in turn, at random moments while notes are acknowledged."""
    chance = random.Random(17)
    for number in range(kills):
        sender.wait_for_acks(chance.randrange(acks // 2, acks * 3 // 2))
        time.sleep(chance.random() * 0.02)
        if number % 2:
            place.kill_all()
            place.start()
        else:
            place.kill_worker()
    sender.wait_for_acks(acks)


def _name(place: Place) -> str:
    return place.database_url.partition(":")[0].partition("+")[0]


def _length(outcome: Outcome) -> str:
    return "short" if outcome.short else "long"


if __name__ == "__main__":
    sys.exit(main())

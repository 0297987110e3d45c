"""A disk that cannot be written for a while under load, and the outcome that every such fault must have."""

import time
from collections.abc import Callable

from chaos.books import audit
from chaos.outcome import Outcome
from chaos.place import Place
from chaos.sending import Sender

HEAL_S = 1.0
Trouble = Callable[[], None]
"""Makes the trouble, waits, and ends it."""


def claim(outcome: Outcome, what: str, place: Place, rounds: int, trouble: Trouble) -> None:
    """Claim that nothing is lost or double, 503 is the only other answer, no process ended, and the server recovers."""
    workers = place.workers()
    sender, healed = suffer(place, rounds, trouble)
    place.settle()
    found = audit(place.database_url, sender)
    outcome.claim(
        what,
        found.is_good and is_honest(sender) and place.workers() == workers and sender.statuses[503] > 0,
        rounds=rounds,
        acks=sum(sender.acked.values()),
        lost=found.lost,
        double=found.double,
        problems=found.problems,
        answers=dict(sender.statuses),
    )
    outcome.claim("it heals itself", max(healed) <= HEAL_S, n=rounds, longest_s=max(healed))


def is_honest(sender: Sender) -> bool:
    """Return True if every answer was 202 or 503 with Retry-After."""
    return set(sender.statuses) <= {202, 503} and not sender.bad_503


def suffer(place: Place, rounds: int, trouble: Trouble) -> tuple[Sender, list[float]]:
    """Send throughout; returns the seconds from the end of each fault to the next acknowledgement."""
    sender, healed = Sender(place.port, place.tokens), []
    with sender.sending():
        for _ in range(rounds):
            sender.wait_for_acks(200)
            trouble()
            began = time.monotonic()
            sender.wait_for_acks(1)
            healed.append(round(sender.longest_gap_s(began), 3))
        sender.wait_for_acks(200)
    return sender, healed

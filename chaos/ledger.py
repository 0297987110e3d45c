"""Compare the ledger with a model: random histories of visits, orders, refunds, holds, redemptions, payouts and pools.

A hypothesis state machine folds every fact with the product's own handlers, on a real SQLite database, and compares
every balance with chaos.ledger_model after each step. Control: eight faults, each of which it must find.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chaos.ledger_faults import FAULTS, planted
from chaos.ledger_machine import Machine, Place, steps_taken
from chaos.outcome import begin

HISTORIES = {"short": 24, "long": 10_000}
STEPS = 50
PROCESSES = 2


def run(histories: int, number: int = 0) -> None:
    """Run this many histories, others for each seed; raises at the first step after which product and model differ."""
    run_state_machine_as_test(
        seed(number)(Machine),
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        ),
    )


@contextmanager
def a_ledger() -> Iterator[None]:
    """Make a database for the state machine."""
    with tempfile.TemporaryDirectory(prefix="passalong-ledger-") as folder:
        Machine.place = Place(Path(folder))
        try:
            yield
        finally:
            Machine.place.db.close()


def compared(histories: int, number: int) -> tuple[dict[str, int], str]:
    """Run this many histories in a database of their own; returns what was run and the differences."""
    steps_taken.clear()
    problem = ""
    with a_ledger():
        try:
            run(histories, number)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"[:300]
    return dict(steps_taken), problem


def found_in(fault: str) -> int | None:
    """Return the history in which the fault was found, or None."""
    steps_taken.clear()
    with a_ledger(), planted(fault):
        try:
            run(HISTORIES["short"])
        except (AssertionError, ValueError):  # a difference, or sums that the product itself refuses
            return steps_taken["histories"] + 1
    return None


def main() -> int:
    """Run all histories, distributed over the processors, and each fault."""
    outcome = begin("ledger")
    began = time.monotonic()
    workers = 1 if outcome.short else PROCESSES
    each = HISTORIES["short" if outcome.short else "long"] // workers
    with ProcessPoolExecutor(workers) as pool:
        results = list(pool.map(compared, [each] * workers, range(workers)))
    problem = next((found for _, found in results if found), "")
    outcome.claim(
        "every balance is the model's after every step",
        not problem,
        histories=sum(taken.get("histories", 0) for taken, _ in results),
        steps=sum(taken.get("steps", 0) for taken, _ in results),
        seconds=round(time.monotonic() - began),
        problem=problem or "none",
    )
    for fault in FAULTS:
        history = found_in(fault)
        outcome.control(fault, history is not None, found_in_history=history)
    return outcome.end()


if __name__ == "__main__":
    sys.exit(main())

"""The disk is full, under load: 503 with Retry-After and nothing else, and well again when there is room, by itself.

The data lie on a small file system of their own, which only root can make; elsewhere the experiment is skipped.
Controls: a collector that answers before it writes, and one whose failures are answered with 500.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.books import audit, lost
from chaos.outcome import Outcome, begin
from chaos.place import Place, a_place
from chaos.sending import Sender

ROUNDS = {"short": 1, "long": 10}
FULL_S = {"short": 1.5, "long": 5.0}
SIZE_MB = {"short": 64, "long": 512}
HEAL_S = 1.0
REFUSALS = 20


def main() -> int:
    """Fill, wait, free, several times; then once with each fault."""
    outcome = begin("disk_full")
    length = "short" if outcome.short else "long"
    try:
        with _small_disk(SIZE_MB[length]) as folder, a_place(folder=folder) as place:
            _experiment(outcome, place, ROUNDS[length], FULL_S[length])
    except PermissionError as error:
        return outcome.skip(str(error))
    with _small_disk(SIZE_MB["short"]) as folder, a_place(fault="answers-early", folder=folder) as place:
        sender, _ = _fill(place, 1, FULL_S[length])
        missing = lost(place.database_url, sender)
        outcome.control("the answer comes before the commit", missing > 0, acks=len(sender.acked), lost=missing)
    with _small_disk(SIZE_MB["short"]) as folder, a_place(fault="500-when-unwritten", folder=folder) as place:
        sender, _ = _fill(place, 1, FULL_S[length])
        caught = not _is_honest(sender)
        outcome.control("what could not be written is answered with 500", caught, answers=dict(sender.statuses))
    return outcome.end()


def _experiment(outcome: Outcome, place: Place, rounds: int, full_s: float) -> None:
    workers = place.workers()
    sender, healed = _fill(place, rounds, full_s)
    place.settle()
    found = audit(place.database_url, sender)
    outcome.claim(
        "the disk is full under load",
        found.is_good and _is_honest(sender) and place.workers() == workers and sender.statuses[503] > 0,
        rounds=rounds,
        acks=sum(sender.acked.values()),
        lost=found.lost,
        double=found.double,
        problems=found.problems,
        answers=dict(sender.statuses),
    )
    outcome.claim("it heals itself", max(healed) <= HEAL_S, n=rounds, longest_s=max(healed))


def _is_honest(sender: Sender) -> bool:
    return set(sender.statuses) <= {202, 503} and not sender.bad_503


def _fill(place: Place, rounds: int, full_s: float) -> tuple[Sender, list[float]]:
    """How long it took each time from room on the disk to the next acknowledgement."""
    sender, healed = Sender(place.port, place.tokens), []
    filler = place.folder / "filler"
    with sender.sending():
        for _ in range(rounds):
            sender.wait_for_acks(200)
            until = time.monotonic() + full_s
            while time.monotonic() < until:  # what a checkpoint frees is filled up, too
                _write_until_full(filler)
                time.sleep(0.05)
            filler.unlink()
            began = time.monotonic()
            sender.wait_for_acks(1)
            healed.append(round(sender.longest_gap_s(began), 3))
        sender.wait_for_acks(200)
    return sender, healed


def _write_until_full(filler: Path) -> None:
    block = b"x" * 4096
    file = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while True:
            os.write(file, block)
    except OSError:
        pass
    finally:
        os.close(file)


@contextmanager
def _small_disk(size_mb: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise PermissionError("only root can make a small disk")
    with tempfile.TemporaryDirectory(prefix="passalong-disk-") as made:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "passalong-chaos", made]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            raise PermissionError(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        try:
            yield Path(made)
        finally:
            subprocess.run(["umount", "--lazy", made], check=True)


if __name__ == "__main__":
    sys.exit(main())

"""The kernel kills the server because memory is short, under load; no acknowledged fact is lost.

Server and a greedy neighbour share a control group with little memory, which only root can make; elsewhere the
experiment is skipped. What the kernel kills is restarted: a worker by its master, everything as a service manager does.
Control: a collector that answers before it writes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chaos.books import audit, lost
from chaos.outcome import Outcome, begin
from chaos.place import Place, ServerStateError, a_place
from chaos.sending import Sender

GROUPS = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
LIMITS = "memory.limit_in_bytes", "memory.max"
ROOM_MB = 48
KILLS = {"short": 1, "long": 30}
ACKS_A_KILL = {"short": 60, "long": 300}
WITHIN_S = 30.0
GREEDY = "import time\nheld=[]\nwhile True:\n held.append(b'x'*(1<<20)); time.sleep(0.002)"


def main() -> int:
    """Run the product, then the fault."""
    outcome = begin("out_of_memory")
    try:
        with _group() as group:
            with a_place() as place:
                sender, kills = _squeeze(outcome, place, group)
                place.settle()
                found = audit(place.database_url, sender)
                outcome.claim(
                    "killed by the kernel for want of memory",
                    found.is_good and kills > 0 and set(sender.statuses) <= {202, 503},
                    kills=kills,
                    acks=sum(sender.acked.values()),
                    lost=found.lost,
                    double=found.double,
                    problems=found.problems,
                )
            with a_place(fault="answers-early") as place:
                sender, kills = _squeeze(outcome, place, group)
                missing = lost(place.database_url, sender)
                outcome.control("the answer comes before the commit", missing > 0, kills=kills, lost=missing)
    except (PermissionError, FileNotFoundError) as error:
        return outcome.skip(f"no control group of memory can be made here: {error}")
    return outcome.end()


@contextmanager
def _group() -> Iterator[Path]:
    found = next(((root, limit) for root, limit in zip(GROUPS, LIMITS, strict=True) if _has(root)), None)
    if os.geteuid() != 0 or found is None:
        raise PermissionError("it takes root and a mounted control group")
    group = found[0] / f"passalong-chaos-{os.getpid()}"
    group.mkdir()
    try:
        if not (group / found[1]).exists():
            raise FileNotFoundError(group / found[1])
        yield group / found[1]
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove the group, as soon as nothing of what was killed is left in it."""
    until = time.monotonic() + 5
    while group.exists() and time.monotonic() < until:
        with suppress(OSError):
            group.rmdir()
        time.sleep(0.05)


def _has(root: Path) -> bool:
    return (root / "cgroup.procs").exists()


def _squeeze(outcome: Outcome, place: Place, limit: Path) -> tuple[Sender, int]:
    """Let a neighbour take the memory, again and again; returns how often the kernel killed the server."""
    length = "short" if outcome.short else "long"
    sender, kills = Sender(place.port, place.tokens, rest_s=0.0), 0
    with sender.sending():
        for _ in range(KILLS[length]):
            sender.wait_for_acks(ACKS_A_KILL[length])
            kills += _starve(place, limit)
        sender.wait_for_acks(ACKS_A_KILL[length])
    return sender, kills


def _starve(place: Place, limit: Path) -> bool:
    """True if the kernel killed a process of the server; it runs again afterwards."""
    assert place.process is not None
    workers = place.workers()
    limit.write_text(str(1 << 40))
    for pid in (place.process.pid, *workers):
        (limit.parent / "cgroup.procs").write_text(str(pid))
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")  # the first that the kernel chooses
    limit.write_text(str(ROOM_MB << 20))
    greedy = subprocess.Popen([sys.executable, "-c", GREEDY])
    (limit.parent / "cgroup.procs").write_text(str(greedy.pid))
    until = time.monotonic() + WITHIN_S
    try:
        while place.workers() == workers and time.monotonic() < until:
            time.sleep(0.005)
    finally:
        greedy.kill()
        greedy.wait()
        limit.write_text(str(1 << 40))
    killed = place.workers() != workers
    _restart_what_ended(place)
    return killed


def _restart_what_ended(place: Place) -> None:
    """Wait for an answer, as a service manager does: the master may end a moment after its worker."""
    assert place.process is not None
    try:
        place.wait_for_answer()
    except ServerStateError:
        if place.process.poll() is None:
            raise
    if place.process.poll() is not None:
        place.kill_all()
        place.start()


if __name__ == "__main__":
    sys.exit(main())

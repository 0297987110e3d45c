"""Failover under load: PostgreSQL's primary is lost and its standby promoted; no acknowledged fact is lost.

The standby is synchronous, as docs/deployment.md asks for; `DATABASE_URL` names both, and nothing of ours is restarted.
Control: the same standby asynchronous and a little behind.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from chaos.books import audit, lost
from chaos.outcome import begin
from chaos.place import ServerStateError, a_place
from chaos.postgres_killed import kill_postgres
from chaos.sending import Sender
from plumbing.postgres import DRIVER, Postgres, database_name, running_postgres

TIMES = {"short": 1, "long": 10}
ACKS = {"short": 100, "long": 1_000}
BEHIND_S = 1.0
MOST_S = 25.0


class Standby:
    """A standby of a running server, in a folder beside it."""

    def __init__(self, primary: Postgres):
        self._primary = primary
        self._user = primary.server.system_user
        self._programs = Path(f"/proc/{_pid_of(primary)}/exe").resolve().parent
        self.folder = Path(primary.server.pgdata).parent / "standby"
        self.data = self.folder / "data"
        self.folder.mkdir()
        if self._user:
            subprocess.run(["chown", self._user, str(self.folder)], check=True)
        whom = [f"--host={_socket_of(primary)}", "--username=postgres"]
        self._run(
            "pg_basebackup", f"--pgdata={self.data}", *whom, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"
        )
        self._run("pg_ctl", "start", "--wait", f"--pgdata={self.data}", f"--options=-h '' -k {self.folder}", "--silent")

    def promote(self) -> None:
        """Promote the standby."""
        self._run("pg_ctl", "promote", "--wait", f"--pgdata={self.data}", "--silent")

    def receiver(self) -> int:
        """Return the pid of the WAL receiver."""
        rows = self._primary_says("SELECT pid FROM pg_stat_replication")
        assert rows, "nobody follows"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres") as connection:
            row = connection.execute("SELECT pid FROM pg_stat_wal_receiver").fetchone()
        assert row is not None
        return int(row[0])

    def stop(self) -> None:
        """Stop it immediately."""
        self._run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={self.data}", "--silent")

    def be_waited_for(self) -> None:
        """Make commits on the primary wait for this standby."""
        self._primary_says("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        until = time.monotonic() + 10
        while self._primary_says("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            assert time.monotonic() < until, "the standby did not become synchronous"
            time.sleep(0.05)

    def _primary_says(self, *statements: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._primary.server.get_uri(), autocommit=True) as connection:
            for statement in statements[:-1]:
                connection.execute(statement.encode())
            cursor = connection.execute(statements[-1].encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: str) -> None:
        log = self.folder.with_suffix(".log")  # no pipe: what pg_ctl starts would keep it open
        with log.open("ab") as said:
            done = subprocess.run(
                [self._programs / program, *arguments], user=self._user, stdout=said, stderr=said, cwd="/"
            )
        if done.returncode:
            raise ServerStateError(f"{program}: {log.read_text()[-2000:]}")


def main() -> int:
    """Fail over several times, each on a new pair; then once with an asynchronous standby."""
    outcome = begin("failover")
    length = "short" if outcome.short else "long"
    gaps, acks, missing, double, answers = list[float](), 0, 0, 0, set[int]()
    for _ in range(TIMES[length]):
        with _pair() as (primary, standby):
            standby.be_waited_for()
            url = _both(primary, standby)
            with a_place(url) as place:
                workers = place.workers()
                sender = Sender(place.port, place.tokens)
                gaps.append(_under_load(sender, primary, standby, ACKS[length]))
                place.settle()
                found = audit(url, sender)
                assert found.problems == [] and place.workers() == workers, found.problems
            acks, answers = acks + sum(sender.acked.values()), answers | set(sender.statuses)
            missing, double = missing + found.lost, double + found.double
    honest = answers <= {202, 503}
    told = {"n": TIMES[length], "acks": acks, "lost": missing, "double": double, "answers": sorted(answers)}
    outcome.claim("the standby takes over", honest and not missing and not double, **told)
    outcome.claim(
        "from the kill to the next acknowledgement",
        max(gaps) <= MOST_S,
        n=len(gaps),
        median_s=statistics.median(gaps),
        longest_s=max(gaps),
    )
    with _pair() as (primary, standby):
        url = _both(primary, standby)
        with a_place(url) as place:
            sender = Sender(place.port, place.tokens)
            _under_load(sender, primary, standby, ACKS["short"], behind=True)
            missing = lost(url, sender)
        outcome.control("nobody waits for the standby", missing > 0, acks=len(sender.acked), lost=missing)
    return outcome.end()


@contextmanager
def _pair() -> Iterator[tuple[Postgres, Standby]]:
    with running_postgres() as primary:
        primary.create_database()
        standby = Standby(primary)
        try:
            yield primary, standby
        finally:
            standby.stop()


def _both(primary: Postgres, standby: Standby) -> str:
    """Return the URL with both hosts that connects to the writable one."""
    name = database_name(primary.server.get_uri(database="passalong_1", driver=DRIVER))
    hosts = f"host={_socket_of(primary)}&host={standby.folder}"
    return f"postgresql+{DRIVER}://postgres:@/{name}?{hosts}&target_session_attrs=read-write"


def _pid_of(primary: Postgres) -> int:
    return int((Path(primary.server.pgdata) / "postmaster.pid").read_text().split()[0])


def _socket_of(primary: Postgres) -> str:
    folder = primary.server.get_postmaster_info().socket_dir
    return str(folder)


def _under_load(sender: Sender, primary: Postgres, standby: Standby, acks: int, behind: bool = False) -> float:
    """Kill the primary and promote the standby; the longest time without an acknowledgement, in seconds."""
    with sender.sending():
        sender.wait_for_acks(acks)
        if behind:
            os.kill(receiver := standby.receiver(), signal.SIGSTOP)
            time.sleep(BEHIND_S)
        began = time.monotonic()
        kill_postgres(primary)
        if behind:
            os.kill(receiver, signal.SIGKILL)
        standby.promote()
        sender.wait_for_acks(acks)
        return round(sender.longest_gap_s(began), 2)


if __name__ == "__main__":
    sys.exit(main())

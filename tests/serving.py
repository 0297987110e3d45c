"""Passalong as it runs in production: gunicorn's `asgi` worker in a process of its own, on either database.

    def test_…(passalong: Passalong) -> None:
        with passalong.client() as browser:
            token = browser.issue_link("bees01", guest=anna.guest, page="https://bees.example/")
            browser.visit("bees01", token, visitor=cleo.visitor, page="https://bees.example/")
        passalong.settled()

Only the clock is replaced, and only where a test asks for `passalong`; `start_passalong` can also use the machine's.
"""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from client import ANSWER_S, USER_AGENT, Client
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.queries import due
from passalong.store.schema.event_log import queue
from plumbing.forked import Forked
from plumbing.ports import HOST, free_port
from serving_child import CLOCK_BYTES, FileClock
from tables import make_tables

TESTS = Path(__file__).parent
START_S = 30.0
STOP_S = 10.0
SETTLE_S = 120.0
NOON_MS = 1_767_873_600_000
"""Where a test's clock begins: 2026-01-08 12:00 UTC."""


class ServerFailedError(Exception):
    """The server did not come up, with what it wrote to standard error."""


@dataclass
class Passalong:
    """A running server, and the same database opened in the test."""

    port: int
    process: Forked
    log: Path
    db: Database
    clock: FileClock | None
    _clients: list[Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address that people see."""
        return f"http://{HOST}:{self.port}"

    def client(self, user_agent: str = USER_AGENT, patience_s: float = ANSWER_S) -> Client:
        """A connection of its own, closed at the latest when the server stops."""
        self._clients.append(Client(self.port, user_agent, patience_s))
        return self._clients[-1]

    def settled(self, within_s: float = SETTLE_S) -> float:
        """Wait until all that was taken in is folded and nothing is due (no hold, no pool); returns the seconds."""
        began = time.monotonic()
        while waiting := self._waiting():
            if self.process.poll() is not None:
                raise ServerFailedError(f"it ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
            if time.monotonic() - began > within_s:
                raise ServerFailedError(f"still to do after {within_s} s: {waiting}\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _waiting(self) -> str:
        """What is still to be folded, in words; empty when nothing is.

        One moment for all: a month's pools are closed in pieces, with nothing in the queue between them.
        """
        with self.db.reading_one_moment() as session:
            count = session.scalar(select(func.count()).select_from(queue)) or 0
            if count:
                return f"{count} facts"
            now_ms = time.time_ns() // 1_000_000 if self.clock is None else self.clock.now_ms()
            for site in sites.all_sites(session):
                due_ms = due.next_due_ms(session, site.site_id, site.zones, now_ms)
                if due_ms is not None and due_ms <= now_ms:
                    return f"something of {site.site_id} that was due at {due_ms}"
        return ""

    def stop(self) -> None:
        """End it as an owner would; by force where that takes more than ten seconds."""
        for client in self._clients:
            client.close()
        _end(self.process)
        self.db.close()


def _end(process: Forked) -> None:
    """SIGTERM to the process and, if it is still there, SIGKILL to it and its worker (a session of their own)."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def start(database_url: str, folder: Path, clock: FileClock | None = None, **settings: str) -> Passalong:
    """Start the product on a database, which is brought up to date first; `settings` are environment variables."""
    db = Database(database_url)
    make_tables(db)
    port = free_port()
    log = folder / f"passalong-{port}.log"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(TESTS),
        "PASSALONG_DATA": str(folder),
        "PASSALONG_BIND": HOST,
        "PASSALONG_PORT": str(port),
        "DATABASE_URL": database_url,
        **{name: value.replace("{port}", str(port)) for name, value in settings.items()},
    }
    command = ["serving_child", *([str(clock.path)] if clock else [])]
    process = Forked(command, env=environment, cwd=folder, log=log)
    served = Passalong(port, process, log, db, clock)
    try:
        _wait_for(served)
    except BaseException:
        served.stop()
        raise
    return served


def _wait_for(served: Passalong) -> None:
    """Until /healthz answers; raises ServerFailedError with the server's own words."""
    until = time.monotonic() + START_S
    while True:
        try:
            with Client(served.port) as probe:
                answers = probe.send("GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            answers = False
        ended = served.process.poll() is not None
        if answers and not ended:
            return
        if ended or time.monotonic() > until:
            raise ServerFailedError(f"no /healthz within {START_S} s:\n{served.log.read_text()[-4000:]}")
        time.sleep(0.05)


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[FileClock]:
    """A clock that stands at noon until the test sets it."""
    path = tmp_path / "clock"
    path.write_bytes(NOON_MS.to_bytes(CLOCK_BYTES, "little"))
    made = FileClock(path)
    yield made
    made.close()


Start = Callable[..., Passalong]


@pytest.fixture
def start_passalong(tmp_path: Path) -> Iterator[Start]:
    """`start` in this test's folder: (database_url, clock=None, **environment). All are stopped after the test."""
    started: list[Passalong] = []

    def start_here(database_url: str, clock: FileClock | None = None, **settings: str) -> Passalong:
        started.append(start(database_url, tmp_path, clock, **settings))
        return started[-1]

    yield start_here
    for served in started:
        served.stop()


@pytest.fixture
def passalong(start_passalong: Start, database_url: str, clock: FileClock) -> Passalong:
    """The product, running on each database in turn, at the time of `clock`."""
    return start_passalong(database_url, clock)

"""The instance of an experiment: one Passalong on one database, which is started, killed and started again."""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from cast import a_site, an_id
from client import Client
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.schema.event_log import queue
from plumbing.forked import Forked
from plumbing.ports import HOST, free_port
from tables import make_tables

ROOT = Path(__file__).parents[1]
SITE = "bees01"
PAGE = "https://bees.example/bees"
START_S = 30.0
SETTLE_S = 1_200.0
LINKS = 20
USUAL_FILES = 1_024
"""How many files most systems let a process open, unless it asks for more."""


class ServerStateError(Exception):
    """The server did not start or stop as the experiment needs, with the end of its log."""


@dataclass
class Place:
    """A site with shared links. `fault` is one of server_child's, or empty for the product itself."""

    folder: Path
    database_url: str
    fault: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    tokens: list[str] = field(default_factory=list)
    process: Forked | subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Return the server's standard error."""
        return self.folder / "passalong.log"

    def start(self) -> None:
        """Start the server, as `passalong serve` does, and wait until it answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
            "PASSALONG_DATA": str(self.folder),
            "PASSALONG_BIND": HOST,
            "PASSALONG_PORT": str(self.port),
            "PASSALONG_LOG": "warning",
            "DATABASE_URL": self.database_url,
            **self.settings,
        }
        self.process = self._run(["chaos.server_child", *([self.fault] if self.fault else [])], environment)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (USUAL_FILES, hard))
        self.wait_for_answer()

    def _run(self, command: list[str], environment: dict[str, str]) -> Forked | subprocess.Popen[bytes]:
        """Fork the server, or start it anew where a library has to be loaded before everything else."""
        if "LD_PRELOAD" not in environment:
            return Forked(command, env=environment, cwd=Path.cwd(), log=self.log)
        whole = [sys.executable, "-m", "quickly", *command]
        with self.log.open("ab") as log:
            return subprocess.Popen(whole, env=environment, stdout=log, stderr=log, start_new_session=True)

    def wait_for_answer(self) -> None:
        """Wait until the port accepts connections and /healthz answers 200."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            try:
                with Client(self.port) as probe:
                    if probe.send("GET", "/healthz").status == 200:
                        return
            except OSError:
                pass
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise ServerStateError(self.log.read_text()[-4000:])

    def workers(self) -> list[int]:
        """Return the pids of gunicorn's workers."""
        assert self.process is not None
        pid = self.process.pid
        try:
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill_worker(self) -> None:
        """Kill -9 the serving process; gunicorn starts another."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill -9 every process that was started here."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # all of them have ended
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Stop the server by SIGTERM, or by force."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
            self.process = None
        except subprocess.TimeoutExpired:
            self.kill_all()

    def make_site(self) -> None:
        """Make a site with the first terms, on tables of this version."""
        db = Database(self.database_url)
        make_tables(db)
        a_site(db, SystemClock(), site_id=SITE)
        db.close()

    def make_links(self) -> None:
        """Issue a link for each of some people."""
        with Client(self.port) as browser:
            for number in range(LINKS):
                who = an_id("guest", number)
                token = browser.issue_link(SITE, guest=who, page=PAGE, request_id=an_id("link", number))
                self.tokens.append(token)

    def settle(self) -> float:
        """Wait until everything is folded; returns the seconds."""
        began = time.monotonic()
        db = Database(self.database_url)
        try:
            while time.monotonic() - began < SETTLE_S:
                with db.reading() as session:
                    if not session.scalar(select(func.count()).select_from(queue)):
                        return time.monotonic() - began
                time.sleep(0.1)
        finally:
            db.close()
        raise ServerStateError(f"not folded within {SETTLE_S} s\n{self.log.read_text()[-4000:]}")

    def memory_mb(self) -> float:
        """Return the resident memory of the serving process."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers()]
        return round(sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


@contextmanager
def a_place(database_url: str = "", fault: str = "", folder: Path | None = None, **settings: str) -> Iterator[Place]:
    """Run a server with a site and its links, on SQLite unless a URL is given; ends and deletes it afterwards."""
    with tempfile.TemporaryDirectory(prefix="passalong-chaos-") as made:
        here = folder or Path(made)
        place = Place(here, database_url or f"sqlite:///{here / 'passalong.sqlite3'}", fault, settings)
        try:
            place.make_site()
            place.start()
            place.make_links()
            yield place
        finally:
            place.kill_all()


def connect(port: int) -> socket.socket:
    """Open a plain connection."""
    return socket.create_connection((HOST, port), timeout=5)

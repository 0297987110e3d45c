"""Passalong as it runs in production: gunicorn's `asgi` worker in a process of its own, on either database.

    def test_…(passalong: Passalong) -> None:
        with passalong.client() as browser:
            token = browser.issue_link("bees01", guest=anna.guest, page="https://bees.example/")
            browser.visit("bees01", token, visitor=cleo.visitor, page="https://bees.example/")
        passalong.settled()

Only the clock is replaced, and only where a test asks for `passalong`; `start_passalong` can also use the machine's.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from sqlalchemy import func, select

from passalong import migrate
from passalong.store import journeys, sites
from passalong.store.engine import Database
from passalong.store.tables import queue
from plumbing.ports import HOST, free_port
from serving_child import CLOCK_BYTES, FileClock

TESTS = Path(__file__).parent
START_S = 30.0
STOP_S = 10.0
ANSWER_S = 60.0
SETTLE_S = 120.0
NOON_MS = 1_767_873_600_000
"""Where a test's clock begins: 2026-01-08 12:00 UTC."""
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
"""Programs that say so are bots to us, and bots never count."""


class ServerFailed(Exception):
    """The server did not come up, with what it wrote to standard error."""


class Unexpected(AssertionError):
    """An answer that a helper does not take for success."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kept(self) -> str | None:
        """What a note was kept as."""
        return self.headers.get("along-kept")

    @property
    def dropped(self) -> str | None:
        """Why a note was not counted."""
        return self.headers.get("along-dropped")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One keep-alive connection. `send` answers whatever comes; the verbs fail unless the server took it.

    Like the widget, a verb comes again with the same id while the server is busy (503).
    """

    def __init__(self, port: int, user_agent: str = USER_AGENT, patience_s: float = ANSWER_S):
        self._connection = http.client.HTTPConnection(HOST, port, timeout=patience_s)
        self._headers = {"User-Agent": user_agent}
        self._patience_s = patience_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; a kept connection that the server has ended meanwhile is opened anew, once."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = self._headers | ({} if data is None else {"Content-Type": "text/plain"}) | (headers or {})
        try:
            return self._once(method, path, data, sent)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            return self._once(method, path, data, sent)

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            got = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, got, response.read())
        except BaseException:
            self._connection.close()
            raise

    def issue_link(self, site_id: str, *, guest: str, page: str, request_id: str, **more: str | None) -> str:
        """The token of a link that was asked for; `parent`, `visitor` and `title` as in docs/wire.md."""
        said = {"site": site_id, "id": request_id, "guest": guest, "page": page} | _given(more)
        token: str = self._say("POST", "/v1/links", said, wanted=(201, 200)).json()["token"]
        return token

    def visit(self, site_id: str, token: str, *, visitor: str, page: str, note_id: str, **more: Any) -> Answer:
        """Somebody looks at a page that they reached through a link; `guest` and `hidden` as in docs/wire.md."""
        said = {"site": site_id, "id": note_id, "kind": "visit", "token": token, "visitor": visitor, "page": page}
        return self._say("POST", "/v1/notes", said | _given(more), wanted=(202,))

    def share(self, site_id: str, token: str, *, guest: str, note_id: str, to: str = "copy") -> Answer:
        """Somebody uses the link that they were given."""
        said = {"site": site_id, "id": note_id, "kind": "share", "token": token, "guest": guest, "to": to}
        return self._say("POST", "/v1/notes", said, wanted=(202,))

    def convert(self, api_key: str, conversion_id: str, *, goal: str = "purchase", **more: Any) -> Answer:
        """The owner's server reports an outcome; `amount_minor`, `currency` and `code` as in docs/wire.md."""
        said = {"id": conversion_id, "goal": goal} | _given(more)
        return self._say("POST", "/api/v1/conversions", said, _key(api_key), wanted=(202, 200))

    def refund(self, api_key: str, conversion_id: str, *, refund_id: str, amount_minor: int) -> Answer:
        """The owner's server reports value that was given back."""
        said = {"id": refund_id, "amount_minor": amount_minor}
        path = f"/api/v1/conversions/{conversion_id}/refunds"
        return self._say("POST", path, said, _key(api_key), wanted=(202, 200))

    def receipt(self, api_key: str, conversion_id: str) -> Any:
        """A conversion's receipt as it stands."""
        path = f"/api/v1/conversions/{conversion_id}"
        return self._say("GET", path, headers=_key(api_key), wanted=(200,)).json()

    def _say(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        wanted: tuple[int, ...],
    ) -> Answer:
        until = time.monotonic() + self._patience_s
        answer = self.send(method, path, body, headers)
        while answer.status == 503 and time.monotonic() < until:
            time.sleep(float(answer.headers.get("retry-after", "1")))
            answer = self.send(method, path, body, headers)
        if answer.status not in wanted:
            raise Unexpected(f"{method} {path}: {answer.status} instead of {wanted}: {answer.body[:500]!r}")
        return answer


def _given(more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if value is not None}


def _key(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}


@dataclass
class Passalong:
    """A running server, and the same database opened in the test."""

    port: int
    process: subprocess.Popen[bytes]
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
        """Wait until everything that was taken in is folded, and no hold is due; returns the seconds that it took."""
        began = time.monotonic()
        while waiting := self._waiting():
            if self.process.poll() is not None:
                raise ServerFailed(f"it ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
            if time.monotonic() - began > within_s:
                raise ServerFailed(f"still to do after {within_s} s: {waiting}\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _waiting(self) -> str:
        """What is still to be folded, in words; empty when nothing is."""
        with self.db.reading() as session:
            count = session.scalar(select(func.count()).select_from(queue)) or 0
            if count:
                return f"{count} facts"
            now_ms = time.time_ns() // 1_000_000 if self.clock is None else self.clock.now_ms()
            for site in sites.all_sites(session):
                due_ms = journeys.next_due_ms(session, site.site_id)
                if due_ms is not None and due_ms <= now_ms:
                    return f"a hold of {site.site_id} that ended at {due_ms}"
        return ""

    def stop(self) -> None:
        """End it as an owner would; by force where that takes more than ten seconds."""
        for client in self._clients:
            client.close()
        _end(self.process)
        self.db.close()


def _end(process: subprocess.Popen[bytes]) -> None:
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
    migrate.upgrade(db)
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
    command = [sys.executable, "-m", "serving_child", *([str(clock.path)] if clock else [])]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=stderr, stderr=stderr, start_new_session=True
        )
    served = Passalong(port, process, log, db, clock)
    try:
        _wait_for(served)
    except BaseException:
        served.stop()
        raise
    return served


def _wait_for(served: Passalong) -> None:
    """Until /healthz answers; raises ServerFailed with the server's own words."""
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
            raise ServerFailed(f"no /healthz within {START_S} s:\n{served.log.read_text()[-4000:]}")
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

"""Where the demo's tests happen: two free ports and a folder, and programs that are ended each by its own id."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from passalong.demo import kept, run
from passalong.demo.children import Child
from passalong.settings import Settings, read_settings
from plumbing.ports import free_port

START_S = 60.0
LINES = 7
"""How many lines `demo run` prints."""


class Answer(NamedTuple):
    """What came back, after redirects."""

    status: int
    url: str
    headers: dict[str, str]
    text: str


def ask(address: str, body: bytes | None = None, **headers: str) -> Answer:
    """GET, or POST a body, with cookies on the way; OSError when nobody listens there."""
    request = urllib.request.Request(address, body, headers)
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    try:
        with browser.open(request, timeout=20) as answer:
            return Answer(answer.status, answer.url, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.url, dict(error.headers), error.read().decode())


def submit(address: str, **fields: str) -> Answer:
    """Send a form."""
    return ask(address, urllib.parse.urlencode(fields).encode())


def answers(address: str) -> bool:
    """True when somebody listens there."""
    try:
        return ask(address).status < 500
    except OSError:
        return False


def eventually(look: Callable[[], bool], seconds: float = START_S) -> None:
    """Wait until it is so."""
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)


class Place(Struct, frozen=True):
    """Where Passalong and the almanac are, or will be."""

    settings: Settings
    demo_port: int

    @property
    def shop(self) -> str:
        """The almanac's address."""
        return f"http://localhost:{self.demo_port}"

    @property
    def host(self) -> str:
        """Passalong's address."""
        return self.settings.url

    @property
    def env(self) -> dict[str, str]:
        """What a program needs to run here."""
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(path for path in sys.path if path),
            "PASSALONG_DATA": str(self.settings.data_dir),
            "PASSALONG_PORT": str(self.settings.port),
        }

    @property
    def api_key(self) -> str:
        """The shop's key."""
        known = kept.read(self.settings.data_dir)
        assert known is not None
        return known.api_key

    def receipt(self, order_id: str) -> dict[str, Any]:
        """What Passalong says of an order, once it is folded."""

        def read() -> dict[str, Any]:
            answer = ask(f"{self.host}/api/v1/conversions/{order_id}", Authorization=f"Bearer {self.api_key}")
            found: dict[str, Any] = json.loads(answer.text)
            return found

        eventually(lambda: read().get("status") != "pending")
        return read()


def place_in(folder: Path) -> Place:
    """A place with its data in this folder, where nothing runs and nothing is kept."""
    port, demo_port = free_port(), free_port()
    return Place(read_settings({"PASSALONG_DATA": str(folder), "PASSALONG_PORT": str(port)}), demo_port)


class Programs:
    """Starts Passalong and the almanac, as `passalong serve` and `passalong demo site`, at a place that was set up."""

    def __init__(self, place: Place):
        self.place = place
        self.started: list[Child] = []
        run.set_up(place.settings, place.demo_port)

    def start_passalong(self) -> None:
        """Start Passalong and wait until it answers."""
        self._start("serve", address=f"{self.place.host}/healthz")

    def start_shop(self) -> None:
        """Start the almanac and wait until it answers."""
        self._start("demo", "site", "--demo-port", str(self.place.demo_port), address=f"{self.place.shop}/")

    def _start(self, *arguments: str, address: str) -> None:
        child = Child("It", arguments, self.place.env)
        self.started.append(child)
        eventually(lambda: not child.is_alive or answers(address))
        assert child.is_alive, child.words()


def command(place: Place) -> list[str]:
    """`passalong demo run`, there."""
    return [sys.executable, "-m", "passalong", "demo", "run", "--demo-port", str(place.demo_port)]


@contextmanager
def started(place: Place) -> Iterator[subprocess.Popen[str]]:
    """The demo in a session of its own, as a terminal would start it."""
    process = subprocess.Popen(
        command(place),
        env=place.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=START_S)


@contextmanager
def running(place: Place) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The same, when it has printed its lines."""
    with started(place) as process:
        assert process.stdout is not None
        yield process, [process.stdout.readline().rstrip("\n") for _ in range(LINES)]

"""The receivers that owners copy check a signature as the public library does, in four languages."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from client import Client
from passalong.core.webhooks.signature import headers, secret_text
from plumbing.ports import HOST, free_port

SNIPPETS = Path(__file__).parents[1] / "snippets"
PATIENCE_S = 180
SECRET, OLD = b"new secret of Otto's own webhook", b"old secret of Otto's own webhook"
BODY = '{"id": "evt_1", "type": "share.created", "data": {"note": "100 % d\\u00e9j\\u00e0 vu\\n é 🐝"}}'
MINUTE_MS = 60_000
Sent = dict[str, str]
Receiver = Callable[[Sent, bytes], bool]
RACK = """
require "stringio"
load ARGV[0]
header = ->(name) { ENV.fetch("WEBHOOK_#{name}") }
asked = %w[ID TIMESTAMP SIGNATURE].to_h { |name| ["HTTP_WEBHOOK_#{name}", header[name]] }
status, = WEBHOOK.call(asked.merge("rack.input" => $stdin.binmode))
exit(status == 204 ? 0 : status == 401 ? 1 : 2)
"""


def by_script(command: list[str], sent: Sent, body: bytes) -> bool:
    """Whether a program that reads the body and the headers as a CGI program does says yes."""
    named = {name.upper().replace("-", "_"): value for name, value in sent.items()}
    env = os.environ | named | {"WEBHOOK_SECRET": secret_text(SECRET)}
    done = subprocess.run(command, input=body, env=env, capture_output=True, timeout=PATIENCE_S)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def by_server(port: int, sent: Sent, body: bytes) -> bool:
    """Whether a server takes it."""
    with Client(port) as shop:
        status = shop.send("POST", "/hook", body, sent | {"Content-Type": "application/json"}).status
    assert status in (204, 401)
    return status == 204


@contextmanager
def a_server(command: list[str], port: int) -> Iterator[Receiver]:
    """A server of that command on a port, until the block ends."""
    env = os.environ | {"WEBHOOK_SECRET": secret_text(SECRET), "LISTEN": f"{HOST}:{port}"}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until_s = time.monotonic() + PATIENCE_S
            while not _is_up(port):
                assert time.monotonic() < until_s
                assert process.poll() is None
                time.sleep(0.05)
            yield partial(by_server, port)
        finally:
            process.terminate()


def _is_up(port: int) -> bool:
    try:
        with Client(port) as probe:
            return probe.send("GET", "/").status in (401, 404)
    except OSError:
        return False


def compiled(folder: Path) -> str:
    """The receiver in Go, compiled."""
    program = str(folder / "webhook")
    env = os.environ | {"GOCACHE": str(folder / "go"), "GO111MODULE": "off"}
    command = ["go", "build", "-o", program, str(SNIPPETS / "webhook.go")]
    subprocess.run(command, env=env, check=True, timeout=PATIENCE_S)
    return program


@pytest.fixture(scope="module", params=["sh", "php", "ruby", "go"])
def takes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """The receiver of each language that is installed here."""
    language: str = request.param
    if shutil.which(language) is None:
        pytest.skip(f"{language} is not installed: its receiver is not tried")
    port, folder = free_port(), tmp_path_factory.mktemp("receiver")
    with ExitStack() as until_the_end:
        if language == "php":
            command = ["php", "-S", f"{HOST}:{port}", str(SNIPPETS / "webhook.php")]
            yield until_the_end.enter_context(a_server(command, port))
        elif language == "go":
            yield until_the_end.enter_context(a_server([compiled(folder)], port))
        elif language == "ruby":
            yield partial(by_script, ["ruby", "-w", "-e", RACK, str(SNIPPETS / "webhook.rb")])
        else:
            yield partial(by_script, ["sh", str(SNIPPETS / "webhook.sh")])


def signed(*secrets: bytes, body: str = BODY, later_ms: int = 0) -> Sent:
    """The headers of an event that is sent now, or `later_ms` from now."""
    return headers(secrets, "evt_1", time.time_ns() // 1_000_000 + later_ms, body)


CASES: list[tuple[str, Callable[[], Sent], str, bool]] = [
    ("as it was sent", lambda: signed(SECRET), BODY, True),
    ("while a new secret replaces an old one", lambda: signed(OLD, SECRET), BODY, True),
    ("four minutes old", lambda: signed(SECRET, later_ms=-4 * MINUTE_MS), BODY, True),
    ("another body", lambda: signed(SECRET), BODY + " ", False),
    ("another secret", lambda: signed(OLD), BODY, False),
    ("six minutes old", lambda: signed(SECRET, later_ms=-6 * MINUTE_MS), BODY, False),
    ("from six minutes ahead", lambda: signed(SECRET, later_ms=6 * MINUTE_MS), BODY, False),
    ("another id", lambda: signed(SECRET) | {"webhook-id": "evt_2"}, BODY, False),
    ("no time", lambda: signed(SECRET) | {"webhook-timestamp": "soon"}, BODY, False),
    ("no signature", lambda: signed(SECRET) | {"webhook-signature": ""}, BODY, False),
    ("a part of one", lambda: signed(SECRET) | {"webhook-signature": "v1,"}, BODY, False),
]


@pytest.mark.parametrize(("sent", "body", "good"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_receiver_takes_what_is_ours_and_fresh_and_nothing_else(
    takes: Receiver, sent: Callable[[], Sent], body: str, good: bool
) -> None:
    made = sent()
    assert takes(made, body.encode()) == good
    assert by_library(made, body) == good


def by_library(sent: Sent, body: str) -> bool:
    """Whether the public library takes it."""
    try:
        Webhook(secret_text(SECRET)).verify(body, sent)
    except WebhookVerificationError:
        return False
    return True

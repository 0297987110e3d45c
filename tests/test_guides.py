"""The guides' commands are run as they stand, against a running instance; the answers that they show are compared."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cast import a_site, an_id, anna, cleo
from client import Client
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.lib.clock import SystemClock
from plumbing.ports import HOST, free_port
from serving import Passalong, Start

ROOT = Path(__file__).parents[1]
CLOCK = SystemClock()
PATIENCE_S = 90
ANYTHING = "…"


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page with their languages, without the indent of the list that they stand in."""
    text = (ROOT / "docs" / page).read_text()
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [(language, re.sub(f"^{indent}", "", body, flags=re.MULTILINE)) for indent, language, body in found]


def differs(shown: Any, found: Any) -> bool:
    """True unless everything that is shown was found; `…` stands for anything."""
    if isinstance(shown, dict):
        return any(name not in found or differs(value, found[name]) for name, value in shown.items())
    if isinstance(shown, list):
        return len(shown) != len(found) or any(map(differs, shown, found))
    return bool(shown not in (ANYTHING, found))


class Shell:
    """A terminal on the machine of an instance with Otto's site; `SITE` and other words of a page are filled in."""

    def __init__(self, served: Passalong, folder: Path):
        self.served = served
        self.site = a_site(served.db, CLOCK)
        self.words = {"SITE": self.site.site_id, "https://along.example.org": served.url}
        both = NewKey("guide", (Scope.REPORT, Scope.READ))
        self.key = api_keys.new(served.db, CLOCK, self.site.site_id, both)
        self.env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PASSALONG_DATA": str(folder),
            "DATABASE_URL": served.db.url.render_as_string(hide_password=False),
            "PASSALONG_PRIVATE_WEBHOOKS": "yes",
            "PASSALONG_URL": served.url,
            "PASSALONG_KEY": self.key,
        }

    def filled(self, text: str) -> str:
        """The text of a page with this instance's words."""
        for word, value in self.words.items():
            text = re.sub(rf"(?<![A-Z_]){re.escape(word)}(?![A-Z_])", value, text)
        return text

    def run(self, text: str, code: int = 0) -> str:
        """Run commands that end with that exit code; what they print."""
        self.served.settled()
        done = subprocess.run(
            ["sh", "-eu", "-c", self.filled(text)], env=self.env, capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert done.returncode == code, (text, done.stdout, done.stderr)
        return done.stdout

    def arrive(self) -> str:
        """Cleo comes by a link of Anna's; the code of her visit."""
        with self.served.client() as browser:
            token = browser.issue_link(
                self.site.site_id, guest=anna.guest, page=self.site.page(), request_id=an_id("guide")
            )
            browser.share(self.site.site_id, token, guest=anna.guest, note_id=an_id("guide", "share"))
            note_id = an_id("guide", "visit")
            browser.visit(self.site.site_id, token, visitor=cleo.visitor, page=self.site.page(), note_id=note_id)
        return f"{token}.{note_id}"


def test_every_command_of_the_guides_works_and_answers_as_shown(
    start_passalong: Start, database_url: str, tmp_path: Path
) -> None:
    shell = Shell(start_passalong(database_url), tmp_path)
    shell.words["CODE"] = shell.arrive()
    said, compared = "", 0
    for language, body in blocks("guides.md"):
        if language == "sh":
            said = shell.run(body)
        elif language == "json":
            assert not differs(json.loads(body), json.loads(said)), (body, said)
            compared += 1
        else:
            assert (language, body in (ROOT / "snippets" / "checkout-form.html").read_text()) == ("html", True)
    assert compared >= 9


def test_an_answer_that_a_guide_shows_wrongly_is_noticed() -> None:
    found = {"status": "credited", "lines": [{"recipient": "a", "amount_micros": 1}]}
    assert not differs({"lines": [{"recipient": ANYTHING}]}, found)
    wrong: list[Any] = [{"status": "refused"}, {"lines": []}, {"lines": [{"amount_micros": 2}]}, {"reason": ANYTHING}]
    assert all(differs(shown, found) for shown in wrong)


@contextmanager
def a_process(arguments: list[str], env: dict[str, str], folder: Path, ready: Callable[[str], bool]) -> Iterator[Path]:
    """A program that runs until the block ends; the file that it writes to, once that is `ready`."""
    log = folder / f"{an_id(*arguments, time.monotonic_ns())}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(arguments, env=env, cwd=folder, stdout=out, stderr=out)
    try:
        wait(lambda: ready(log.read_text()), log)
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def wait(done: Callable[[], bool], log: Path) -> None:
    """Wait until something is so."""
    until_s = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until_s, log.read_text()
        time.sleep(0.05)


def listens(port: int) -> Callable[[str], bool]:
    """Whether a receiver answers there."""

    def answers(_said: str) -> bool:
        try:
            with Client(port) as probe:
                return probe.send("GET", "/").status == 404
        except OSError:
            return False

    return answers


def test_the_receiver_and_every_command_of_the_page_of_webhooks_work(start_passalong: Start, tmp_path: Path) -> None:
    served = start_passalong(f"sqlite:///{tmp_path / 'here.db'}", PASSALONG_PRIVATE_WEBHOOKS="yes")
    shell = Shell(served, tmp_path)
    port = free_port()
    shell.words |= {"ak_…": shell.key, "http://127.0.0.1:3000": f"http://{HOST}:{port}"}
    shell.words["https://shop.example/hooks/passalong"] = shell.words["URL"] = f"http://{HOST}:{port}/hook"
    (tmp_path / "hook.py").write_text(next(body for language, body in blocks("webhooks.md") if language == "python"))
    receiver = [sys.executable, "-m", "flask", "--app", "hook", "run", "--port", str(port)]
    listening, adding, reading = [body for language, body in blocks("webhooks.md") if language == "sh"]

    command = shell.filled(listening).replace("passalong listen", "exec passalong listen")
    with a_process(["sh", "-eu", "-c", command], shell.env, tmp_path, lambda said: "whsec_" in said) as listen:
        secret = re.findall(r"whsec_\S+", listen.read_text())[0]
        with a_process(receiver, shell.env | {"WEBHOOK_SECRET": secret}, tmp_path, listens(port)) as log:
            shell.arrive()
            wait(lambda: "share.created" in log.read_text(), log)

    new, test = adding.splitlines()
    shell.words["WEBHOOK"], secret = shell.run(new).split()
    with a_process(receiver, shell.env | {"WEBHOOK_SECRET": secret}, tmp_path, listens(port)) as log:
        assert "204" in shell.run(test)
        wait(lambda: "webhook.test" in log.read_text(), log)
        for command in re.findall(r"^\| `(passalong webhook [^`]+)`", (ROOT / "docs/webhooks.md").read_text(), re.M):
            shell.run(command, code=1 if " replay " in command else 0)  # nothing was given up here
    assert shell.run("passalong webhook list SITE").split()[0] != shell.words["WEBHOOK"]
    assert "share.created" in {event["type"] for event in json.loads(shell.run(reading))["events"]}

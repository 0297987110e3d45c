"""`passalong listen` and webhooks against a real server: kill -9 in between, nothing lost, order kept, ids stable."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from cast import a_site, an_id, anna
from flow.webhooks.receivers import Receiver, a_receiver
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import Wanted, Webhooks
from passalong.key_files import read_keys
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from serving import Passalong, start

pytestmark = pytest.mark.slow
CLOCK = SystemClock()
SITE = "bees01"
PAGE = "https://bees.example/bees"
PATIENCE_S = 90
"""How long a crowded machine may take for what is done in a second."""


class Running:
    """A server with Otto's site, a key to read events with, and a webhook."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.shares = 0
        self.served = self.start()
        a_site(self.served.db, CLOCK)
        self.key = api_keys.new(self.served.db, CLOCK, SITE, NewKey("listen", (Scope.READ,)))

    def start(self) -> Passalong:
        """Start the server, or start it again."""
        return start(f"sqlite:///{self.folder / 'here.db'}", self.folder, PASSALONG_PRIVATE_WEBHOOKS="yes")

    def add(self, receiver: Receiver) -> str:
        """Otto adds a webhook; its secret."""
        keys = read_keys(read_settings({"PASSALONG_DATA": str(self.folder)}))
        managed = Webhooks(self.served.db, CLOCK, keys, private=True)
        return managed.add(SITE, Wanted(receiver.url), By())[1]

    def share(self, times: int) -> None:
        """Anna makes a link and shares it so many times."""
        with self.served.client() as client:
            for _ in range(times):
                self.shares += 1
                name = an_id("listen", self.shares)
                token = client.issue_link(SITE, guest=anna.guest, page=PAGE, request_id=name)
                client.share(SITE, token, guest=anna.guest, note_id=name)
        self.served.settled()

    def kill(self) -> None:
        """kill -9 of the server and its worker, then start it again."""
        os.killpg(self.served.process.pid, signal.SIGKILL)
        self.served.process.wait()
        self.served.db.close()
        self.served = self.start()

    def listen(self, *words: str) -> subprocess.Popen[str]:
        """`passalong listen` in a process of its own."""
        command = [sys.executable, "-m", "passalong", "listen", "--url", self.served.url, *words]
        env = {**os.environ, "PASSALONG_KEY": self.key}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, cwd=self.folder)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A server that is stopped in the end."""
    made = Running(tmp_path)
    yield made
    made.served.stop()


def test_a_killed_server_loses_no_event_and_the_list_keeps_its_order(running: Running) -> None:
    with a_receiver(takes_s=0.05) as receiver:
        secret = running.add(receiver)
        running.share(12)
        while not receiver.got:
            time.sleep(0.02)
        running.kill()
        running.share(6)
        out, _ = running.listen("--after", "0", "--until-idle", "--json").communicate(timeout=PATIENCE_S)
        listed = [json.loads(line)["id"] for line in out.splitlines()]
        assert len(set(listed)) == len(listed) >= 18
        until_s = time.monotonic() + 15  # what the killed worker had leased comes again when its lease lapses
        while len(set(receiver.ids)) < len(listed) - 8 and time.monotonic() < until_s:
            time.sleep(0.05)
        assert set(receiver.ids) <= set(listed)
        assert len(set(receiver.ids)) >= len(listed) - 8
        bodies = {one.id: one.body for one in receiver.got}
        assert all(bodies[one.id] == one.body for one in receiver.got)
        Verifier(secret).verify(receiver.got[-1].body, receiver.got[-1].headers)


def test_listen_prints_and_forwards_what_happens_signed_with_the_secret_that_it_prints(running: Running) -> None:
    with a_receiver() as receiver:
        process = running.listen("--forward", receiver.url, "--after", "0", "--event", "share.created")
        assert process.stderr is not None
        secret = process.stderr.readline().split()[-1]
        running.share(3)
        until_s = time.monotonic() + PATIENCE_S
        while len(receiver.got) < 3 and time.monotonic() < until_s:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)  # SIGINT is ignored by what a shell starts in the background
        out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert [line.split("\t")[1] for line in out.splitlines()] == ["share.created"] * 3
        assert [line.split("\t")[2] for line in out.splitlines()] == receiver.ids
        for one in receiver.got:
            Verifier(secret).verify(one.body, one.headers)


def test_output_may_be_cut_off_by_its_reader(running: Running) -> None:
    running.share(3)
    process = running.listen("--after", "0")
    assert process.stdout is not None
    assert process.stdout.readline().split("\t")[1].startswith(("share.", "terms."))
    process.stdout.close()
    running.share(2)
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in said
    assert "Go on later with --after" in said


def test_a_wrong_key_is_said_in_one_line(running: Running) -> None:
    running.key = f"ak_{SITE}_nonsense"
    out, err = (process := running.listen("--until-idle")).communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, "Traceback" in err) == (2, "", False)
    assert "Authorization" in err

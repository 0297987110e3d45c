"""A self-hoster's journey by commands: a site, HTTPS behind Debian's Caddy, a backup, another machine, metrics."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from plumbing.debian import debian_programs
from plumbing.https_browser import PAGE, HttpsBrowser
from plumbing.ports import HOST, free_port

MOST_COMMANDS = 9
PASSPHRASE = "twelve bees in a lavender field"
CADDYFILE = """
{{
    admin off
    auto_https disable_redirects
    local_certs
    skip_install_trust
    storage file_system {store}
    http_port {http}
    https_port {port}
}}
localhost:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream}
}}
"""


@dataclass
class Machine:
    """One machine: its settings file, and a shell on it. Every command is counted."""

    folder: Path
    url: str
    commands: list[str]
    port: int = field(default_factory=free_port)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        lines = {"DATA": self.folder / "data", "URL": self.url, "PORT": self.port, "PROXY_HOPS": 1}
        lines |= {"BACKUP_PASSPHRASE": PASSPHRASE}
        settings = "".join(f"PASSALONG_{name}={value}\n" for name, value in lines.items())
        (self.folder / "passalong.env").write_text(settings)

    def environment(self) -> dict[str, str]:
        """Only where the settings file is."""
        return {"PATH": os.environ["PATH"], "PASSALONG_CONFIG": str(self.folder / "passalong.env")}

    def run(self, *words: str) -> str:
        """One command, which succeeds; its output."""
        self.commands.append(f"passalong {' '.join(words)}")
        command = [sys.executable, "-m", "passalong", *words]
        done = subprocess.run(command, env=self.environment(), cwd="/", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        """Start something that goes on, as `systemctl enable --now` does."""
        self.commands.append(name)
        with (self.folder / f"{name}.log").open("wb") as log:
            environment = {**self.environment(), "HOME": str(self.folder)}
            self.running.append(subprocess.Popen(command, env=environment, cwd="/", stdout=log, stderr=log))

    def stop(self) -> None:
        """End what was started."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(15)
        self.running.clear()


@pytest.fixture
def caddy() -> Path:
    """Caddy itself."""
    return debian_programs("caddy", "caddy") / "caddy"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Machine, Machine, HttpsBrowser]]:
    """The first machine, the one that takes over, and a browser; both are known under one address."""
    port, commands = free_port(), list[str]()
    url = f"https://localhost:{port}"
    first, second = (Machine(tmp_path / name, url, commands) for name in ("first", "second"))
    yield first, second, HttpsBrowser("localhost", port, tmp_path / "store/pki/authorities/local/root.crt")
    for machine in (first, second):
        machine.stop()


def proxy(machine: Machine, caddy: Path, browser: HttpsBrowser, store: Path) -> None:
    """Caddy in front of a machine."""
    file = machine.folder / "Caddyfile"
    file.write_text(CADDYFILE.format(store=store, http=free_port(), port=browser.port, upstream=machine.port))
    machine.start("caddy", str(caddy), "run", "--config", str(file), "--adapter", "caddyfile")


@pytest.mark.slow
def test_from_nothing_to_another_machine_in_a_few_commands(
    machines: tuple[Machine, Machine, HttpsBrowser], caddy: Path, tmp_path: Path
) -> None:
    first, second, browser = machines
    began = time.monotonic()
    first.start("serve", sys.executable, "-m", "passalong", "serve")
    proxy(first, caddy, browser, tmp_path / "store")
    browser.wait()
    site = re.findall(r"[a-z0-9]{8}", first.run("site", "add", "https://bees.example", "--name", "Bees"))[0]
    status, _, script = browser.ask("GET", f"/along/{site}.js")
    assert (status, len(script) > 1_000) == (200, True)
    assert "strict-transport-security" in browser.ask("GET", "/me/in")[1]
    token = browser.share(site)
    browser.visit(site, token)
    assert browser.ask("GET", "/metrics")[0] == 404
    assert _metrics(first.port).count(b"passalong_notes_total") >= 1
    first.run("backup", str(tmp_path / "moved.backup"))
    first.stop()
    second.run("restore", str(tmp_path / "moved.backup"))
    second.run("ledger", "verify")
    second.start("serve", sys.executable, "-m", "passalong", "serve")
    proxy(second, caddy, browser, tmp_path / "store")
    browser.wait()
    assert browser.follow(token) == PAGE
    assert second.run("owner", "link").startswith(f"{second.url}/start?k={site}.")
    took_s = time.monotonic() - began
    print(f"{len(first.commands)} commands in {took_s:.0f} s: {', '.join(first.commands)}")
    assert len(first.commands) <= MOST_COMMANDS
    assert took_s < 300


def _metrics(port: int) -> bytes:
    """What Prometheus on the same machine reads."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", "/metrics")
    found = connection.getresponse().read()
    connection.close()
    return found

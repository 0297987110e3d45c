"""A self-hoster on bare Debian 12 trees, with the very lines of the docs.

    .venv/bin/pytest -n 0 -s -m long tests/ops/test_bare_debian.py     as root, with debootstrap; prints each line

BARE_TREE=FOLDER saves debootstrap where such a tree is there already.

Three machines: the first is installed from nothing, the second takes its backup over, the third comes from 0.2.0. They
share this host's ports. Caddy's own authority stands for a public one, a line in /etc/hosts for the name server, and
`scp` is a copy.
"""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from plumbing.bare_debian import BareMachine, a_bare_machine, make_tree
from plumbing.https_browser import PAGE, HttpsBrowser
from plumbing.ports import HOST, free_port

ROOT = Path(__file__).parents[2]
OLD = "02d6d9f"
"""The commit of 0.2.0."""
WAIT_S = 90.0
PASSPHRASE = "twelve bees in a lavender field"
NAME = "along.example.org"
AS_SERVICE = "runuser -u passalong -- /opt/passalong/bin/passalong"
CADDYFILE = """
{{
    admin off
    local_certs
    skip_install_trust
    auto_https disable_redirects
}}
along.example.org:{tls} {{
    reverse_proxy 127.0.0.1:{port}
}}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bare tree."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    path = tmp_path_factory.mktemp("bare") / "tree"
    if kept := os.environ.get("BARE_TREE"):
        return Path(kept)
    make_tree(path)
    return path


@pytest.fixture
def machines(tree: Path, tmp_path: Path) -> Iterator["Machines"]:
    """Makes machines; all that was typed on them is told at the end."""
    made = Machines(tree, tmp_path)
    yield made
    made.close()


class Machines:
    """Makes machines from one tree, with ports that they share one after the other."""

    def __init__(self, tree: Path, folder: Path):
        self.tree, self.folder = tree, folder
        self.port, self.tls, self.prometheus = free_port(), free_port(), free_port()
        self.every: list[BareMachine] = []
        self._stack = ExitStack()

    def make(self, name: str) -> BareMachine:
        """A new machine."""
        context = a_bare_machine(name, self.tree, self.folder / name, ROOT)
        machine = self._stack.enter_context(context)
        self.every.append(machine)
        return machine

    def close(self) -> None:
        """End what runs on them, and unmount."""
        self._stack.close()

    def tell(self) -> str:
        """Every line that was typed, and how long it took, for each machine."""
        lines = []
        for machine in self.every:
            seconds = sum(one.seconds for one in machine.typed)
            lines.append(f"{machine.name}: {len(machine.typed)} lines, {seconds:.0f} s")
        return "; ".join(lines)


def install(machine: BareMachine, machines: Machines) -> None:
    """Install it, up to the start; what an owner edits in the settings file is the address, and here the port, too."""
    machine.follow("deployment.md", "apt-get update && apt-get install -y python3-venv caddy")
    machine.follow(
        "deployment.md",
        "python3 -m venv /opt/passalong && /opt/passalong/bin/pip install .",
        "install .",
        "install -q .",
    )
    machine.follow(
        "deployment.md", "useradd --system --home-dir /var/lib/passalong --shell /usr/sbin/nologin passalong"
    )
    machine.follow("deployment.md", "install -m 0640 -g passalong ops/systemd/passalong.env /etc/passalong.env")
    url = f"https://{NAME}:{machines.tls}"
    machine.run(f"sed -i 's|^PASSALONG_URL=.*|PASSALONG_URL={url}|' /etc/passalong.env")
    machine.prepare(f"echo PASSALONG_PORT={machines.port} >>/etc/passalong.env")
    machine.run(f"echo 'PASSALONG_BACKUP_PASSPHRASE=\"{PASSPHRASE}\"' >>/etc/passalong.env")
    machine.follow("deployment.md", "install -m 0644 ops/systemd/passalong.service /etc/systemd/system/")


def start(machine: BareMachine) -> str:
    """Start the service; returns what it said."""
    return machine.follow("deployment.md", "systemctl enable --now passalong && journalctl -u passalong -n 5")


def proxy(machine: BareMachine, machines: Machines) -> HttpsBrowser:
    """Write Caddy's file and load it; returns a browser that is at the site when it is ready."""
    text = CADDYFILE.format(tls=machines.tls, port=machines.port)
    machine.run(f"cat >/etc/caddy/Caddyfile <<'END'{text}END")
    machine.follow("deployment.md", "systemctl reload caddy")
    store = machine.root / "var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
    browser = HttpsBrowser(NAME, machines.tls, store)
    browser.wait()
    return browser


def prometheus_knows(port: int) -> bool:
    """True once Prometheus has scraped the server and found it up."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(
                f"http://{HOST}:{port}/api/v1/query?query=passalong_database_up", timeout=5
            ) as said:
                found = json.load(said)["data"]["result"]
            if found and found[0]["value"][1] == "1":
                return True
        except OSError:
            pass
        time.sleep(0.5)
    return False


@pytest.mark.long
def test_from_a_bare_tree_to_another_machine(machines: Machines) -> None:
    """Install, first site, HTTPS, metrics, backup; then install, restore and serve on a second machine."""
    first = machines.make("first")
    install(first, machines)
    assert "Open this to begin" in start(first)
    browser = proxy(first, machines)
    added = first.follow(
        "deployment.md",
        'runuser -u passalong -- /opt/passalong/bin/passalong site add https://example.org --name "My site"',
        "https://example.org", "https://bees.example",
    )  # fmt: skip
    site = re.findall(r"[a-z0-9]{8}", added)[0]
    token = browser.share(site)
    browser.visit(site, token)
    metrics(first, machines)
    first.run("install -d -o passalong -m 0700 /backups")
    said = first.follow(
        "backup.md", "runuser -u passalong -- /opt/passalong/bin/passalong backup /backups/today.backup"
    )
    assert "Everything that was acknowledged before" in said
    first.stop_all()
    second = machines.make("second")
    install(second, machines)
    second.run("install -d -o passalong -m 0700 /backups")
    shutil.copyfile(first.root / "backups/today.backup", second.root / "backups/today.backup")
    second.run("chown passalong /backups/today.backup   # after scp")
    second.follow("backup.md", "install -d -o passalong -m 0700 /var/lib/passalong")
    second.follow("backup.md", "runuser -u passalong -- /opt/passalong/bin/passalong restore /backups/today.backup")
    second.run(f"{AS_SERVICE} ledger verify")
    start(second)
    assert proxy(second, machines).follow(token) == PAGE
    assert f"/start?k={site}." in second.follow("deployment.md", f"{AS_SERVICE} owner link")
    print(machines.tell())


def metrics(machine: BareMachine, machines: Machines) -> None:
    """Prometheus of Debian scrapes the server."""
    machine.follow("monitoring.md", "apt-get install -y prometheus")
    machine.follow("monitoring.md", "install -m 0644 ops/prometheus/*.yml /etc/prometheus/")
    machine.prepare(f"sed -i 's/127.0.0.1:8080/127.0.0.1:{machines.port}/' /etc/prometheus/prometheus.yml")
    machine.prepare(f"echo 'ARGS=--web.listen-address={HOST}:{machines.prometheus}' >/etc/default/prometheus")
    machine.follow("monitoring.md", "systemctl restart prometheus")
    assert prometheus_knows(machines.prometheus)


@pytest.mark.long
def test_from_0_2_0_to_this_version(machines: Machines) -> None:
    """A real 0.2.0 serves a site; it is upgraded as the guide says, and the links of before still work."""
    if subprocess.run(["git", "cat-file", "-e", OLD], cwd=ROOT).returncode:
        pytest.skip("the history of 0.2.0 is not in this clone")
    third = machines.make("third")
    third.prepare("apt-get update && apt-get install -y python3-venv caddy git")
    third.prepare(f"git worktree add /root/old {OLD} && python3 -m venv /opt/passalong")
    third.prepare("/opt/passalong/bin/pip install -q /root/old")
    third.prepare("useradd --system --home-dir /var/lib/passalong --shell /usr/sbin/nologin passalong")
    third.prepare("install -m 0640 -g passalong ops/systemd/passalong.env /etc/passalong.env")
    third.prepare(f"sed -i 's|^PASSALONG_URL=.*|PASSALONG_URL=https://{NAME}:{machines.tls}|' /etc/passalong.env")
    third.prepare(f"echo PASSALONG_PORT={machines.port} >>/etc/passalong.env")
    third.prepare("install -m 0644 ops/systemd/passalong.service /etc/systemd/system/")
    third.prepare("systemctl start passalong")
    browser = proxy(third, machines)
    old = f"set -a && . /etc/passalong.env && {AS_SERVICE}"
    site = re.findall(r"[a-z0-9]{8}", third.prepare(f"{old} site add https://bees.example --name Bees"))[0]
    token = browser.share(site)
    browser.visit(site, token)
    third.typed.clear()
    third.follow("upgrading.md", "systemctl stop passalong && cp -a /var/lib/passalong /var/lib/passalong-of-0.2.0")
    third.follow("upgrading.md", "/opt/passalong/bin/pip install --upgrade .", "install", "install -q")
    third.follow("upgrading.md", f"{AS_SERVICE} db upgrade --dry-run")
    third.follow("upgrading.md", "systemctl start passalong && journalctl -u passalong -n 5")
    browser.wait()
    for words in ("doctor", "db check", "ledger verify"):
        third.follow("upgrading.md", f"{AS_SERVICE} {words}")
    assert browser.follow(token) == PAGE
    print(machines.tell())

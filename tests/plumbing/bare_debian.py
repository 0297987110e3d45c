"""Machines made of bare Debian 12 trees: every line that is typed on them is counted, timed and one of the docs.

A tree is what `debootstrap --variant=minbase` makes. It has no systemd running, so `systemctl` and `journalctl` are
stand-ins that read the unit as systemd does: user, settings file, umask, state folder and command.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
CLONE = "/root/passalong"
"""Where the clone is on each machine, and where every line is typed."""
CERTIFICATES = "/root/certificates.crt"
"""Those by which this host's pip trusts its registry, where it has its own."""
SYSTEMCTL = r"""#!/bin/sh
# systemctl enable --now, start, restart, reload or stop: what systemd does with a unit, in so far as it is used here.
set -eu
action=$1; [ "$2" = --now ] && shift; unit=$2
file=/etc/systemd/system/$unit.service
[ -e "$file" ] || file=/lib/systemd/system/$unit.service
value() { sed -n "s/^$1=//p" "$file" | tail -n 1; }
pid=/run/$unit.pid
if [ "$action" != enable ] && [ "$action" != start ] && [ -e "$pid" ]; then
    kill -TERM "$(cat "$pid")" || true
    while [ -e "/proc/$(cat "$pid")" ]; do sleep 0.1; done
    rm "$pid"
fi
[ "$action" = stop ] && exit 0
user=$(value User)
settings=$(value EnvironmentFile)
state=$(value StateDirectory)
[ -z "$state" ] || install -d -o "$user" -g "$user" -m "$(value StateDirectoryMode)" "/var/lib/$state"
(
    cd /; set -a; [ -z "$settings" ] || . "${settings#-}"; set +a
    umask "$(value UMask | grep . || echo 0022)"
    export HOME=$(getent passwd "$user" | cut -d: -f6)
    eval "exec setsid setpriv --reuid $user --regid $user --init-groups --no-new-privs --inh-caps=-all \
        $(value ExecStart)" >>"/var/log/$unit.log" 2>&1 </dev/null
) &
echo $! >"$pid"
"""
JOURNALCTL = r"""#!/bin/sh
# journalctl -u UNIT -n COUNT, once the unit has said something.
while [ ! -s "/var/log/$2.log" ]; do sleep 0.1; done
sleep 1
tail -n "$4" "/var/log/$2.log"
"""


@dataclass(frozen=True)
class Typed:
    """A line that was typed: on which machine, what, and how long it took."""

    machine: str
    line: str
    seconds: float


@dataclass
class BareMachine:
    """One machine. `run` is what a person types there as root."""

    name: str
    root: Path
    typed: list[Typed] = field(default_factory=list)

    def follow(self, page: str, line: str, *replaced: str) -> str:
        """Type a line of the docs, with one word replaced for the test; returns what it printed."""
        assert line in (DOCS / page).read_text(), f"docs/{page} does not say: {line}"
        return self.run(line.replace(*replaced) if replaced else line)  # type: ignore[arg-type]

    def prepare(self, line: str) -> str:
        """Do what no person would have to type; returns what it printed."""
        done = self._do(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run(self, line: str) -> str:
        """Type a line, which succeeds; returns what it printed."""
        began = time.monotonic()
        done = self._do(line)
        self.typed.append(Typed(self.name, line, round(time.monotonic() - began, 1)))
        print(f"{self.name}# {line}   [{self.typed[-1].seconds} s]", flush=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _do(self, line: str) -> subprocess.CompletedProcess[str]:
        command = ["chroot", str(self.root), "/bin/sh", "-c", f"cd {CLONE} && {line}"]
        return subprocess.run(
            command, env=self._environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def _environment(self) -> dict[str, str]:
        """A login's environment, and how this host's pip reaches its registry."""
        pip = {"PIP_CERT": CERTIFICATES} if os.environ.get("PIP_CERT") else {}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {
            "PATH": path,
            "HOME": "/root",
            "DEBIAN_FRONTEND": "noninteractive",
            "PYTHONDONTWRITEBYTECODE": "1",
            **pip,
        }

    def stop_all(self) -> None:
        """End what `systemctl` started here."""
        for pid in (self.root / "run").glob("*.pid"):
            self._do(f"systemctl stop {pid.stem}")


@contextmanager
def a_bare_machine(name: str, tree: Path, root: Path, clone: Path) -> Iterator[BareMachine]:
    """Copy the bare tree, put the clone and this host's names and certificates into it; unmounts /proc afterwards."""
    subprocess.run(["cp", "-a", str(tree), str(root)], check=True)
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "etc/hosts").write_text("127.0.0.1 localhost along.example.org\n")  # stands for the name server
    if certificates := os.environ.get("PIP_CERT"):
        shutil.copyfile(certificates, root / CERTIFICATES.lstrip("/"))
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(clone), str(root / CLONE.lstrip("/"))], check=True)
    for program, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
        (root / "usr/local/bin" / program).write_text(text)
        (root / "usr/local/bin" / program).chmod(0o755)
    subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
    machine = BareMachine(name, root)
    try:
        yield machine
    finally:
        machine.stop_all()
        subprocess.run(["umount", str(root / "proc")], check=True)


def make_tree(target: Path) -> None:
    """Make the bare tree with debootstrap."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", "bookworm", str(target)],
        check=True,
        capture_output=True,
    )

"""nginx with the configuration that docs/deployment.md gives, on other ports and with what surrounds it."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from client import Client

CONFIGURATION = re.compile(r"```nginx\n(.*?)```", re.DOTALL)

DOCS = Path(__file__).parents[2] / "docs" / "deployment.md"
AROUND = """{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{ access_log off; {temp}
{inside}
}}"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def documented(beginning: str, ports: dict[str, int]) -> str:
    """The configuration in docs/deployment.md that begins so, with other ports."""
    found = [block for block in CONFIGURATION.findall(DOCS.read_text()) if block.startswith(beginning)]
    assert found, f"docs/deployment.md shows nginx's configuration: {beginning}"
    return re.sub(r"127\.0\.0\.1:(808\d)", lambda match: f"127.0.0.1:{ports[match[1]]}", found[0])


def run_nginx(folder: Path, inside: str, port: int) -> subprocess.Popen[bytes]:
    """nginx with that in its `http` block, once it answers on the port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.fail("nginx is missing: run `make setup-test`.", pytrace=False)
    temp = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    path = folder / "nginx.conf"
    # Its workers write into a folder that is the test's alone; for anybody but root there is nothing to say.
    user = "user root;" if os.geteuid() == 0 else ""
    path.write_text(AROUND.format(folder=folder, temp=temp, inside=inside, user=user))
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(path)], stderr=subprocess.DEVNULL)
    if answers(port):
        return process
    process.kill()
    raise AssertionError((folder / "error.log").read_text())


def answers(port: int, within_s: float = 10) -> bool:
    """Wait until a server that was just started answers on the port."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            with Client(port) as probe:
                probe.send("GET", "/healthz")
            return True
        except OSError:
            time.sleep(0.05)
    return False

"""Temporary folders, databases and server processes of a benchmark, all ended by their ids."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from bench.load import HOST
from plumbing.forked import Forked
from plumbing.ports import free_port

ROOT = Path(__file__).parent.parent
START_S = 60.0
STOP_S = 15.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server process and its children."""

    name: str
    port: int
    process: Forked

    def cpu_s(self) -> float:
        """Return the processor time of the server and its children."""
        return sum(_cpu_s(pid) for pid in [self.process.pid, *_children(self.process.pid)])

    def load(self, told: dict[str, Any], seconds: float, connections: int = 64) -> dict[str, Any]:
        """Put the server under load from a process of its own; returns the counts and the server's processor time."""
        before = self.cpu_s()
        command = ["bench.load", str(self.port), str(connections), str(seconds), json.dumps(told)]
        found, problems = told_by(command, seconds + 60)
        if found["wrong"] or not found["answered"]:
            raise RuntimeError(f"{self.name} did not answer as it should: {found}\n{problems[-2000:]}")
        found["rate"] = found["answered"] / found["seconds"]
        found["cpu_us"] = 1e6 * (self.cpu_s() - before) / found["answered"]
        return found


def told_by(command: list[str], within_s: float) -> tuple[dict[str, Any], str]:
    """Run a module in a process of its own; returns the JSON of its last line, and what it said before."""
    with tempfile.TemporaryDirectory(prefix="passalong-bench-") as made:
        log = Path(made) / "said"
        process = Forked(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, log=log)
        try:
            code = process.wait(within_s)
        finally:
            _end(process)
        *before, last = log.read_text().splitlines() or [""]
    if code:
        raise RuntimeError(f"{command[0]} ended with {code}:\n{before}\n{last}")
    return json.loads(last), "\n".join(before)


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder for the data of a row, and delete it afterwards."""
    with tempfile.TemporaryDirectory(prefix="passalong-bench-") as made:
        yield Path(made)


@contextmanager
def serving(name: str, data: Path, database_url: str, **settings: str) -> Iterator[Server]:
    """Run one of bench/server_child.py's servers on a free port until the block ends."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PASSALONG_DATA": str(data),
        "PASSALONG_BIND": HOST,
        "PASSALONG_PORT": str(port),
        "PASSALONG_LOG": "error",
        "DATABASE_URL": database_url,
        **settings,
    }
    log = data / f"{name}-{port}.log"
    process = Forked(["bench.server_child", name], env=environment, cwd=data, log=log)
    try:
        _wait_for(port, process, log)
        yield Server(name, port, process)
    finally:
        _end(process)


def _wait_for(port: int, process: Forked, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            asked = HTTPConnection(HOST, port, timeout=5)
            asked.request("GET", "/healthz")
            good = asked.getresponse().status == 200
            asked.close()
            if good:
                return
        except (OSError, HTTPException):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"it did not start:\n{log.read_text()[-3000:]}")


def _end(process: Forked) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

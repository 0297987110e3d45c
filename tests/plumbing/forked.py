"""Python modules run in processes forked from one that has loaded Passalong.

Loading it takes more than a second of processor time, and the suite starts hundreds of servers.
"""

import atexit
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from types import ModuleType
from typing import Any

PRELOADED = ("passalong.serving", "gunicorn.workers.gasgi", "psycopg", "sqlite3")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(list(PRELOADED))
_server: Any = forkserver._forkserver
_starting = threading.Lock()


class Forked:
    """`python -m MODULE ARGUMENT …` in a session of its own; it has the methods of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        _server.ensure_running()
        told = (_server._forkserver_address, list(command), dict(env), cwd, log)
        self._process = _context.Process(target=_run, args=told, daemon=True)
        with _starting:
            program = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")  # a child would load the program that started it, pytest
            try:
                self._process.start()
            finally:
                sys.modules["__main__"] = program
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs; -N when signal N ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; returns the exit code."""
        self._process.join(timeout)
        if (code := self.returncode) is None:
            raise subprocess.TimeoutExpired(str(self._process.name), timeout or 0)
        return code

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(address: str, command: list[str], env: dict[str, str], cwd: Path, log: Path) -> None:
    """Become what `python -m` would be, with output and errors in `log`."""
    multiprocessing.current_process().daemon = False  # it may fork others, from the same server:
    _server._forkserver_address, _server.ensure_running = address, resource_tracker.ensure_running
    gc.freeze()  # what was loaded before is no garbage, and looking at it would copy its memory
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[:0] = env.get("PYTHONPATH", "").split(os.pathsep)
    sys.argv[:] = command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()

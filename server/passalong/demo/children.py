"""Child processes: their output is kept to be reported when one dies, and none outlives this program."""

import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

LINES = 6
END_S = 10.0


class Child:
    """One `passalong …` process. Its output is read as it comes; the last lines are kept.

    It has a session of its own, so that a terminal's Ctrl-C reaches only this program, which then ends it in order.
    """

    def __init__(self, name: str, arguments: Sequence[str], env: Mapping[str, str]):
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 (this very program)
            [sys.executable, "-m", "passalong", *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._last: deque[str] = deque(maxlen=LINES)
        self._reader = threading.Thread(target=self._read, name=f"read {name}", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Return False once it has ended."""
        return self._process.poll() is None

    def words(self) -> str:
        """Return that it ended, and its last output."""
        self._reader.join(timeout=1)
        return "\n".join([f"{self.name} ended by itself with code {self._process.returncode}.", *self._last])

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.is_alive:
            self._process.send_signal(signal.SIGTERM)

    def make_end(self, until: float) -> None:
        """Wait until then (of `time.monotonic`), then kill."""
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=1)

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as output:
                self._last.extend(line.rstrip()[:300] for line in output if line.strip())


def end_all(children: Sequence[Child]) -> None:
    """Ask all of them, wait ten seconds in total, kill what is left."""
    until = time.monotonic() + END_S
    for child in children:
        child.ask_to_end()
    for child in children:
        child.make_end(until)

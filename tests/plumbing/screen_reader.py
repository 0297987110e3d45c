"""A real screen reader: Debian's Orca before Chromium on a virtual screen, with keys that X delivers.

Orca says nothing aloud here: it writes every utterance into its debug log, which is read. Needs the packages orca,
at-spi2-core, openbox, xdotool and dbus.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from plumbing.browsers import chromium_program

PROGRAMS = ("orca", "dbus-daemon", "openbox", "xdotool")
PATIENCE_S = 60.0
STOP_S = 3.0
"""The time that Orca has to say where the focus is; some stops in the browser's own bar say nothing."""
SAID = re.compile(r"SPEECH OUTPUT: '([^\n]*?)' ?\[?\{")
UNBUFFERED = "from orca import debug\ndebug.debugFile.reconfigure(line_buffering=True)\n"
"""Makes Orca write each line of its log at once."""
ARGUMENTS = ["--no-sandbox", "--force-renderer-accessibility"]


class ScreenReader:
    """Somebody who listens to Chromium and presses keys."""

    def __init__(self, page: Page, log: Path, environment: dict[str, str]):
        self.page, self._log, self._environment = page, log, environment
        self._from = 0

    def press(self, key: str) -> None:
        """Press a key by its X name; what is said from here on is what `hears` looks at."""
        self._from = len(self.said())
        self._run("key", "--clearmodifiers", key)

    def open(self, url: str) -> None:
        """Open a page, as a link from elsewhere would."""
        self._from = len(self.said())
        self.page.goto(url)
        # The focus leaves the address bar as a hand does it: by a press on the page's empty end.
        self._run("mousemove", "640", "500", "click", "1")

    def _run(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True)

    def said(self) -> list[str]:
        """Everything that Orca has said."""
        return [" ".join(words.split()) for words in SAID.findall(self._log.read_text(errors="replace"))]

    def hears(self, words: str) -> None:
        """Wait until these words were said since the last key."""
        until = time.monotonic() + PATIENCE_S
        while not any(words in said for said in self._heard()):
            assert time.monotonic() < until, f"never said: {words!r}; but {self._heard()}"
            time.sleep(0.05)

    def tabs_to(self, words: str, most: int = 30) -> None:
        """Press Tab until the control with these words has the focus; it goes round through the browser's own."""
        for _ in range(most):
            self.press("Tab")
            until = time.monotonic() + STOP_S
            while time.monotonic() < until:
                if any(words in said for said in self._heard()):
                    return
                time.sleep(0.05)
        raise AssertionError(f"never reached {words!r}: {self.said()}")

    def _heard(self) -> list[str]:
        return self.said()[self._from :]


@contextmanager
def a_screen_reader(playwright: Playwright, screen: str) -> Iterator[ScreenReader]:
    """Orca and Chromium on a bus of their own; they end with it. Names of sockets are short, and so is the folder's."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    environment = {key: value for key, value in os.environ.items() if key != "NO_AT_BRIDGE"}
    environment |= {"DISPLAY": screen, "GNOME_ACCESSIBILITY": "1"}
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="orca-", ignore_cleanup_errors=True)))
        environment |= {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus",
        }
        log, orca = folder / "orca.log", folder / ".local/share/orca"
        orca.mkdir(parents=True)
        (orca / "orca-customizations.py").write_text(UNBUFFERED)
        _start(ending, environment, "dbus-daemon", "--session", "--nofork", f"--address=unix:path={folder}/bus")
        _wait_for((folder / "bus").exists, "the bus")
        _start(ending, environment, "openbox")
        _start(ending, environment, "orca", "--replace", f"--debug-file={log}")
        _wait_for(lambda: log.exists() and "Screen reader on" in log.read_text(errors="replace"), "Orca")
        browser = playwright.chromium.launch(
            executable_path=chromium_program(full=True), headless=False, env=dict(environment), args=ARGUMENTS
        )
        ending.callback(browser.close)
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        yield ScreenReader(context.new_page(), log, environment)


def _start(ending: ExitStack, environment: dict[str, str], *command: str) -> None:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ending.callback(process.wait, 20)
    ending.callback(process.kill)


def _wait_for(is_there: Callable[[], bool], name: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_there():
        assert time.monotonic() < until, f"{name} did not start"
        time.sleep(0.05)

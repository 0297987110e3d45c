"""One real Chromium for the whole run, and a clean context of it for each test that asks.

The browser is the system's: `make setup-test` installs it, and the same Chromium without windows, which is used where
it is there: a context with its first page takes it 0.2 s of processor time, the other 0.8. It introduces itself as a
person's browser would, because the usual "HeadlessChrome" is a declared bot to us, and bots never count.
"""

import shutil
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

MISSING = "Chromium is missing, and a browser test is never skipped: run `make setup-test`."

# Root needs --no-sandbox; the others keep the browser from talking to anybody but our own server.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE = "Pixel 7"
PATIENCE_MS = 20_000


class NewContext(Protocol):
    """Opens a context: cookies, storage and a window size of its own, as of another person's machine."""

    def __call__(self, *, phone: bool = False, **options: Any) -> BrowserContext:
        """A desktop or a phone; `options` are those of Playwright's `Browser.new_context`."""


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright itself, for its list of devices. What is expected may take a crowded machine a while."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """The run's Chromium."""
    browser = playwright_driver.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def new_context(chromium: Browser, playwright_driver: Playwright) -> Iterator[NewContext]:
    """A function that opens contexts, as many as the story has people; all are closed after the test."""
    opened: list[BrowserContext] = []

    def open_context(*, phone: bool = False, **options: Any) -> BrowserContext:
        person = dict(playwright_driver.devices[PHONE]) if phone else {"user_agent": desktop_user_agent(chromium)}
        opened.append(chromium.new_context(**(person | options)))
        return opened[-1]

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    """One person at a desk, where one is enough."""
    return new_context()


def chromium_program(*, full: bool = False) -> str:
    """Return the path of the system's Chromium; the `full` one has windows and extensions."""
    names = [*([] if full else ["chromium-headless-shell"]), "chromium", "chromium-browser"]
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    return program


def desktop_user_agent(browser: Browser) -> str:
    """What this very Chromium says of itself when a person sits before it."""
    major = browser.version.partition(".")[0]
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def move_a_little(page: Page) -> None:
    """Move the mouse in the window's corner, as a person does who has just come; without a sign nobody counts."""
    page.mouse.move(2, 2)
    page.mouse.move(3, 4)


def come_by(page: Page, link: str) -> None:
    """Open a link as a person does: they still move when the script, for which the page does not wait, has come."""
    page.goto(link)
    page.wait_for_function("!!window.along?.code")
    move_a_little(page)

"""Three real browsers behind one narrow interface: a person with a mouse, a keyboard and eyes.

Chromium and Firefox are driven by Playwright, WebKit (the engine of Safari, as WebKitGTK's MiniBrowser) by its own
WebDriver on a virtual screen. What a behaviour table asks for is said once and done by all three.
"""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from plumbing.browsers import desktop_user_agent, move_a_little

MISSING = "{} is missing, and a browser test is never skipped: run `make setup-test`."
MINI_BROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/lib/*/webkit2gtk-4.0/MiniBrowser")
SCREEN = "1280x900x24"
WIDTH, HEIGHT = 1200, 800
ENGINES = ("chromium", "firefox", "webkit")
SPECIAL_KEYS = {
    "Escape": Keys.ESCAPE,
    "Tab": Keys.TAB,
    "Enter": Keys.ENTER,
    "Space": Keys.SPACE,
    "Down": Keys.ARROW_DOWN,
}


class Driver(Protocol):
    """One browser. Positions are CSS pixels from the window's top left corner."""

    name: str

    def begin(self, **media: Any) -> None:
        """A person of their own: nothing stored. `media` are Playwright's options of a context."""

    def open(self, url: str) -> None:
        """Go there, wait for the page's load event, and move the mouse a little."""

    def load(self, url: str) -> None:
        """Go there and wait for the page's load event, as a program does that nobody sits at."""

    def js(self, body: str, *given: Any) -> Any:
        """What an async function with that body returns, in the page; `given` are its `arguments`."""

    def click(self, x: float, y: float) -> None:
        """Move there and press."""

    def point(self, x: float, y: float) -> None:
        """Move there."""

    def press(self, key: str) -> None:
        """A key by name, with `Shift+` or `Control+` before it if need be."""

    def back(self) -> None:
        """One step back in the history."""

    def resize(self, width: int, height: int) -> None:
        """Change the size of the window until the next person."""


class Played:
    """Chromium or Firefox, by Playwright."""

    def __init__(self, name: str, browser: Browser, **person: Any):
        self.name = name
        self._browser = browser
        self._person = person
        self._context: BrowserContext | None = None

    @property
    def page(self) -> Page:
        """Playwright's page, for what only these two can do."""
        assert self._context is not None, "begin() first"
        return self._context.pages[0]

    def begin(self, **media: Any) -> None:
        """A context of its own."""
        self.close()
        self._context = self._browser.new_context(**self._person | media, viewport={"width": WIDTH, "height": HEIGHT})
        self._context.new_page()

    def close(self) -> None:
        """End the person."""
        if self._context is not None:
            self._context.close()
        self._context = None

    def open(self, url: str) -> None:
        """Go there, as a person."""
        self.load(url)
        move_a_little(self.page)

    def load(self, url: str) -> None:
        """Go there."""
        self.page.goto(url)

    def js(self, body: str, *given: Any) -> Any:
        """Run it."""
        return self.page.evaluate(f"given => (async function () {{ {body} }}).apply(null, given)", list(given))

    def resize(self, width: int, height: int) -> None:
        """Change the size of the page."""
        self.page.set_viewport_size({"width": width, "height": height})

    def click(self, x: float, y: float) -> None:
        """Press there."""
        self.page.mouse.click(x, y)

    def point(self, x: float, y: float) -> None:
        """Move there."""
        self.page.mouse.move(x, y)

    def press(self, key: str) -> None:
        """Press it."""
        self.page.keyboard.press(key.replace("Down", "ArrowDown"))

    def back(self) -> None:
        """Go back."""
        self.page.go_back()


class Webkit:
    """WebKitGTK, by its own driver. One window is one person: what it stored is deleted between two."""

    name = "webkit"

    def __init__(self, driver: webdriver.WebKitGTK):
        self._driver = driver
        self._opened: set[str] = set()

    def begin(self, **media: Any) -> None:
        """A window of its own, and nothing stored on any site that was visited."""
        assert not media, "this browser has no emulated media: say so in the row"
        for origin in sorted(self._opened):
            self._driver.get(f"{origin}/blank")
            self._driver.execute_script("localStorage.clear(); sessionStorage.clear()")
            self._driver.delete_all_cookies()
        self._opened.clear()
        before = self._driver.window_handles
        self._driver.switch_to.new_window("window")
        opened = self._driver.current_window_handle
        for window in before:
            self._driver.switch_to.window(window)
            self._driver.close()
        self._driver.switch_to.window(opened)
        self._driver.set_window_size(WIDTH, HEIGHT)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the window."""
        self._driver.set_window_size(width, height)

    def open(self, url: str) -> None:
        """Go there, as a person."""
        self.load(url)
        self.point(2, 2)
        self.point(3, 4)

    def load(self, url: str) -> None:
        """Go there."""
        self._opened.add("/".join(url.split("/")[:3]))
        self._driver.get(url)

    def js(self, body: str, *given: Any) -> Any:
        """Run it; a promise that is refused is an error here too."""
        whole = f"""const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);
            (async function () {{ {body} }}).apply(null, given).then(
                (value) => done([value]), (error) => done([null, String(error)]));"""
        found = self._driver.execute_async_script(whole, *given)
        if len(found) > 1:
            raise AssertionError(found[1])
        return found[0]

    def _mouse(self) -> ActionBuilder:
        return ActionBuilder(self._driver, duration=20)

    def click(self, x: float, y: float) -> None:
        """Press there."""
        actions = self._mouse()
        actions.pointer_action.move_to_location(round(x), round(y)).pointer_down().pointer_up()  # type: ignore[no-untyped-call]
        actions.perform()

    def point(self, x: float, y: float) -> None:
        """Move there."""
        actions = self._mouse()
        actions.pointer_action.move_to_location(round(x), round(y))  # type: ignore[no-untyped-call]
        actions.perform()

    def press(self, key: str) -> None:
        """Press it."""
        *held, last = key.split("+")
        keys = ActionChains(self._driver, duration=0)
        modifiers = {"Shift": Keys.SHIFT, "Control": Keys.CONTROL}
        for name in held:
            keys.key_down(modifiers[name])
        keys.send_keys(SPECIAL_KEYS.get(last, last))
        for name in held:
            keys.key_up(modifiers[name])
        keys.perform()

    def back(self) -> None:
        """Go back."""
        self._driver.back()

    def picture(self, path: Path) -> None:
        """What is seen, two frames from now: earlier ones may be blank."""
        self.js("await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self._driver.save_screenshot(str(path))


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium_driver(chromium: Browser) -> Iterator[Played]:
    """The run's Chromium."""
    permissions = ["clipboard-read", "clipboard-write"]
    driver = Played("chromium", chromium, user_agent=desktop_user_agent(chromium), permissions=permissions)
    yield driver
    driver.close()


@pytest.fixture(scope="session")
def firefox_driver(playwright_driver: Playwright) -> Iterator[Played]:
    """The system's own Firefox, not a patched one."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.fail(MISSING.format("Firefox"), pytrace=False)
    browser = playwright_driver.firefox.launch(channel="moz-firefox", executable_path=program)
    driver = Played("firefox", browser)
    yield driver
    driver.close()
    browser.close()


@pytest.fixture(scope="session")
def webkit_driver(screen: str) -> Iterator[Webkit]:
    """WebKitGTK's own small browser on the virtual screen."""
    programs = [path for pattern in MINI_BROWSERS for path in Path("/").glob(pattern.lstrip("/"))]
    program = shutil.which("WebKitWebDriver")
    if program is None or not programs:
        pytest.fail(MISSING.format("WebKit's driver"), pytrace=False)
    options = Options()
    options.binary_location = str(programs[0])
    options.add_argument("--automation")
    # Root has no sandbox, and a virtual screen no graphics card.
    environment = os.environ | {"DISPLAY": screen, "NO_AT_BRIDGE": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    with warnings.catch_warnings():  # selenium's own class says something in a way that selenium calls old
        warnings.simplefilter("ignore", DeprecationWarning)
        driver = webdriver.WebKitGTK(options=options, service=Service(program, env=environment))
    yield Webkit(driver)
    with suppress(Exception):
        driver.quit()


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """A virtual screen, by its name."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.fail(MISSING.format("Xvfb"), pytrace=False)
    told, tells = os.pipe()
    command = [program, "-displayfd", str(tells), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[tells], stderr=subprocess.DEVNULL)
    os.close(tells)
    with os.fdopen(told) as answer:
        yield f":{answer.readline().strip()}"
    process.terminate()
    process.wait(10)


@pytest.fixture(params=ENGINES)
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each of the three in turn, with a person of their own."""
    found: Driver = request.getfixturevalue(f"{request.param}_driver")
    found.begin()
    return found

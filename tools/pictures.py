"""Draw the pictures of docs/widget.md: `make pictures` writes docs/pictures/widget-*.png with the system's Chromium.

Every picture is the real widget on a page of a real server; nothing is drawn by hand.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from browser_table import Street
from plumbing.browsers import ARGUMENTS, chromium_program, desktop_user_agent

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
STYLE = """<style>
  body { font: 17px system-ui, sans-serif; margin: 24px; color-scheme: light dark }
  .these { display: flex; flex-wrap: wrap; gap: 16px; align-items: center }
  figure { margin: 0; text-align: center } figcaption { font: 13px monospace; margin-top: 6px }
  pass-along[as="row"] { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.75rem, 1fr)); gap: 8px }
</style><title>Bees in winter</title>"""
TO = "email whatsapp mastodon bluesky linkedin x"
Step = Callable[[Page], None]


def each(name: str, values: str, more: str = "") -> str:
    """Return a button for each value of an attribute, with the attribute below it."""
    shown = [
        f'<figure><pass-along {name}="{value}" native="never" {more}></pass-along>'
        f"<figcaption>{name}={value}</figcaption></figure>"
        for value in values.split()
    ]
    return f'<div class="these">{"".join(shown)}</div>'


def opened(page: Page) -> None:
    """Open the panel."""
    page.locator("pass-along").get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("link", name="Mastodon").wait_for()


def selected(page: Page) -> None:
    """Select a sentence, so that the button of `<pass-quote>` appears."""
    page.locator("#words").dblclick()
    page.evaluate("getSelection().selectAllChildren(document.getElementById('words'))")
    page.locator("pass-quote pass-along").wait_for()


def arrived(page: Page) -> None:
    """Wait for the line of `<pass-thanks>`."""
    page.get_by_role("button", name="Don't count me").or_(page.get_by_role("button", name="Don’t count me")).wait_for()


def row_drawn(page: Page) -> None:
    """Wait for a row or a bar."""
    page.locator("pass-along").get_by_role("link", name="Mastodon").wait_for()


def nothing(page: Page) -> None:
    """Wait for the button."""
    page.locator("pass-along").get_by_role("button").first.wait_for()


PAGES: dict[str, tuple[str, Step, tuple[int, int]]] = {
    "looks": (each("look", "outline solid plain icon"), nothing, (620, 130)),
    "sizes": (each("size", "s m l"), nothing, (480, 130)),
    "row": (f'<pass-along as="row" to="{TO}"></pass-along>', row_drawn, (700, 180)),
    "bar": (
        f'<pass-along as="bar" to="{TO}"></pass-along>'
        '<p style="margin-inline-start: 60px">In winter the bees form a cluster around their queen.</p>',
        row_drawn,
        (1_030, 430),
    ),
    "panel": (f'<pass-along to="{TO}" native="never"></pass-along>', opened, (460, 620)),
    "icons-off": (f'<pass-along to="{TO}" native="never" icons="off"></pass-along>', opened, (460, 620)),
    "thanks": ("<pass-thanks></pass-thanks><pass-along></pass-along>", arrived, (640, 200)),
    "quote": (
        '<article><p id="words">In winter the bees form a cluster around their queen.</p></article>'
        "<pass-quote></pass-quote>",
        selected,
        (560, 160),
    ),
    "colours": (
        "<style>pass-along { --along-accent: #7a1f5c; --along-radius: 24px; --along-font: Georgia, serif }</style>"
        '<pass-along look="solid" native="never"></pass-along>',
        nothing,
        (300, 110),
    ),
}
"""The body of a page, what happens on it, and the size of its window, by the picture's name."""


def draw(browser: Browser, street: Street, name: str) -> None:
    """Draw one picture."""
    body, step, (width, height) = PAGES[name]
    context = browser.new_context(
        user_agent=desktop_user_agent(browser), viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    url = street.site.put(body, STYLE + street.tag(), of_html="lang=en")
    page.goto(f"{url}?ht={street.token(url)}" if name == "thanks" else url)
    step(page)
    page.mouse.move(width - 1, height - 1)
    page.screenshot(path=PICTURES / f"widget-{name}.png", animations="disabled")
    context.close()


def main() -> None:
    """Draw every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(full=True), args=ARGUMENTS)
        street = Street(Path(folder))
        for name in PAGES:
            draw(browser, street, name)
        street.close()
        browser.close()


if __name__ == "__main__":
    main()

"""Every page of an advocate and the owner's inbox in Chromium, light and dark: axe, width, shifts, weight, no script.

One server with a made-up history, one load of each page in each scheme: what is asked of a page is asked at once.
Takes half a minute, most of it axe.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from passalong import migrate
from passalong.clock import SystemClock
from passalong.demo import seed
from passalong.flow import manage
from passalong.settings import read_keys, read_settings
from passalong.store.engine import Database
from plumbing.browsers import desktop_user_agent
from serving import start

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SPACED = """*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
p{margin-bottom:2em!important}"""
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({ type: "layout-shift", buffered: true });"""
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
MOST_BYTES, MOST_REQUESTS = 90_000, 6
WIDTHS = (320, 390, 768, 1200)


@dataclass
class Portal:
    """A running server, the cookies of somebody with history, and the addresses of every page."""

    url: str
    site_id: str
    state: Any
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def portal(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Sixty people's history over ninety days, somebody of it signed in, with a question asked; and the owner."""
    folder = tmp_path_factory.mktemp("portal")
    url = f"sqlite:///{folder}/here.db"
    keys = read_keys(read_settings({"PASSALONG_DATA": str(folder), "DATABASE_URL": url}))
    db, clock = Database(url), SystemClock()
    migrate.upgrade(db)
    made = seed.seed(db, clock.now_ms(), keys, None, 60)
    owners = manage.new_owner_code(db, clock, made.site_id)
    db.close()
    served = start(url, folder)
    context = chromium.new_context(user_agent=desktop_user_agent(chromium))
    try:
        page = context.new_page()
        page.goto(f"{served.url}/start?k={made.site_id}.{owners}")
        page.click("main button")
        page.goto(f"{served.url}/me/in#{made.portal_code}")
        page.wait_for_url("**/me")
        paths = _walk(page, served.url, made.site_id)
        yield Portal(served.url, made.site_id, context.storage_state(), paths)
    finally:
        context.close()
        served.stop()


def _walk(page: Page, url: str, site_id: str) -> tuple[str, ...]:
    """Every kind of page, and a question asked on the way."""

    def first(path: str, within: str) -> str:
        page.goto(f"{url}{path}")
        return page.locator(f'main a[href*="{within}"]').first.get_attribute("href") or ""

    why, link = first("/me/credit", "/me/why/"), first("/me/links", "/me/links/")
    page.goto(f"{url}{why}/ask")
    page.fill("textarea", "It looks wrong.")
    page.click("main button")
    confirm = "/me/use/confirm?way=give_back&unit=EUR&amount="
    mine = [
        *("/me", "/me/links", link, "/me/credit", "/me/statement", why, f"{why}/ask", "/me/claims", "/me/claims/new"),
        *("/me/use", f"{confirm}0.01", f"{confirm}x", "/me/privacy", "/me/privacy/erase", "/me/card"),
    ]
    page.goto(f"{url}/console/{site_id}/mail")
    page.fill("#address", "otto@example.org")
    page.click("text=Send the link")
    console = (f"/console/{site_id}", f"/console/{site_id}/claims", f"/console/{site_id}/mail", f"/open/{site_id}")
    return (*mine, *console)


def opened(chromium: Browser, portal: Portal, **options: Any) -> BrowserContext:
    """A browser of somebody who is signed in."""
    return chromium.new_context(
        storage_state=portal.state, user_agent=desktop_user_agent(chromium), **({"locale": "en-US"} | options)
    )


def faults(page: Page) -> list[str]:
    """What axe finds, by rule and element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10, "axe looked at nothing"
    return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody(chromium: Browser, portal: Portal, scheme: Any) -> None:
    """axe finds nothing, nothing moves while it loads, and at 320 px with wider letters nothing sticks out."""
    with opened(chromium, portal, color_scheme=scheme) as context:
        page = context.new_page()
        page.add_init_script(SHIFTS)
        wrong: list[str] = []
        for path in portal.paths:
            page.set_viewport_size({"width": 1100, "height": 900})
            answer = page.goto(f"{portal.url}{path}")
            assert answer is not None
            assert answer.status == 200, path
            wrong += [f"{path}: {fault}" for fault in faults(page)]
            assert page.evaluate("window.shifted") == 0, path
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate(TOO_WIDE) <= 0, (path, width)
            page.set_viewport_size({"width": 320, "height": 900})
            page.evaluate(
                "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); "
                "document.adoptedStyleSheets = [sheet]; }",
                SPACED,
            )
            assert page.evaluate(TOO_WIDE) <= 0, (path, "with text spacing")
        assert wrong == []


def test_axe_and_the_ruler_would_have_found_it(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal) as context:
        page = context.new_page()
        page.goto(f"{portal.url}/me/privacy")
        page.evaluate("document.querySelector('label[for=name]').remove()")
        assert any(fault.startswith("label") for fault in faults(page))
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<pre id=wide></pre>')")
        page.evaluate("document.querySelector('#wide').style.width = '3000px'")
        assert page.evaluate(TOO_WIDE) > 0


def test_a_first_view_is_light(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        sizes: list[float] = []
        network.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
        page.goto(f"{portal.url}/me", wait_until="networkidle")
        assert 2 <= len(sizes) <= MOST_REQUESTS
        assert 10_000 < sum(sizes) <= MOST_BYTES


def test_all_of_it_works_without_a_script(chromium: Browser, portal: Portal) -> None:
    """Read, ask, hide a name, use credit: forms alone, and each page says what became of it."""
    with opened(chromium, portal, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{portal.url}/me/claims/new")
        page.fill("#order", "1234")
        page.fill("#words", "It should have counted.")
        page.click("main button")
        assert "It should have counted." in page.inner_text("main")
        page.goto(f"{portal.url}/me/privacy")
        page.fill("#name", "Anna")
        page.click("text=Keep this choice")
        assert page.input_value("#name") == "Anna"
        page.goto(f"{portal.url}/me/use/confirm?way=give_back&unit=EUR&amount=0.01")
        page.click("text=Yes, do it")
        assert "You used €0.01" in page.inner_text("main")


def test_yes_and_no_are_the_same_size(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal) as context:
        page = context.new_page()
        for path in ("/me/privacy/erase", "/me/use/confirm?way=give_back&unit=EUR&amount=0.01"):
            page.goto(f"{portal.url}{path}")
            boxes = [one.bounding_box() for one in page.locator("main .row .btn").all()]
            heights = {round(box["height"]) for box in boxes if box}
            assert len(boxes) == 2
            assert len(heights) == 1
            assert min(heights) >= 44


def test_the_picture_prints_and_shows_one_size(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal) as context:
        page = context.new_page()
        for width, seen in ((1200, "wide"), (320, "narrow")):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{portal.url}/me")
            shown = [one.get_attribute("class") for one in page.locator("svg.tree").all() if one.is_visible()]
            assert shown == [f"tree {seen}"]
            words = page.locator(f"svg.{seen} text").all()
            sizes = [float(word.evaluate("e => e.getBoundingClientRect().height")) for word in words]
            assert min(sizes) >= 13
        page.emulate_media(media="print")
        assert page.locator("svg.tree").first.count() == 1
        assert not re.search(r"<nav", page.inner_text("body"))

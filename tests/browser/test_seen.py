"""A notice counts when its reader could see it: the page reports it then, once, and not before."""

from pathlib import Path
from typing import Any

import pytest

from plumbing.browsers import NewContext

pytestmark = pytest.mark.browser
SCRIPT = (Path(__file__).parents[2] / "server/passalong/web/static/seen.js").read_text()
ADDRESS = "https://along.example/me"
HIDDEN = "Object.defineProperty(document, 'visibilityState', {get: () => window.away ? 'hidden' : 'visible'});"


def a_page(new_context: NewContext, before: str = "") -> tuple[Any, list[str]]:
    """A page with a notice below the fold, and what it reports."""
    page, reports = new_context(viewport={"width": 600, "height": 400}).new_page(), []
    html = f"<p style='margin-top:2000px' data-notice='2027-02.1'>€8 until Sunday</p><script>{SCRIPT}</script>"
    page.route(ADDRESS, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))

    def report(route: Any) -> None:
        reports.append(f"{route.request.method} {route.request.post_data}")
        route.fulfill(status=204)

    page.route("**/me/seen", report)
    page.add_init_script(HIDDEN + before)
    page.clock.install()
    page.goto(ADDRESS)
    return page, reports


def test_a_notice_is_reported_once_it_was_on_screen_for_a_second(new_context: NewContext) -> None:
    page, reports = a_page(new_context)
    page.clock.run_for(5_000)
    assert reports == []
    page.evaluate("document.querySelector('p').scrollIntoView()")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.clock.run_for(300)
    assert reports == []
    with page.expect_response("**/me/seen"):
        page.clock.run_for(1_000)
    page.evaluate("scrollTo(0, 0), document.querySelector('p').scrollIntoView()")
    page.clock.run_for(5_000)
    assert reports == ["POST notice=2027-02.1"]


def test_a_page_in_the_background_reports_nothing_until_it_is_looked_at(new_context: NewContext) -> None:
    page, reports = a_page(new_context, "window.away = true;")
    page.evaluate("document.querySelector('p').scrollIntoView()")
    page.clock.run_for(5_000)
    assert reports == []
    page.evaluate("window.away = false, document.dispatchEvent(new Event('visibilitychange'))")
    with page.expect_response("**/me/seen"):
        page.clock.run_for(2_000)
    assert reports == ["POST notice=2027-02.1"]

"""The cost of a page view and a press on a slow phone, from Chromium's trace with a four times slower processor.

What is counted is the time that the main thread worked, not the time that passed: a busy machine says nearly the same.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.rounds import SHORT, Finding, Plan
from browser_table import BUTTON, RESERVED, Street
from plumbing.browsers import ARGUMENTS, chromium_program, desktop_user_agent

SLOWER = 4
LONG_MS = 50
"""A task that is longer keeps a person waiting; what it is longer by counts as blocking."""
PAINTED_MS = 1_000
"""No press takes so long, and Playwright's own scripts run in the page afterwards: they are not counted."""
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing", "toplevel"]
WATCH = """<script>
  addEventListener("pointerdown", () => performance.mark("pressed"), true);
  document.addEventListener("along:open", () =>
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("painted"))));
</script>"""
LANGUAGE = "de"


def on_a_slow_processor(plan: Plan, data: Path) -> Iterator[Finding]:
    """Measure evaluation, blocking, press to painted panel, and layout shift at 4x, each with its limit."""
    folder = data / "felt"
    folder.mkdir()
    street = Street(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(full=plan is not SHORT), args=ARGUMENTS)
        views = [_view(browser, street) for _ in range(2 * plan.rounds - 1)]
        fifty = [_fifty(browser, street) for _ in range(2 * plan.rounds - 1)]
        browser.close()
    street.close()
    for name, (what, limit) in ROWS.items():
        yield Finding("widget", what, [view[name] for view in views], "" if name == "shift" else "ms", at_most=limit)
    yield Finding("widget", "along.js evaluated with fifty buttons, 4x slower", fifty, "ms", at_most=60)


ROWS = {
    "evaluation": ("along.js evaluated, 4x slower", 30),
    "blocking": ("its part of total blocking time, 4x slower", 0),
    "press": ("press to painted panel, all work of the main thread, 4x slower", 100),
    "shift": ("layout shift of a view and a press", 0),
}


def _view(browser: Browser, street: Street) -> dict[str, float]:
    """Open a page with an empty cache and press Share."""
    context = browser.new_context(user_agent=desktop_user_agent(browser))
    page = context.new_page()
    url = street.site.put(BUTTON, RESERVED + WATCH + street.tag(), of_html=f"lang={LANGUAGE}")
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(url)
    button = page.get_by_role("button", name="Teilen", exact=True)
    with page.expect_response("**/panel.js*"):
        button.hover()
    page.wait_for_timeout(300)  # somebody points before pressing: the panel is there, but for what a press draws
    page.mouse.down()  # `click` would look in the page for what is under the pointer, at the page's expense
    page.mouse.up()
    page.wait_for_timeout(PAINTED_MS)
    page.wait_for_function("performance.getEntriesByName('painted').length")
    shift = page.evaluate("seen.shift")
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    return _read(trace) | {"shift": float(shift)}


def _fifty(browser: Browser, street: Street) -> float:
    """Open a page with fifty buttons; returns what the evaluation cost, their elements included."""
    context = browser.new_context(user_agent=desktop_user_agent(browser))
    page = context.new_page()
    buttons = "".join(f"<p><pass-along url='/page/{number}'></pass-along></p>" for number in range(50))
    url = street.site.put(buttons, RESERVED + street.tag())
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(url)
    page.wait_for_function("document.querySelectorAll('pass-along')[49].shadowRoot")
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    return _slowed([one for one in trace if one["name"] == "EvaluateScript" and "/along/" in _url(one)])


def _read(trace: list[dict[str, Any]]) -> dict[str, float]:
    """Return the figures of a trace."""
    ours = [one for one in trace if one["name"] == "EvaluateScript" and "/along/" in _url(one)]
    thread = (ours[0]["pid"], ours[0]["tid"])
    tasks = [one for one in trace if one["name"] == "RunTask" and "dur" in one and (one["pid"], one["tid"]) == thread]
    marks = {one["name"]: one["ts"] for one in trace if one["name"] in ("pressed", "painted")}
    around = [task for task in tasks if task["ts"] <= ours[0]["ts"] < task["ts"] + task["dur"]]
    pressed = [task for task in tasks if marks["pressed"] - task["dur"] <= task["ts"] <= marks["painted"]]
    return {
        "evaluation": _slowed(ours),
        "blocking": max(0.0, _slowed(around) - LONG_MS),
        "press": _slowed(pressed),
    }


def _slowed(events: list[dict[str, Any]]) -> float:
    """Return milliseconds of work on the slower processor."""
    return SLOWER * float(sum(event.get("tdur", 0) for event in events)) / 1000


def _url(event: dict[str, Any]) -> str:
    """Return the URL of the evaluated script."""
    return str(event["args"].get("data", {}).get("url", ""))

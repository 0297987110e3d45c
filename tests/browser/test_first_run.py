"""The first run in a real browser: from an empty folder to four lights, by a person who reads no docs."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from plumbing.browsers import NewContext, come_by
from plumbing.host_pages import HostSite
from plumbing.host_pages import Page as SitePage
from plumbing.ports import HOST, free_port

pytestmark = pytest.mark.browser
LINK = re.compile(r"http://\S+/start/new\?k=\S+")
START_S = 30
BEFORE_FIRST_LIGHT, IN_ALL = 9, 20


@dataclass
class Otto:
    """Otto at his desk. One click, one typed field, one paste and one change of tab are an action each."""

    link: str
    site: HostSite
    began: float = field(default_factory=time.monotonic)
    actions: list[str] = field(default_factory=list)

    def does(self, what: str) -> None:
        """Count an action."""
        self.actions.append(what)

    def puts(self, lines: str) -> None:
        """Paste lines into the home page of the site."""
        body = f"<!doctype html><html lang=en><meta name=generator content='WordPress 6.8'><title>Bees</title>{lines}"
        self.site.pages["/"] = SitePage(body.encode(), {"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def otto(tmp_path: Path) -> Iterator[Otto]:
    """`passalong serve` in an empty folder, and a site that knows nothing of it."""
    port, site = free_port(), HostSite()
    env = {"PATH": os.environ["PATH"], "PASSALONG_BIND": HOST, "PASSALONG_PORT": str(port)}
    folder = tmp_path / "empty"
    folder.mkdir()
    command = [sys.executable, "-m", "passalong", "serve"]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as server:
        kill = threading.Timer(START_S, server.kill)
        kill.start()
        try:
            assert server.stdout is not None
            said = [server.stdout.readline(), server.stdout.readline()]
            kill.cancel()
            assert f"http://{HOST}:{port}" in said[0]
            (link,) = LINK.findall("".join(said))
            made = Otto(link, site)
            made.puts("<h1>Bees</h1>")
            yield made
        finally:
            kill.cancel()
            site.close()
            server.terminate()


def _begins(otto: Otto, console: Page) -> None:
    """Two fields, and one choice."""
    console.goto(otto.link)
    otto.does("open the link that serve printed")
    console.get_by_label("Address of your site").fill(otto.site.url)
    otto.does("type the address")
    console.get_by_label("Your e-mail address").fill("otto@bees.example")
    otto.does("type the e-mail address")
    console.get_by_role("button", name="Continue").click()
    otto.does("press Continue")
    console.get_by_label("A part of each sale").check()
    otto.does("choose a part of each sale")
    expect(console.locator(".preview").first).to_contain_text(re.compile(r"sharers get 10\s?% of the price"))
    console.get_by_role("button", name="Continue").click()
    otto.does("press Continue")
    expect(console.get_by_role("heading", name="The script is on your pages")).to_be_visible()


def _light(console: Page, name: str) -> None:
    expect(console.locator(f"[data-light={name}].on")).to_be_visible()


def test_from_an_empty_folder_to_four_lights(otto: Otto, new_context: NewContext) -> None:
    desk = new_context(permissions=["clipboard-read", "clipboard-write"])
    console = desk.new_page()
    _begins(otto, console)
    expect(console.get_by_role("link", name="WordPress", exact=True)).to_have_attribute("aria-current", "true")
    console.get_by_role("button", name="Copy").click()
    otto.does("press Copy")
    otto.puts(console.evaluate("navigator.clipboard.readText()"))
    otto.does("paste the lines into the site")
    tab = desk.new_page()
    tab.goto(otto.site.url)
    otto.does("open the site")
    _light(console, "script")
    first = len(otto.actions)

    otto.does("change to the console's tab")
    with desk.expect_page() as opened:
        console.get_by_role("link", name="Open my site in try mode").click()
    otto.does("press Open my site in try mode")
    tried = opened.value
    tried.get_by_role("button", name="Share").click()
    otto.does("press Share")
    expect(tried.get_by_text("Try mode: nothing counts here.")).to_be_visible()
    tried.get_by_role("button", name="Copy link").click()
    otto.does("press Copy link")
    _light(console, "share")
    link = tried.evaluate("navigator.clipboard.readText()")
    private = new_context().new_page()
    otto.does("open a private window")
    come_by(private, link)
    otto.does("paste the link")
    _light(console, "visit")
    otto.does("change to the console's tab")
    console.get_by_role("button", name="Send a test result").click()
    otto.does("press Send a test result")
    _light(console, "conversion")
    expect(console.get_by_role("status")).to_have_text("All four lights are on. Your site is ready.")

    seconds = time.monotonic() - otto.began
    print(f"\n{first} actions before the first light, {len(otto.actions)} in all, {seconds:.1f} s")
    assert first <= BEFORE_FIRST_LIGHT
    assert len(otto.actions) <= IN_ALL

    expect(console.get_by_text("Seen in try mode on")).to_be_visible()
    console.get_by_role("button", name="Delete everything I tried").click()
    expect(console.get_by_role("heading", name="What you tried")).to_have_count(0)
    expect(console.locator(".lights .on")).to_have_count(1)  # the script was really seen

    again = new_context().new_page()
    refused = again.goto(otto.link)
    assert refused is not None
    assert refused.status == 400
    expect(again.get_by_label("Address of your site")).to_have_count(0)


def test_both_mistyped_fields_of_the_start_page_are_named_at_once(otto: Otto, new_context: NewContext) -> None:
    console = new_context().new_page()
    console.goto(otto.link)
    console.locator("form").first.evaluate("form => { form.noValidate = true }")
    console.get_by_label("Address of your site").fill("honey corner")
    console.get_by_label("Your e-mail address").fill("otto")
    console.get_by_role("button", name="Continue").click()
    for label, typed in (("Address of your site", "honey corner"), ("Your e-mail address", "otto")):
        expect(console.get_by_label(label)).to_have_attribute("aria-invalid", "true")
        expect(console.get_by_label(label)).to_have_value(typed)
    expect(console.get_by_role("alert").get_by_role("link")).to_have_count(2)


def test_without_javascript_the_page_refreshes_itself(otto: Otto, new_context: NewContext) -> None:
    console = new_context(java_script_enabled=False).new_page()
    _begins(otto, console)
    assert console.locator("noscript").count()
    refresh = console.locator("meta[http-equiv=refresh]")
    assert (refresh.get_attribute("content") or "").startswith("5;url=")
    otto.puts(console.locator("#snippet").inner_text())
    new_context().new_page().goto(otto.site.url)
    _light(console, "script")
    console.goto(f"{console.url.split('?')[0]}?waited=600")
    expect(console.get_by_text("Still waiting? Let us check for you.")).to_be_visible()
    assert refresh.count() == 0
    console.get_by_role("button", name="Check for me").click()
    expect(console.get_by_role("heading", name="Everything is in order.")).to_be_visible()

"""What owners paste into their pages does what it says, in all three browsers, and when our server is slow or away."""

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from browser_table import SITE, Person, token_in

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "snippets"
PARSED = "<script>addEventListener('DOMContentLoaded', () => navigator.sendBeacon('/parsed'))</script>"
CAME = """<script>const looking = setInterval(() => {
  if (window.along?.config) { clearInterval(looking); navigator.sendBeacon("/came"); } }, 20)</script>"""
LONGEST_S = 20.0


def pasted(person: Person, name: str) -> str:
    """A snippet as an owner fills it in; the script at an address that no browser has kept."""
    fresh = re.findall(r"\.js\?(n=\d+)", person.street.tag())[0]
    text = (SNIPPETS / name).read_text().replace("HOST", person.door.url)
    text = re.sub(r"(/v[\d.]+/along\.js)", rf"\1?{fresh}", text)
    return text.replace("SITE_KEY.js", f"{SITE}.js?{fresh}").replace("SITE_KEY", SITE)


def come(person: Person, name: str, **page: Any) -> str:
    """Open a page with that snippet, and a button with its fallback."""
    return person.come(
        "<h1>Bees</h1><pass-along><a href='mailto:?body=x'>Send</a></pass-along>", pasted(person, name), tag="", **page
    )


def open_when_told(person: Person) -> None:
    """From beside, open the door that is slow as soon as the page has told the site something."""
    before, until = len(person.site.posted), time.monotonic() + LONGEST_S

    def wait() -> None:
        while len(person.site.posted) == before and time.monotonic() < until:
            time.sleep(0.02)
        person.door.opened.set()

    threading.Thread(target=wait, daemon=True).start()


def share_by(person: Person, url: str) -> None:
    """Share, copy; the link has a code and was told."""
    person.until("window.along?.config && find('Share')")
    person.share()
    person.until("field().value.includes('ht=')")
    link = person.copy()
    assert link == f"{url}?ht={token_in(link)}"
    person.door.wait_for("POST /v1/notes")
    person.well()


@pytest.mark.parametrize("name", ["html.html", "tag.html", "frozen.html"])
def test_the_pasted_snippet_shares(person: Person, name: str) -> None:
    share_by(person, come(person, name))


def test_the_pasted_snippet_shares_with_collapsed_white_space(person: Person) -> None:
    calls = "<script> along.link({ url: '/other' }).then((link) => (window.early = link)) </script>"
    lines = re.sub(r"\s+", " ", pasted(person, "early-calls.html") + calls + pasted(person, "html.html"))
    url = person.come("<h1>Bees</h1><pass-along></pass-along>", lines, tag="")
    person.until("window.early")
    share_by(person, url)


def test_the_pasted_lines_cost_one_request_and_come_before_the_page_has_loaded(person: Person) -> None:
    """A picture that is slow: a script that waited for `load` would wait for it, too."""
    slow = f"{person.door.url}/slow-picture"
    with person.door.being("slow pictures"):
        open_when_told(person)
        picture = f"<img src='{slow}' alt='' width=9 height=9>"
        url = person.site.put(
            f"<p>Bees <pass-along></pass-along> fly {picture}</p>", CAME + pasted(person, "html.html")
        )
        person.driver.open(url)
        person.until("seen.loadedMs")
    resource = "performance.getEntriesByType('resource').find(({ name }) => name.includes('/along/'))"
    assert person.js(f"return {resource}.responseEnd") < person.seen()["loadedMs"] < 1000 * LONGEST_S
    assert [line for line in person.door.lines() if "along" in line] == [f"GET /along/{SITE}.js"]
    share_by(person, url)


def test_a_browser_that_knows_no_preloaded_modules_gets_the_script_after_the_page(person: Person) -> None:
    old = person.site.put_file("DOMTokenList.prototype.supports = () => false")
    url = person.site.put("<p>Bees.</p>", f'<script src="{old}"></script>' + pasted(person, "html.html"))
    person.driver.open(url)
    share_by(person, url)
    assert "GET /along/" in "".join(person.door.lines())


def test_the_pasted_lines_need_no_more_than_their_nonce_where_trust_is_passed_on(person: Person) -> None:
    policy = "script-src 'nonce-bees' 'strict-dynamic'; base-uri 'none'; object-src 'none'"
    lines = pasted(person, "html.html").replace("<script>", "<script nonce=bees>")
    url = person.site.put("<p>Bees.</p>", lines, headers={"Content-Security-Policy": policy})
    page = person.site.pages[url.removeprefix(person.site.url)]
    page.body = page.body.replace(b"<script src", b"<script nonce=bees src")
    person.driver.open(url)
    share_by(person, url)


def test_calls_before_the_script_is_there_are_kept_and_answered(person: Person) -> None:
    early = person.site.put_file(
        """window.early = []; along.open().then(() => early.push("opened"));
        along.link({ url: "/other" }).then((link) => early.push(link))"""
    )
    url = person.site.put(
        "<p>Bees.</p>",
        pasted(person, "early-calls.html") + pasted(person, "html.html") + f'<script src="{early}"></script>',
    )
    person.driver.open(url)
    person.until("panel()?.matches(':popover-open')")
    person.until("early.length === 2")
    link = next(said for said in person.js("return early") if said != "opened")
    assert link == f"{person.site.url}/other?ht={token_in(link)}"
    person.well()


@pytest.mark.parametrize(("name", "waits"), [("html.html", False), ("tag.html", True)])
def test_a_slow_server_delays_the_pages_load_event_only_where_the_tag_is_plain(
    person: Person, name: str, waits: bool
) -> None:
    """By HTML's rules a script element holds the load event back until it has come, `async` or not; the rest of the
    page does not wait. A preloaded module is no such element."""
    with person.door.being("slow"):
        if waits:
            open_when_told(person)
        url = person.come("<h1>Bees</h1><pass-along></pass-along>", PARSED + pasted(person, name), tag="")
        person.until("seen.loadedMs")
        assert person.door.opened.is_set() is waits
        assert person.seen()["loadedMs"] < 1000 * LONGEST_S, "the rest of the page waited"
    share_by(person, url)


@pytest.mark.parametrize("name", ["html.html", "tag.html"])
@pytest.mark.parametrize("mood", ["broken", "garbage"])
def test_a_server_that_is_away_or_mad_leaves_the_page_alone(person: Person, name: str, mood: str) -> None:
    """Nonsense where a plain tag expects a script is the browser's own complaint; the pasted lines hear none."""
    with person.door.being(mood):
        come(person, name)
        person.stay(300)
        assert person.js("return !!find('Send').matches('a[href^=mailto]')"), "the fallback stays"
    seen = person.seen()
    assert seen["violations"] == []
    assert (seen["errors"] == []) is (name == "html.html" or mood == "broken"), seen


def test_a_frozen_script_with_another_hash_does_not_run(person: Person) -> None:
    tag = re.sub(r"sha384-(.)", lambda found: "sha384-" + "AB"[found[1] == "A"], pasted(person, "frozen.html"))
    person.come(head=tag, tag="")
    assert person.js("return [!!window.along, !!find('Send this page')]") == [False, True]

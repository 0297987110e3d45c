"""Pages that nobody would write on purpose: whatever they do, the button shares and the page is unharmed.

What hangs on an engine (documents of another kind, opaque origins, frames, shadow roots) runs in all three browsers;
what the page does to our own code runs in Chromium.
"""

import pytest

from browser_table import BUTTON, Person, Street, token_in
from plumbing.drivers import Played
from plumbing.host_pages import Page

pytestmark = pytest.mark.browser
LINK = "/[?&]ht=[\\w-]{27}/.test(field()?.value)"
XHTML = {"Content-Type": "application/xhtml+xml; charset=utf-8"}
HOSTILE_STYLE = """<style>
  * { all: revert; letter-spacing: .5em; word-spacing: 2em; text-transform: uppercase; text-align: right; float: left;
      line-height: 3; text-indent: 4em; white-space: pre; direction: ltr; }
  * { display: block !important; box-sizing: content-box !important; pointer-events: auto !important; }
  button, a, input, ul, li, p, nav, div { font: 40px/3 fantasy !important; border: 9px dashed red !important;
      visibility: hidden !important; }
</style>"""


@pytest.fixture
def chromium_person(chromium_driver: Played, street: Street) -> Person:
    """Somebody before Chromium."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def shares(person: Person, url: str, *, well: bool = True) -> None:
    """The panel opens and its link gets a code."""
    person.until("window.along?.config && find('Share')")
    person.share()
    person.until(LINK)
    assert person.link == f"{url}{'&' if '?' in url else '?'}ht={token_in(person.link)}"
    if well:
        seen = person.seen()
        assert (seen["errors"], seen["violations"]) == ([], [])


# --- documents of another kind, and origins that are none -------------------------------------------------------------


def test_a_page_in_xhtml(person: Person) -> None:
    url = person.site.put("")
    body = f"""<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>Bees</title>
        <script src="/watch.js"></script>{person.street.tag('async="async"')}</head>
        <body><p>Bees <pass-along><a href="mailto:?body=x">Send</a></pass-along></p></body></html>"""
    page = person.site.pages[url.removeprefix(person.site.url)]
    page.body, page.headers = body.encode(), XHTML
    person.driver.open(url)
    shares(person, url)
    person.press("QR code")
    person.until("deep(panel()).some((e) => e.matches('svg') && e.getBoundingClientRect().width > 100)")


@pytest.mark.parametrize("how", ["header", "frame"])
def test_in_a_sandbox_without_an_origin_the_link_is_plain_and_nothing_breaks(person: Person, how: str) -> None:
    """Storage throws there, and we refuse notes of an origin that is none."""
    policy = {"Content-Security-Policy": "sandbox allow-scripts allow-popups"}
    url = person.site.put(BUTTON, person.street.tag(), headers=policy if how == "header" else None)
    if how == "header":
        person.driver.open(url + f"?ht={person.street.token()}")
        person.until("window.along?.config && find('Share')")
        person.share()
        assert person.link == url
        assert (person.seen()["errors"], person.seen()["violations"]) == ([], [])
        return
    told = "<script>window.told = []; addEventListener('message', ({ data }) => told.push(data))</script>"
    inner = person.site.pages[url.removeprefix(person.site.url)]
    inner.body = inner.body.replace(
        b"</body>",
        b"""<script>addEventListener("load", () => setTimeout(async () => {
            await along.open();
            const root = document.querySelector("pass-along").shadowRoot;
            const isOpen = root.querySelector("#p").matches(":popover-open");
            parent.postMessage([root.querySelector("input").value, seen.errors, isOpen], "*");
        }, 300))</script></body>""",
    )
    outer = person.site.put(f'<iframe sandbox="allow-scripts" src="{url}" width=600 height=700></iframe>', told)
    person.driver.open(outer)
    person.until("window.told.length")
    assert person.js("return told[0]") == [url, [], True]


def test_in_a_frame_of_its_own_site_it_shares_the_frames_page_and_counts_no_arrival(person: Person) -> None:
    inner = person.site.put(BUTTON, person.street.tag())
    person.driver.open(
        person.site.put(f'<iframe src="{inner}?ht={person.street.token()}" width=600 height=700></iframe>')
    )
    frame = "document.querySelector('iframe').contentWindow"
    person.until(f"{frame}.along?.config")
    person.js(f"await {frame}.along.open()")
    root = f"{frame}.document.querySelector('pass-along').shadowRoot"
    person.until(f"/[?&]ht=/.test({root}.querySelector('input')?.value)")
    assert str(person.js(f"return {root}.querySelector('input').value")).startswith(inner + "?ht=")
    person.stay()
    assert person.door.notes() == []
    assert person.js(f"return {frame}.seen.errors") == []


def test_in_a_closed_shadow_root_it_speaks_the_pages_language_and_shares(person: Person) -> None:
    url = person.come(
        """<div id=island></div><script>
          window.inside = document.createElement("pass-along");
          island.attachShadow({ mode: "closed" }).append(inside);
        </script>""",
        of_html="lang=de",
    )
    root = "window.inside.shadowRoot"
    person.until(f"{root}?.querySelector('button')")
    assert person.js(f"return {root}.querySelector('button').textContent.trim()") == "Teilen"
    box = person.js(f"const b = {root}.querySelector('button').getBoundingClientRect(); return [b.x + 20, b.y + 20]")
    person.driver.click(*box)
    person.until(f"{root}.querySelector('#p')?.matches(':popover-open')")
    person.until(f"/[?&]ht=/.test({root}.querySelector('input').value)")
    assert str(person.js(f"return {root}.querySelector('input').value")).startswith(url)
    person.until(f"{root}.activeElement?.textContent === 'Link kopieren'")
    person.keys("Escape")
    person.until(
        f"!{root}.querySelector('#p').matches(':popover-open') && {root}.activeElement.part.contains('button')"
    )
    person.well()


def test_universal_styles_of_the_host_page_do_not_leak_in(person: Person) -> None:
    url = person.come("<main><pass-along></pass-along><p>Bees</p></main>", HOSTILE_STYLE, "")
    shares(person, url)
    leaked = person.js(
        """const normal = { letterSpacing: ["normal", "0px"], textTransform: ["none"], textIndent: ["0px"],
          wordSpacing: ["0px", "normal"], whiteSpace: ["normal"], visibility: ["visible"], float: ["none"],
          borderTopStyle: ["solid", "none"], boxSizing: ["border-box"] };
        return [find("Share"), find("Copy link"), find("Email"), find("Send a plain link"), field()].flatMap((e) =>
          Object.keys(normal).filter((name) => !normal[name].includes(getComputedStyle(e)[name]))
            .map((name) => [nameOf(e), name, getComputedStyle(e)[name]]))"""
    )
    assert leaked == []
    hidden = (
        "document.querySelector('pass-along').hidden = true; return document.querySelector('pass-along').offsetHeight"
    )
    assert person.js(hidden) == 0


# --- what the page does to our code -----------------------------------------------------------------------------------

OWN = {
    "a text": "window.along = 'mine'",
    "nothing": "window.along = null",
    "a number of calls": "window.along = { q: 5, config: 'x' }",
    "a function": "window.along = function () {}",
    "an element of that name": "document.head.append(Object.assign(document.createElement('i'), { id: 'along' }))",
    "frozen": "window.along = Object.freeze({ config: Object.freeze({}) })",
    "a let of that name": "let along = 1",
}


def test_a_page_that_gives_every_object_methods_of_its_own(chromium_person: Person) -> None:
    """Old libraries do: a loop over an object meets their names, too."""
    extends = "for (const kind of [Object, Array, String]) kind.prototype.extend = kind.prototype.each = () => {}"
    url = chromium_person.come(head=f"<script>{extends}</script>")
    shares(chromium_person, url)
    chromium_person.press("Facebook")
    chromium_person.door.wait_for("POST /v1/notes")
    assert chromium_person.door.notes()[0]["to"] == "facebook"


@pytest.mark.parametrize("own", OWN)
def test_a_page_with_an_along_of_its_own(chromium_person: Person, own: str) -> None:
    url = chromium_person.come(head=f"<script>{OWN[own]}</script>")
    shares(chromium_person, url)


def test_a_page_with_another_base(chromium_person: Person) -> None:
    url = chromium_person.come(head='<base href="http://elsewhere.example/deep/">')
    shares(chromium_person, url)


def test_a_page_that_widens_its_domain(chromium_person: Person) -> None:
    url = chromium_person.come(head="<script>try { document.domain = 'localhost' } catch {}</script>")
    shares(chromium_person, url)


def test_a_script_that_runs_before_there_is_a_body(chromium_person: Person) -> None:
    url = chromium_person.come(
        "<main>Bees</main>",
        '<script>window.along = { config: { place: "main" } }</script>',
        tag=chromium_person.street.tag(""),
    )
    shares(chromium_person, url)


def test_a_page_that_writes_itself(chromium_person: Person) -> None:
    tag = chromium_person.street.tag("").replace("</script>", "<\\/script>").replace("'", '"')
    body = f"<script>document.write('{tag}<p><pass-along></pass-along></p>')</script>"
    url = chromium_person.site.put(body)
    chromium_person.driver.open(url)
    shares(chromium_person, url)


def test_two_versions_of_the_script_on_one_page(chromium_person: Person) -> None:
    street = chromium_person.street
    tag = f'<script src="{street.door.url}/v0.1.0/along.js" data-key="bees01" crossorigin></script>'
    url = chromium_person.come(head=tag, query=f"?ht={street.token()}")
    street.door.wait_for("POST /v1/notes")
    chromium_person.share()
    chromium_person.until(LINK)
    chromium_person.stay(300)
    assert len(street.door.notes()) == 1
    assert chromium_person.link.startswith(url)
    chromium_person.well()


@pytest.mark.parametrize("while_open", [False, True])
def test_an_element_that_is_moved_taken_out_and_copied(chromium_person: Person, while_open: bool) -> None:
    url = chromium_person.come("<main id=here><pass-along></pass-along></main><footer id=there></footer>")
    if while_open:
        shares(chromium_person, url)
    chromium_person.js("there.append(document.querySelector('pass-along'))")
    assert not chromium_person.js("return panel()?.matches(':popover-open') || false")
    shares(chromium_person, url)
    chromium_person.keys("Escape")
    chromium_person.js(
        "window.kept = document.querySelector('pass-along'); kept.remove(); await 0; here.append(kept.cloneNode(true))"
    )
    shares(chromium_person, url)
    chromium_person.keys("Escape")
    assert chromium_person.js("return deep(document).filter((e) => e.matches('[part~=button]')).length") == 1


WORKS = {
    "settings on every object": "<script>Object.assign(Object.prototype, { url: '/x', credit: 'off' })</script>",
    "frozen classes": """<script>for (const one of [Object, Array, Function, HTMLElement, EventTarget, Event, Promise])
        Object.freeze(Object.freeze(one).prototype)</script>""",
    "a form named title": "<form name=title></form><form name=body></form><form name=head></form>",
}
STAYS = {
    "no elements of one's own": "<script>customElements.define = () => { throw new Error('no') }</script>",
    "a picture named createElement": "<img name=createElement alt=''>",
}


@pytest.mark.parametrize("page", WORKS)
def test_a_page_that_changes_what_everybody_uses(chromium_person: Person, page: str) -> None:
    url = chromium_person.come(WORKS[page] + chromium_person.street.tag() + BUTTON, tag="")
    shares(chromium_person, url)


@pytest.mark.parametrize("page", STAYS)
def test_where_no_button_can_be_made_the_plain_link_stays(chromium_person: Person, page: str) -> None:
    chromium_person.come(STAYS[page] + chromium_person.street.tag("") + BUTTON, tag="")
    chromium_person.until("window.along?.config && find('Send this page')")
    chromium_person.well()


def test_where_a_page_has_taken_fetch_away_the_link_is_plain(chromium_person: Person) -> None:
    url = chromium_person.come(head="<script>window.fetch = () => { throw new Error('no') }</script>")
    chromium_person.until("find('Share')")
    chromium_person.share()
    assert chromium_person.link == url
    chromium_person.well()


MODULE = "<script>addEventListener('load', () => import('{script}'))</script>"


@pytest.mark.parametrize("loaded", ["by a tag", "as a module"])
def test_a_picture_in_a_comment_that_is_named_like_the_running_script(chromium_person: Person, loaded: str) -> None:
    """Names of elements go before properties of the document, and sanitisers let a picture have a name."""
    person, street = chromium_person, chromium_person.street
    person.site.pages["/along/panel.js"] = Page(b"window.taken = true", {"Content-Type": "text/javascript"})
    comment = f'<img name="currentScript" src="{person.site.url}/along/x.js" data-host="{person.site.url}" alt="">'
    tag = street.tag("")
    if loaded == "as a module":
        tag = MODULE.format(script=tag.split('"')[1])
    url = person.come(comment + tag + BUTTON, tag="")
    person.until("window.along?.config && find('Share')")
    person.point_at("Share")
    person.stay()
    assert not person.js("return window.taken")
    shares(person, url, well=False)

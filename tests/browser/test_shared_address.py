"""What is shared and where the code goes: copies, tracking parameters, other hosts of the site, refusals.

What depends on an engine runs in all three browsers, the rest in Chromium.
"""

import pytest

from browser_table import Person, heard, open_panel, posted_to

pytestmark = pytest.mark.browser
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"
LEARNED = """<script>const asking = setInterval(() => {
  if (!window.along?.code?.()) return;
  clearInterval(asking);
  navigator.sendBeacon("/learned", along.code());
}, 20)</script>"""


# --- what is shared ---------------------------------------------------------------------------------------------------


def test_a_copy_is_told_also_by_a_page_that_is_left_at_once(person: Person) -> None:
    person.come(
        "<pass-along></pass-along>",
        "<script>addEventListener('click', () => window.gone && (location.href = '/blank'))</script>",
    )
    open_panel(person)
    token = person.link.split("ht=")[1]
    person.js("window.gone = true")
    person.press("Copy link")
    person.door.wait_for(NOTES)
    note = person.door.notes()[0]
    assert (note["to"], note["token"]) == ("copy", token)


def test_a_page_that_changes_what_is_copied_from_it_does_not_change_the_link(person: Person) -> None:
    meddles = """<script>for (const early of [true, false]) document.addEventListener("copy", (event) => {
      event.clipboardData.setData("text/plain", "Read more at bees.example");
      event.preventDefault(); }, early)</script>"""
    url = person.come(head=meddles)
    open_panel(person)
    assert person.copy().startswith(f"{url}?ht=")


@pytest.mark.parametrize(
    ("query", "canonical", "shared"),
    [
        ("?utm_source=x&a=1&fbclid=2&UTM_Medium=y#top", None, "?a=1#top"),
        ("?utm_source=x", None, ""),
        ("?utm%5Fsource=x&%46bclid=1&a=1&amp;gclid=2#utm_medium=y", None, "?a=1"),
        ("?a=1&ref=2", "?a=1", "?a=1"),
        ("?a=1&ref=2#top", "?a=1", "?a=1#top"),
        ("?a=1", "?a=2", "?a=1"),
        ("?a=1", "/other", "?a=1"),
        ("?a=1", "http://elsewhere.example/", "?a=1"),
    ],
)
def test_known_tracking_parameters_are_not_passed_on(
    cleo: Person, query: str, canonical: str | None, shared: str
) -> None:
    head = f"<script>document.head.insertAdjacentHTML('beforeend', `<link rel=canonical href='{canonical}'>`)</script>"
    url = cleo.come(head=head if canonical else "", query=query)
    open_panel(cleo)
    page, _, fragment = shared.partition("#")
    asked = [asked.json()["page"] for asked in cleo.door.asked if asked.line == LINKS]
    assert asked == [url + page]
    token = cleo.link.split("ht=")[1].split("#")[0]
    joiner = "&" if page else "?"
    assert cleo.link == f"{url}{page}{joiner}ht={token}" + (f"#{fragment}" if fragment else "")


def test_the_owner_says_what_is_dropped(cleo: Person) -> None:
    config = "<script>along = { config: { drop: ['ref', 'x_*'] } }</script>"
    url = cleo.come(head=config, query="?utm_source=a&ref=b&x_1=c&prefs=d")
    cleo.share()
    cleo.press("Send a plain link")
    cleo.until("!field().value.includes('ht=')")
    assert cleo.link == f"{url}?utm_source=a&prefs=d"


# --- other hosts of the site ------------------------------------------------------------------------------------------


def shop(person: Person) -> str:
    """Return the origin of Otto's shop: the same server by another name, and so a host with a storage of its own."""
    return person.site.url.replace("localhost", "127.0.0.1")


def carrying(person: Person) -> str:
    """Return the setting that lets links between a site and its shop carry the code, as the server gives it to both."""
    return f"<script>along = {{ config: {{ carry: ['{shop(person)[7:]}', '{person.site.url[7:]}'] }} }}</script>"


def test_a_link_to_the_shop_carries_the_visit(person: Person) -> None:
    head = carrying(person) + LEARNED + person.street.tag()
    there = person.site.put("<h1>Shop</h1>", head).replace(person.site.url, shop(person))
    body = f"<a id=own href='{person.site.url}/blank'>Own</a> <a id=far href='http://far.example/'>Far</a>"
    body += f" <a href='{there}#top'>Shop</a>"
    token = person.street.token()
    person.come(body, carrying(person), query=f"?ht={token}")
    person.door.wait_for("GET /along/carry.js")
    person.until("along.code()")
    code = person.js("return along.code()")
    person.js("for (const link of [own, far]) link.addEventListener('click', (event) => event.preventDefault())")
    person.press("Own")
    person.press("Far")
    assert person.js("return own.href + far.href") == f"{person.site.url}/blankhttp://far.example/"
    person.site.posted.clear()
    person.press("Shop")
    assert posted_to(person, "/learned") == code
    person.until("location.hash === '#top'")
    assert len(person.door.notes()) == 1, "one visit"
    person.driver.open(there)
    person.until("window.along?.code?.()")
    assert person.js("return along.code()") == code, "the shop remembers"
    person.well()


def test_a_visit_that_somebody_passed_on_with_the_shops_address_is_not_theirs(cleo: Person) -> None:
    token, late = cleo.street.token(), "0" * 8
    cleo.come(query=f"?ht={token}.{'v' * 28}.{late}")
    cleo.until("along.code()")
    assert cleo.js("return along.code()").startswith(f"{token}.")
    assert "vvvv" not in cleo.js("return along.code()")
    cleo.door.wait_for(NOTES)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_form_that_leads_to_the_shop_carries_the_code(person: Person, method: str) -> None:
    body = f"<form method={method} action='{shop(person)}/blank?a=1'><input name=b value=2><button>Go</button></form>"
    token = person.street.token()
    person.come(body, carrying(person), query=f"?ht={token}")
    person.door.wait_for("GET /along/carry.js")
    person.until("along.code()")
    code = person.js("return along.code()")
    person.press("Go")
    person.until("location.hostname === '127.0.0.1'")
    assert f"ht={code}." in person.js("return location.search")


def brought(person: Person) -> str:
    """Wait until a visitor's code is carried; returns it."""
    person.until(
        f"""window.along?.code?.() && (() => {{
          const link = Object.assign(document.createElement("a"), {{ href: "{shop(person)}/blank" }});
          document.body.append(link);
          link.dispatchEvent(new PointerEvent("pointerdown", {{ bubbles: true, composed: true }}));
          link.remove();
          return link.href.includes("ht=");
        }})()"""
    )
    return str(person.js("return along.code()"))


BY_SCRIPT = {
    "an address that a script sets": "setTimeout(() => (location.href = '{there}'))",
    "an address that takes the place of this one": "setTimeout(() => location.replace('{there}'))",
    "a form that a script sends": "document.body.innerHTML = '<form action=\"{there}\"><input name=a value=1></form>'; "
    "setTimeout(() => document.forms[0].submit())",
    "a refresh": "document.head.innerHTML += '<meta http-equiv=refresh content=\"0;url={there}\">'",
    "a place in a picture": "document.body.innerHTML = '<map name=m><area href=\"{there}\"></map>'; "
    "setTimeout(() => document.querySelector('area').click())",
    "a place in a drawing": "document.body.innerHTML = '<svg><a href=\"{there}\"><text>Shop</text></a></svg>'; "
    "setTimeout(() => document.querySelector('text').dispatchEvent(new MouseEvent('click', {{ bubbles: true }})))",
}


@pytest.mark.parametrize("way", BY_SCRIPT)
def test_whatever_leads_to_the_shop_carries_the_code(cleo: Person, way: str) -> None:
    cleo.come("", carrying(cleo), query=f"?ht={cleo.street.token()}")
    code = brought(cleo)
    cleo.js(BY_SCRIPT[way].format(there=f"{shop(cleo)}/blank?a=1"))
    cleo.until("location.hostname === '127.0.0.1'")
    assert f"?a=1&ht={code}." in cleo.js("return location.search")


def test_a_visitor_who_is_not_counted_carries_no_code(cleo: Person) -> None:
    cleo.come(f"<a id=far href='{shop(cleo)}/blank'>Shop</a>", carrying(cleo), query=f"?ht={cleo.street.token()}")
    cleo.door.wait_for("GET /along/carry.js")
    cleo.until("along.code()")
    cleo.js("far.addEventListener('click', (event) => event.preventDefault())")
    cleo.press("Shop")
    assert "ht=" in cleo.js("return far.href")
    cleo.js("along.consent(false)")
    cleo.press("Shop")
    assert cleo.js("return far.href") == f"{shop(cleo)}/blank"


def without_carrying(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the part that carries codes fail wherever it is loaded."""
    monkeypatch.setitem(person.door.planted, "/along/carry.js", b"throw new Error('cut off')")


def test_where_the_part_that_carries_codes_fails_a_link_to_the_shop_works_without_one(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_carrying(person, monkeypatch)
    body = f"<pass-along></pass-along><a href='{shop(person)}/blank?a=1'>Shop</a>"
    person.come(body, carrying(person), query=f"?ht={person.street.token()}")
    person.door.wait_for("GET /along/carry.js")
    person.until("along.code()")
    open_panel(person)
    assert person.link.startswith(person.site.url)
    person.keys("Escape")
    person.well()
    person.press("Shop")
    person.until("location.hostname === '127.0.0.1'")
    assert person.js("return location.search") == "?a=1"


def test_where_that_part_fails_at_the_shop_the_visit_that_came_along_is_a_visit_of_the_links(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_carrying(person, monkeypatch)
    token = person.street.token()
    url = person.come(query=f"?ht={token}.{'v' * 28}.{'z' * 8}")
    person.door.wait_for(NOTES)
    assert [(note["kind"], note["token"]) for note in person.door.notes()] == [("visit", token)]
    person.until("along.code()")
    assert person.js("return along.code()") == f"{token}.{person.door.notes()[0]['id']}"
    open_panel(person)
    assert person.link.startswith(f"{url}?ht="), "what is shared has no visit in it"
    assert "vvvv" not in person.link
    person.well()


# --- a page that is not on the site's list ----------------------------------------------------------------------------


def test_a_refused_link_is_told_to_the_owner_and_promises_nothing(cleo: Person) -> None:
    lines = heard(cleo)
    url = cleo.come().replace(cleo.site.url, shop(cleo))
    cleo.driver.open(url)
    cleo.share()
    cleo.until("seen.events.some(([name]) => name === 'error')")
    assert cleo.js("return panel().innerText").count("Plain link. Nobody is credited.") == 1
    assert not cleo.js("return find('Send a plain link')")
    assert cleo.copy() == url
    cleo.keys("Escape")
    cleo.share()
    [message] = {detail["message"] for name, detail in cleo.seen()["events"] if name == "error"}
    assert "address" in message
    assert [line for line in lines if line.startswith("Passalong")] == [f"Passalong: {message}"]

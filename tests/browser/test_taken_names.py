"""Elements of a page that are named like what the script asks of the document, a form or the window.

Such names go before the real properties, and sanitisers let a picture in a comment have one. What hangs on an engine
runs in all three browsers, the rest in Chromium.
"""

import pytest

from browser_table import BUTTON, Person, open_panel, page_of

pytestmark = pytest.mark.browser
NOTES = "POST /v1/notes"
PATIENCE_MS = 20_000


@pytest.mark.parametrize("name", ["hidden", "prerendering", "visibilityState", "referrer", "readyState"])
def test_a_visit_counts_beside_a_picture_of_any_name(cleo: Person, name: str) -> None:
    token = cleo.street.token()
    cleo.come(f"<img name={name} alt=''>" + BUTTON, query=f"?ht={token}")
    cleo.door.wait_for(NOTES)
    assert [(note["kind"], note["token"]) for note in cleo.door.notes()] == [("visit", token)]


def test_a_navigation_bar_with_that_id_hides_no_change_of_the_address(person: Person) -> None:
    """Not every browser has `window.navigation`; where it is missing, the element of that id is in its place."""
    token = person.street.token()
    person.come("<nav id=navigation>Bees</nav>" + BUTTON)
    person.until("!!window.along?.code")
    person.js("location.hash = `ht=${given[0]}`", token)
    person.move_a_little()
    person.door.wait_for(NOTES)
    assert person.door.notes()[0]["token"] == token


@pytest.mark.parametrize(
    ("around", "scheme"),
    [
        ("<img name=host alt=''>{}", ""),
        ("<form><img name=parentElement alt=''>{}</form>", ""),
        ("<div style='background:#111'><form><input name=parentElement><input name=closest>{}</form></div>", "dark"),
    ],
)
def test_the_panel_opens_in_the_colours_around_its_button(cleo: Person, around: str, scheme: str) -> None:
    cleo.come(around.format("<pass-along></pass-along>"))
    cleo.until("find('Share')")
    cleo.press("Share")
    is_open = "document.querySelector('pass-along').shadowRoot.querySelector('#p')?.matches(':popover-open')"
    page_of(cleo).wait_for_function(is_open, timeout=PATIENCE_MS)  # a page that walks in a circle answers nothing
    assert cleo.js("return panel().style.colorScheme") == scheme
    cleo.well()


def test_the_owners_address_and_the_pages_title_are_shared(cleo: Person) -> None:
    cleo.come("<img name=baseURI alt=''><img name=title alt=''><pass-along url='/bees'></pass-along>")
    open_panel(cleo)
    assert cleo.link.startswith(f"{cleo.site.url}/bees?ht=")
    [asked] = [asked.json() for asked in cleo.door.asked if asked.line == "POST /v1/links"]
    assert asked["title"] == "Bees in winter"


def test_a_form_to_the_shop_carries_the_code_past_its_own_fields(cleo: Person) -> None:
    there = cleo.site.url.replace("localhost", "127.0.0.1")
    carry = f"<script>along = {{ config: {{ carry: '{there[7:]}' }} }}</script>"
    fields = "".join(f"<input name={name}>" for name in ("getAttribute", "setAttribute", "hasAttribute", "localName"))
    body = f"<form method=post action='{there}/blank'>{fields}<button>Go</button></form>"
    cleo.come(body, carry, query=f"?ht={cleo.street.token()}")
    cleo.door.wait_for("GET /along/carry.js")
    cleo.until("along.code()")
    code = cleo.js("return along.code()")
    cleo.press("Go")
    cleo.until("location.hostname === '127.0.0.1'")
    assert f"ht={code}." in cleo.js("return location.search")

"""<pass-credit> and <pass-book> on a strict page of the owner's app: what they show, and in which state."""

from itertools import count
from typing import Any

import pytest

from browser_table import NOTHING_KEPT, SITE, Person, page_of, resized, violations
from cast import an_id
from client import Answer
from passalong.flow.signin.sessions import CREDIT
from passalong.lib.tokens import hashed
from passalong.store.people import open_sessions
from passalong.web.browser.credit import ROWS
from plumbing.host_pages import Page

pytestmark = pytest.mark.browser
NUMBERS = count(1)
PLACES = "pass-credit, pass-book { display: block; block-size: 20rem } html { color-scheme: light dark }"
SHOWN = "deep(document).some((e) => e.matches('[part=title]'))"
SAYS = "deep(document).find((e) => e.matches('[part=status]'))?.textContent === {!r}"
TEXT = "return deep(document).find((e) => e.matches('[part=box]')).innerText"
SIGN_IN, FAILED = "Sign in to see your credit.", "This could not be loaded."


def call(person: Person, path: str, **body: Any) -> Answer:
    """The owner's server calls the API."""
    headers = {"Authorization": f"Bearer {person.street.otto.api_key}"}
    with person.street.served.client() as client:
        return client.send("POST", f"/api/v1{path}", body, headers)


def a_token(person: Person, customer: str) -> str:
    """A token of a customer."""
    return str(call(person, "/credit-tokens", customer=customer).json()["token"])


def a_customer(person: Person, *gifts: int) -> str:
    """A customer to whom Otto gave these amounts in cents, once they are booked."""
    name, served = f"customer-{next(NUMBERS)}", person.street.served
    secret = a_token(person, name).split("_", 2)[2]
    with served.db.reading() as session:
        found = open_sessions.find(session, SITE, hashed(secret), CREDIT, 0)
    assert found is not None
    said = {"advocate": found.subject, "unit": "EUR", "author": "Otto"}
    for number, minor in enumerate(gifts):
        gift = said | {"id": an_id(name, number), "amount_minor": minor, "note": f"Thanks, number {number}."}
        assert call(person, "/credits", **gift).status < 300
    served.settled()
    return name


def come(person: Person, body: str, script: str = "", of_html: str = "lang=en") -> str:
    """Open a page of the owner's app, with a strict policy and a style sheet that reserves the places."""
    door = person.door.url
    policy = (
        f"default-src 'none'; script-src 'self' {door}; connect-src 'self' {door}; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    head = f'<link rel=stylesheet href="{person.site.put_file(PLACES, "text/css")}">'
    head += f'<script type=module src="{door}/along/pass-credit.js?n={next(NUMBERS)}"></script>'
    head += f'<script type=module src="{person.site.put_file(script)}"></script>' if script else ""
    page = f"<main><h1>My account</h1>{body}<p>The end.</p></main>"
    url = person.site.put(page, head, {"Content-Security-Policy": policy}, of_html)
    person.driver.open(url)
    return url


def credit(token: str, more: str = "") -> str:
    """The element with a token."""
    return f'<pass-credit token="{token}" {more}></pass-credit>'


def test_a_strict_page_shows_what_there_is_and_nothing_moves(person: Person) -> None:
    customer = a_customer(person, 500, 250)
    come(person, credit(a_token(person, customer)))
    person.until(SHOWN)
    text = str(person.js(TEXT))
    for said in ("Your credit at The Bee Almanac", "Available: €7.50.", "“Thanks, number 1.”", "€2.50", "See why"):
        assert said in text
    assert person.js("return find('See why').href") == f"{person.door.url}/me/credit"
    assert person.kept() == NOTHING_KEPT
    person.well()


def test_a_page_without_a_token_says_to_sign_in_and_asks_nothing(person: Person) -> None:
    come(person, "<pass-credit></pass-credit>")
    person.until(SAYS.format(SIGN_IN))
    assert [line for line in person.door.lines() if "/v1/" in line] == []
    person.well()


def test_signing_out_ends_what_the_page_can_read(person: Person) -> None:
    customer = a_customer(person, 500)
    come(person, credit(a_token(person, customer)))
    person.until(SHOWN)
    assert call(person, "/credit-tokens/end", customer=customer).json()["ended"] >= 1
    person.js("await document.querySelector('pass-credit').refresh()")
    person.until(SAYS.format(SIGN_IN))
    assert "€" not in str(person.js(TEXT))


def test_a_token_that_has_ended_is_replaced_once_by_the_owners_route(person: Person) -> None:
    customer, path = a_customer(person, 500), f"/token-{next(NUMBERS)}"
    body = f'{{"token": "{a_token(person, customer)}"}}'.encode()
    person.site.answers[path] = Page(body, {"Content-Type": "application/json"})
    ended = f"ct_{SITE}_{'x' * 43}"
    come(person, f'<pass-credit token="{ended}" token-url="{path}"></pass-credit>')
    person.until(SHOWN)
    assert "€5.00" in str(person.js(TEXT))
    assert [asked.path for asked in person.site.posted].count(path) == 1
    person.site.answers[path] = Page(b"")
    person.js("await document.querySelector('pass-credit').refresh()")
    person.site.answers[path] = Page(f'{{"token": "{ended}"}}'.encode(), {"Content-Type": "application/json"})
    person.js("document.querySelector('pass-credit').token = ''; ")
    person.until(SAYS.format(SIGN_IN))
    assert [asked.path for asked in person.site.posted].count(path) <= 3, "it does not ask again and again"


def test_a_function_of_the_page_gives_tokens_whenever_it_is_set(cleo: Person) -> None:
    token = a_token(cleo, a_customer(cleo, 500))
    late = f"document.querySelector('pass-credit').getToken = async () => '{token}';"
    come(cleo, "<pass-credit></pass-credit>", script=late)
    cleo.until(SHOWN)
    come(cleo, "<pass-credit></pass-credit>", script=f"await customElements.whenDefined('pass-credit'); {late}")
    cleo.until(SHOWN)
    cleo.js("document.querySelector('pass-credit').getToken = async () => { throw new Error('offline') }")
    cleo.until(SAYS.format(FAILED))


def test_the_page_is_told_of_every_state(cleo: Person) -> None:
    token = a_token(cleo, a_customer(cleo, 500))
    watch = "window.states = []; document.addEventListener('pass:state', ({ detail }) => states.push(detail.state));"
    come(cleo, f"<script src={cleo.site.put_file(watch)}></script><pass-credit></pass-credit>")
    cleo.until(SAYS.format(SIGN_IN))
    cleo.js("document.querySelector('pass-credit').token = given[0]", token)
    cleo.until(SHOWN)
    assert cleo.js("return states") == ["loading", "signed-out", "loading", "shown"]


def test_nothing_of_the_last_person_stays_when_the_token_changes(cleo: Person) -> None:
    first, second = (a_token(cleo, a_customer(cleo, minor)) for minor in (77_700, 500))
    come(cleo, credit(first))
    cleo.until(SHOWN)
    left = cleo.js(
        """const element = document.querySelector("pass-credit");
        element.token = given[0];
        return element.shadowRoot.textContent;""",
        second,
    )
    assert "777" not in left
    cleo.until(SHOWN)
    assert "€5.00" in str(cleo.js(TEXT))


def test_a_server_that_does_not_answer_leaves_a_button_that_tries_again(person: Person) -> None:
    token = a_token(person, a_customer(person, 500))
    come(person, "<pass-credit></pass-credit>")
    person.until(SAYS.format(SIGN_IN))
    with person.door.being("broken"):
        person.js("document.querySelector('pass-credit').token = given[0]", token)
        person.until(SAYS.format(FAILED))
    person.press("Try again")
    person.until(SHOWN)
    assert person.js("return active().matches('[part=box]')"), "who pressed the button is not lost"


def test_older_lines_follow_a_press_and_the_focus_goes_to_the_first_of_them(cleo: Person) -> None:
    token = a_token(cleo, a_customer(cleo, *range(100, 102 + ROWS)))
    come(cleo, credit(token))
    cleo.until(SHOWN)
    lines = "deep(document).filter((e) => e.matches('[part=line]'))"
    assert cleo.js(f"return {lines}.length") == ROWS
    cleo.press("Older lines")
    cleo.until(f"{lines}.length === {ROWS + 2}")
    assert cleo.js(f"return active() === {lines}[{ROWS}]")
    assert not cleo.js("return find('Older lines')")


@pytest.mark.parametrize(("page", "start"), [("lang=de", "Verfügbar"), ("lang=ar dir=rtl", "")])
def test_the_words_are_those_of_the_page(person: Person, page: str, start: str) -> None:
    come(person, credit(a_token(person, a_customer(person, 500))), of_html=page)
    person.until(SHOWN)
    lang, direction, text = person.js(
        """const box = deep(document).find((e) => e.matches("[part=box]"));
        return [box.lang, box.dir, box.querySelector("[part=sentence]").textContent];"""
    )
    assert (lang, direction) == (page[5:7], "rtl" if "rtl" in page else "ltr")
    assert text.startswith(start)
    person.well()


def test_the_open_book_is_shown_without_anybody_signed_in(person: Person) -> None:
    come(person, f'<pass-book site="{SITE}"></pass-book>')
    person.until(SHOWN)
    text = str(person.js(TEXT))
    assert "How sharing is counted at The Bee Almanac" in text
    assert person.js("return find('See the whole open book').href") == f"{person.door.url}/open/{SITE}"
    person.well()


@pytest.mark.parametrize("site", ["", "nobody", "../v1/credit/balance", "a b?c#d"])
def test_a_site_that_is_none_is_no_book(cleo: Person, site: str) -> None:
    come(cleo, f'<pass-book site="{site}"></pass-book>')
    cleo.until(SAYS.format(FAILED))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["lang=en", "lang=ar dir=rtl"])
def test_no_state_has_axe_violations(cleo: Person, scheme: str, page: str) -> None:
    page_of(cleo).emulate_media(color_scheme=scheme)
    customer = a_customer(cleo, *range(100, 102 + ROWS))
    both = f'{credit(a_token(cleo, customer))}<pass-book site="{SITE}"></pass-book>'
    states = {
        "shown": both,
        "signed out": "<pass-credit></pass-credit>",
        "failed": "<pass-book site=nobody></pass-book>",
    }
    for state, body in states.items():
        come(cleo, body, of_html=page)
        busy = (
            "deep(document).some((e) => e.ariaBusy === 'true') || !deep(document).some((e) => e.matches('[part=box]'))"
        )
        cleo.until(f"!({busy})")
        assert violations(cleo) == [], state
    page_of(cleo).emulate_media(color_scheme="light")


@pytest.mark.parametrize("width", [320, 390, 1920])
def test_the_box_keeps_its_height_and_nothing_runs_over_its_side(cleo: Person, width: int) -> None:
    resized(cleo, width, 900)
    body = f'{credit(a_token(cleo, a_customer(cleo, 500)))}<pass-book site="{SITE}"></pass-book>'
    come(cleo, body)
    cleo.until("deep(document).filter((e) => e.matches('[part=title]')).length === 2")
    assert cleo.js("return document.documentElement.scrollWidth <= innerWidth")
    boxes = cleo.js(
        """return [...document.querySelectorAll("pass-credit, pass-book")].map((e) =>
          [e.offsetHeight, e.shadowRoot.firstElementChild.scrollWidth <= e.shadowRoot.firstElementChild.clientWidth])"""
    )
    assert boxes == [[320, True], [320, True]]
    cleo.well()

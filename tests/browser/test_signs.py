"""A visit counts once a person moved, scrolled, touched or typed. E-mail scanners run scripts, and count for nobody."""

from typing import Any

import pytest
from playwright.sync_api import Route

from browser_table import BUTTON, NOTHING_KEPT, Person, Street
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
NOTES = "POST /v1/notes"
SCANNER_S = 25
LONG = BUTTON + '<form method=post action=/order data-along><button>Buy</button></form><p style="height:3000px">'
BY_ITSELF = """<input autofocus id=first><input id=second><script>
  const make = (name, kind) => dispatchEvent(new kind(name, { movementX: 5, movementY: 5, bubbles: true }));
  setInterval(() => {
    scrollBy(0, 50);
    second.focus();
    first.focus();
    make("pointermove", PointerEvent);
    make("keydown", KeyboardEvent);
    make("wheel", WheelEvent);
    document.querySelector("form button").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    document.querySelector("h1").click();
  }, 700);
  document.addEventListener("submit", (event) => event.preventDefault());
</script>"""
SIGNS = {
    "moves": lambda page: page.mouse.move(300, 301),
    "scrolls": lambda page: page.mouse.wheel(0, 200),
    "types": lambda page: page.keyboard.press("ArrowDown"),
    "presses": lambda page: page.mouse.click(2, 2),
    "touches": lambda page: page.touchscreen.tap(2, 2),
}


@pytest.fixture(params=["chromium", "firefox"])
def scanner(request: pytest.FixtureRequest, street: Street) -> Person:
    """A browser that nobody sits at, with a touch screen and a clock that is moved by hand."""
    driver: Played = request.getfixturevalue(f"{request.param}_driver")
    driver.begin(has_touch=True)
    driver.page.clock.install()
    return Person(driver, street)


def load(scanner: Person, body: str = LONG) -> str:
    """Open an arrival without a person, and let the scanner's time pass; returns the token."""
    token = scanner.street.token()
    scanner.driver.load(scanner.site.put(body, scanner.street.tag()) + f"?ht={token}")
    page(scanner).clock.run_for(SCANNER_S * 1000)
    return token


def page(scanner: Person) -> Any:
    """Return Playwright's page."""
    assert isinstance(scanner.driver, Played)
    return scanner.driver.page


@pytest.mark.parametrize("body", [LONG, LONG + BY_ITSELF], ids=["still", "that moves by itself"])
def test_a_scanner_that_runs_scripts_and_stays_counts_for_nobody(scanner: Person, body: str) -> None:
    token = load(scanner, body)
    assert scanner.door.notes() == []
    assert scanner.kept() == NOTHING_KEPT
    assert scanner.js("return along.code()") is None
    SIGNS["types"](page(scanner))
    scanner.door.wait_for(NOTES)
    assert [(note["kind"], note["token"]) for note in scanner.door.notes()] == [("visit", token)]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_person_counts_at_their_first_sign_and_the_visit_began_when_they_came(scanner: Person, sign: str) -> None:
    if (scanner.driver.name, sign) == ("firefox", "touches"):
        pytest.skip("Playwright's touches do not reach a page in the system's Firefox")
    load(scanner)
    page(scanner).mouse.move(299, 299)  # the first place of a pointer is no move
    assert scanner.door.notes() == []
    SIGNS[sign](page(scanner))
    scanner.door.wait_for(NOTES)
    assert [note["kind"] for note in scanner.door.notes()] == ["visit"]
    age_s = scanner.js("return (Date.now() - JSON.parse(sessionStorage.along).at) / 1000")
    assert SCANNER_S <= age_s < SCANNER_S + 10


def test_a_sign_in_the_first_second_counts_when_the_second_is_over(scanner: Person) -> None:
    page(scanner).clock.pause_at(scanner.js("return Date.now() + 60_000"))
    scanner.driver.load(scanner.site.put(LONG, scanner.street.tag()) + f"?ht={scanner.street.token()}")
    SIGNS["types"](page(scanner))
    page(scanner).clock.run_for(900)
    assert scanner.door.notes() == []
    page(scanner).clock.run_for(200)
    scanner.door.wait_for(NOTES)


def test_the_first_press_takes_the_code_along_with_what_it_sends(scanner: Person) -> None:
    token = load(scanner)
    scanner.site.posted.clear()
    scanner.press("Buy")
    scanner.until("document.title === 'Thanks'")
    scanner.door.wait_for(NOTES)
    assert scanner.site.posted[0].body == f"ht={token}.{scanner.door.notes()[0]['id']}".encode()


THANKS = "document.querySelector('pass-thanks').shadowRoot.querySelector('[part~=out]')"


@pytest.mark.parametrize("how", ["touch", "key"])
def test_do_not_count_me_as_the_first_touch_sends_nothing_and_count_me_sends_the_visit(
    scanner: Person, how: str
) -> None:
    if (scanner.driver.name, how) == ("firefox", "touch"):
        pytest.skip("Playwright's touches do not reach a page in the system's Firefox")
    load(scanner, "<pass-thanks></pass-thanks>" + LONG)
    scanner.until(f"{THANKS.replace('.query', '?.query')}?.checkVisibility()")
    press_no(scanner, how)
    scanner.until("JSON.parse(localStorage.along).no")
    page(scanner).clock.run_for(5_000)
    scanner.js("await 0")
    assert NOTES not in scanner.door.lines()
    press_no(scanner, how)
    page(scanner).clock.run_for(1_500)
    scanner.door.wait_for(NOTES)


def press_no(scanner: Person, how: str) -> None:
    """Press "Don't count me", or "Count me"."""
    x, y = scanner.js(f"const box = {THANKS}.getBoundingClientRect(); return [box.x + 9, box.y + 9]")
    if how == "touch":
        page(scanner).touchscreen.tap(x, y)
    else:
        scanner.js(f"{THANKS}.focus()")
        page(scanner).keyboard.press("Enter")


def test_an_outcome_that_the_page_reports_by_itself_waits_for_the_sign(scanner: Person) -> None:
    load(scanner, LONG + "<script>addEventListener('load', () => along.outcome('signup'))</script>")
    assert scanner.door.notes() == []
    SIGNS["types"](page(scanner))
    scanner.door.wait_for(NOTES, times=2)
    notes = {note["kind"]: note for note in scanner.door.notes()}  # on two connections, so in either order
    assert notes["outcome"]["visit"] == notes["visit"]["id"]
    scanner.js("along.outcome('order')")
    scanner.door.wait_for(NOTES, times=3)


def test_an_outcome_waits_too_where_the_link_names_a_visit_that_does_not_go_on(scanner: Person) -> None:
    """Whether it does, a part of the script says, which comes later than the page's call and a person's only sign."""
    held: list[Route] = []
    page(scanner).route("**/along/carry.js*", lambda route: held.append(route))
    calls = "<script>along = { q: [['outcome', ['signup']]] }</script>"
    url = scanner.site.put(LONG, calls + scanner.street.tag())
    page(scanner).goto(f"{url}?ht={scanner.street.token()}.{'v' * 28}.{'0' * 8}", wait_until="commit")
    scanner.until("!!window.along?.code")
    SIGNS["types"](page(scanner))
    scanner.stay()
    assert scanner.door.notes() == []
    held[0].continue_()
    scanner.door.wait_for(NOTES, times=2)
    assert {note["kind"] for note in scanner.door.notes()} == {"visit", "outcome"}


def test_owners_are_told_that_nobody_has_moved_yet(scanner: Person) -> None:
    load(scanner)
    assert "nobody has moved, scrolled, touched or typed yet" in scanner.js("return (await along.explain()).visit")
    SIGNS["types"](page(scanner))
    scanner.door.wait_for(NOTES)
    assert scanner.js("return (await along.explain()).visit").endswith(": noted")

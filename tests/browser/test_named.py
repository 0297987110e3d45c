"""A person's name on other people's pages, in Chromium: who is named, who is not, and that a name is text."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser_table import BUTTON, SITE, Person, Street, token_in
from cast import anna
from passalong.core.identity import advocate_id_of
from passalong.core.terms.model import Goal, Terms, default_terms
from passalong.flow import erasure
from passalong.flow.owners.terms import Draft, new_version
from passalong.lib.clock import SystemClock
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
LINE = "document.querySelector('pass-thanks').shadowRoot?.querySelector('p:not([hidden]) span')?.textContent"
NOBODY_NAMED = "Someone passed this to you. If it helps you, they get credit."
ASKED = "POST /v1/thanks"
HOSTILE = '<img src=x onerror="window.hacked=1">$&\u202e'


@pytest.fixture
def person(chromium_driver: Played, street: Street) -> Person:
    """Somebody before Chromium."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def call(street: Street, name: str, who: str = anna.guest, *, greets: bool = True) -> None:
    """Anna, or whoever has this secret, wants to be called that, by everybody or on the same path alone."""
    erasure.keep_name(street.served.db, street.otto.site, advocate_id_of(SITE, who), erasure.Name(name, True, greets))


def page_of(person: Person) -> Any:
    """Playwright's page, for what only it can do."""
    assert isinstance(person.driver, Played)
    return person.driver.page


def test_who_wants_to_be_named_is_named_to_who_comes_and_nothing_else_is_asked(person: Person) -> None:
    token = person.street.token()
    call(person.street, "Ana")
    person.come("<pass-thanks></pass-thanks>", query=f"?ht={token}")
    person.until(f"{LINE} === '\u2068Ana\u2069 passed this to you. If it helps you, they get credit.'")
    person.door.wait_for("POST /v1/notes")
    lines = ["GET /along/bees01.js", "GET /along/thanks.js", ASKED, "POST /v1/notes"]
    assert person.door.lines() == lines, "one request more than before, and only with the element"
    asked = next(asked for asked in person.door.asked if asked.line == ASKED)
    assert asked.json() == {"site": SITE, "token": token, "lang": "en"}
    call(person.street, "Ana", greets=False)
    person.js("location.reload()")
    person.until(f"{LINE} === {json.dumps(NOBODY_NAMED)}")
    person.well()


def test_who_comes_is_told_that_the_link_has_a_reward_for_them(chromium_driver: Played, tmp_path: Path) -> None:
    """On a street of its own: the rule of the other one is everybody's."""
    street = Street(tmp_path)
    try:
        gives = Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5_000_000)
        rule = Terms(goals=(default_terms("EUR").goals[0], gives))
        new_version(street.served.db, SystemClock(), SITE, Draft(rule, "For those who come."))
        chromium_driver.begin()
        person = Person(chromium_driver, street)
        person.come("<pass-thanks></pass-thanks>", query=f"?ht={street.token()}")
        person.until(f"{LINE}?.endsWith('You can get \u2068€5.00\u2069 through this link, too.')")
        person.well()
    finally:
        street.close()


def test_an_unnamed_advocate_is_never_asked_about(person: Person) -> None:
    call(person.street, "Ana")
    gpc = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>"
    waits = "<script>window.along = { config: { consent: false } }</script>"
    for head in (gpc, waits):
        person.come("<pass-thanks></pass-thanks>", head, query=f"?ht={person.street.token()}")
        person.stay()
        assert [line for line in person.door.lines() if line.startswith("POST")] == []
    person.js("along.consent(true)")
    person.until(f"{LINE}?.startsWith('\u2068Ana\u2069 passed this to you')")
    person.door.asked.clear()
    url = person.come("<pass-thanks></pass-thanks>")
    person.js("localStorage.along = JSON.stringify({ no: true })")
    person.driver.open(f"{url}?ht={person.street.token()}")
    person.until(f"{LINE} === 'You are not counted here.'")
    assert {line for line in person.door.lines() if line.startswith("POST")} == set()


def test_a_page_without_the_element_asks_for_no_name(person: Person) -> None:
    person.come(BUTTON, query=f"?ht={person.street.token()}")
    person.door.wait_for("POST /v1/notes")
    assert person.door.lines() == ["GET /along/bees01.js", "POST /v1/notes"]


@pytest.mark.parametrize("answer", [None, '{"name": 7}', "nonsense", "{}", '{"name": {"a": 1}}'])
def test_a_server_that_is_silent_or_talks_nonsense_leaves_somebody(person: Person, answer: str | None) -> None:
    """What is said is text in any case; without an answer the line is there after a second, and stays as it is."""

    def fulfil(route: Any) -> None:
        if answer is not None:
            route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, body=answer)

    page_of(person).route("**/v1/thanks", fulfil)
    person.come("<pass-thanks></pass-thanks>", query=f"?ht={person.street.token()}")
    person.until(f"/^(Someone|\u20687\u2069|.\\[object Object\\].) passed this to you/.test({LINE})")
    person.well()


def test_a_name_is_text_whatever_is_in_it(person: Person) -> None:
    """The server shows no such name. If it did: it is read as it is written, in the panel and before who comes."""
    token = person.street.token()
    call(person.street, "Ana")
    with person.street.served.db.writer.begin() as connection:
        said = {"name": HOSTILE, "site": SITE, "who": anna.advocate_id(SITE)}
        connection.exec_driver_sql(
            "UPDATE advocate_choices SET name = :name WHERE site_id = :site AND advocate_id = :who", said
        )
    person.come("<pass-thanks></pass-thanks>", query=f"?ht={token}")
    person.until(f"{LINE} === {json.dumps(NOBODY_NAMED)}")
    page = page_of(person)
    cors = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/thanks", lambda route: route.fulfill(headers=cors, body=json.dumps({"name": HOSTILE})))
    links = json.dumps({"token": token, "name": HOSTILE})
    page.route("**/v1/links", lambda route: route.fulfill(status=201, headers=cors, body=links))
    person.come(BUTTON + "<pass-thanks></pass-thanks>", query=f"?ht={token}")
    person.until(f"{LINE}?.startsWith({json.dumps(chr(0x2068) + HOSTILE + chr(0x2069))})")
    person.share()
    said_in_panel = json.dumps(f"Credit goes to you ({HOSTILE}).")
    person.until(f"deep(document).some((e) => e.localName === 'span' && e.textContent === {said_in_panel})")
    assert person.js("return deep(document).filter((e) => e.localName === 'img').length") == 0
    assert person.js("return window.hacked") is None
    person.well()


def test_change_opens_the_page_where_the_name_is(person: Person) -> None:
    person.come()
    person.share()
    person.until("field().value.includes('ht=')")
    assert token_in(person.copy())
    guest = json.loads(person.kept()["local"]["along"])["guest"]
    call(person.street, "Ana", guest, greets=False)
    person.come()
    person.share()
    person.until("deep(document).some((e) => e.textContent === 'Credit goes to you (Ana).')")
    page = page_of(person)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Change").click()
    portal = opened.value
    portal.wait_for_url(re.compile(r"/me/privacy$"))
    expect(portal.get_by_label("Name", exact=True)).to_have_value("Ana")
    portal.close()
    with page.context.expect_page() as opened:  # whoever is named still has the way to their credit
        page.get_by_role("link", name="Your credit").click()
    opened.value.wait_for_url(re.compile(r"/me$"))


# --- thank you, back --------------------------------------------------------------------------------------------------

THANK = "deep(document).find((e) => e.matches('[part=thank]') && visible(e))"


def test_one_tap_thanks_everyone_who_carried_the_link(person: Person) -> None:
    person.come("<pass-thanks></pass-thanks>", query=f"?ht={person.street.token()}")
    person.until(f"{THANK} && 1")
    said = person.js("return document.querySelector('pass-thanks').shadowRoot.textContent")
    assert "goes to whoever passed it on, and to those before them" in said
    person.press("Thank you")
    person.until("/✓ Your thanks is on its way/.test(document.querySelector('pass-thanks').shadowRoot.textContent)")
    assert person.focus == "✓ Your thanks is on its way"
    wait_for_notes(person, 2)
    thanks, visit = sorted(person.door.notes(), key=lambda note: str(note["kind"]))
    assert (visit["kind"], thanks["kind"]) == ("visit", "thanks")
    assert thanks["visit"] == thanks["id"] == visit["id"]
    assert thanks.keys() == {"site", "id", "kind", "token", "visit"}
    person.well()


def test_nothing_is_sent_without_a_tap_and_no_thanks_are_offered_to_who_is_not_counted(person: Person) -> None:
    person.come("<pass-thanks></pass-thanks>", query=f"?ht={person.street.token()}")
    person.until(f"{THANK} && 1")
    wait_for_notes(person, 1)
    assert [note["kind"] for note in person.door.notes()] == ["visit"]
    person.press("Don’t count me")
    person.until(f"!({THANK})")
    assert [note["kind"] for note in person.door.notes()] == ["visit"]


def wait_for_notes(person: Person, count: int) -> None:
    """Wait until so many notes were sent."""
    until = time.monotonic() + 8
    while len(person.door.notes()) < count:
        assert time.monotonic() < until, person.door.notes()
        time.sleep(0.02)

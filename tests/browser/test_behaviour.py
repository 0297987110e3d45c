"""The behaviour table: what a person does, and what must be seen. Every row runs in Chromium, Firefox and WebKit.

The widget's own server answers through a door that writes down who comes, and can be shut. Rows that wait for an
arrival take a second each: a page must have been looked at for so long.
"""

from typing import Any

import pytest

from browser_table import BUTTON, NOTHING_KEPT, Person, token_in

pytestmark = pytest.mark.browser
SCRIPT = "GET /along/bees01.js"
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"
SEEN_MS = """((entries) => {
    const entry = (name) => entries.find((one) => one.name.includes(name));
    return entry("/v1/notes")?.startTime - entry("/along/bees01.js").responseEnd || 0;
  })(performance.getEntriesByType("resource"))"""
"""How long the script waited before it told of a visit, by the page's own clock."""
NO = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true, configurable: true })"


def test_a_view_without_a_token_costs_one_request_and_leaves_nothing(person: Person) -> None:
    person.come()
    person.stay()
    assert person.door.lines() == [SCRIPT]
    assert person.kept() == NOTHING_KEPT
    assert person.events() == []
    person.well()


def test_a_press_opens_the_panel_and_escape_brings_one_back(person: Person) -> None:
    person.come()
    person.share()
    person.until("nameOf(active()) === 'Copy link'")
    assert person.js("return find('Share').ariaExpanded") == "true"
    person.keys("Escape")
    person.until("!panel().matches(':popover-open')")
    assert person.focus == "Share"
    person.until("find('Share').ariaExpanded === 'false'")
    assert person.events() == ["open", "close"]
    person.well()


def test_a_press_elsewhere_closes_the_panel(person: Person) -> None:
    person.come()
    person.share()
    person.driver.click(1150, 780)
    person.until("!panel().matches(':popover-open')")
    person.well()


def test_a_copied_link_has_a_code_and_is_reported_once(person: Person) -> None:
    url = person.come()
    person.share()
    person.until("/[?&]ht=/.test(field().value)")
    link = person.copy()
    assert link == f"{url}?ht={token_in(link)}"
    person.door.wait_for(NOTES)
    note = person.door.notes()[0]
    assert (note["kind"], note["to"], note["token"]) == ("share", "copy", token_in(link))
    assert sorted(person.door.lines()) == sorted([SCRIPT, *_loads(person), LINKS, NOTES])
    assert [name for name, _ in person.seen()["events"][:2]] == ["open", "share"]
    kept = person.kept()
    assert list(kept["local"]) == ["along"]
    assert (kept["session"], kept["cookie"]) == ({}, "")
    person.well()


def _loads(person: Person) -> list[str]:
    """The lazy parts that were loaded on the way."""
    return [line for line in person.door.lines() if line.startswith("GET /along/") and line != SCRIPT]


def test_a_plain_link_is_one_press_away_and_nobody_is_told(person: Person) -> None:
    url = person.come()
    person.share()
    person.press("Send a plain link")
    person.until("!field().value.includes('ht=')")
    assert person.js("return find('Send a plain link').ariaPressed") == "true"
    assert person.copy() == url
    assert NOTES not in person.door.lines()
    assert person.kept() == NOTHING_KEPT
    person.well()


def test_an_arrival_is_told_once_when_somebody_has_looked(person: Person) -> None:
    token = person.street.token()
    url = person.come(query=f"?ht={token}")
    person.door.wait_for(NOTES)
    assert person.door.lines() == [SCRIPT, NOTES]
    assert person.until(SEEN_MS) >= 999, "browsers round times to a millisecond"
    note = person.door.notes()[0]
    assert (note["kind"], note["token"], note["page"]) == ("visit", token, url)
    person.until("seen.events.some(([name]) => name === 'arrive')")
    kept = person.kept()
    assert (list(kept["session"]), kept["local"], kept["cookie"]) == (["along"], {}, "")
    person.driver.open(f"{url}?ht={token}")
    person.stay()
    assert len(person.door.notes()) == 1
    person.well()


def test_a_code_in_the_fragment_is_an_arrival_too(person: Person) -> None:
    token = person.street.token()
    person.come(query=f"#ht={token}")
    person.door.wait_for(NOTES)
    assert person.door.notes()[0]["token"] == token


@pytest.mark.parametrize("said", ["gpc", "consent"])
def test_a_no_means_plain_links_and_nothing_sent_or_kept(person: Person, said: str) -> None:
    no = NO if said == "gpc" else "window.along = { config: { consent: false } }"
    head = f'<script src="{person.site.put_file(no)}"></script>'
    url = person.come(head=head, query=f"?ht={person.street.token()}")
    person.share()
    assert person.copy() == url
    person.stay()
    assert set(person.door.lines()) == {SCRIPT, *_loads(person)}
    assert person.kept() == NOTHING_KEPT
    person.well()


def test_consent_that_comes_later_counts_from_then_on_and_can_be_taken_back(person: Person) -> None:
    head = f'<script src="{person.site.put_file("window.along = { config: { consent: false } }")}"></script>'
    person.come(head=head, query=f"?ht={person.street.token()}")
    person.js("along.consent(true)")
    person.door.wait_for(NOTES)
    assert person.js("return along.code()")
    person.js("along.consent(false)")
    assert person.js("return along.code()") is None
    assert person.kept() == NOTHING_KEPT


@pytest.mark.parametrize("mood", ["broken", "slow", "garbage"])
def test_sharing_needs_no_server(person: Person, mood: str) -> None:
    url = person.come()
    person.share()  # the panel's part is loaded once; what is tried here is everything after it
    person.keys("Escape")
    person.js("along.forget()")
    with person.door.being(mood):
        person.share()
        assert person.copy() == url
    assert person.kept() == NOTHING_KEPT
    person.well()


@pytest.mark.parametrize("mood", ["broken", "garbage"])
def test_a_script_that_does_not_come_leaves_the_page_as_it_is(person: Person, mood: str) -> None:
    with person.door.being(mood):
        person.come()
    assert person.js("return find('Send this page').matches('a[href^=mailto]')")
    seen = person.seen()
    assert seen["violations"] == []
    assert seen["shift"] == 0
    # Nonsense in place of a script is the browser's own complaint; none of ours ran.
    assert len(seen["errors"]) <= 1


def test_navigation_inside_a_page_is_followed(person: Person) -> None:
    person.come()
    person.js("history.pushState({}, '', '/another?a=1')")
    person.share()
    person.until("/[?&]ht=/.test(field().value)")
    assert person.link.startswith(f"{person.site.url}/another?a=1&ht=")
    asked = [asked.json()["page"] for asked in person.door.asked if asked.line == LINKS]
    assert asked == [f"{person.site.url}/another?a=1"]
    person.well()


def test_an_arrival_inside_a_page_is_noticed(person: Person) -> None:
    """By the Navigation API where there is one; an old browser's router says along.moved()."""
    person.come()
    token = person.street.token()
    person.js("history.pushState({}, '', '/another?ht=' + given[0]); if (!window.navigation) along.moved()", token)
    person.move_a_little()
    person.door.wait_for(NOTES)
    assert person.door.notes()[0]["token"] == token


def test_coming_back_to_a_page_is_no_new_arrival(person: Person) -> None:
    token = person.street.token()
    person.come(query=f"?ht={token}")
    person.door.wait_for(NOTES)
    person.driver.open(f"{person.site.url}/blank")
    person.driver.back()
    person.until("window.along && find('Share')")
    person.stay()
    assert len(person.door.notes()) == 1
    person.share()
    person.well()


def test_a_form_that_asked_carries_the_code(person: Person) -> None:
    form = "<form method=post action=/order data-along><button>Buy</button></form><form id=other></form>"
    token = person.street.token()
    person.come(BUTTON + form, query=f"?ht={token}")
    person.door.wait_for(NOTES)
    visit = person.door.notes()[0]["id"]
    person.site.posted.clear()
    assert person.js("return other.elements.length") == 0
    person.press("Buy")
    person.until("document.title === 'Thanks'")
    assert person.site.posted[0].body == f"ht={token}.{visit}".encode()


def test_a_form_whose_fields_hide_its_own_properties_carries_the_code(person: Person) -> None:
    fields = "".join(f"<input type=hidden name={name}>" for name in ("matches", "elements", "method", "submit", "ht"))
    form = f"<form method=post action=/order data-along>{fields}<button>Buy</button></form>"
    token = person.street.token()
    person.come(BUTTON + form, query=f"?ht={token}")
    person.door.wait_for(NOTES)
    code = f"{token}.{person.door.notes()[0]['id']}"
    person.js("addEventListener('submit', () => { document.title = document.forms[0].ht.value })")
    person.site.posted.clear()
    person.press("Buy")
    person.until("document.title === 'Thanks'")
    assert person.site.posted[0].body.endswith(f"ht={code}".encode())


def test_calls_and_listeners_of_the_page_cannot_be_broken_by_nonsense(person: Person) -> None:
    person.come()
    found: list[Any] = person.js(
        """const wrong = [undefined, null, 0, "", "x", {}, [], { url: {} }, { url: "http://[", title: 5 }, Symbol("s")];
        const names = ["link", "consent", "moved", "forget", "code"];
        const thrown = [];
        for (const name of names) for (const given of wrong)
          try { await along[name]?.(given) } catch (error) { thrown.push([name, typeof given, String(error)]) }
        return thrown"""
    )
    assert found == []
    person.well()


def test_a_second_copy_of_the_script_does_nothing(person: Person) -> None:
    token = person.street.token()
    person.come(head=person.street.tag(), query=f"?ht={token}")
    person.door.wait_for(NOTES)
    person.stay(300)
    assert len(person.door.notes()) == 1
    person.well()

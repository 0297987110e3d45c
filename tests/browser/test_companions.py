"""What stands beside the button: the line for who arrives, the QR code, other words. Quotes are in test_states.py."""

import pytest

from browser_table import BUTTON, Person

pytestmark = pytest.mark.browser
NOTES = "POST /v1/notes"


def test_an_arriving_visitor_is_told_and_may_opt_out(person: Person) -> None:
    url = person.come(BUTTON + "<pass-thanks></pass-thanks>", query=f"?ht={person.street.token()}")
    person.door.wait_for(NOTES)
    person.until("controls().some((e) => nameOf(e).endsWith('count me'))")
    told = len(person.door.notes())
    person.press(str(person.js("return nameOf(controls().find((e) => nameOf(e).endsWith('count me')))")))
    person.until("along.code() === null")
    assert person.kept()["session"] == {}
    person.share()
    assert person.copy() == url
    person.driver.open(f"{url}?ht={person.street.token()}")
    person.stay()
    assert len(person.door.notes()) == told
    assert person.js("return along.code()") is None


def test_the_code_is_made_in_the_browser_and_says_the_link_in_words_too(person: Person) -> None:
    person.come()
    person.share()
    person.until("field().value.includes('ht=')")
    link = person.link
    person.press("QR code")
    person.until("deep(panel()).some((e) => e.matches('svg') && e.getBoundingClientRect().width > 100)")
    assert link in str(person.js("return panel().textContent"))
    asked = sorted(line for line in person.door.lines() if line.startswith("GET") and "hints" not in line)
    assert asked == ["GET /along/bees01.js", "GET /along/links.js", "GET /along/panel.js", "GET /along/qr.js"]
    person.well()


def test_a_page_in_another_language_hears_its_own_words(person: Person) -> None:
    person.come(of_html="lang=de")
    person.press("Teilen")
    person.until("panel()?.matches(':popover-open')")
    assert person.js("return panel().lang") == "de"
    assert person.js("return !!find('Link kopieren')")
    assert "GET /along/words.de.js" in person.door.lines()
    person.well()

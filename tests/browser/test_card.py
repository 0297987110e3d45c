"""The card in real browsers: it is drawn, becomes a PNG without being sent anywhere, and a title does nothing in it."""

import base64
import struct
from typing import Any

import pytest

from browser_table import SITE, Person, Street, violations
from cast import a_person, an_id
from client import Client
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
HOSTILE = ("</text><script>hacked=1</script>", '<image href="x" onerror="hacked=1"/>')
SIZE = (1200, 630)


def way_in(street: Street, *titles: str, who: str = "card") -> str:
    """Somebody passes these pages along; the address behind “Your credit”."""
    person = a_person(who)
    client: Client = street.served.client()
    for title in titles:
        asked = an_id(who, title)
        page = f"{street.site.url}/{asked}"
        token = client.issue_link(SITE, guest=person.guest, page=page, request_id=asked, title=title)
        client.share(SITE, token, guest=person.guest, note_id=an_id("note", who, title))
    street.served.settled()
    url: str = client.send("POST", "/v1/credit", {"site": SITE, "guest": person.guest}).json()["url"]
    return url


def test_the_card_becomes_a_picture_in_the_browser(person: Person) -> None:
    """Canvas and SVG differ between browsers, so all three draw it."""
    person.driver.open(way_in(person.street, "Bees in winter", "冬のミツバチ", who=f"card {person.driver.name}"))
    person.until("location.pathname === '/me'")
    person.driver.open(f"{person.door.url}/me/card")
    person.until("document.querySelector('#card')?.naturalWidth > 0")
    href = str(person.until("document.querySelector('#as-png:not([hidden])')?.href"))
    kind, _, data = href.partition(",")
    png = base64.b64decode(data)
    assert kind == "data:image/png;base64"
    assert struct.unpack(">II", png[16:24]) == SIZE
    assert len(png) > 5_000, "there is something on it"


def test_titles_are_inert_and_the_page_is_accessible(chromium_driver: Played, street: Street) -> None:
    chromium_driver.begin()
    person = Person(chromium_driver, street)
    page: Any = chromium_driver.page
    person.driver.open(way_in(street, *HOSTILE, "Bees in winter", who="hostile"))
    page.wait_for_url("**/me")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{street.door.url}/me/card")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="Show the picture").click()
        person.until("document.querySelector('#card')?.naturalWidth")
        assert violations(person) == []
    page.get_by_role("button", name="Make it public").click()
    address = page.get_by_role("link", name="/card/").get_attribute("href")
    page.goto(address)
    texts = page.evaluate("[...document.querySelectorAll('text')].map((one) => one.textContent)")
    assert set(HOSTILE) <= set(texts)
    assert page.evaluate("[document.querySelectorAll('script, image, img').length, window.hacked ?? 0]") == [0, 0]
    page.go_back()
    page.get_by_role("button", name="Make it private again").click()
    assert page.goto(address).status == 404

"""What an order says of its buyer opens nothing and moves nothing: neither an account, nor credit that comes later."""

import re

from flask.testing import FlaskClient

from cast import Person, a_person, an_id
from flow.office import SITE, Office
from passalong.flow import erasure
from passalong.lib.tokens import hashed
from passalong.store.books import identities
from passalong.store.people import open_sessions

EURO = 1_000_000


def come_and_buy(office: Office, name: str, token: str, who: Person, **order: object) -> None:
    """Somebody comes by a link and buys for 100 euros; `order` is what the shop says of the buyer."""
    code = f"{token}.{an_id('visit', name)}"
    assert office.note("flask", office.visit(name, token, who, guest=who.guest)).status == 202
    said = {"id": name, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code} | order
    assert office.api("POST", "/conversions", said).status == 202
    office.fold()


def handed_over(office: Office, customer: str) -> FlaskClient:
    """A browser in which the shop has opened the portal for its customer."""
    url = office.api("POST", "/hand-over", {"customer": customer}).json["url"]
    office.fold()
    browser = office.client()
    assert office.send("POST", "/me/in", client=browser, form={"code": url.partition("#")[2]}).status == 303
    return browser


FAMILY = ("family-mum", "family-dad", "Family-Dad")


def opened(office: Office, browser: FlaskClient) -> list[str]:
    """The advocates that a browser's session covers."""
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    secret = cookie.value.partition(".")[2]
    with office.db.reading() as session:
        found = open_sessions.find(session, SITE, hashed(secret), "advocate", office.clock.at_ms)
        return list(identities.account(session, SITE, found.subject)) if found else []


def waiting(office: Office, browser: FlaskClient) -> str:
    """The sums of money on somebody's credit page."""
    page = office.send("GET", "/me/credit", client=browser).text
    return " ".join(re.findall(r"€[\d.,]+", page))


def erase(office: Office, browser: FlaskClient) -> None:
    """Somebody erases all that their session covers."""
    parts, [mine] = office.instance.services, opened(office, browser)
    erasure.erase(parts, SITE, mine)
    office.fold()


def test_a_guest_checkout_with_a_victims_id_opens_nothing(office: Office) -> None:
    vera, mallory, buyer = (a_person("checkout", name) for name in ("vera", "mallory", "buyer"))
    customer = "vera@checkout.example"
    veras = office.link("checkout vera", vera)
    office.link("checkout mallory", mallory, visitor=mallory.visitor)
    victim, thief = handed_over(office, customer), office.signed_in(mallory)
    come_and_buy(office, "checkout first", veras, buyer)
    for number in range(2):
        bait = office.link(f"checkout bait {number}", a_person("checkout", "bait", number))
        come_and_buy(office, f"checkout bait {number}", bait, mallory, customer=customer)
    come_and_buy(office, "checkout later", veras, a_person("checkout", "later"))
    assert "€16" in waiting(office, office.signed_in(vera))
    assert opened(office, thief) == [mallory.advocate_id(SITE)]
    assert not set(opened(office, victim)) & {mallory.advocate_id(SITE), vera.advocate_id(SITE)}
    erase(office, thief)
    assert len(opened(office, victim)) == 1
    assert "€16" in waiting(office, office.signed_in(vera))


def test_two_people_who_order_in_one_browser_each_come_into_their_own_portal(office: Office) -> None:
    family, aunt = a_person("family"), a_person("family", "aunt")
    token = office.link("family aunt", aunt)
    for number, customer in enumerate(FAMILY):
        come_and_buy(office, f"family {number}", token, family, customer=customer)
    ids = [opened(office, handed_over(office, name)) for name in FAMILY]
    assert [len(found) for found in ids] == [1, 1, 1]
    assert len({found[0] for found in ids} | {family.advocate_id(SITE)}) == 1 + len(FAMILY)


def test_erased_and_handed_over_again_is_a_new_account_each_time(office: Office) -> None:
    ids = []
    for _ in range(3):
        browser = handed_over(office, "erased-again")
        ids += opened(office, browser)
        assert opened(office, handed_over(office, "erased-again")) == ids[-1:]
        erase(office, browser)
    assert len(set(ids)) == 3

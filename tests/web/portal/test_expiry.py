"""Credit that expires, as its owner reads of it: until when it waits, what became of it, and where that stands."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from cast import a_person, anna
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.expiry import ends_ms
from passalong.core.terms.model import default_terms
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import LANGUAGES
from passalong.store import sites

YEAR = replace(default_terms("EUR"), expiry_months=12)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Anna has 10.00 and 10 points ready (the month's pool is hers, too), and they expire with February 2027."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    with writing(made.db) as session:
        sites.add_terms(session, SITE, YEAR, made.clock.at_ms, "Credit does not wait for ever.")
    token = made.link("annas", anna)
    note = made.visit("came", token, a_person("buyer"))
    made.note("flask", note)
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    made.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"})
    made.fold()
    made.clock.at_ms += 31 * DAY_MS
    made.fold()
    yield made
    made.close()


def page(office: Office, path: str) -> str:
    """A page of Anna's, as she reads it; static/seen.js reports the notices that she saw."""
    browser = office.signed_in(anna)
    answer = office.send("GET", path, client=browser)
    assert answer.status == 200
    names = re.findall(r'data-notice="([^"]+)"', answer.text)
    assert bool(names) == ("seen.js" in answer.text)
    for name in names:
        assert office.send("POST", "/me/seen", client=browser, form={"notice": name}).status == 204
    return unescape(re.sub(r"\s+", " ", answer.text))


def at(office: Office, days: float) -> None:
    """So many days before it expires."""
    office.clock.at_ms = ends_ms("2027-02", "UTC") - int(days * DAY_MS)
    office.fold()


def test_home_and_use_say_until_when_it_waits_before_anything_expires(office: Office) -> None:
    at(office, 90)
    assert "expire on" not in page(office, "/me") + page(office, "/me/use")
    for words in ("nothing expires while you think about it.", "10 points can be used for. For now, you keep it."):
        assert words in page(office, "/me/use")
    at(office, 60)
    for path in ("/me", "/me/use"):
        assert "€10.00 and 10 points expire on 28 February." in page(office, path)
    shown = page(office, "/me/use")
    assert "nothing expires" not in shown
    assert "you keep it" not in shown


def test_a_page_that_was_only_fetched_is_no_notice(office: Office) -> None:
    """A prefetch, or a page in the background: nothing reports that anybody saw it."""
    for days in (60, 14):
        at(office, days)
        browser = office.signed_in(anna)
        for path in ("/me", "/me/use"):
            assert "data-notice" in office.send("GET", path, client=browser).text
    at(office, 0)
    assert "Expired" not in page(office, "/me")


def test_nobody_else_reports_that_a_notice_was_seen(office: Office) -> None:
    at(office, 60)
    form = {"notice": "2027-02.1"}
    assert office.send("POST", "/me/seen", form=form).status == 401
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert office.send("POST", "/me/seen", client=office.signed_in(anna), form=form, headers=elsewhere).status == 403
    assert office.count("expiries") == 0


def test_seeing_either_page_is_the_notice(office: Office) -> None:
    at(office, 60)
    page(office, "/me/use")
    at(office, 14)
    page(office, "/me")
    at(office, 0)
    shown = page(office, "/me")
    assert "Expired" in shown and "Credit was not used in time and went into the monthly pool" in shown


def test_credit_of_a_person_who_never_looked_does_not_expire(office: Office) -> None:
    at(office, 0)
    at(office, -100)
    assert "Use €10.00 now" in page(office, "/me")


def test_the_line_is_explained_and_can_be_asked_about_and_the_open_book_has_it(office: Office) -> None:
    for days in (60, 14):
        at(office, days)
        page(office, "/me")
    at(office, 0)
    ledger = page(office, "/me/credit")
    assert "−€10.00" in ledger
    (why,) = set(re.findall(r'href="(/me/why/[a-z2-7]+)">Why −€10\.00', ledger))
    shown = page(office, why)
    for words in (
        "On 1 March 2027 this credit had gone unused for as long as the rule allows, and went into the monthly pool.",
        "We reminded you of this",
        "15 February",
        "Credit that we reminded you of twice",
        "it can be given back",
    ):
        assert words in shown, words
    assert office.send("GET", f"{why}/ask", client=office.signed_in(anna)).status == 200
    assert "expired" in office.send("GET", "/me/credit.csv", client=office.signed_in(anna)).text
    book = unescape(office.send("GET", f"/open/{SITE}").text)
    assert "Of that, expired and added to the pool" in book
    assert "goes into the monthly pool after 12 months, and we remind you twice before that." in book


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(office: Office, language: str) -> None:
    at(office, 60)
    home = office.send("GET", "/me", client=office.signed_in(anna), headers={"Accept-Language": language}).text
    assert 'class="waits"' in home
    assert "{" not in re.sub(r"<(style|script).*?</\1>", "", home, flags=re.DOTALL)


def test_after_it_expired_the_owners_page_and_the_open_book_say_the_same_sums(office: Office) -> None:
    """An accountant compares: 10.00 was earned and 10.00 expired, which is not the same as nothing."""
    for days in (60, 14, 0):
        at(office, days)
        page(office, "/me")
    person = office.send("GET", f"/console/{SITE}/people/{anna.advocate_id(SITE)}", client=office.owner()).text
    sums = dict(re.findall(r"<dt>([^<]+)</dt><dd>(€[^<]+)</dd>", person))
    assert sums == {
        "Earned": "€10.00",
        "Pending": "€0.00",
        "Taken back": "€10.00",
        "Used": "€0.00",
        "Available": "€0.00",
    }
    assert "Earned</dt><dd>€10.00" in page(office, "/me/credit").replace("\u00a0", " ")
    book = office.send("GET", f"/open/{SITE}").text
    assert "Nothing has gone back yet." not in book and "expired and added to the pool" in book
    element = office.send("GET", f"/v1/book/{SITE}")
    assert (element.status, "Sharing brought" in element.text) == (200, True)
    assert "Nothing has gone back yet." not in element.text

"""Credit that expires, as its owner reads of it: until when it waits, what became of it, and where that stands."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from cast import a_person, anna
from flow.office import SITE, Office
from passalong.core.attribution import DAY_MS
from passalong.core.expiry import ends_ms
from passalong.core.terms import default_terms
from passalong.flow.transaction import writing
from passalong.languages import LANGUAGES
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
    """A page of Anna's, as she reads it."""
    answer = office.send("GET", path, client=office.signed_in(anna))
    assert answer.status == 200
    return unescape(re.sub(r"\s+", " ", answer.text))


def at(office: Office, days: float) -> None:
    """So many days before it expires."""
    office.clock.at_ms = ends_ms("2027-02", "UTC") - int(days * DAY_MS)
    office.fold()


def test_home_and_use_say_until_when_it_waits_before_anything_expires(office: Office) -> None:
    at(office, 90)
    assert "for you until" not in page(office, "/me") + page(office, "/me/use")
    assert "Nothing runs out while you think about it." in page(office, "/me/use")
    at(office, 60)
    for path in ("/me", "/me/use"):
        assert "€10.00 and 10 points wait for you until 28 February." in page(office, path)
    shown = page(office, "/me/use")
    assert "Nothing runs out" not in shown
    assert "€10.00 and 10 points of it wait until 28 February" in shown


def test_opening_either_page_is_the_notice(office: Office) -> None:
    at(office, 60)
    page(office, "/me/use")
    at(office, 14)
    page(office, "/me")
    at(office, 0)
    shown = page(office, "/me")
    assert "Expired" in shown and "Credit was not used in time and went to the pool" in shown


def test_whoever_never_looked_keeps_it(office: Office) -> None:
    at(office, 0)
    at(office, -100)
    assert "Use €10.00 and 10 points now" in page(office, "/me")


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
        "On 1 March 2027 this credit had waited, unused, for as long as the rule says, and went to the pool.",
        "You were told that it would expire",
        "15 February",
        "What you were told of, twice",
        "it can be given back",
    ):
        assert words in shown, words
    assert office.send("GET", f"{why}/ask", client=office.signed_in(anna)).status == 200
    assert "expired" in office.send("GET", "/me/credit.csv", client=office.signed_in(anna)).text
    book = unescape(office.send("GET", f"/open/{SITE}").text)
    assert "Of that, expired unused and put into the pool" in book
    assert "12 months later, after two notices" in book


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(office: Office, language: str) -> None:
    at(office, 60)
    home = office.send("GET", "/me", client=office.signed_in(anna), headers={"Accept-Language": language}).text
    assert 'class="waits"' in home
    assert "{" not in re.sub(r"<(style|script).*?</\1>", "", home, flags=re.DOTALL)

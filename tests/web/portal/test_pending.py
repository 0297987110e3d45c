"""Credit that is only pending: what the pages say of it, and what they do not offer."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cast import a_person, an_id, anna, ben
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import LANGUAGES
from passalong.store.books import redemptions


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna's link led to an order today; Otto offers codes in euros and in points."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna)
        assert made.note("flask", made.visit("came", token, a_person("buyer"))).status == 202
        code = f"{token}.{an_id('visit', 'came')}"
        order = {"id": "o", "goal": "purchase", "amount_minor": 5_000, "currency": "EUR", "code": code}
        made.api("POST", "/conversions", order)
        made.fold()
        offered = (
            OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=5_000_000),
            OfferedMethod(Method.DISCOUNT_CODE, "points", minimum_micros=5_000_000),
            OfferedMethod(Method.GIVE_BACK, "EUR"),
            OfferedMethod(Method.GIVE_BACK, "points"),
        )
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, offered)
        yield made


def main_of(office: Office, path: str, language: str = "en") -> str:
    """The middle of a page of Anna's."""
    browser = office.signed_in(anna)
    headers = {"Accept-Language": language}
    return unescape(
        office.send("GET", path, client=browser, headers=headers).text.partition("<main")[2].partition("</main>")[0]
    )


def test_nothing_available_says_what_is_pending_and_offers_no_giving_back(office: Office) -> None:
    page = main_of(office, "/me/use")
    assert re.search(r"Pending: <mark>€4\.00</mark>.*Nothing is available yet\.", page)
    assert "Give it back" not in page
    assert "more until you can give it back" not in page
    assert "You can also leave it" not in page
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    assert len(headings) == len(set(headings)) == 2


def test_somebody_without_credit_reads_that_nothing_is_available(office: Office) -> None:
    office.link("bens", ben)
    browser = office.signed_in(ben)
    page = unescape(office.send("GET", "/me/use", client=browser).text)
    assert "Nothing is available today." in page
    assert "Pending" not in page
    assert "Give it back" not in page


def test_the_open_book_says_of_pending_credit_that_it_was_credited(office: Office) -> None:
    page = main_of(office, f"/open/{SITE}")
    assert "1 person who shared was credited with <strong>€4.00 and 8 points</strong>" in page
    assert "Of that, pending" in page
    assert "went back to" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_says_to_whom_the_pool_goes(office: Office, language: str) -> None:
    words = {
        "en": "whose sharing earned something that month",
        "de": "deren Teilen in dem Monat etwas verdient hat",
        "fr": "dont le partage a rapporté quelque chose ce mois-là",
        "es": "quienes ganaron algo por compartir ese mes",
        "pt": "cujo compartilhamento rendeu algo naquele mês",
        "nl": "die die maand met delen iets verdiende",
        "ja": "その月に共有で何かを得た人たち",
        "ar": "لكل من كسبت مشاركته شيئًا في ذلك الشهر",
    }
    assert words[language] in main_of(office, f"/open/{SITE}", language)


def test_a_guest_is_told_how_to_open_their_credit_again_and_only_signs_out_here(office: Office) -> None:
    page = main_of(office, "/me/keep")
    assert "Your credit stays with this browser." in page
    assert "Sign out everywhere" not in page
    assert "passkey or recovery words." not in page.partition("Where you are signed in")[2]


def test_an_account_reads_what_signing_out_everywhere_does_beside_that_button(office: Office) -> None:
    office.save_access(anna)
    browser = office.signed_in(anna)
    office.prove(browser)
    page = unescape(office.send("GET", "/me/keep", client=browser).text)
    here, _, everywhere = page.partition("Sign out here")[2].partition('id="everywhere"')
    assert "</form>" in here
    assert "Sign out everywhere" in everywhere
    assert "Your credit stays with this browser." not in page

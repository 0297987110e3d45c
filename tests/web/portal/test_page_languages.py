"""The languages that a site offers: its pages, the switch at their foot, and its mails have no others."""

import json
import re
from collections.abc import Iterator

import pytest

from cast import anna
from flow.mail.props import a_mail
from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.privileges import Scope
from passalong.core.sites.languages import ALL_LANGUAGES
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.flow.transaction import writing
from passalong.store.people import addresses

FRENCH = {"Accept-Language": "fr-CA,fr;q=0.9"}


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Otto's instance, on both databases, with a link of Anna's."""
    for made in an_office(request, tmp_path_factory):
        made.link("languages")
        made.fold()
        yield made


@pytest.fixture(autouse=True)
def _all_again(office: Office) -> Iterator[None]:
    yield
    offer(office, ALL_LANGUAGES)


def offer(office: Office, languages: str) -> None:
    """Otto chooses languages; a running server knows within five seconds, this one at once."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"languages": languages}, "Otto"))
    office.instance.services.sites.forget(SITE)


def switch(page: str) -> list[str]:
    """Return the languages in the switch of a page."""
    return re.findall(r'<button name="language" value="([^"]+)"', page)


def test_a_page_in_a_language_that_is_not_offered_is_in_the_first_one(office: Office) -> None:
    browser = office.signed_in(anna)
    offer(office, "nl de")
    for path in ("/me", "/me/links", "/me/why/x", f"/open/{SITE}", f"/open/{SITE}/check", f"/me/in?site={SITE}"):
        page = office.send("GET", path, client=browser, headers=FRENCH).text
        assert '<html lang="nl"' in page and switch(page) == ["nl", "de"], path
    page = office.send("GET", f"/open/{SITE}", headers={"Accept-Language": "en,fr;q=0.9,de;q=0.1"}).text
    assert '<html lang="de"' in page
    assert switch(office.send("GET", f"/open/{SITE}/embed", headers=FRENCH).text) == []


@pytest.mark.parametrize("choice", [("/me/language", "language", "de"), ("/theme", "theme", "dark")])
def test_a_choice_below_a_form_that_was_refused_leads_to_a_page(office: Office, choice: tuple[str, str, str]) -> None:
    """The address of such a page takes forms only."""
    browser, (address, name, value) = office.signed_in(anna), choice
    refused = {"/me/in/mail": {"site": SITE, "address": "x"}, "/me/keep/mail": {"address": "x"}, "/me/claims/x": {}}
    for path, form in refused.items():
        page = office.send("POST", path, client=browser, form=form).text
        places = re.findall(r'name="next" value="([^"]+)"', page)
        assert set(places) == {path}
        chosen = office.send("POST", address, client=browser, form={name: value, "next": path})
        back = office.send("GET", chosen.headers["location"], client=browser)
        assert (chosen.status, back.status) == (303, 200), path
        assert path.startswith(chosen.headers["location"])


def test_a_language_that_somebody_chose_earlier_is_kept_for_other_sites_and_not_shown_here(office: Office) -> None:
    browser = office.signed_in(anna)
    office.send("POST", "/me/language", client=browser, form={"language": "ar", "next": "/me"})
    assert '<html lang="ar" dir="rtl"' in office.send("GET", "/me", client=browser).text
    offer(office, "de en")
    assert '<html lang="de" dir="ltr"' in office.send("GET", "/me", client=browser, headers=FRENCH).text
    page = office.send("GET", "/me", client=browser, headers={"Accept-Language": "en"}).text
    assert '<html lang="en" dir="ltr"' in page
    other = office.send("GET", f"/open/{OTHER}", client=browser).text
    assert '<html lang="ar"' in other and switch(other) == ALL_LANGUAGES.split()


def test_a_language_that_the_site_does_not_offer_changes_no_mails(office: Office) -> None:
    browser = office.signed_in(anna)
    with writing(office.db) as session:
        new = addresses.NewAddress("a" * 40, "anna@example.org", "de", office.clock.at_ms)
        addresses.ask(session, SITE, new)
        addresses.confirm(session, SITE, "a" * 40, anna.advocate_id(SITE), office.clock.at_ms)
    office.save_access(anna)
    office.prove(browser)
    offer(office, "de en")
    kept = []
    for language in ("ar", "en"):
        office.send("POST", "/me/language", client=browser, form={"language": language})
        with office.db.reading() as session:
            kept += [one.language for one in addresses.confirmed_of(session, SITE, [anna.advocate_id(SITE)])]
    assert kept == ["de", "en"]


def test_one_language_needs_no_switch(office: Office) -> None:
    offer(office, "ja")
    page = office.send("GET", f"/open/{SITE}", headers=FRENCH).text
    assert '<html lang="ja"' in page and 'action="/me/language"' not in page


def test_mails_to_people_who_share_follow_and_the_owners_do_not(office: Office) -> None:
    offer(office, "nl de")
    spoken = {
        kind: a_mail(office, kind, "fr")["Content-Language"] for kind in ("sign_in", "monthly", "joined", "health")
    }
    assert spoken == {"sign_in": "nl", "monthly": "nl", "joined": "nl", "health": "fr"}
    assert a_mail(office, "monthly", "de")["Content-Language"] == "de"


def test_the_api_reads_and_writes_them_without_two_weeks_of_notice(office: Office) -> None:
    key = api_keys.new(office.db, office.clock, SITE, NewKey("languages", (Scope.READ, Scope.MANAGE)))
    assert json.loads(office.api("GET", "/settings", None, key).body)["values"]["languages"] == ALL_LANGUAGES
    answer = json.loads(office.api("PATCH", "/settings", {"values": {"languages": "de, nl, en"}}, key).body)
    assert (answer["values"]["languages"], answer["announced"]) == ("de en nl", [])
    for text, reason in (("", "Choose at least one language: en, de"), ("de xx", "No page is written in 'xx'")):
        refused = office.api("PATCH", "/settings", {"values": {"languages": text}}, key)
        assert refused.status in (400, 422) and reason in refused.text

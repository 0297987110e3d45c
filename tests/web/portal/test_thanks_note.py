"""The owner's note of thanks: who reads it, where, and that it stays plain text."""

import json
import re
from collections.abc import Iterator

import pytest

from cast import Person, a_person
from flow.mail.props import sell
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.i18n.catalogue import END, ISOLATE, LANGUAGES

NOTE = "You keep our bees alive. <b>Write</b> to https://honey.example & come by."
SHOWN = "You keep our bees alive. &lt;b&gt;Write&lt;/b&gt; to https://honey.example &amp; come by."


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Otto's instance, on both databases."""
    yield from an_office(request, tmp_path_factory)


def say_thanks(office: Office, note: str) -> None:
    """Otto writes his note."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"thanks_note": note}, "Otto"))
    office.instance.services.sites.forget(SITE)


def home_of(office: Office, who: Person, language: str = "en") -> str:
    """Return this person's home page."""
    return office.send("GET", "/me", client=office.signed_in(who), headers={"Accept-Language": language}).text


def why_of(office: Office, who: Person) -> str:
    """Return the address of the page that explains this person's first line of credit."""
    found = re.search(r'href="(/me/why/[^"]+)"', office.send("GET", "/me/credit", client=office.signed_in(who)).text)
    assert found
    return found[1]


def shown(office: Office, who: Person, path: str) -> str:
    """Return a page as this person sees it."""
    answer = office.send("GET", path, client=office.signed_in(who))
    assert answer.status == 200, answer
    return answer.text


def test_a_person_who_brought_a_result_reads_it_on_home_and_beside_the_credit(office: Office) -> None:
    who = a_person("thanked at home")
    sell(office, who, "thanked order")
    say_thanks(office, NOTE)
    for page in (home_of(office, who), shown(office, who, why_of(office, who))):
        assert f'<blockquote dir="auto">{SHOWN}</blockquote>' in page
        assert "The Bee Almanac says thank you" in page.replace(ISOLATE, "").replace(END, "")
        assert 'href="https://honey.example"' not in page


def test_a_person_who_brought_nothing_yet_reads_nothing(office: Office) -> None:
    who = a_person("shared only")
    office.link("shared only", who)
    office.fold()
    say_thanks(office, NOTE)
    assert SHOWN not in home_of(office, who)


def test_no_note_is_no_empty_frame(office: Office) -> None:
    who = a_person("no note")
    sell(office, who, "order without a note")
    say_thanks(office, "")
    assert "says thank you" not in home_of(office, who) + shown(office, who, why_of(office, who))


def test_credit_that_was_taken_back_is_not_thanked_for(office: Office) -> None:
    who = a_person("returned it")
    sell(office, who, "returned with thanks")
    say_thanks(office, NOTE)
    why = why_of(office, who)
    assert SHOWN in shown(office, who, why)
    office.api("POST", "/conversions/returned with thanks/refunds", {"id": "back", "full": True})
    office.fold()
    assert SHOWN not in shown(office, who, why)


def test_a_person_whom_the_owner_excluded_reads_nothing(office: Office) -> None:
    who = a_person("excluded later")
    sell(office, who, "order before the ban")
    say_thanks(office, NOTE)
    why = why_of(office, who)
    assert SHOWN in home_of(office, who)
    ban = {"id": "ban-1", "decision": "ban", "about": "advocate", "author": "Otto", "note": "x"}
    ban["subject_id"] = who.advocate_id(SITE)
    assert office.api("POST", "/verdicts", ban).status == 202
    office.fold()
    assert SHOWN not in home_of(office, who) + shown(office, who, why)


def test_the_frame_is_in_the_readers_language_and_the_note_in_the_owners(office: Office) -> None:
    who = a_person("reads languages")
    sell(office, who, "order in languages")
    say_thanks(office, NOTE)
    for language in LANGUAGES:
        page = home_of(office, who, language)
        assert SHOWN in page, language
        assert ("says thank you" in page) is (language == "en"), language


def test_the_api_reads_and_writes_it(office: Office) -> None:
    key = api_keys.new(office.db, office.clock, SITE, NewKey("settings", (Scope.READ, Scope.MANAGE)))
    answer = office.api("PATCH", "/settings", {"values": {"thanks_note": "  Thank\nyou! "}}, key)
    assert answer.status == 200, answer
    assert json.loads(answer.body)["values"]["thanks_note"] == "Thank you!"

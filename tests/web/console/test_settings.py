"""The settings page: versions, announcements, garbage beside its field, a double submit, two people at once."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cast import cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.journey import DAY_MS
from passalong.core.sites.languages import ALL_LANGUAGES
from passalong.flow.owners.settings import settings_of
from passalong.store.people import settings_versions
from passalong.store.people.settings_versions import SettingsVersion
from passalong.store.sites import find_site

PAGE = f"/console/{SITE}/settings"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def standing(office: Office) -> dict[str, str]:
    """The settings as they stand."""
    with office.db.reading() as session:
        site = find_site(session, SITE)
    assert site
    return settings_of(site)


def versions(office: Office) -> list[SettingsVersion]:
    """All versions, the newest first."""
    with office.db.reading() as session:
        return list(settings_versions.newest(session, SITE, 99))


def opened(office: Office, browser: Any) -> dict[str, str]:
    """The form as it is on the page."""
    page = office.send("GET", PAGE, client=browser).text
    assert f'action="{PAGE}/versions"' in page
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("base", "once")}
    return standing(office) | {name: match[1] for name, match in found.items() if match}


def sent(office: Office, browser: Any, form: dict[str, Any]) -> Any:
    """The form is sent."""
    return office.send("POST", f"{PAGE}/versions", client=browser, form=form)


def test_settings_are_changed_with_an_author_and_a_reason(office: Office) -> None:
    browser = office.owner()
    form = opened(office, browser) | {"customers_signed_in": "on", "retention_days": "14", "note": "As we promised."}
    assert sent(office, browser, form).headers["location"] == f"{PAGE}#versions"
    assert standing(office)["customers_signed_in"] == "on"
    page = html.unescape(office.send("GET", PAGE, client=browser).text)
    assert "My customers are signed in: no, or not all of them → yes, every customer that is reported" in page
    assert "Days to keep details of refused requests: 30 → 14" in page
    assert "by Owner, by a link from the command line" in page and "As we promised." in page


def test_a_cut_is_announced_and_can_be_withdrawn(office: Office) -> None:
    browser = office.owner()
    office.note("flask", office.visit("promise", office.link("promise"), cleo))
    office.fold()
    sent(office, browser, opened(office, browser) | {"remember": "none"})
    (made,) = versions(office)
    assert (made.since_ms, standing(office)["remember"]) == (office.clock.now_ms() + 14 * DAY_MS, "visit")
    assert "Withdraw version 1" in office.send("GET", PAGE, client=browser).text
    form = {"version": "1"}
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form=form).status == 303
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form=form).status == 409
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form={"version": ""}).status == 400


GARBAGE = [
    *(("time_zone", "Mars/Base", "Europe/Berlin"), ("currency", "<b>", "ISO 4217"), ("remember", "x", "Choose one")),
    *(("credit", "", "Choose one"), ("customers_signed_in", "maybe", "on or off"), ("questions", "x", "on or off")),
    *(("personal_codes", "x", "Choose one"), ("answer_days", "0", "1 to 60"), ("retention_days", "91", "1 to 90")),
    *(("sender_name", "x" * 121, "at most 120"), ("note", "x" * 501, "at most 500")),
]


def test_garbage_in_any_field_is_answered_beside_it_and_what_was_typed_stays(office: Office) -> None:
    browser = office.owner()
    for field, text, said in GARBAGE:
        answer = sent(office, browser, opened(office, browser) | {"sender_name": "Otto’s bees", field: text})
        error = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
        assert answer.status == 422 and error and said in html.unescape(error[1]), field
        assert field == "sender_name" or 'value="Otto’s bees"' in answer.text
    assert versions(office) == []


LANGUAGES = re.compile(r'name="languages" value="(\w+)"( checked)?')


def test_languages_are_ticked_with_one_of_them_first(office: Office) -> None:
    browser = office.owner()
    form = opened(office, browser)
    del form["languages"]
    for ticked, first, said in (
        ([], "en", "Choose at least one language"),
        (["de", "nl"], "en", "English comes first, so tick it too"),
        (["de", "nl"], "xx", "No page is written in &#39;xx&#39;"),
    ):
        answer = sent(office, browser, form | {"languages": ticked, "first_language": first})
        assert answer.status == 422 and said in answer.text.split('id="languages-error">')[1].split("<")[0]
        assert [name for name, is_ticked in LANGUAGES.findall(answer.text) if is_ticked] == ticked
    assert standing(office)["languages"] == ALL_LANGUAGES
    languages = {"languages": ["de", "en", "nl"], "first_language": "nl"}
    assert sent(office, browser, form | languages).status == 303
    assert standing(office)["languages"] == "nl en de"
    page = office.send("GET", PAGE, client=browser).text
    assert [name for name, is_ticked in LANGUAGES.findall(page) if is_ticked] == ["en", "de", "nl"]
    assert '<option value="nl" selected>' in page
    assert "people who share: English, Deutsch, Français" in page and "→ Nederlands, English, Deutsch<" in page
    assert sent(office, browser, opened(office, browser) | languages).status == 303
    assert len(versions(office)) == 1


def test_a_form_that_is_sent_twice_makes_one_version(office: Office) -> None:
    browser = office.owner()
    form = opened(office, browser) | {"credit": "ask"}
    assert [sent(office, browser, form).status for _ in range(2)] == [303, 303]
    assert len(versions(office)) == 1


def test_two_people_who_edit_at_once_see_both_values(office: Office) -> None:
    here, there = office.owner(), office.owner()
    form = opened(office, here) | {"answer_days": "3"}
    sent(office, there, opened(office, there) | {"answer_days": "5", "questions": "on"})
    answer = sent(office, here, form)
    assert answer.status == 409
    assert "Days to answer a question: now 5, you wrote 3" in html.unescape(answer.text)
    assert standing(office)["answer_days"] == "5"
    again = re.search(r'name="base" value="([0-9]+)"', answer.text)
    assert again and sent(office, here, form | {"base": again[1]}).status == 303
    assert standing(office)["answer_days"] == "3"


def test_strangers_see_and_change_nothing(office: Office) -> None:
    assert office.send("GET", PAGE).status == 401
    assert office.send("POST", f"{PAGE}/versions", form={"credit": "off"}).status == 401
    assert office.send("POST", f"{PAGE}/withdraw", form={"version": "1"}).status == 401

"""Which language a page is in: the person's choice, then the browser's, then English; the console speaks English."""

from collections.abc import Iterator

import pytest

from cast import anna
from flow.office import SITE, Office, an_office

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.4"}


@pytest.fixture(scope="module", params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance in which Anna shared."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna)
        yield made


def test_a_page_is_in_the_language_of_the_browser(office: Office) -> None:
    assert '<html lang="de" dir="ltr"' in office.send("GET", "/me/in", headers=GERMAN).text
    assert '<html lang="ar" dir="rtl"' in office.send("GET", "/me/in", headers={"Accept-Language": "ar"}).text
    assert '<html lang="en" dir="ltr"' in office.send("GET", "/me/in").text


def test_a_persons_choice_goes_before_the_browsers(office: Office) -> None:
    browser = office.client()
    answer = office.send("POST", "/me/language", client=browser, form={"language": "fr", "next": "/me/in"})
    assert (answer.status, answer.headers["location"]) == (303, "/me/in")
    assert '<html lang="fr"' in office.send("GET", "/me/in", headers=GERMAN, client=browser).text


@pytest.mark.parametrize("chosen", ["", "xx", "en-US", "../../etc/passwd", '"><script>', "de" * 2_000])
def test_what_is_no_language_is_not_kept(office: Office, chosen: str) -> None:
    answer = office.send("POST", "/me/language", form={"language": chosen})
    assert answer.status == 303
    assert "set-cookie" not in answer.headers
    shown = office.send("GET", "/me/in", headers={"Cookie": f"along-language={chosen}"}).text
    assert '<html lang="en"' in shown


def test_the_console_speaks_one_language(office: Office) -> None:
    owner = office.owner()
    assert '<html lang="en"' in office.send("GET", f"/console/{SITE}", headers=GERMAN, client=owner).text

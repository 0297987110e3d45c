"""Which language a page is in: the person's choice, then the browser's, then English; the console speaks English."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import text

from cast import anna, ben, cleo
from flow.office import SITE, Office, an_office
from passalong.i18n.catalogue import ENGLISH, ISOLATE, LANGUAGES, PSEUDO, Pattern, catalogue, direction

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.4"}


@pytest.fixture(scope="module", params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance in which Anna shared, Ben passed it on, and Cleo bought."""
    for made in an_office(request, tmp_path_factory):
        bens = made.link("bens", ben, parent=made.link("annas", anna, title="Bees: why?"))
        note = made.visit("cleo", bens, cleo)
        made.note("flask", note)
        order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        made.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"})
        made.fold()
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
def test_an_unknown_language_is_not_stored(office: Office, chosen: str) -> None:
    answer = office.send("POST", "/me/language", form={"language": chosen})
    assert answer.status == 400
    assert "set-cookie" not in answer.headers
    shown = office.send("GET", "/me/in", headers={"Cookie": f"along-language={chosen}"}).text
    assert '<html lang="en"' in shown


def test_the_console_speaks_one_language(office: Office) -> None:
    owner = office.owner()
    assert '<html lang="en"' in office.send("GET", f"/console/{SITE}", headers=GERMAN, client=owner).text


EVERYBODYS = [
    *(
        "/",
        f"/open/{SITE}",
        f"/open/{SITE}/check",
        "/open/nobody",
        "/h/no.thing",
        "/h/nobody/ana",
        f"/h/{SITE}/ana",
        "/nowhere",
    ),
    *("/me", "/me/in", "/me/stop/nothing", "/me/door"),
]
ANNAS = [
    *("/me", "/me/links", "/me/credit", "/me/why/{line}", "/me/why/x", "/me/statement", "/me/statement.json"),
    *("/me/claims/new", "/me/use", "/me/keep", "/me/mail", "/me/privacy", "/me/privacy/erase", "/me/card"),
]


def pieces(found: Pattern) -> set[str]:
    """What a string says between its placeholders and tags, where that is three words or more."""
    said = [found] if isinstance(found, str) else found.values()
    cut = (re.split(r"\{[^}]*\}|<[^>]*>|\[|\]\([a-z_]+\)", pattern) for pattern in said)
    return {piece.strip() for parts in cut for piece in parts if len(piece.split()) >= 3}


def english_in(page: str, language: str) -> set[str]:
    """What a page says in English words, and would say otherwise in its own language."""
    own = set().union(*map(pieces, catalogue(language).values()))
    english = set().union(*map(pieces, catalogue(ENGLISH).values())) - own
    shown = unescape(page)
    return {piece for piece in english if piece in shown}


def pages(office: Office, language: str) -> dict[str, str]:
    """Every page that somebody who shares can meet, as a browser of that language gets it."""
    with office.db.reading() as session:
        line = session.scalar(
            text("SELECT line_id FROM credits WHERE recipient = :anna"), {"anna": anna.advocate_id(SITE)}
        )
    browser, headers = office.signed_in(anna), {"Accept-Language": language}
    anybodys = {path: office.send("GET", path, headers=headers).text for path in EVERYBODYS}
    annas = [path.format(line=line) for path in ANNAS]
    return anybodys | {f"anna {path}": office.send("GET", path, headers=headers, client=browser).text for path in annas}


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != ENGLISH])
def test_an_advocate_reads_no_english_sentence_in_another_language(office: Office, language: str) -> None:
    shown = pages(office, language)
    assert {path: found for path, page in shown.items() if (found := english_in(page, language))} == {}
    opened = f'<html lang="{language}" dir="{direction(language)}"'
    assert [path for path, page in shown.items() if opened not in page] == []


def test_an_english_sentence_would_be_found(office: Office) -> None:
    assert all(english_in(page, "de") for page in pages(office, ENGLISH).values())


def test_a_page_in_pseudo_english_keeps_every_name_and_number(office: Office) -> None:
    browser = office.client()
    browser.set_cookie("along-language", PSEUDO, domain="along.example")
    shown = office.send("GET", f"/open/{SITE}", client=browser).text
    assert "\N{LEFT DOUBLE ANGLE BRACKET}" in shown
    assert "€100.00" in shown


def test_a_name_in_latin_letters_keeps_its_punctuation_among_arabic(office: Office) -> None:
    shown = pages(office, "ar")
    assert "Bees: why?</a></bdi>" in shown["anna /me/links"]
    assert f"{ISOLATE}The Bee Almanac" in shown[f"/open/{SITE}"]


def test_programs_are_answered_in_english(office: Office) -> None:
    assert office.send("GET", f"/open/{SITE}/proof/inclusion", headers=GERMAN).message.startswith("`index` is missing.")
    assert office.send("GET", "/api/v1/nothing", headers=GERMAN).message.startswith("There is no page")

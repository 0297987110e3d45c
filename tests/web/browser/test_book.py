"""The open book for `<pass-book>`: public figures in sentences, and no money where the site gives points."""

from collections.abc import Iterator

import pytest

from cast import Person, a_person, a_site, an_id
from flow.office import BOTH, SITE, URL, Office, an_office
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms

PLAIN = "plain1"
"""A site whose rule gives points alone."""


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with a third site, that gives 20 points for a purchase."""
    for made in an_office(request, tmp_path_factory):
        goal = Goal(name="purchase", unit=POINTS, fixed_micros=20 * MICROS)
        points = a_site(made.db, made.clock, site_id=PLAIN, name="Points", terms=Terms(goals=(goal,), hold_days=0))
        sell(made, SITE, made.bees.api_key)
        sell(made, PLAIN, points.api_key)
        yield made


def sell(office: Office, site_id: str, key: str) -> None:
    """Somebody buys for 42 euros through a link of Anna's."""
    buyer: Person = a_person("buyer at", site_id)
    token = office.link(f"of {site_id}", site_id=site_id)
    note = office.visit(f"at {site_id}", token, buyer) | {"site": site_id, "guest": buyer.guest}
    assert office.note("flask", note).status == 202
    said = {"id": "order-1", "goal": "purchase", "amount_minor": 4_200, "currency": "EUR"}
    said |= {"code": f"{token}.{an_id('visit', f'at {site_id}')}"}
    assert office.api("POST", "/conversions", said, key).status == 202
    office.fold()


def test_the_book_says_the_rule_and_what_sharing_brought(office: Office) -> None:
    answer = office.send("GET", f"/v1/book/{SITE}?lang=en")
    found = answer.json
    assert answer.headers["access-control-allow-origin"] == "*"
    assert found["title"] == "How sharing is counted at The Bee Almanac"
    assert found["sentence"].startswith("Sharing brought 1 person and 1 result worth €42.00.")
    assert {"name": "Sharing brought", "amount": "€42.00"} in found["figures"]
    assert found["all"] == {"text": "See the whole open book", "url": f"{URL}/open/{SITE}"}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "nl", "ja", "ar"])
def test_the_book_of_a_site_that_gives_points_names_no_money(office: Office, language: str) -> None:
    text = office.send("GET", f"/v1/book/{PLAIN}?lang={language}").text
    assert "20" in text
    assert not any(money in text for money in ("€", "EUR", "42"))
    assert "€" in office.send("GET", f"/v1/book/{SITE}?lang={language}").text


@pytest.mark.parametrize(("asked", "spoken"), [("de-CH", "de"), ("", "en"), ("x" * 5_000, "en"), ("%00", None)])
def test_the_book_speaks_the_language_of_the_page(office: Office, asked: str, spoken: str | None) -> None:
    answer = office.send("GET", f"/v1/book/{SITE}?lang={asked}")
    assert (answer.status, answer.json.get("lang")) == ((200, spoken) if spoken else (400, None))


@pytest.mark.parametrize("site_id", ["nobody", "x" * 400, "%20", "..%2fopen"])
def test_there_is_no_book_of_no_site(office: Office, site_id: str) -> None:
    answer = office.send("GET", f"/v1/book/{site_id}")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "*")


def test_the_module_of_the_elements_stands_beside_every_sites_script(office: Office) -> None:
    answer = office.send("GET", "/along/pass-credit.js", headers={"Accept-Encoding": "br"})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-encoding"] == "br"
    assert len(answer.body) <= 8_192

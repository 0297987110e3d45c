"""What an owner knows and decides, over the API: who is one person."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from cast import a_person, an_id, anna
from flow.office import BOTH, SITE, Json, Office, an_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)


# --- who is one person ------------------------------------------------------------------------------------------------


def test_a_sign_in_joins_a_browser_to_the_customer_who_bought(office: Office) -> None:
    token, daisy = office.link("annas"), a_person("daisy")
    assert office.note("flask", office.visit("daisy", token, daisy)).status == 202
    order = {"id": "daisys", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "customer": " Daisy@X.org"}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()
    assert office.api("GET", "/conversions/daisys").json["reason"] == "no_token"
    said = {"id": "sign-in", "codes": [f"{token}.{an_id('visit', 'daisy')}"], "customers": ["daisy@x.org"]}
    assert [office.api("POST", "/identify", said).status for _ in range(2)] == [202, 200]
    office.fold()
    made = office.api("GET", "/conversions/daisys").json
    assert [(line["recipient"], line["amount_micros"]) for line in made["lines"]] == [
        (anna.advocate_id(SITE), 8_000_000)
    ]


def test_of_a_customer_only_a_keyed_hash_is_kept(office: Office) -> None:
    order = {"id": "secretive", "goal": "signup", "customer": "ernest@x.org"}
    assert office.api("POST", "/conversions", order).status == 202
    with office.db.reading() as session:
        fact = session.scalar(text("SELECT fact FROM events WHERE event_id = 'secretive'"))
    assert fact is not None and '"customer":"u:' in fact
    assert "ernest" not in fact
    assert office.api("POST", "/conversions", order | {"customer": "frieda@x.org"}).status == 409


BAD: list[Json] = [
    {"visitors": [an_id("one")]},
    {"visitors": [an_id("one"), an_id("one")]},
    {"visitors": [an_id("one"), "short"]},
    {"customers": [str(number) for number in range(21)]},
    {"customers": ["", "b"]},
    {"advocates": ["NOBODY", "b"]},
    {"codes": ["no-visit-in-it"], "customers": ["a"]},
    {"codes": ["token." + an_id("never", "came")], "customers": ["a"]},
    {"customers": "ab"},
    {"people": []},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_what_names_no_two_ids_is_refused_in_words(office: Office, change: Json) -> None:
    answer = office.api("POST", "/identify", {"id": an_id("bad", change)} | change)
    assert answer.status == 400
    assert len(answer.message) > 20

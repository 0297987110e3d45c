"""Sign-in to the console at an OpenID provider: a real one over HTTP, with good answers and with spoiled ones."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from flow.office import SITE, URL, Answer, Office
from flow.world import HandClock
from passalong.core.privileges import Role
from passalong.lib.openid import FRESH_MS
from plumbing.openid_provider import Provider, path_of
from plumbing.ports import HOST

INA = "ina@bees.example"
BACK = f"{URL}/console/in/openid/back"
TEAM = f"/console/{SITE}/team"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider at which Ina is signed in."""
    clock = HandClock()
    made = Provider(lambda: clock.now_ms(), BACK)
    made.clock = clock  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.fixture
def office(provider: Provider, tmp_path: Path) -> Iterator[Office]:
    """An instance whose people may sign in there; its clock is the provider's."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path, **provider.env())
    made.clock.at_ms = provider.clock.at_ms  # type: ignore[attr-defined]
    yield made
    made.close()


def goes(office: Office, browser: FlaskClient, start: str = "/console/in/openid") -> str:
    """The address back, after the person went to the provider."""
    answer = office.send("GET", start, client=browser)
    assert answer.status == 303, answer.text
    return at_provider(answer.headers["location"])


def at_provider(url: str) -> str:
    """What the provider answers a browser that comes by this address: the way back."""
    connection = http.client.HTTPConnection(HOST, int(url.partition("://")[2].partition("/")[0].partition(":")[2]))
    connection.request("GET", path_of(url))
    response = connection.getresponse()
    response.read()
    connection.close()
    return path_of(response.headers["Location"])


def signs_in(office: Office, browser: FlaskClient) -> Answer:
    """The whole way."""
    return office.send("GET", goes(office, browser), client=browser)


def test_a_members_verified_address_signs_in_and_later_the_account_alone(office: Office, provider: Provider) -> None:
    office.teammate(Role.OWNER, address=INA)
    assert "Sign in at Hive accounts" in office.send("GET", "/console/in").text
    browser = office.client()
    assert signs_in(office, browser).headers["location"] == "/console/sites"
    assert office.send("GET", TEAM, client=browser).status == 200
    provider.person = {"sub": "4711", "email": "other@bees.example", "email_verified": False}
    again = office.client()
    assert signs_in(office, again).status == 303, "connected by the provider's own id"
    page = office.send("GET", "/console/account", client=again).text
    assert INA in page and provider.issuer in page
    handle = page.partition('name="handle" value="')[2][:64]
    assert office.send("POST", "/console/account/openid/forget", client=again, form={"handle": handle}).status == 303
    assert signs_in(office, office.client()).status == 403


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "1", "email": INA},
        {"sub": "1", "email": INA, "email_verified": False},
        {"sub": "1", "email": INA, "email_verified": "true"},
        {"sub": "1", "email": "mallory@bees.example", "email_verified": True},
        {"sub": "1", "email": "no address", "email_verified": True},
        {"sub": "1"},
    ],
)
def test_who_has_no_role_or_an_address_that_nobody_vouches_for_stays_out(
    office: Office, provider: Provider, person: dict[str, Any]
) -> None:
    office.teammate(Role.OWNER, address=INA)
    provider.person, mallory = person, office.client()
    assert signs_in(office, mallory).status == 403
    assert office.send("GET", TEAM, client=mallory).status == 401


@pytest.mark.parametrize(
    ("spoil", "way"),
    [
        ({"nonce": "another sign-in's"}, "RS256"),
        ({"nonce": None}, "RS256"),
        ({"aud": "another client"}, "RS256"),
        ({"aud": ["passalong", "another"], "azp": "another"}, "RS256"),
        ({"iss": "https://elsewhere.example"}, "RS256"),
        ({"exp": 1}, "RS256"),
        ({"exp": None}, "RS256"),
        ({"sub": None}, "RS256"),
        ({}, "HS256"),
        ({}, "none"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    office: Office, provider: Provider, spoil: dict[str, Any], way: str
) -> None:
    office.teammate(Role.OWNER, address=INA)
    provider.spoil, provider.way, mallory = spoil, way, office.client()
    answer = signs_in(office, mallory)
    assert (answer.status, "did not tell us who you are" in answer.text) == (400, True)
    assert office.send("GET", TEAM, client=mallory).status == 401


def test_a_key_that_the_provider_does_not_publish_signs_nobody_in_and_a_new_one_does(
    office: Office, provider: Provider
) -> None:
    office.teammate(Role.OWNER, address=INA)
    assert signs_in(office, office.client()).status == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    assert signs_in(office, office.client()).status == 400
    provider.published = provider.key
    assert signs_in(office, office.client()).status == 303


def test_a_way_back_works_once_and_in_the_browser_that_asked(office: Office) -> None:
    office.teammate(Role.OWNER, address=INA)
    ina, mallory = office.client(), office.client()
    back = goes(office, ina)
    assert office.send("GET", back, client=mallory).status == 400
    office.send("GET", "/console/in/openid", client=mallory)
    assert office.send("GET", back, client=mallory).status == 400, "of another sign-in"
    assert office.send("GET", back.replace("iss=http", "iss=https"), client=ina).status == 400
    assert office.send("GET", "/console/in/openid/back?error=access_denied", client=ina).status == 400
    assert office.send("GET", back, client=ina).status == 303
    assert office.send("GET", back, client=ina).status == 400


def test_a_signed_in_person_connects_an_account_with_another_address(office: Office, provider: Provider) -> None:
    ina, eva = office.teammate(Role.OWNER, address=INA), office.teammate(Role.EDITOR, address="eva@bees.example")
    provider.person = {"sub": "eva at work", "email": "eva@work.example"}
    assert office.send("GET", "/console/account/openid", client=eva).status == 405, "a link alone connects nothing"
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", "/console/account/openid", client=eva, headers=elsewhere).status == 403
    page = office.send("POST", "/console/account/openid", client=eva).text
    url = page.partition(f'href="{provider.issuer}')[2].partition('"')[0].replace("&amp;", "&")
    back = at_provider(f"{provider.issuer}{url}")
    assert office.send("GET", back, client=eva).headers["location"] == "/console/account"
    assert office.send("GET", TEAM, client=eva).status == 200
    fresh = office.client()
    assert signs_in(office, fresh).status == 303
    assert "eva@bees.example" in office.send("GET", "/console/account", client=fresh).text
    page = office.send("POST", "/console/account/openid", client=ina).text
    url = page.partition(f'href="{provider.issuer}')[2].partition('"')[0].replace("&amp;", "&")
    assert office.send("GET", at_provider(f"{provider.issuer}{url}"), client=ina).status == 409


def test_a_provider_that_is_away_or_calls_itself_otherwise_is_an_answer_in_words(
    office: Office, provider: Provider
) -> None:
    assert office.send("GET", "/console/in/openid").status == 303
    office.clock.at_ms += FRESH_MS
    provider.issuer, issuer = "http://elsewhere.example", provider.issuer
    assert office.send("GET", "/console/in/openid").status == 400
    provider.issuer = issuer
    provider.close()
    answer = office.send("GET", "/console/in/openid")
    assert (answer.status, "use a link by mail" in answer.text) == (400, True)


def test_without_a_provider_nothing_is_offered(tmp_path: Path) -> None:
    alone = Office(f"sqlite:///{tmp_path}/alone.db", tmp_path)
    try:
        assert "/console/in/openid" not in alone.send("GET", "/console/in").text
        assert alone.send("GET", "/console/in/openid").status == 404
    finally:
        alone.close()

"""`/api/v1/me`: a person's assistant reads that account by a token, changes nothing, and reads nobody else's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person, anna, ben, cleo, mallory
from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import FRESH_MS
from passalong.web.api.own import OWN

CALLS = ("", "/credits", "/links")


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared, Ben passed it on, Cleo bought by his link; Mallory shared and brought nobody."""
    for made in an_office(request, tmp_path_factory):
        bens = made.link("bens", ben, parent=made.link("annas", title="Bees in winter"))
        note = made.visit("cleos", bens, cleo)
        assert made.note("flask", note).status == 202
        order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        assert made.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"}).status == 202
        made.link("mallorys", mallory)
        made.fold()
        yield made


def fresh(office: Office, who: Person) -> FlaskClient:
    """A browser in which this person has just signed in."""
    browser = office.signed_in(who)
    office.save_access(who)
    office.prove(browser)
    return browser


def token_of(office: Office, browser: FlaskClient, name: str = "Assistant") -> str:
    """A token that this browser's person makes, the newest of its list."""
    office.clock.at_ms += 1
    page = office.send("POST", "/me/keep/assistant", client=browser, form={"name": name})
    assert page.status == 200, page.text
    return str(re.findall(r"at_\w+[\w-]+", page.text)[0])


def read(office: Office, token: str, path: str = "", method: str = "GET") -> Answer:
    """What the assistant reads."""
    return office.api(method, f"/me{path}", key=token)


def a_line(office: Office, token: str) -> dict[str, Any]:
    """The line of credit in euros."""
    [line] = [one for one in read(office, token, "/credits").json["data"] if one["amount"]["unit"] == "EUR"]
    return dict(line)


def test_an_assistant_reads_what_its_person_reads(office: Office) -> None:
    token = token_of(office, fresh(office, ben))
    account = read(office, token).json
    assert (account["site"], account["pages_shared"], account["people"]) == ("The Bee Almanac", 1, 1)
    assert [one["waiting"]["amount_minor"] for one in account["sums"] if one["unit"] == "EUR"] == [800]
    line = a_line(office, token)
    assert line["state"] == "waiting" and line["amount"]["amount_minor"] == 800
    why = read(office, token, f"/credits/{line['id']}").json
    assert why["arithmetic"][-1]["amount"]["amount_minor"] == 800 and "bought" in why["sentence"]
    [link] = read(office, token, "/links").json["data"]
    assert (link["people"], link["outcomes"]) == (1, 1)
    assert [one["title"] for one in read(office, token_of(office, fresh(office, anna)), "/links").json["data"]] == [
        "Bees in winter"
    ]


def test_a_token_opens_one_account_and_nothing_else(office: Office) -> None:
    bens, mallorys = token_of(office, fresh(office, ben)), token_of(office, fresh(office, mallory))
    line = a_line(office, bens)
    assert read(office, mallorys, "/credits").json["data"] == []
    missing = read(office, mallorys, f"/credits/{line['id']}")
    assert (missing.status, missing.json["code"]) == (404, "not_found")
    for path in ("/advocates", "/key", "/credits", "/conversions", f"/advocates/{ben.advocate_id(SITE)}"):
        assert office.api("GET", path, key=mallorys).status == 401
    for path in CALLS:
        assert office.api("GET", f"/me{path}").status == 401, "a site's key opens no person's account"
        for wrong in ("at_", f"at_{SITE}_", f"at_{SITE}_x", mallorys.replace(SITE, OTHER), mallorys[:-1], "x" * 9_000):
            assert office.api("GET", f"/me{path}", key=wrong).status == 401
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert read(office, mallorys, path, method).status == 405
    assert {one.method for one in OWN} == {"GET"}
    cookie = {"Cookie": f"__Host-along-advocate={SITE}.{mallorys.rpartition('_')[2]}"}
    assert office.send("GET", "/me", headers=cookie).status == 401, "the secret is no session of a browser"


def test_a_token_ends_with_its_person_and_after_thirty_days(office: Office) -> None:
    who = a_person("sharer", 1)
    office.link("sharers", who)
    office.fold()
    browser = fresh(office, who)
    first, second, third = (token_of(office, browser, name) for name in ("One", "<b>Two</b>", "Three"))
    page = office.send("GET", "/me/keep", client=browser).text
    assert "&lt;b&gt;Two&lt;/b&gt;" in page and first not in page
    handles = re.findall(r'action="/me/keep/assistant/end"><input type="hidden" name="handle" value="(\w+)"', page)
    assert len(handles) == 3
    stranger = fresh(office, mallory)
    for whose, status in ((stranger, 200), (browser, 401)):
        form = {"handle": handles[-1]}
        assert office.send("POST", "/me/keep/assistant/end", client=whose, form=form).status == 303
        assert read(office, first).status == status
    assert read(office, second).status == 200
    assert office.send("POST", "/me/out", client=browser, form={"where": "everywhere"}).status == 303
    assert (read(office, second).status, read(office, third).status) == (401, 401)
    again = token_of(office, fresh(office, ben))
    before = office.clock.at_ms
    try:
        office.clock.at_ms += 30 * DAY_MS - 1
        assert read(office, again).status == 200
        office.clock.at_ms += 1
        assert read(office, again).status == 401
    finally:
        office.clock.at_ms = before


def test_only_a_fresh_sign_in_of_ones_own_makes_a_token_and_at_most_ten(office: Office) -> None:
    who = a_person("sharer", 2)
    office.link("sharers 2", who)
    office.fold()
    guest = office.signed_in(who)
    assert office.send("POST", "/me/keep/assistant", client=guest, form={"name": "x"}).status == 403
    assert office.send("POST", "/me/keep/assistant", form={"name": "x"}).status == 401
    browser = fresh(office, who)
    office.clock.at_ms += FRESH_MS
    assert office.send("POST", "/me/keep/assistant", client=browser, form={"name": "x"}).status == 403
    office.prove(browser)
    for _ in range(10):
        token_of(office, browser)
    refused = office.send("POST", "/me/keep/assistant", client=browser, form={"name": "x"})
    assert refused.status == 409 and "10 keys" in refused.text
    elsewhere = {"Origin": "https://mallory.example", "Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", "/me/keep/assistant", headers=elsewhere, client=browser, form={}).status == 403


def test_bad_calls_are_told_what_to_change(office: Office) -> None:
    token = token_of(office, fresh(office, ben))
    cases = {
        "?x=1": 400, "/credits?after=x": 400, "/links?after=%00": 400, "/credits?limit=5": 400, "/credits/%20": 404,
        "/openapi.json?x=1": 400,
    }  # fmt: skip
    for path, status in cases.items():
        assert read(office, token, path).status == status, path
    paths = office.send("GET", "/api/v1/me/openapi.json").json["paths"]
    assert sorted(paths) == ["/me", "/me/credits", "/me/credits/{line_id}", "/me/links"]

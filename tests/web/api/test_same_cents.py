"""The whole cents of a person's sums: the portal, the console and every answer of the API say the same ones."""

from collections.abc import Iterator
from typing import Any

import pytest

from cast import a_person, anna
from flow.office import SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS

CENTS = {"earned": 16, "waiting": 7, "ready": 9, "used": 0, "taken_back": 0}
"""7.92 cents wait, 7.92 and 1.98 of a pool are ready: 17.82 cents, of which pages show 7 and 9, and 16 together."""


@pytest.fixture(scope="module", params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna brought two orders of 0.99: of one her 8 % is ready, of the other they wait."""
    for made in an_office(request, tmp_path_factory):
        for name in ("first", "second"):
            made.clock.at_ms += 31 * DAY_MS
            token = made.link(name, anna)
            note = made.visit(name, token, a_person(name))
            assert made.note("flask", note).status == 202
            order = {"id": name, "goal": "purchase", "amount_minor": 99, "currency": "EUR"}
            assert made.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
            made.fold()
        yield made


def cents_of(balance: dict[str, Any]) -> dict[str, int]:
    """The whole cents of a balance; its exact micros add up, too."""
    assert balance["earned"]["amount_micros"] == sum(balance[name]["amount_micros"] for name in list(CENTS)[1:])
    return {name: balance[name]["amount_minor"] for name in CENTS}


def test_every_answer_of_the_api_has_the_whole_cents_of_the_pages(office: Office) -> None:
    advocate_id = anna.advocate_id(SITE)
    balances = office.api("GET", f"/balances?advocate={advocate_id}").json["data"]
    listed = office.api("GET", f"/advocates/{advocate_id}").json["balances"]
    office.save_access(anna)
    browser = office.signed_in(anna)
    office.prove(browser)
    page = office.send("POST", "/me/keep/assistant", client=browser, form={"name": "Assistant"}).text
    token = page.partition("at_")[1] + page.partition("at_")[2].partition("<")[0]
    own = office.api("GET", "/me", key=token).json["sums"]
    euros = [sums for sums in (*balances, *listed, *own) if sums["unit"] == "EUR"]
    assert [cents_of(sums) for sums in euros] == [CENTS] * 3


def test_headline_sums_and_console_say_the_same_cents(office: Office) -> None:
    home = office.send("GET", "/me", client=office.signed_in(anna)).text
    person = office.send("GET", f"/console/{SITE}/people/{anna.advocate_id(SITE)}", client=office.owner()).text
    for page in (home, person):
        assert "€0.16" in page
        assert "€0.17" not in page

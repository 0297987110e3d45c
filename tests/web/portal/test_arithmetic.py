"""The rows of a Why page where several versions of the rule, or several arrivals of one person, led to an order."""

import re
from collections.abc import Iterator

import pytest

from cast import Person, an_id, anna, ben, cleo
from flow.office import BOTH, SITE, Json, Office, an_office
from passalong.core.money import MICROS
from passalong.core.terms.model import Goal, Terms
from passalong.flow.owners import terms

TEN = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),))
TWENTY = Terms(goals=(Goal("purchase", "EUR", rate_bp=2_000),))
EACH = Terms(goals=TEN.goals, touch_model="linear_touch", generation_model="none")


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance in which nothing has happened yet."""
    yield from an_office(request, tmp_path_factory)


def rule(office: Office, document: Terms) -> None:
    """Otto's rule from now on."""
    terms.new_version(office.db, office.clock, SITE, terms.Draft(document, "As agreed."))
    office.clock.at_ms += 1_000


def comes(office: Office, who: Person, visit: str) -> str:
    """Cleo comes by a link of somebody; returns her code."""
    token = office.link(f"of {who.name}", who)
    assert office.note("flask", office.visit(visit, token, cleo)).status == 202
    office.clock.at_ms += 20_000
    return f"{token}.{an_id('visit', visit)}"


def buys(office: Office, code: str) -> None:
    """Cleo buys for 100 euros."""
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()


def rows(office: Office, who: Person) -> list[Json]:
    """The arithmetic of somebody's one line in euros."""
    browser = office.signed_in(who)
    ledger = office.send("GET", "/me/credit", client=browser).text
    found = [
        office.send("GET", f"{path}?as=json", client=browser).json
        for path in dict.fromkeys(re.findall(r"/me/why/[a-z0-9]+", ledger))
    ]
    [line] = [one for one in found if one["unit"] == "EUR"]
    arithmetic: list[Json] = line["arithmetic"]
    return arithmetic


def test_a_share_is_one_of_what_its_own_version_pays(office: Office) -> None:
    """Half of the order is paid by 10 %, half by 20 %: nobody's share is one of 15.00."""
    rule(office, TEN)
    office.link("of anna", anna)
    rule(office, TWENTY)
    comes(office, anna, "first")
    buys(office, comes(office, ben, "second"))
    for who, rate in ((anna, 10), (ben, 20)):
        value, reward, part = rows(office, who)
        assert (value["kind"], value["amount_micros"]) == ("value", 100 * MICROS)
        assert (reward["kind"], reward["amount_micros"], reward["fraction"]) == ("reward", rate * MICROS, f"{rate} %")
        assert (part["fraction"], part["amount_micros"]) == ("2/5", rate * MICROS * 2 // 5)


def test_one_person_with_two_arrivals_is_one_person(office: Office) -> None:
    rule(office, EACH)
    comes(office, anna, "first")
    comes(office, ben, "second")
    buys(office, comes(office, anna, "third"))
    assert [(row["fraction"], row["of"]) for row in rows(office, anna) if row["kind"] == "part"] == [("1/3", 2)] * 2
    assert [(row["fraction"], row["of"]) for row in rows(office, ben) if row["kind"] == "part"] == [("1/3", 2)]

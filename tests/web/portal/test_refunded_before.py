"""A line whose order was refunded before it was reported: no receipt has its full amount, and it adds up."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from msgspec.structs import replace

from cast import a_person, an_id, anna
from flow.office import BOTH, SITE, Json, Office, an_office
from passalong.core.money import MICROS
from passalong.core.terms.model import Goal
from passalong.flow.owners import terms
from passalong.store.sites import terms_versions


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna brought somebody."""
    for made in an_office(request, tmp_path_factory):
        assert made.note("flask", made.visit("came", made.link("annas", anna), a_person("buyer"))).status == 202
        made.fold()
        yield made


def why(office: Office, *refunds: Json, code: str = "", goal: str = "purchase") -> tuple[Json, str]:
    """An order of 100 euros whose refunds came first: why Anna has what she has, as JSON and as a page."""
    for number, refund in enumerate(refunds):
        assert office.api("POST", "/conversions/o/refunds", {"id": f"r{number}"} | refund).json["waits"]
    office.fold()
    code = code or f"{office.link('annas', anna)}.{an_id('visit', 'came')}"
    order = {"id": "o", "goal": goal, "amount_minor": 10_000, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()
    browser = office.signed_in(anna)
    ledger = office.send("GET", "/me/credit", client=browser).text
    for path in dict.fromkeys(re.findall(r"/me/why/[a-z0-9]+", ledger)):
        found: Json = office.send("GET", f"{path}?as=json", client=browser).json
        if found["unit"] == "EUR":
            return found, unescape(office.send("GET", path, client=browser).text)
    raise AssertionError("no line in euros")


@pytest.mark.parametrize(
    ("refunds", "left"),
    [([{"amount_minor": 2_500}], 75), ([{"amount_minor": 2_500}, {"amount_minor": 500}], 70), ([{"full": True}], 0)],
)
def test_the_order_value_is_what_was_paid_and_the_next_row_what_is_left(
    office: Office, refunds: list[Json], left: int
) -> None:
    found, page = why(office, *refunds)
    rows = [(row["kind"], row["amount_micros"] / 1_000_000) for row in found["arithmetic"]]
    assert rows == [("value", 100), ("value_left", left), ("reward", left / 10), ("part", left * 8 / 100)]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert f"Order value €100.00 Of that, not returned €{left}.00 Reward" in words
    assert found["earned_micros"] - found["taken"]["amount_micros"] == found["amount_micros"]


def test_a_fixed_reward_is_named_and_that_nothing_of_it_is_left(office: Office) -> None:
    with office.db.reading() as session:
        today = terms_versions(session, SITE)[-1].terms
    more = replace(today, goals=(*today.goals, Goal("signup", "EUR", fixed_micros=5 * MICROS)))
    terms.new_version(office.db, office.clock, SITE, terms.Draft(more, "Five euros."))
    office.clock.at_ms += 1_000
    token = office.link("fixed", anna)
    assert office.note("flask", office.visit("later", token, a_person("other buyer"))).status == 202
    office.fold()
    found, _ = why(office, {"full": True}, code=f"{token}.{an_id('visit', 'later')}", goal="signup")
    rows = [(row["kind"], row["amount_micros"] / MICROS) for row in found["arithmetic"]]
    assert rows == [("fixed", 5), ("value_left", 0), ("part", 0)]

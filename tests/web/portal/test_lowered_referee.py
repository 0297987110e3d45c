"""A referee reward that a budget lowered says what the rule gives, and what the limit kept back of it."""

import re
from collections.abc import Iterator

import pytest

from cast import an_id, anna, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.money import MICROS
from passalong.core.terms.model import Goal, Terms
from passalong.flow.owners import terms

RULE = Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5 * MICROS, month_budget_micros=6 * MICROS)


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A rule that pays at most 6.00 a month: 10.00 for those who share, and 5.00 for the person who comes."""
    for made in an_office(request, tmp_path_factory):
        terms.new_version(made.db, made.clock, SITE, terms.Draft(Terms(goals=(RULE,)), "For those who come."))
        yield made


@pytest.mark.parametrize("office", BOTH, indirect=True)
def test_the_person_who_came_reads_what_a_limit_kept_back(office: Office) -> None:
    annas = office.link("annas", anna)
    office.note("flask", office.visit("came", annas, cleo))
    code = f"{annas}.{an_id('visit', 'came')}"
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", order).status == 202
    shared = {"site": SITE, "id": an_id("share", "cleo"), "kind": "share", "to": "copy", "guest": cleo.guest}
    assert office.note("flask", shared | {"token": office.link("cleos", cleo, visitor=cleo.visitor)}).status == 202
    office.fold()
    browser = office.signed_in(cleo)
    [path] = set(re.findall(r"/me/why/[a-z0-9]+", office.send("GET", "/me/credit", client=browser).text))
    found = office.send("GET", f"{path}?as=json", client=browser).json
    assert [(row["kind"], row["amount_micros"]) for row in found["arithmetic"]] == [
        ("referee", 5_000_000),
        ("limit", -3_000_000),
    ]
    assert "More than the rule’s limit allows" in office.send("GET", path, client=browser).text

"""A Why page has the rule of its day, also where what a browser remembers was changed since."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import a_person, an_id, anna
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.owners.settings import SettingsDraft, change_settings

DURING, WITHIN = "buys anything during a visit through", "buys anything within 30 days of visiting through"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An instance whose site remembers an arrival for a visit."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    yield made
    made.close()


def buys(office: Office, order: str) -> None:
    """Somebody comes by Anna's link and buys."""
    link = office.link("annas", anna)
    office.note("flask", office.visit(order, link, a_person(order)))
    code = f"{link}.{an_id('visit', order)}"
    body = {"id": order, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", body).status == 202
    office.fold()
    office.clock.at_ms += DAY_MS


def change(office: Office, remember: str) -> None:
    """Otto changes what a browser remembers; a cut begins in 14 days."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"remember": remember}, "Otto"))


def test_the_sentence_of_the_rule_is_the_one_of_its_day(office: Office) -> None:
    buys(office, "first")
    change(office, "window")
    buys(office, "second")
    browser = office.signed_in(anna)
    paths = dict.fromkeys(re.findall(r"/me/why/[a-z0-9]+", office.send("GET", "/me/credit", client=browser).text))
    said = []
    for path in paths:
        found = office.send("GET", f"{path}?as=json", client=browser).json
        if found["goal"] == "purchase":
            page = office.send("GET", path, client=browser).text
            said.append((DURING in found["terms_sentence"], WITHIN in found["terms_sentence"]))
            assert (DURING in page, WITHIN in page) == said[-1]
    assert said == [(False, True), (True, False)]

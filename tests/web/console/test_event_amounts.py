"""Amounts of events: in the console's list, in the API, and for everybody whom they concern."""

import re
from html import unescape

import pytest
from msgspec.structs import replace

from cast import an_id, anna, ben, cleo
from flow.office import SITE, Office
from passalong.core.money import MICROS, POINTS
from passalong.core.privileges import Scope
from passalong.core.terms.model import Goal, Terms
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.transaction import writing
from passalong.store import sites

MONEY = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=2 * MICROS),), generation_model="none")
IN_POINTS = replace(MONEY, goals=(Goal("purchase", POINTS, fixed_micros=14 * MICROS),))


@pytest.fixture(scope="module")
def bought(office: Office) -> Office:
    """Anna's link pays euros, Ben's, of a newer version, points; Cleo came by both, bought, and shared since."""
    tokens = []
    for who, terms in ((anna, MONEY), (ben, IN_POINTS)):
        with writing(office.db) as session:
            sites.add_terms(session, SITE, terms, office.clock.at_ms, "Another rule.")
        office.instance.services.sites.forget(SITE)
        office.clock.at_ms += 1_000
        tokens.append(office.link(who.name, who))
    for token in tokens:
        office.clock.at_ms += 20_000
        assert office.note("flask", office.visit(token, token, cleo)).status == 202
    order = {"id": "both", "goal": "purchase", "amount_minor": 9_973, "currency": "EUR"}
    answer = office.api("POST", "/conversions", order | {"code": f"{token}.{an_id('visit', token)}"})
    assert answer.status == 202
    share = {"site": SITE, "id": an_id("share"), "kind": "share", "guest": cleo.guest, "to": "copy"}
    share["token"] = office.link("cleos", cleo, parent=token, visitor=cleo.visitor)
    assert office.send("POST", "/v1/notes", share).status == 202
    office.fold()
    return office


def _rows(office: Office, query: str = "") -> list[str]:
    page = office.send("GET", f"/console/{SITE}/events?kind=conversion{query}", client=office.owner()).text
    return [unescape(cell) for cell in re.findall(r'<td role="cell" class="n">([^<]*)</td>', page)]


def test_an_order_that_paid_in_two_units_says_both(bought: Office) -> None:
    assert _rows(bought) == ["7 points and €6.98"]


def test_events_of_the_api_say_what_was_paid_in_every_unit(bought: Office) -> None:
    key = api_keys.new(bought.db, bought.clock, SITE, NewKey("Otto's reader", (Scope.READ,)))
    events = bought.api("GET", "/events?limit=100", key=key).json["events"]
    last = next(event["data"] for event in reversed(events) if event["type"].startswith("conversion."))
    assert (last["unit"], last["paid_micros"]) == (POINTS, 7_000_000)
    assert last["also"] == [{"unit": "EUR", "paid_micros": 4_986_500 + 2_000_000}]


def test_an_order_is_found_by_the_person_whom_it_rewarded_for_coming(bought: Office) -> None:
    assert _rows(bought, f"&who={cleo.advocate_id(SITE)}") == ["7 points and €6.98"]

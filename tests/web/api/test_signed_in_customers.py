"""A site that declares that its customers are signed in: what it says of them counts for more (docs/identity.md)."""

from collections.abc import Iterator

import pytest

from cast import anna, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.flow.owners.settings import SettingsDraft, change_settings
from web.orders import an_order, receipt, report


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance for the whole file."""
    yield from an_office(request, tmp_path_factory)


def declared(office: Office, switch: str) -> None:
    """Otto says whether his customers are signed in."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"customers_signed_in": switch}, "Otto"))
    office.instance.services.sites.forget(SITE)


def test_an_order_without_a_code_counts_for_a_signed_in_customer_alone_and_is_held(office: Office) -> None:
    declared(office, "on")
    token = office.link("renewal")
    office.note("flask", office.visit("renewal", token, cleo))
    code = f"{token}.{office.visit('renewal', token, cleo)['id']}"
    assert report(office, an_order("first", customer="c-77", code=code)).status == 202
    report(office, an_order("renewal", customer="c-77"))
    declared(office, "off")
    report(office, an_order("typed", customer="c-77"))
    assert receipt(office, "first")["status"] == "credited"
    assert receipt(office, "renewal")["reason"] == "held_for_review"
    assert receipt(office, "typed")["reason"] == "no_token"


def test_a_report_that_is_sent_again_after_the_declaration_is_the_same_report(office: Office) -> None:
    said = an_order("again", customer="c-78")
    assert report(office, said).status == 202
    declared(office, "on")
    assert report(office, said).status == 200
    declared(office, "off")


def test_a_signed_in_customer_who_is_the_advocate_buys_by_their_own_link(office: Office) -> None:
    """Said by an order, Anna's part is set aside; known by her sign-in at the shop, her own link is no touch."""
    token = office.link("own")
    office.api(
        "POST", "/identify", {"id": "annas-account", "customers": ["c-79"], "advocates": [anna.advocate_id(SITE)]}
    )
    for name, switch in (("said", "off"), ("known", "on")):
        declared(office, switch)
        office.note("flask", office.visit(name, token, cleo))
        report(office, an_order(name, customer="c-79", code=f"{token}.{office.visit(name, token, cleo)['id']}"))
    declared(office, "off")
    said, known = (receipt(office, name) for name in ("said", "known"))
    assert (said["reason"], said["unattributed_micros"]) == ("own_link", 4_200_000 * 8 // 10)
    assert (known["reason"], known["lines"]) == ("own_link", [])

"""An address with a slash at its end is the same address."""

import pytest

from cast import anna
from flow.office import PAGE, SITE, Office
from web.orders import an_order


def test_a_report_to_an_address_with_a_slash_is_taken(office: Office) -> None:
    assert office.api("POST", "/conversions/", an_order("slash")).status == 202
    assert office.api("POST", "/conversions", an_order("slash")).status == 200
    refund = {"id": "slash-refund", "amount_minor": 100}
    assert office.api("POST", "/conversions/slash/refunds/", refund).status == 202
    assert office.api("GET", "/codes/").status == 200
    assert office.api("POST", "/conversions/", an_order("slash"), key="ak_x_y").status == 401


def test_a_browsers_request_and_a_page_with_a_slash_are_answered(office: Office) -> None:
    said = {"site": SITE, "id": "i" * 16, "guest": anna.guest, "page": PAGE}
    assert office.send("POST", "/v1/links/", said).status in (200, 201)
    note = office.visit("slash", office.link("slash"), anna)
    assert office.send("POST", "/v1/notes/", note).status == 202


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", f"/open/{SITE}/", "/me/in/"])
def test_a_page_with_a_slash_is_there(office: Office, path: str) -> None:
    assert office.send("GET", path).status == 200


def test_an_unknown_address_is_404_with_a_slash_too(office: Office) -> None:
    assert office.send("GET", "/nothing/").status == 404

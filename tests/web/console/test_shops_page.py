"""`/console/<site>/shops`: connect a system, see its deliveries, replace its secret, end the connection."""

import json
import re

import pytest

from flow.office import SITE, Office
from integrations.deliveries import sign_plainly, sign_stripe

PATH = f"/console/{SITE}/shops"
SECRET = "a secret of Otto's"


def connected(office: Office, **form: str) -> str:
    """Connect a system; returns the path of the new endpoint, as the page shows it."""
    otto = office.owner()
    before = addresses(office)
    assert office.send("POST", PATH, client=otto, form={"act": "connect", "basis": "net", **form}).status == 303
    (new,) = addresses(office) - before
    return new


def addresses(office: Office) -> set[str]:
    """The paths of all endpoints on the page."""
    return set(re.findall(rf"/shops/{SITE}/[\w-]+", office.send("GET", PATH, client=office.owner()).text))


@pytest.fixture
def address(office: Office) -> str:
    """The path of the endpoint of a new connection."""
    return connected(office, system="lemonsqueezy", secret=SECRET)


def test_an_owner_connects_a_system_and_sees_what_it_delivers(office: Office, address: str) -> None:
    order = {"id": "1", "attributes": {"status": "paid", "currency": "EUR"}}
    body = json.dumps({"meta": {"event_name": "order_created"}, "data": order}).encode()
    assert office.send("POST", address, body, dict(sign_plainly(SECRET, body, 0))).status == 200
    text = office.send("GET", PATH, client=office.owner()).text
    assert "order_created" in text
    assert "Order lemonsqueezy:order:1 was recorded." in text


def test_the_secret_is_nowhere_on_the_page_nor_in_the_audit_log(office: Office, address: str) -> None:
    otto = office.owner()
    assert address
    for path in (PATH, f"/console/{SITE}/changes"):
        assert SECRET not in office.send("GET", path, client=otto).text


def test_bad_input_is_shown_again_with_what_to_do(office: Office) -> None:
    form = {"act": "connect", "system": "generic", "secret": "short", "fields": "order is where", "basis": "net"}
    answer = office.send("POST", PATH, client=office.owner(), form=form)
    assert (answer.status, "8 characters or more" in answer.text) == (422, True)
    assert "order is where" in answer.text
    answer = office.send("POST", PATH, client=office.owner(), form=form | {"secret": SECRET})
    assert (answer.status, "name = path.to.field" in answer.text) == (422, True)


def test_a_form_that_is_sent_twice_connects_once(office: Office) -> None:
    otto = office.owner()
    form = {"act": "connect", "system": "paddle", "secret": SECRET, "basis": "total", "once": "twice"}
    before = office.send("GET", PATH, client=otto).text.count("Address of the endpoint")
    for _ in range(2):
        assert office.send("POST", PATH, client=otto, form=form).status == 303
    after = office.send("GET", PATH, client=otto).text.count("Address of the endpoint")
    assert after - before == 2  # its heading and its region


def test_an_ended_connection_stays_on_the_page(office: Office, address: str) -> None:
    otto, named = office.owner(), address.rpartition("/")[2]
    form = {"act": "replace", "connection": named, "new_secret": "the second secret"}
    assert office.send("POST", PATH, client=otto, form=form).status == 303
    assert office.send("POST", PATH, client=otto, form={"act": "end", "connection": named}).status == 303
    assert "Ended" in office.send("GET", PATH, client=otto).text
    assert office.send("POST", address, b"{}").status == 404


def test_a_connection_without_a_secret_accepts_nothing_until_it_has_one(office: Office) -> None:
    otto, address = office.owner(), connected(office, system="stripe")
    assert "nothing is accepted until you enter it" in office.send("GET", PATH, client=otto).text
    body, now_ms = b'{"type": "customer.created"}', office.clock.now_ms()
    for guess in ("", "whsec_the_first"):
        assert office.send("POST", address, body, dict(sign_stripe(guess, body, now_ms))).status == 401
    form = {"act": "replace", "connection": address.rpartition("/")[2], "new_secret": "whsec_the_first"}
    assert office.send("POST", PATH, client=otto, form=form).status == 303
    assert office.send("POST", address, body, dict(sign_stripe("whsec_the_first", body, now_ms))).status == 200

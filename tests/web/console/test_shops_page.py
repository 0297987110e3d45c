"""`/console/<site>/shops`: connect a system, see its deliveries, replace its secret, end the connection."""

import json
import re
from html import unescape

import pytest

from flow.office import SITE, Office
from integrations.deliveries import FIELDS, sign_plainly, sign_stripe

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


def previewed(office: Office, sample: object, fields: str = FIELDS, **form: str) -> str:
    """The page after a sample was pasted, as text without tags."""
    pasted = sample if isinstance(sample, str) else json.dumps(sample)
    form = {"act": "preview", "system": "generic", "fields": fields, "sample": pasted, "basis": "net"} | form
    answer = office.send("POST", PATH, client=office.owner(), form=form)
    assert answer.status == 200, answer
    shown = re.sub("</?code>", "`", answer.text.partition('id="preview"')[2])
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", " ", shown)))


def test_a_sample_shows_what_would_be_recorded_and_nothing_is_stored(office: Office) -> None:
    tables = ("events", "shop_connections", "shop_deliveries", "shop_orders", "owner_changes")
    before = office.counts(*tables)
    order = {"number": "R-7", "sum": {"all": "119.00", "tax": "19.00", "unit": "EUR"}, "extra": {"ht": "token.visit"}}
    text = previewed(office, {"data": order | {"who": {"mail": "cleo@example.org"}}})
    assert "Order R-7: €119.00 paid, rewards are calculated from €100.00. It has the code token.visit." in text
    assert "cleo@example.org" in text
    assert "€119.00 paid, rewards are calculated from €119.00" in previewed(office, {"data": order}, basis="total")
    back = {"data": order | {"back": {"number": "B-1", "sum": 59.5}}}
    assert "Refund B-1 of the order R-7. €59.50 is refunded." in previewed(office, back)
    assert "nobody is credited" in previewed(office, {"data": order | {"extra": {}}})
    yen = {"data": order | {"sum": {"all": 500, "unit": "JPY"}}}
    assert "¥500 paid" in previewed(office, yen)
    assert office.counts(*tables) == before


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ({"data": {"nummer": "R-7"}}, "`data` has no `number`: it has `nummer`."),
        ({"data": "R-7"}, "`data` is a text, so it has no `number`."),
        ({"data": {"number": {"a": 1}}}, "`data.number` is an object: name the field in it."),
        ({"data": {"number": 7, "sum": {"all": "12,50", "unit": "EUR"}}}, "`data.sum.all` is no amount: '12,50'."),
        ({"data": {"number": 7, "sum": {"all": "1", "unit": "euro"}}}, "`data.sum.unit` is no currency: 'EURO'."),
        ({}, "The sample has no `data`: it has nothing."),
        ("{", "The sample is no JSON"),
        ("[1]", "The sample is one JSON object"),
        ("", "The sample is no JSON"),
        ('{"a":' * 4_000, "The sample is"),
        ("x" * 30_001, "at most 30000 characters"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(office: Office, sample: object, words: str) -> None:
    assert words in previewed(office, sample)


def test_a_list_of_fields_that_cannot_be_read_is_named_before_the_sample(office: Office) -> None:
    form = {"act": "preview", "system": "generic", "fields": "order is where", "sample": "{}"}
    answer = office.send("POST", PATH, client=office.owner(), form=form)
    assert (answer.status, "name = path.to.field" in answer.text) == (422, True)


def test_what_a_sample_says_is_text_on_the_page(office: Office) -> None:
    form = {"act": "preview", "system": "generic", "fields": FIELDS}
    sample = json.dumps({"data": {"number": "<script>alert(1)</script>", "<b>": 1}})
    answer = office.send("POST", PATH, client=office.owner(), form=form | {"sample": sample})
    assert (answer.status, "<script>alert" in answer.text, "<b>" in answer.text) == (200, False, False)

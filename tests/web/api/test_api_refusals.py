"""What the API refuses, in which words: malformed bodies and bad keys; and no answer of ours is ever a 500."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow.office import OTHER, SITE, Office
from fuzzing import examples
from web.bodies import anything
from web.orders import MOST_MINOR, an_order, receipt, report

# --- refused in words -------------------------------------------------------------------------------------------------

ANY_BODY: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "not JSON": (b"id=1", ""),
    "an array": (b"[]", "object"),
    "null": (b"null", "object"),
    "deep nesting": (b"[" * 8_000, ""),
    "bytes that are no text": (b'{"id":"\xff"}', ""),
    "NaN": (b'{"id":NaN}', ""),
    "half a character": (b'{"id":"\\ud800","goal":"g","amount_minor":1}', ""),
    "a NUL": (b'{"id":"\\u0000"}', "NUL"),
    "an object with nothing in it": (b"{}", "id"),
    "a field twice": (b'{"id":"a","id":"b","goal":"purchase","amount_minor":1}', ""),
}
BAD_ORDERS: dict[str, list[Any]] = {
    "id": ["", "/x", "a\nb", "x" * 129, 1, None, ["x"], ...],
    "goal": ["", "Purchase", "a" * 41, "a-b", "1a", "a\n", 1, None, ...],
    "amount_minor": [-1, MOST_MINOR + 1, 2**63, 2**64, 10**40, 1.5, 42.01, "42", True, None],
    "currency": ["", "eur", "EU", "EURO", "EUR\n", 1, "€"],
    "code": ["x" * 129, 1, ["x"]],
    "extra": ["x"],
}
BAD_REFUNDS: dict[str, list[Any]] = {
    "id": ["", "x" * 129, 1, None, ...],
    "amount_minor": [0, -1, MOST_MINOR + 1, 2**64, 1.5, "1", None, ...],
    "currency": ["EUR"],
}


def test_every_malformed_conversion_is_refused_in_words_that_name_the_field(office: Office) -> None:
    before = office.count("events")
    table = [*ANY_BODY.values()]
    table += [
        (json.dumps(an_order("bad", **{field: value})).encode(), field)
        for field in BAD_ORDERS
        for value in BAD_ORDERS[field]
    ]
    for body, field in table:
        answer = office.api("POST", "/conversions", body)
        assert answer.status == 400, body[:120]
        assert field in answer.message, (body[:120], answer.message)
        assert answer.message.endswith("."), answer.message
    assert office.count("events") == before


def test_every_malformed_refund_is_refused_in_words_that_name_the_field(office: Office) -> None:
    report(office, an_order("to be refunded badly"))
    before = office.count("events")
    table = [*ANY_BODY.values()]
    for field, values in BAD_REFUNDS.items():
        for value in values:
            said = {"id": "r", "amount_minor": 1} | {field: value}
            said = {name: found for name, found in said.items() if found is not ...}
            table.append((json.dumps(said).encode(), field))
    for body, field in table:
        answer = office.api("POST", "/conversions/to%20be%20refunded%20badly/refunds", body)
        assert answer.status == 400, body[:120]
        assert field in answer.message, (body[:120], answer.message)
    assert office.count("events") == before


def test_an_amount_wants_a_currency_and_new_visitor_cannot_be_reported(office: Office) -> None:
    assert "currency" in report(office, an_order("no currency", currency=...)).message
    assert "new_visitor" in report(office, an_order("mine", goal="new_visitor")).message
    assert report(office, an_order("without a value", currency=..., amount_minor=...)).status == 202
    assert report(office, an_order("zero", currency=..., amount_minor=0)).status == 202


def test_an_order_in_no_currency_is_refused_and_nothing_recorded(office: Office) -> None:
    """A code that ISO 4217 has not, its codes for tests and for no currency; a replaced one and a fund are real."""
    before = office.count("events")
    for code in ("ZZZ", "XTS", "XXX", "AAA"):
        answer = report(office, an_order(f"in {code}", currency=code))
        assert answer.status == 422
        assert answer.message == f"`currency`: {code} is no currency: send its ISO 4217 code, such as `EUR`."
    assert office.count("events") == before
    assert [report(office, an_order(f"in {code}", currency=code)).status for code in ("USD", "HRK", "CLF")] == [202] * 3


@pytest.mark.parametrize(
    "name",
    ["x" * 128, "a/b", "a b", "ü🐝", "?a=1", "#1", "%2F", "..", "refunds", "a/refunds", "a//b", "a/", "'\"<>&;--"],
)
def test_an_id_may_be_any_text(office: Office, name: str) -> None:
    assert report(office, an_order(name)).status == 202
    if name != "..":
        assert receipt(office, name)["id"] == name


def test_a_body_has_at_most_16_kilobytes(office: Office) -> None:
    body = json.dumps(an_order("large")).encode()
    assert office.api("POST", "/conversions", body + b" " * (16_385 - len(body))).status == 413
    assert office.api("POST", "/conversions", body + b" " * (16_384 - len(body))).status == 202


# --- who may ----------------------------------------------------------------------------------------------------------


def test_without_a_good_key_there_is_no_answer(office: Office) -> None:
    key = office.bees.api_key
    secret = key.split("_", 2)[2]
    wrong = [
        None,
        "",
        "Bearer",
        "Bearer ",
        key,
        f"Basic {key}",
        f"Bearer {key}x",
        f"Bearer {key[:-1]}",
        f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}",
        f"Bearer {key.upper()}",
        f"Bearer {secret}",
        f"Bearer ak_{SITE}_",
        f"Bearer ak_{SITE}",
        f"Bearer ak_{OTHER}_{secret}",
        f"Bearer ak_nobody_{secret}",
        f"Bearer xx_{SITE}_{secret}",
        f"Bearer ak_{SITE}_{'é' * 20}",
        "Bearer " + "x" * 5_000,
        f"Bearer {key} {key}",
        "Bearer ___",
    ]
    for header in wrong:
        for method, path in (
            ("POST", "/conversions"),
            ("POST", "/conversions/x/refunds"),
            ("GET", "/conversions/x"),
        ):
            headers = {} if header is None else {"Authorization": header}
            answer = office.send(method, f"/api/v1{path}", an_order("x") if method == "POST" else None, headers)
            assert answer.status == 401, (header, path)
            assert "Authorization" in answer.message
    assert (
        office.send("POST", "/api/v1/conversions", an_order("lower"), {"Authorization": f"bearer {key}"}).status == 202
    )


def test_the_key_is_asked_for_before_the_body_is_read(office: Office) -> None:
    assert office.send("POST", "/api/v1/conversions", b"nonsense").status == 401


def test_a_session_is_no_key(office: Office) -> None:
    answer = office.send("POST", "/api/v1/conversions", an_order("cookie"), client=office.owner())
    assert answer.status == 401


def test_one_site_cannot_read_or_refund_anothers(office: Office) -> None:
    report(office, an_order("bees only"))
    office.fold()
    key = office.wasps.api_key
    assert office.api("GET", "/conversions/bees%20only", key=key).status == 404
    answer = office.api("POST", "/conversions/bees%20only/refunds", {"id": "r", "amount_minor": 1}, key=key)
    assert (answer.status, answer.json["waits"]) == (202, True), "to the other site it is an order still to come"
    office.fold()
    assert office.api("GET", "/conversions/bees%20only").json["refunded_micros"] == 0


# --- anything at all --------------------------------------------------------------------------------------------------

changes = st.dictionaries(st.sampled_from(list(BAD_ORDERS)), anything("EUR", "points", "new_visitor"), max_size=3)
bodies = st.one_of(
    st.binary(max_size=200), st.builds(lambda change: json.dumps(an_order("fuzz") | change).encode(), changes)
)


@given(body=bodies, name=st.text(max_size=40))
@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_break_it(office: Office, body: bytes, name: str) -> None:
    path = quote(name, safe="", errors="replace")
    assert office.api("POST", "/conversions", body).status < 500
    assert office.api("POST", f"/conversions/{path}/refunds", body).status < 500
    assert office.api("POST", "/conversions/order/refunds", body).status < 500
    assert office.api("GET", f"/conversions/{path}").status < 500

"""What an owner's server reports and reads: keys, amounts, refunds, receipts, and no answer of ours is ever a 500."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from cast import a_person, an_id, anna
from flow.office import OTHER, SITE, Json, Office
from passalong.core.money import MAX_MICROS
from web.orders import MOST_MINOR, an_order, receipt, report

# --- reporting --------------------------------------------------------------------------------------------------------


def test_a_conversion_is_accepted_once(office: Office) -> None:
    said = an_order("once")
    assert (report(office, said).status, report(office, said).status) == (202, 200)
    assert report(office, said).json == {"id": "once", "status": "duplicate"}


CHANGES: list[Json] = [
    {"amount_minor": 4_201},
    {"currency": "USD"},
    {"goal": "donation"},
    {"code": "x"},
    {"currency": ..., "amount_minor": ...},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_same_id_for_something_else_is_a_conflict(office: Office, change: Json) -> None:
    name = an_id("conflict", change)
    assert report(office, an_order(name)).status == 202
    assert report(office, an_order(name, **change)).status == 409
    assert report(office, an_order(name)).status == 200


def test_an_order_and_a_browsers_note_may_have_the_same_id(office: Office, token: str) -> None:
    note = office.visit("same id", token, a_person("same id"))
    assert office.note("flask", note).status == 202
    assert report(office, an_order(note["id"])).status == 202


def test_ids_are_a_sites_own(office: Office) -> None:
    said = an_order("shared between sites")
    assert report(office, said).status == 202
    assert office.api("POST", "/conversions", said, key=office.wasps.api_key).status == 202


AMOUNTS = [
    # currency, amount in minor units, micros or a status
    ("EUR", 0, 0),
    ("EUR", 1, 10_000),
    ("EUR", 4_200, 42_000_000),
    ("JPY", 42, 42_000_000),
    ("KWD", 42, 42_000),
    ("CLF", 42, 4_200),
    ("EUR", MOST_MINOR, "refused"),
    ("CLF", MOST_MINOR, MOST_MINOR * 100),
    ("JPY", MAX_MICROS // 1_000_000, MAX_MICROS // 1_000_000 * 1_000_000),
    ("JPY", MAX_MICROS // 1_000_000 + 1, "refused"),
    ("EUR", MAX_MICROS // 10_000, MAX_MICROS // 10_000 * 10_000),
    ("EUR", MAX_MICROS // 10_000 + 1, "refused"),
]


@pytest.mark.parametrize(("currency", "minor", "micros"), AMOUNTS)
def test_amounts_are_taken_in_the_currencys_minor_unit(office: Office, currency: str, minor: int, micros: Any) -> None:
    name = an_id("amount", currency, minor)
    answer = report(office, an_order(name, currency=currency, amount_minor=minor))
    if micros == "refused":
        assert answer.status == 400
        assert "amount_minor" in answer.message
    else:
        assert answer.status == 202
        assert receipt(office, name)["gross_micros"] == micros


# --- receipts ---------------------------------------------------------------------------------------------------------


def test_a_receipt_is_pending_until_it_is_folded(office: Office, token: str) -> None:
    office.fold()
    report(office, an_order("pending", code=token))
    assert office.api("GET", "/conversions/pending").json == {"id": "pending", "status": "pending"}
    assert receipt(office, "pending")["status"] == "credited"


def test_a_credited_receipt_says_who_and_how(office: Office, token: str) -> None:
    buyer = a_person("buyer")
    note = office.visit("buyer", token, buyer)
    office.note("flask", note)
    report(office, an_order("credited", code=f"{token}.{note['id']}", amount_minor=10_000))
    found = receipt(office, "credited")
    assert (found["status"], found["reason"], found["unit"], found["budget_micros"]) == ("credited", None, "EUR", 10**7)
    assert [(line["recipient"], line["amount_micros"]) for line in found["lines"]] == [
        (anna.advocate_id(SITE), 8_000_000)
    ]
    assert found["lines"][0]["parts"][0]["event_id"] == note["id"]
    assert "reason_words" not in found
    assert buyer.visitor not in json.dumps(found)


CODES = {
    "none": (..., "no_token"),
    "empty": ("", "no_token"),
    "garbage": ("x" * 27, "bad_signature"),
    "a dot": (".", "bad_signature"),
    "only a visit": (".visit", "bad_signature"),
    "of another site": ("foreign", "foreign_site"),
    "altered": ("altered", "bad_signature"),
}


@pytest.mark.parametrize("name", CODES)
def test_a_code_that_is_not_good_is_recorded_with_its_reason(office: Office, token: str, name: str) -> None:
    code, reason = CODES[name]
    if code == "foreign":
        code = office.link("foreign", site_id=OTHER, page="https://wasps.example/")
    if code == "altered":
        code = token[:5] + ("A" if token[5] != "A" else "B") + token[6:]
    assert report(office, an_order(f"code {name}", code=code)).status == 202
    found = receipt(office, f"code {name}")
    assert (found["status"], found["reason"]) == ("refused", reason)
    assert found["reason_words"].endswith(".")
    assert found["lines"] == []
    assert found["unattributed_micros"] == 4_200_000


def test_a_token_alone_is_a_touch(office: Office, token: str) -> None:
    for number, code in enumerate((token, f"{token}.", f"{token}.nobody", f"{token}.{'x' * 100}")):
        report(office, an_order(f"alone {number}", code=code))
        assert receipt(office, f"alone {number}")["status"] == "credited", code


def test_a_receipt_of_nothing_is_not_found(office: Office) -> None:
    for name in ("nothing", "new_visitor:x", "%00", "x" * 2_000, "%ff"):
        assert office.api("GET", f"/conversions/{name}").status == 404, name


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_refunds_take_back_and_add_up(office: Office, token: str) -> None:
    report(office, an_order("refunded", code=token, amount_minor=10_000))
    path = "/conversions/refunded/refunds"
    said = {"id": "first", "amount_minor": 2_500}
    assert (office.api("POST", path, said).status, office.api("POST", path, said).status) == (202, 200)
    found = receipt(office, "refunded")
    assert (found["refunded_micros"], found["lines"][0]["amount_micros"]) == (25_000_000, 6_000_000)
    assert office.api("POST", path, said | {"amount_minor": 2_501}).status == 409
    assert office.api("POST", path, {"id": "second", "amount_minor": 7_500}).status == 202
    found = receipt(office, "refunded")
    assert (found["status"], found["reason"], found["lines"][0]["amount_micros"]) == ("refused", "refunded", 0)
    assert found["lines"][0]["earned_micros"] == 8_000_000


def test_no_more_is_given_back_than_there_was(office: Office, token: str) -> None:
    report(office, an_order("too much", code=token, amount_minor=10_000))
    path = "/conversions/too%20much/refunds"
    assert office.api("POST", path, {"id": "too much 1", "amount_minor": 6_000}).status == 202
    answer = office.api("POST", path, {"id": "too much 2", "amount_minor": 4_001})
    assert (answer.status, "at most 40.00 EUR can be given back" in answer.message) == (400, True)
    assert office.api("POST", path, {"id": "too much 1", "amount_minor": 6_000}).status == 200
    assert office.api("POST", path, {"id": "too much 3", "amount_minor": 4_000}).status == 202


def test_a_refunds_id_belongs_to_its_conversion(office: Office) -> None:
    for name in ("one", "other"):
        report(office, an_order(name))
    said = {"id": "the same refund", "amount_minor": 100}
    assert office.api("POST", "/conversions/one/refunds", said).status == 202
    assert office.api("POST", "/conversions/other/refunds", said).status == 409


@pytest.mark.parametrize(("name", "status"), [("new_visitor:x", 404), ("%00", 404), ("x" * 2_000, 404)])
def test_an_id_that_no_order_can_have_cannot_be_refunded(office: Office, name: str, status: int) -> None:
    assert office.api("POST", f"/conversions/{name}/refunds", {"id": "r", "amount_minor": 1}).status == status


def test_a_conversion_without_a_value_has_nothing_to_refund(office: Office) -> None:
    report(office, an_order("no value", currency=..., amount_minor=...))
    answer = office.api("POST", "/conversions/no%20value/refunds", {"id": "r", "amount_minor": 1})
    assert (answer.status, "no value" in answer.message) == (400, True)


# --- the books --------------------------------------------------------------------------------------------------------


def test_after_all_this_the_journal_sums_to_zero(office: Office) -> None:
    office.fold()
    with office.db.reading() as session:
        sums = session.execute(
            text("SELECT site_id, unit, sum(amount_micros) FROM journal GROUP BY site_id, unit")
        ).all()
        each = text(
            "SELECT count(*) FROM (SELECT 1 FROM journal GROUP BY site_id, tx, unit HAVING sum(amount_micros) <> 0) x"
        )
        assert session.scalar(each) == 0
    assert sums
    assert all(row[2] == 0 for row in sums)

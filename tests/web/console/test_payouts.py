"""Exports of payouts in the console: each payment once, the same files at every download, and codes from a list."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flow.office import BOTH, OTHER, SITE, Answer, Office
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow.owners import settings as flow_settings
from passalong.flow.owners.settings import SettingsDraft
from passalong.flow.transaction import writing
from passalong.store.books import redemptions
from passalong.store.people import changes
from plumbing.iso20022 import is_valid
from web.console.test_redemptions import METHODS, WHERE, asked, settle, somebody
from web.rendered import a_plain_office, get, ready, redeem

PAGE = f"/console/{SITE}/payouts"
OURS = {"name": "The Bee Almanac", "iban": "DE89370400440532013000"}


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A site that offers every method."""
    for made in a_plain_office(request, tmp_path_factory):
        with writing(made.db) as session:
            redemptions.replace_methods(
                session, SITE, (*METHODS[:1], OfferedMethod(Method.DISCOUNT_CODE, "EUR"), *METHODS[2:])
            )
        yield made


def post(office: Office, path: str, site_id: str = SITE, **form: str) -> Answer:
    """A form that the owner of a site sends on Otto's page."""
    answer = office.send("POST", f"{PAGE}{path}", client=office.owner(site_id), form=form)
    office.fold()
    return answer


def approved(office: Office, name: str, amount: str) -> tuple[str, FlaskClient]:
    """Somebody's approved payout."""
    _, browser = somebody(office, name)
    redemption_id = asked(office, browser, "payout", amount, **WHERE)
    assert settle(office, redemption_id, "agree").status == 303
    return redemption_id, browser


def exported(office: Office) -> str:
    """Export what is approved; its name."""
    page = get(office, office.owner(), PAGE)
    name = re.search(r'name="batch" value="([^"]+)"', page)
    assert name, page
    assert post(office, "/export", batch=name[1]).status == 303
    return name[1]


def rows(office: Office, batch: str) -> list[dict[str, str]]:
    """The lines of an export."""
    answer = office.send("GET", f"{PAGE}/batches/{batch}.csv", client=office.owner())
    assert answer.status == 200
    assert answer.body.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_payout_is_exported_once_and_its_files_never_change(office: Office) -> None:
    redemption_id, browser = approved(office, "dora", "16")
    batch = exported(office)
    (row,) = rows(office, batch)
    assert (row["payout"].lstrip("'"), row["account"], row["amount"]) == (redemption_id, WHERE["account"], "15.50")
    assert (row["currency"], row["fee"], row["receipt"]) == ("EUR", "0.50", f"use:{redemption_id}")
    path = f"{PAGE}/batches/{batch}"
    assert office.send("GET", f"{path}.xml", client=office.owner()).status == 409
    assert post(office, "/sender", **OURS | {"iban": "DE00 nonsense"}).status == 422
    assert post(office, "/sender", **OURS).status == 303
    first = [office.send("GET", f"{path}{end}", client=office.owner()).body for end in (".csv", ".xml")]
    assert is_valid(first[1])
    assert row["bank_reference"].encode() in first[1]

    assert post(office, "/export", batch=batch).status == 303, "the same form again exports nothing more"
    assert post(office, "/export", batch="another").status == 422, "nothing is left to export"
    assert post(office, f"/batches/{batch}", reference="run 3").status == 303
    assert "run 3" in get(office, browser, f"/me/use/{redemption_id}")
    assert office.send("POST", f"{path}", client=office.owner(), form={}).status == 422, "nobody is paid twice"
    other = {"kind": "iban", "name": "Dora", "account": "NL91ABNA0417164300"}
    redeem(office, browser, "payout", "10", **other)
    again = [office.send("GET", f"{path}{end}", client=office.owner()).body for end in (".csv", ".xml")]
    assert again == first


def test_an_export_of_two_currencies_shows_the_sum_of_each(office: Office) -> None:
    """10.00 CHF and 15.50 EUR are not 25.50 of anything, and the SEPA file has the euros."""
    more = SettingsDraft({"further_currencies": "CHF"}, "Otto", "People pay in them.")
    flow_settings.change_settings(office.db, office.clock, SITE, more)
    office.instance.services.sites.forget(SITE)
    with writing(office.db) as session:
        francs = OfferedMethod(Method.PAYOUT, "CHF", minimum_micros=1_000_000)
        redemptions.replace_methods(session, SITE, (*METHODS, francs))
    who, browser = somebody(office, "dora")
    gift = {"id": "g", "advocate": who.advocate_id(SITE), "amount_minor": 1_000, "unit": "CHF"}
    assert office.api("POST", "/credits", gift | {"author": "Otto", "note": "For the fair."}).status == 202
    office.fold()
    for amount, unit in (("16", "EUR"), ("10", "CHF")):
        asked(office, browser, "payout", amount, **WHERE, unit=unit)
    for unit in ("EUR", "CHF"):
        assert post(office, "/approve", **{"in": unit}).status == 303
    assert post(office, "/sender", **OURS).status == 303
    batch = exported(office)
    page = get(office, office.owner(), PAGE)
    assert "2 payments, <strong>CHF 10.00, €15.50</strong>" in page.replace("\u00a0", " ")
    assert f"{batch}.xml" in page
    sheet = sorted((row["amount"], row["currency"]) for row in rows(office, batch))
    assert sheet == [("10.00", "CHF"), ("15.50", "EUR")]


def test_a_payment_that_fails_after_its_export_leaves_the_files_and_is_named(office: Office) -> None:
    """The bank sent it back: an accountant finds the export, with what was in it."""
    failed, _ = approved(office, "dora", "16")
    other, _ = approved(office, "emil", "16")
    batch = exported(office)
    form = {"act": "decline", "words": "The bank sent it back."}
    for left, redemption_id, declined in ((1, failed, "€15.50"), (0, other, "€31.00")):
        answer = office.send("POST", f"{PAGE}/{redemption_id}", client=office.owner(), form=form)
        office.fold()
        assert answer.status == 303
        page = get(office, office.owner(), PAGE).replace("\u00a0", " ")
        assert f"Declined after the export: {declined}." in page
        assert f"{left} payment" in page and batch in page
        assert len(rows(office, batch)) == left
    states = {one["id"]: one["state"] for one in office.api("GET", "/redemptions").json["data"]}
    assert states[failed] == states[other] == "rejected", "the credit is available again"


def test_two_exports_at_the_same_time_hold_each_payout_once(office: Office) -> None:
    redemption_id, _ = approved(office, "emil", "16")
    for name in ("one", "two"):
        office.send("POST", f"{PAGE}/export", client=office.owner(), form={"batch": name})
    office.fold()
    held = [[row["payout"].lstrip("'") for row in rows(office, name)] for name in ("one", "two")]
    assert held == [[redemption_id], []]


def test_a_payout_that_is_declined_after_its_export_leaves_the_files(office: Office) -> None:
    kept, _ = approved(office, "fritz", "16")
    redemption_id, browser = approved(office, "greta", "16")
    batch = exported(office)
    assert len(rows(office, batch)) == 2
    assert settle(office, redemption_id, "decline", "The account is closed.").status == 303
    assert [row["payout"].lstrip("'") for row in rows(office, batch)] == [kept]
    assert ready(office, browser) == 16_000_000


def test_an_erased_person_leaves_no_account_in_an_export(office: Office) -> None:
    _, browser = approved(office, "hanna", "16")
    batch = exported(office)
    assert rows(office, batch)[0]["account"]
    form = {"read": "yes"}
    answer = office.send("POST", "/me/privacy/erase", client=browser, form=form)
    office.fold()
    assert answer.status in (200, 303), answer.text[:300]
    (row,) = rows(office, batch)
    assert (row["name"], row["account"]) == ("", "")


def test_payouts_are_approved_together_up_to_an_amount(office: Office) -> None:
    for name, amount in (("ida", "10"), ("jan", "16")):
        _, browser = somebody(office, name)
        asked(office, browser, "payout", amount, **WHERE)
    assert post(office, "/approve", most="ten").status == 422
    assert post(office, "/approve", most="12").status == 303
    assert "1 approved payout is not exported yet." in get(office, office.owner(), PAGE)
    assert post(office, "/approve", most="").status == 303
    assert "2 approved payouts are not exported yet." in get(office, office.owner(), PAGE)
    with office.db.reading() as session:
        found = changes.newest(session, SITE, 20)
    assert [one.change.action for one in found].count("payout.approve_all") == 2


def test_discount_codes_come_from_a_list_and_each_is_given_once(office: Office) -> None:
    ids = []
    for name in ("karl", "lena"):
        _, browser = somebody(office, name)
        ids.append(asked(office, browser, "discount_code", "3"))
    assert post(office, "/codes", worth="3", unit="EUR", codes="with space").status == 422
    assert post(office, "/codes", worth="3", unit="EUR", codes="BEES-1\nBEES-1\n").status == 303
    assert "1 code worth €3.00 is left." in get(office, office.owner(), PAGE)
    assert settle(office, ids[0], "code").status == 303
    answer = settle(office, ids[1], "code")
    assert answer.status == 422
    assert "No code of that worth is left" in answer.text
    page = get(office, office.owner(), PAGE)
    assert page.count("BEES-1") == 1


@pytest.mark.parametrize("path", ["/export", "/approve", "/sender", "/codes", "/batches/one"])
def test_nobody_else_settles(office: Office, path: str) -> None:
    assert post(office, path, site_id=OTHER).status == 401
    assert office.send("POST", f"{PAGE}{path}").status == 401
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", f"{PAGE}{path}", headers=cross, client=office.owner(), form={}).status == 403

"""Refunds, decisions, reports and pages of codes: what was reported and decided is read back over the API."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from cast import a_person, anna
from flow.office import BOTH, SITE, Json, Office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.web.api.reports import REPORT
from passalong.web.http.downloads import is_slow, one_at_a_time
from web.orders import an_order
from web.shopped import a_shopped_office

ANNA = anna.advocate_id(SITE)
BY = {"author": "Otto", "note": "Because <b>."}


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


def read(office: Office, path: str) -> Json:
    """An answer of the API."""
    answer = office.api("GET", path)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def test_refunds_are_listed_and_read_as_they_were_recorded(office: Office) -> None:
    office.api("POST", "/conversions", an_order("an/order"))
    office.fold()
    path = f"/conversions/{quote('an/order', safe='')}/refunds"
    for body in ({"id": "back/1", "amount_minor": 200}, {"id": "back-2", "full": True}):
        assert office.api("POST", path, body).status == 202
        office.clock.at_ms += 1_000
    assert office.api("POST", "/conversions/to-come/refunds", {"id": "back-3", "amount_minor": 5}).status == 202
    listed = read(office, f"/refunds?conversion={quote('an/order')}")["data"]
    assert [(one["id"], one["amount_minor"], one["full"]) for one in listed] == [
        ("back-2", None, True),
        ("back/1", 200, False),
    ]
    assert all((one["currency"], one["waits"]) == ("EUR", False) for one in listed)
    assert read(office, "/refunds/back/1") == listed[1] == read(office, f"/refunds/{quote('back/1', safe='')}")
    waiting = read(office, "/refunds?limit=1")["data"][0]
    assert (waiting["id"], waiting["currency"], waiting["waits"]) == ("back-3", None, True)
    assert office.api("GET", "/refunds/none").status == 404
    late = read(office, f"/refunds?since_ms={listed[0]['at_ms']}")["data"]
    assert [one["id"] for one in late] == ["back-3", "back-2"]


def test_decisions_are_listed_and_read_with_who_made_them(office: Office) -> None:
    ben = a_person("ben who was named").advocate_id(SITE)
    office.link("ben shares", a_person("ben who was named"))
    office.api("POST", "/conversions", an_order("decided"))
    office.fold()
    about = {"decision": "hold", "about": "conversion", "subject_id": "decided"}
    assert office.api("POST", "/verdicts", {"id": "d-1", **about, **BY}).status == 202
    office.clock.at_ms += 1_000
    assert office.api("POST", "/conversions/decided/advocates", {"id": "d-2", "advocate": ben, **BY}).status == 202
    given = {"id": "d-3", "advocate": ANNA, "amount_minor": 500, "unit": "EUR", **BY}
    office.clock.at_ms += 1_000
    assert office.api("POST", "/credits", given).status == 202
    office.fold()
    listed = read(office, "/verdicts?limit=3")["data"]
    assert [(one["id"], one["decision"], one["about"], one["subject_id"]) for one in listed] == [
        ("d-3", "give", "conversion", "given:d-3"),
        ("d-2", "name", "conversion", "decided"),
        ("d-1", "hold", "conversion", "decided"),
    ]
    assert all((one["author"], one["note"]) == ("Otto", "Because <b>.") for one in listed)
    assert [read(office, f"/verdicts/{one['id']}") for one in listed] == listed
    mine = read(office, "/verdicts?about=conversion&subject_id=decided")["data"]
    assert mine == listed[1:]
    assert office.api("GET", "/verdicts/none").status == 404
    half = office.api("GET", "/verdicts?about=conversion")
    assert (half.status, half.json["detail"]) == (400, "Send `about` and `subject_id` together, or neither.")


def test_a_coupon_is_made_read_used_by_an_order_and_retired(office: Office) -> None:
    made = office.api("POST", "/codes", {"code": "Coupon-10", "advocate": ANNA})
    assert made.status == 201 and made.json["code"] == "coupon-10"
    assert read(office, "/codes/COUPON-10") == read(office, "/codes/%20coupon-10") == made.json
    assert made.json in read(office, "/codes")["codes"]
    for name, state, reason in (("by coupon", "known", None), ("too late", "retired", "no_token")):
        answer = office.api("POST", "/conversions", an_order(name, coupon="COUPON-10"))
        assert (answer.status, answer.json["coupon"]) == (202, state)
        office.fold()
        receipt = read(office, f"/conversions/{quote(name)}")
        paid = [one["recipient"] for one in receipt["lines"]]
        assert (receipt.get("reason"), paid) == (reason, [] if reason else [ANNA])
        retired = office.api("POST", "/codes/coupon-10/retire")
        assert retired.json == made.json | {"retired": True} == read(office, "/codes/coupon-10")
    for other in ("coupon", "nobody", "a%2Fb", "%00", "x" * 3_000):
        answer = office.api("GET", f"/codes/{other}")
        assert (answer.status, answer.json["code"]) == (404, "not_found"), other


def test_codes_come_in_pages(office: Office) -> None:
    for word in ("cora", "abel", "bert"):
        assert office.api("POST", "/codes", {"code": word, "advocate": ANNA}).status == 201
    whole = read(office, "/codes")
    names = [one["code"] for one in whole["codes"]]
    assert whole["next"] is None and names == sorted(names) and {"abel", "bert", "cora"} <= set(names)
    found, after = [], ""
    while True:
        page = read(office, f"/codes?limit=1{after}")
        assert len(page["codes"]) <= 1
        found += page["codes"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == whole["codes"]
    assert office.api("GET", "/codes?after=x").json["code"] == "invalid_request"


def test_reports_are_named_and_read(office: Office) -> None:
    assert [one["name"] for one in read(office, "/reports")["data"]] == ["removal", "shapley", "uplift"]
    for path in ("/reports/removal?order=2", "/reports/shapley?days=30"):
        found = read(office, path)
        assert found["conversions"] > 0
        assert sum(one["conversions"] for one in found["shares"]) == pytest.approx(found["conversions"])
        assert "pays nobody" in found["note"]
    lift = read(office, "/reports/uplift?control_conversions=1&control_people=100")
    assert lift["low"] <= lift["lift"] <= lift["high"]
    assert is_slow("/api/v1/reports/uplift") and not is_slow("/api/v1/reports")


def test_a_site_works_out_one_report_at_a_time(office: Office) -> None:
    with one_at_a_time(SITE, REPORT):
        answer = office.api("GET", "/reports/shapley")
    assert (answer.status, answer.json["code"]) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) > 0
    assert office.api("GET", "/reports/shapley").status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("removal?order=4", "removal?order=x", "removal?days=0", "shapley?days=91", "shapley?goal=Purchase"),
        *("uplift", "uplift?control_conversions=1", "uplift?control_conversions=5&control_people=4"),
        *("uplift?control_conversions=-1&control_people=4", "uplift?control_conversions=0&control_people=0"),
    ],
)
def test_a_report_that_cannot_be_is_refused_in_words(office: Office, path: str) -> None:
    answer = office.api("GET", f"/reports/{path}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


def test_another_site_reads_none_of_it(office: Office) -> None:
    wasps = api_keys.new(office.db, office.clock, "wasps1", NewKey("everything", tuple(Scope)))
    office.api("POST", "/conversions", an_order("mine"))
    office.fold()
    assert office.api("POST", "/conversions/mine/refunds", {"id": "mine-back", "full": True}).status == 202
    about = {"decision": "hold", "about": "conversion", "subject_id": "mine"}
    assert office.api("POST", "/verdicts", {"id": "mine-held", **about, **BY}).status == 202
    for path in ("/refunds/mine-back", "/verdicts/mine-held"):
        assert office.api("GET", path).status == 200
        assert office.api("GET", path, key=wasps).status == 404
    for path in ("/refunds", "/verdicts"):
        assert office.api("GET", path, key=wasps).json["data"] == []
    assert office.api("GET", "/codes", key=wasps).json["codes"] == []
    assert office.api("GET", "/reports/shapley", key=wasps).json["journeys"] == 0

"""Webhooks and the list of events over the API: what the console does, with a key."""

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cast import an_id, anna
from flow.office import BOTH, OTHER, SITE, Office, an_office
from flow.webhooks.receivers import a_receiver
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.webhooks import Webhooks
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance that may send to this machine."""
    for made in an_office(request, tmp_path_factory):
        known = made.instance.services
        inside = Webhooks(known.db, known.clock, known.keys, private=True)
        worker = WebhookWorker(known.db, known.clock, Sender(known.keys, private=True, timeout_s=2.0))
        made.instance.flask.extensions["passalong"] = replace(known, webhooks=inside, webhook_worker=worker)
        yield made
        worker.stop()


@pytest.fixture
def key(office: Office) -> str:
    """A key that may manage."""
    return api_keys.new(office.db, office.clock, SITE, NewKey("hooks", (Scope.READ, Scope.MANAGE)))


def test_a_webhook_over_the_api_from_its_making_to_its_end(office: Office, key: str) -> None:
    worker = office.instance.flask.extensions["passalong"].webhook_worker
    with a_receiver() as receiver:
        made = office.api("POST", "/webhooks", {"url": receiver.url, "types": ["share.created"]}, key)
        assert (made.status, made.json["secret"].startswith("whsec_")) == (201, True)
        name = made.json["webhook"]["id"]
        here = f"/webhooks/{name}"
        assert office.api("GET", here, None, key).json == made.json["webhook"]
        sent = office.api("POST", f"{here}/test", None, key)
        assert sent.status == 202
        worker.deliver_all()
        log = office.api("GET", f"{here}/deliveries", None, key).json
        assert [(one["number"], one["state"]) for one in log["deliveries"]] == [(sent.json["number"], "delivered")]
        one = office.api("GET", f"{here}/deliveries/{sent.json['number']}", None, key).json
        assert [attempt["status"] for attempt in one["attempts"]] == [204]
        assert office.api("POST", f"{here}/deliveries/{sent.json['number']}/replay", None, key).status == 202
        worker.deliver_all()
        assert receiver.ids == [one["delivery"]["event_id"]] * 2
    changed = office.api("PATCH", here, {"description": "shop"}, key)
    assert (changed.json["description"], changed.json["types"]) == ("shop", ["share.created"])
    assert office.api("POST", f"{here}/pause", None, key).json["state"] == "paused"
    assert office.api("POST", f"{here}/resume", None, key).json["state"] == "active"
    rotated = office.api("POST", f"{here}/rotate", {"overlap_hours": 1}, key)
    assert rotated.json["secret"] != made.json["secret"]
    assert office.api("POST", f"{here}/replay", None, key).json == {"deliveries": 0}
    assert office.api("DELETE", here, None, key).json == {"id": name, "removed": True}
    assert office.api("GET", here, None, key).status == 404


def test_a_secret_is_not_kept_for_a_repeated_call(office: Office, key: str) -> None:
    body = json.dumps({"url": "https://shop.example/hook"}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": "once"}
    first, second = (office.send("POST", "/api/v1/webhooks", body, headers) for _ in range(2))
    assert (first.status, second.status) == (201, 409)
    assert "whsec_" not in second.text


def test_what_is_not_possible_is_a_problem_that_says_what_to_do(office: Office, key: str) -> None:
    for body, said in (
        ({"url": "ftp://x.example"}, "address of your receiver"),
        ({"url": "https://169.254.169.254/"}, "cloud"),
        ({"url": "https://x.example/", "types": ["visit.flown"]}, "`visit.counted`"),
    ):
        answer = office.api("POST", "/webhooks", body, key)
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert said in answer.json["detail"]


def test_events_are_listed_in_order_with_a_cursor_and_none_twice(office: Office, key: str) -> None:
    begin = office.api("GET", "/events?after=now", None, key).json
    assert begin["events"] == []
    for number in range(5):
        token = office.link(f"listed {number}")
        note = {"site": SITE, "id": an_id("listed", number), "kind": "share", "token": token, "to": "copy"}
        note |= {"guest": anna.guest}
        assert office.note("flask", note).status == 202
    office.fold()
    found, cursor = [], begin["next"]
    while True:
        page = office.api("GET", f"/events?after={cursor}&limit=2&types=share.created", None, key).json
        found += page["events"]
        cursor = page["next"]
        if not page["more"]:
            break
    assert [one["type"] for one in found] == ["share.created"] * 5
    assert len({one["id"] for one in found}) == 5
    assert office.api("GET", f"/events/{found[0]['id']}", None, key).json == found[0]


@pytest.mark.parametrize("query", ["after=-1", "after=later", "limit=0", "limit=101", "types=visit.flown", "page=2"])
def test_a_query_that_makes_no_sense_is_refused(office: Office, key: str, query: str) -> None:
    assert office.api("GET", f"/events?{query}", None, key).status == 400


def test_another_sites_key_finds_nothing(office: Office, key: str) -> None:
    made = office.api("POST", "/webhooks", {"url": "https://shop.example/hook"}, key).json["webhook"]["id"]
    wasps = api_keys.new(office.db, office.clock, OTHER, NewKey("wasps", (Scope.READ, Scope.MANAGE)))
    assert office.api("GET", f"/webhooks/{made}", None, wasps).status == 404
    assert office.api("DELETE", f"/webhooks/{made}", None, wasps).status == 404
    ours = office.api("GET", "/events?after=0", None, key).json["events"]
    theirs = office.api("GET", "/events?after=0", None, wasps).json["events"]
    assert {one["site"] for one in ours} == {SITE}
    assert not {one["id"] for one in ours} & {one["id"] for one in theirs}

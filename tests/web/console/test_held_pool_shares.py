"""Shares of monthly pools that a ban holds stand where other held credit does, and can be released there."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from cast import an_id, anna, ben, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS

HELD = "Some of their credit is held for review."
SIGNED = {"author": "Otto", "note": "Spam."}


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna and Ben brought buyers; Anna was excluded, and then the month was shared out."""
    for made in an_office(request, tmp_path_factory):
        for number, who in enumerate((anna, ben)):
            token = made.link(who.name, who)
            note = made.visit(f"of {who.name}", token, cleo if who is anna else anna)
            assert made.note("flask", note).status == 202
            order = {"id": f"order-{number}", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
            assert made.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
        made.fold()
        made.clock.at_ms += 10 * DAY_MS
        ban = {"id": "ban", "decision": "ban", "about": "advocate", "subject_id": anna.advocate_id(SITE)}
        assert made.api("POST", "/verdicts", ban | SIGNED).status == 202
        made.fold()
        made.clock.at_ms += 40 * DAY_MS
        made.fold()
        yield made


def share(office: Office) -> tuple[str, bool]:
    """Return the subject of Anna's share in euros, and whether it is available."""
    rows = office.api("GET", f"/credits?advocate={anna.advocate_id(SITE)}").json["data"]
    return next((one["subject"], one["ready"]) for one in rows if one["goal"] == "pool" and "EUR" in one["subject"])


def page(office: Office, path: str) -> str:
    """Return a page of the console."""
    return office.send("GET", f"/console/{SITE}/{path}", client=office.owner()).text


def test_a_held_share_stands_in_the_queue_and_among_held_people(office: Office) -> None:
    subject, is_ready = share(office)
    assert not is_ready and anna.advocate_id(SITE) in subject
    queue, person = page(office, "review"), page(office, f"people/{anna.advocate_id(SITE)}")
    assert "pool was shared out while this person was excluded" in queue and f"why/{quote(subject, safe='')}" in queue
    assert queue.count('value="release"') == 1 + queue.count('value="void"'), "a share is not voided"
    assert HELD in person, "the person's page leads to the queue"
    held = page(office, "people?show=held")
    assert anna.advocate_id(SITE) in held and ben.advocate_id(SITE) not in held
    assert office.send("GET", f"/console/{SITE}/why/{quote(subject)}", client=office.owner()).status == 200


def test_it_is_released_in_the_queue(office: Office) -> None:
    subject, _ = share(office)
    queue = f"/console/{SITE}/review"
    for evidence in ("banned", "pool"):
        form = {"act": "release", "pattern": f"{evidence}:{anna.advocate_id(SITE)}", "note": "She may have it."}
        sent = form | {"once": an_id("once", evidence)}
        assert HELD in page(office, f"people/{anna.advocate_id(SITE)}"), "also for the share alone"
        assert office.send("POST", queue, client=office.owner(), form=sent).status == 303
        office.fold()
    assert share(office) == (subject, True)
    text = page(office, "review")
    assert "Nothing is held" in text and "She may have it." in text
    batch = next(one for one in re.findall(r'name="batch" value="([^"]+)"', text) if an_id("once", "pool") in one)
    undo = {"act": "undo", "batch": batch, "note": "After all.", "once": an_id("once", "undo")}
    answer = office.send("POST", queue, client=office.owner(), form=undo)
    assert (answer.status, "can only be released" in answer.text) == (422, True)


@pytest.mark.parametrize("decision", ["void", "hold", "release"])
def test_the_api_releases_it_and_takes_no_decision_that_has_no_effect(office: Office, decision: str) -> None:
    subject, _ = share(office)
    body = {"id": "one", "decision": decision, "about": "conversion", "subject_id": subject}
    answer = office.api("POST", "/verdicts", body | SIGNED)
    assert answer.status == (202 if decision == "release" else 400)
    office.fold()
    assert share(office)[1] is (decision == "release")
    missing = office.api("POST", "/verdicts", body | {"id": "two", "subject_id": "pool:2026-01:EUR:x"} | SIGNED)
    assert missing.status in (400, 404)


def test_the_queue_is_empty_once_the_ban_is_lifted(office: Office) -> None:
    assert "are held" in page(office, "review")
    lift = {"id": "lift", "decision": "lift", "about": "advocate", "subject_id": anna.advocate_id(SITE)}
    assert office.api("POST", "/verdicts", lift | SIGNED).status == 202
    office.fold()
    assert share(office)[1] and "Nothing is held" in page(office, "review")

"""What browsers report: every body is answered, by Flask and by the ASGI route alike."""

import json
import random
import string

import pytest
from sqlalchemy import text

from cast import HOME, a_person, an_id, anna, ben, cleo
from flow.office import GOOGLEBOT, OTHER, PAGE, SITE, Json, Office
from passalong.store.schema.columns import metadata
from web.bodies import DOORS, same

# --- understood -------------------------------------------------------------------------------------------------------


def test_a_visit_is_kept_once(office: Office, token: str, door: str) -> None:
    said = office.visit(f"once {door}", token, cleo)
    assert office.note(door, said).note == (202, "visit", None)
    for other in DOORS:
        answer = office.note(other, said)
        assert answer.note == (202, "duplicate", None)
        assert answer.body == b""


def test_a_share_is_kept(office: Office, token: str, door: str) -> None:
    said = {
        "site": SITE,
        "id": an_id("share", door),
        "kind": "share",
        "token": token,
        "guest": anna.guest,
        "to": "copy",
    }
    assert office.note(door, said).note == (202, "share", None)
    assert office.note(door, said).note == (202, "duplicate", None)


CHANGES: list[Json] = [{"page": f"{HOME}/other"}, {"visitor": ben.visitor}, {"hidden": True}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_same_id_with_other_input_is_a_conflict(office: Office, token: str, door: str, change: Json) -> None:
    said = office.visit(f"conflict {door} {change}", token, cleo)
    assert office.note(door, said).status == 202
    answer = office.note(door, said | change)
    assert answer.status == 409
    assert answer.message == "This id was used before, for something else."
    assert office.note(door, said).note == (202, "duplicate", None)


def test_a_visit_and_a_share_cannot_have_one_id(office: Office, token: str, door: str) -> None:
    said = office.visit(f"kinds {door}", token, cleo)
    share = {"site": SITE, "id": said["id"], "kind": "share", "token": token, "guest": anna.guest, "to": "copy"}
    assert office.note(door, said).status == 202
    assert office.note(door, share).status == 409


def test_our_own_parameter_and_the_fragment_are_no_part_of_a_page(office: Office, token: str, door: str) -> None:
    said = office.visit(f"page {door}", token, cleo, page=f"{PAGE}?a=1&ht={token}&b=2#top")
    assert office.note(door, said).note == (202, "visit", None)
    with office.db.reading() as session:
        fact = session.scalar(text("SELECT fact FROM events WHERE event_id = :id"), {"id": said["id"]})
    assert json.loads(fact or "")["page_url"] == f"{PAGE}?a=1&b=2"


# --- understood, and not counted --------------------------------------------------------------------------------------

DROPPED: dict[str, tuple[Json, dict[str, str], str]] = {
    "a bot": ({}, {"User-Agent": GOOGLEBOT}, "bot"),
    "no user agent": ({}, {"User-Agent": ""}, "bot"),
    "a prefetch": ({}, {"Sec-Purpose": "prefetch"}, "prefetch"),
    "a prerender": ({}, {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
    "a preview": ({}, {"Purpose": "preview"}, "prefetch"),
    "a hidden page": ({"hidden": True}, {}, "not_visible"),
    "another site's page": ({}, {"Origin": "https://evil.example"}, "foreign_origin"),
    "an opaque origin": ({}, {"Origin": "null"}, "foreign_origin"),
    "a page elsewhere": ({"page": "https://evil.example/bees"}, {}, "foreign_origin"),
    "a page of the same name over http": ({"page": "http://bees.example/bees"}, {}, "foreign_origin"),
}


@pytest.mark.parametrize("name", DROPPED)
def test_a_note_that_does_not_count_is_dropped_with_its_reason(office: Office, token: str, name: str) -> None:
    change, headers, reason = DROPPED[name]
    answers = {
        door: office.note(door, office.visit(f"drop {name} {door}", token, cleo) | change, headers) for door in DOORS
    }
    assert same(answers).note == (202, None, reason)


KEPT: dict[str, dict[str, str]] = {
    "the site's own origin": {"Origin": HOME},
    "the site's host with a dot at its end": {"Origin": f"{HOME}."},
    "no origin": {},
    "no signal": {"Sec-GPC": "0"},
    "a strange purpose": {"Sec-Purpose": "navigate"},
}


@pytest.mark.parametrize("name", KEPT)
def test_a_valid_note_is_kept(office: Office, token: str, name: str) -> None:
    answers = {door: office.note(door, office.visit(f"kept {name} {door}", token, cleo), KEPT[name]) for door in DOORS}
    assert same(answers).note == (202, "visit", None)


def test_a_note_with_privacy_control_is_not_counted(office: Office, token: str) -> None:
    """A counter goes up; nothing else is written, not even a sample for the inspector."""
    tables = [table.name for table in metadata.sorted_tables if table.name != "refusal_counts"]
    office.fold()
    before = office.counts(*tables)
    answers = {}
    for door in DOORS:
        said = office.visit(f"gpc {door}", token, a_person("gpc", door), guest=anna.guest)
        answers[door] = office.note(door, said, {"Sec-GPC": "1"})
    office.fold()
    assert same(answers).note == (202, None, "opted_out")
    assert office.counts(*tables) == before
    with office.db.reading() as session:
        counted = text("SELECT events FROM refusal_counts WHERE site_id = :site AND reason = 'opted_out'")
        assert session.scalar(counted, {"site": SITE}) == 2


def test_no_character_of_a_token_can_be_changed(office: Office, token: str, door: str) -> None:
    chance = random.Random(7)
    before = office.count("events")
    for place in range(len(token)):
        letter = chance.choice([one for one in string.ascii_letters + string.digits + "-_" if one != token[place]])
        altered = token[:place] + letter + token[place + 1 :]
        answer = office.note(door, office.visit(f"altered {door} {place}", altered, cleo))
        assert answer.note in {(202, None, "bad_signature"), (202, None, "retired_key")}, place
    assert office.count("events") == before


@pytest.mark.parametrize("bad", ["x", "a" * 26, "a" * 28, "a" * 64, "é" * 27, "=" * 27, " " * 27])
def test_a_token_of_another_shape_is_a_bad_signature(office: Office, door: str, bad: str) -> None:
    assert office.note(door, office.visit("shape", bad, cleo)).note == (202, None, "bad_signature")


def test_a_token_of_another_site_is_named_as_such(office: Office, door: str) -> None:
    foreign = office.link(f"foreign {door}", site_id=OTHER, page="https://wasps.example/")
    assert office.note(door, office.visit(f"foreign {door}", foreign, cleo)).note == (202, None, "foreign_site")


# --- malformed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_notes_are_posted(office: Office, method: str) -> None:
    answer = office.send(method, "/v1/notes")
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


def test_a_browser_that_asks_first_is_let_in(office: Office) -> None:
    asked = {"Origin": "https://anywhere.example", "Access-Control-Request-Method": "POST"}
    for path in ("/v1/notes", "/v1/links", "/v1/credit"):
        answer = office.send("OPTIONS", path, headers=asked)
        assert answer.status in (200, 204)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-headers"] == "Content-Type"


def test_the_rest_of_the_product_answers_through_the_asgi_app_too(office: Office) -> None:
    assert office.via_asgi("GET", "/healthz").json == {"status": "ok"}
    assert office.via_asgi("GET", "/nowhere").status == 404

"""What browsers report: every body is answered, by Flask and by the ASGI route alike."""

import json
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cast import HOME, a_person, an_id, anna, ben, cleo
from flow.office import BOTH, CHROME, GOOGLEBOT, OTHER, PAGE, SITE, Answer, Json, Office, an_office
from passalong.store.schema import metadata

DOORS = ("flask", "asgi")
MOST = 16_384


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """Both ways in."""
    return str(request.param)


@pytest.fixture(scope="module")
def token(office: Office) -> str:
    """Anna's link."""
    return office.link("annas")


def raw(body: Json) -> bytes:
    """A body as bytes."""
    return json.dumps(body).encode()


def same(answers: dict[str, Answer]) -> Answer:
    """The answer of both doors, which must be the same to a browser."""
    flask, asgi = answers["flask"], answers["asgi"]
    assert flask.status == asgi.status
    assert flask.message == asgi.message
    for name in (
        "along-kept",
        "along-dropped",
        "retry-after",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "cross-origin-resource-policy",
        "x-content-type-options",
        "cache-control",
    ):
        assert flask.headers.get(name) == asgi.headers.get(name), name
    assert flask.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in flask.headers | asgi.headers
    return flask


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
def test_what_does_not_count_is_dropped_with_its_reason(office: Office, token: str, name: str) -> None:
    change, headers, reason = DROPPED[name]
    answers = {
        door: office.note(door, office.visit(f"drop {name} {door}", token, cleo) | change, headers) for door in DOORS
    }
    assert same(answers).note == (202, None, reason)


KEPT: dict[str, dict[str, str]] = {
    "the site's own origin": {"Origin": HOME},
    "no origin": {},
    "no signal": {"Sec-GPC": "0"},
    "a strange purpose": {"Sec-Purpose": "navigate"},
}


@pytest.mark.parametrize("name", KEPT)
def test_what_says_nothing_wrong_is_kept(office: Office, token: str, name: str) -> None:
    answers = {door: office.note(door, office.visit(f"kept {name} {door}", token, cleo), KEPT[name]) for door in DOORS}
    assert same(answers).note == (202, "visit", None)


def test_who_asks_not_to_be_counted_is_not(office: Office, token: str) -> None:
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


def a_visit(**change: Any) -> Json:
    """A visit with one thing changed; None takes it away."""
    said = {"site": SITE, "id": "i" * 16, "kind": "visit", "token": "t" * 27, "visitor": "v" * 16, "page": PAGE}
    return {name: value for name, value in (said | change).items() if value is not ...}


def a_share(**change: Any) -> Json:
    """A share with one thing changed."""
    said = {"site": SITE, "id": "i" * 16, "kind": "share", "token": "t" * 27, "guest": "g" * 22, "to": "copy"}
    return {name: value for name, value in (said | change).items() if value is not ...}


MALFORMED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "a space": (b" ", ""),
    "not JSON": (b"site=bees01&kind=visit", ""),
    "cut off": (raw(a_visit())[:-1], ""),
    "twice": (raw(a_visit()) * 2, ""),
    "a byte order mark": (b"\xef\xbb\xbf" + raw(a_visit()), ""),
    "UTF-16": (json.dumps(a_visit()).encode("utf-16"), ""),
    "bytes that are no text": (b'{"site":"\xff\xfe"}', ""),
    "an array": (b"[]", "object"),
    "an array of notes": (raw(a_visit()).join([b"[", b"]"]), "object"),
    "a string": (b'"visit"', "object"),
    "a number": (b"1", "object"),
    "null": (b"null", "object"),
    "NaN": (raw(a_visit()).replace(b'"bees01"', b"NaN"), ""),
    "Infinity": (raw(a_visit()).replace(b'"bees01"', b"-Infinity"), ""),
    "half a character": (raw(a_visit()).replace(b"bees01", b"\\ud800"), ""),
    "half a character in the page": (raw(a_visit(page=HOME + "/x")).replace(b"/x", b"/\\udfff"), ""),
    "a NUL": (raw(a_visit()).replace(b"bees01", b"bees\\u0000"), "NUL"),
    "a NUL in the page": (raw(a_visit()).replace(b"/bees", b"/\\u0000"), "NUL"),
    "a raw NUL": (raw(a_visit()).replace(b"bees01", b"bees\0"), ""),
    "a raw newline": (raw(a_visit()).replace(b"bees01", b"bees\n"), ""),
    "a comment": (b"/* hello */" + raw(a_visit()), ""),
    "deep nesting": (b"[" * 8_000 + b"]" * 8_000, ""),
    "deep nesting in a field": (raw(a_visit()).replace(b'"bees01"', b"[" * 7_000 + b"]" * 7_000), ""),
    "deep nesting in an unknown field": (raw(a_visit()).replace(b'"site"', b'"x":' + b"[" * 7_000, 1), ""),
    "a field twice": (raw(a_visit()).replace(b'"kind"', b'"id":"jjjjjjjjjjjjjjjj","kind"'), "id"),
    "a kind twice": (raw(a_visit()).replace(b'"kind"', b'"kind":"share","kind"'), "kind"),
    "an unknown field": (raw(a_visit(ip="192.0.2.1")), "ip"),
    "a share's field in a visit": (raw(a_visit(to="copy")), "to"),
    "a visit's field in a share": (raw(a_share(page=PAGE)), "page"),
    "an unknown kind": (raw(a_visit(kind="purchase")), "kind"),
    "a kind of another type": (raw(a_visit(kind=1)), "kind"),
    "no kind": (raw(a_visit(kind=...)), "kind"),
}
REQUIRED = {"visit": ("site", "id", "token", "visitor", "page"), "share": ("site", "id", "token", "guest", "to")}
WRONG: dict[str, list[Any]] = {
    "site": ["", "abc", "a" * 17, "BEES01", "bees-1", "bees01\n", "bees 1", "bées01"],
    "id": ["", "i" * 15, "i" * 65, "i" * 15 + "!", "i" * 16 + "\n", "é" * 16],
    "token": ["", "t" * 65],
    "visitor": ["", "v" * 15, "v" * 65, "v" * 15 + "."],
    "page": [
        "",
        "x",
        "/bees",
        "example.org/bees",
        "ftp://bees.example/",
        "javascript:alert(1)",
        HOME + "/" + "x" * 2_000,
    ],
    "guest": ["", "g" * 21, "g" * 65, "g" * 21 + "="],
    "to": ["", "x" * 25, "Copy", "e mail", "e/mail"],
    "hidden": ["true", 1, 0],
}


def _with_bad_fields() -> Iterator[tuple[str, tuple[bytes, str]]]:
    """Each field of each kind: missing, of each wrong type, and just outside its limits."""
    for kind, made in (("visit", a_visit), ("share", a_share)):
        for field in REQUIRED[kind]:
            yield f"a {kind} without {field}", (raw(made(**{field: ...})), field)
            for value in [None, 1, 1.5, True, [], {}, ["x"], *WRONG[field]]:
                yield f"a {kind} with {field} {str(value)[:24]!r}", (raw(made(**{field: value})), field)
    for field in ("hidden", "guest"):
        for value in WRONG[field]:
            yield f"a visit with {field} {str(value)[:24]!r}", (raw(a_visit(**{field: value})), field)


MALFORMED |= dict(_with_bad_fields())


def test_every_malformed_note_is_refused_in_words_that_name_the_field(office: Office) -> None:
    assert len(MALFORMED) > 140
    before = office.count("events")
    for name, (body, field) in MALFORMED.items():
        answer = same({door: office.note(door, body) for door in DOORS})
        assert answer.status == 400, name
        assert field in answer.message, (name, answer.message)
        assert answer.message.endswith("."), (name, answer.message)
        assert answer.headers["content-type"].startswith("application/json"), name
    assert office.count("events") == before


GOOD = [
    raw(a_visit()),
    raw(a_share()),
    raw(a_visit(hidden=True, guest="g" * 64)),
    raw(a_visit(id="-_" * 32, visitor="Z" * 64, token="x")),
    raw(a_share(to="a-b_9" * 4 + "1234")),
    raw(a_visit(page=HOME + "/" + "x" * (2_000 - len(HOME) - 1))),
    raw(a_visit(page=HOME + "/ü?q=%F0%9F%90%9D")),
    b" \n" + raw(a_visit()) + b"\r\n",
    raw(a_visit()).replace(b"/bees", b"/\\ud83d\\udc1d"),
]


def test_what_is_just_within_the_limits_is_understood(office: Office) -> None:
    """The tokens are made up, so it is understood and counted as a bad signature."""
    for body in GOOD:
        assert same({door: office.note(door, body) for door in DOORS}).note == (202, None, "bad_signature"), body


@pytest.mark.parametrize(("length", "status"), [(MOST - 1, 400), (MOST, 400), (MOST + 1, 413), (60_000, 413)])
def test_a_body_has_at_most_16_kilobytes(office: Office, length: int, status: int) -> None:
    for body in (b"x" * length, b"[" * length):
        assert same({door: office.note(door, body) for door in DOORS}).status == status


@pytest.mark.parametrize("body", [b"x" * 1_000_000, b"[" * 100_000 + b"]" * 100_000])
def test_a_body_that_is_far_too_large_is_not_read(office: Office, door: str, body: bytes) -> None:
    assert office.note(door, body).status == 413


def test_a_body_of_16_kilobytes_that_is_good_is_taken(office: Office) -> None:
    body = raw(a_visit())
    for length, status in ((MOST, 202), (MOST + 1, 413)):
        assert same({door: office.note(door, body + b" " * (length - len(body))) for door in DOORS}).status == status


def test_a_site_that_is_not_there_is_not_found(office: Office) -> None:
    answer = same({door: office.note(door, a_visit(site="nobody")) for door in DOORS})
    assert (answer.status, answer.message[:7]) == (404, "No site")


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


# --- anything at all --------------------------------------------------------------------------------------------------

values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=40),
        st.sampled_from(["\0", "\ud800", "a" * 300, "' OR 1=1 --", "../..", "💥", CHROME]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=6,
)
changes = st.dictionaries(st.sampled_from([*WRONG, "kind", "extra"]), values, max_size=3)
bodies = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda change: json.dumps(a_visit() | change).encode(), changes),
    st.builds(lambda change: json.dumps(a_share() | change).encode(), changes),
    st.builds(
        lambda place, piece: raw(a_visit())[:place] + piece + raw(a_visit())[place:],
        st.integers(0, 120),
        st.binary(max_size=4),
    ),
)


@given(body=bodies)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_break_the_door(office: Office, body: bytes) -> None:
    answer = same({door: office.note(door, body) for door in DOORS})
    assert answer.status < 500
    assert answer.body == b"" or answer.message

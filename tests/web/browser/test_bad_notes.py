"""Notes that nobody should have sent: each is answered in words, by Flask and by the ASGI route alike."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import HOME
from flow.office import CHROME, PAGE, SITE, Json, Office
from fuzzing import examples
from web.bodies import DOORS, MOST, anything, raw, same


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


def test_a_note_just_within_the_limits_is_accepted(office: Office) -> None:
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


# --- anything at all --------------------------------------------------------------------------------------------------

changes = st.dictionaries(st.sampled_from([*WRONG, "kind", "extra"]), anything("' OR 1=1 --", CHROME), max_size=3)
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
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_break_the_door(office: Office, body: bytes) -> None:
    answer = same({door: office.note(door, body) for door in DOORS})
    assert answer.status < 500
    assert answer.body == b"" or answer.message

"""Links for people who are about to share, short links, and the way to the portal."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cast import HOME, a_person, an_id, anna, ben, cleo, mallory
from flow.office import OTHER, PAGE, SITE, URL, Json, Office
from fuzzing import examples
from web.bodies import MOST, anything, raw


def a_link(**change: Any) -> Json:
    """A request for a link with some things changed; `...` takes one away."""
    said = {"site": SITE, "id": "i" * 16, "guest": "g" * 22, "page": PAGE}
    return {name: value for name, value in (said | change).items() if value is not ...}


def a_credit(**change: Any) -> Json:
    """A request to see one's credit."""
    return {name: value for name, value in ({"site": SITE, "guest": "g" * 22} | change).items() if value is not ...}


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_link_is_made_once(office: Office) -> None:
    said = a_link(id=an_id("once"), guest=anna.guest, title="Bees")
    first, again = office.send("POST", "/v1/links", said), office.send("POST", "/v1/links", said)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert len(first.json["token"]) == 27
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "no-store"


def test_a_title_turns_no_line_round(office: Office) -> None:
    token = office.link("turned", title="Bees \u202egnp.exe")
    found = office.api("GET", f"/links/{token[:15]}").json
    assert found["title"] == "Bees gnp.exe"


@pytest.mark.parametrize(
    "change", [{"page": f"{HOME}/x"}, {"guest": ben.guest}, {"title": "x"}, {"visitor": cleo.visitor}]
)
def test_the_same_id_for_another_link_is_a_conflict(office: Office, change: Json) -> None:
    said = a_link(id=an_id("conflict", change), guest=anna.guest)
    assert office.send("POST", "/v1/links", said).status == 201
    answer = office.send("POST", "/v1/links", said | change)
    assert (answer.status, answer.message) == (409, "This id was used before, for another link.")


def test_eight_requests_at_once_get_one_link(office: Office) -> None:
    said = a_link(id=an_id("at once"), guest=a_person("at once").guest)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: office.send("POST", "/v1/links", said), range(8)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.json["token"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("parent", "kept"),
    [("a link of this site", True), ("a link of another site", False), ("garbage", False), ("an altered one", False)],
)
def test_a_parent_that_does_not_verify_is_dropped_and_sharing_goes_on(office: Office, parent: str, kept: bool) -> None:
    good = office.link(f"parent {parent}")
    tokens = {
        "a link of this site": good,
        "a link of another site": office.link(f"foreign {parent}", site_id=OTHER, page="https://wasps.example/"),
        "garbage": "x" * 27,
        "an altered one": good[:-2] + ("AA" if good[-2:] != "AA" else "BA"),
    }
    name = an_id("child", parent)
    answer = office.send("POST", "/v1/links", a_link(id=name, guest=ben.guest, parent=tokens[parent]))
    assert answer.status == 201
    with office.db.reading() as session:
        found = session.scalar(text("SELECT parent_share_id FROM issued_links WHERE request_id = :id"), {"id": name})
    assert (found is not None) is kept


ELSEWHERE = [
    (f"{HOME}/x", HOME, 201),
    (f"{HOME}/x", None, 201),
    ("HTTPS://BEES.example:443/x", None, 201),
    (f"{HOME}./x", f"{HOME}.", 201),
    (f"{HOME}/x", "https://evil.example", 403),
    (f"{HOME}/x", "null", 403),
    (f"{HOME}/x", f"{HOME}.evil.example", 403),
    ("https://evil.example/", None, 403),
    ("https://evil.example/", HOME, 403),
    ("http://bees.example/", None, 403),
    (f"{HOME}:8443/", None, 403),
    ("https://bees.example@evil.example/", None, 403),
    ("https://evil.example\\@bees.example/", None, 403),
    ("https://wasps.example/", None, 403),
]


@pytest.mark.parametrize(("page", "origin", "status"), ELSEWHERE)
def test_only_the_sites_own_pages_can_be_shared(office: Office, page: str, origin: str | None, status: int) -> None:
    said = a_link(id=an_id("elsewhere", page, origin), guest=anna.guest, page=page)
    assert office.send("POST", "/v1/links", said, {"Origin": origin} if origin else {}).status == status


@pytest.mark.parametrize(
    ("origin", "said", "unsaid"),
    [
        ("https://shop.bees.example", "origin add bees01 https://shop.bees.example`", "sandboxed"),
        ("null", "no web address", "origin add"),
        ("capacitor://localhost", "no web address", "origin add"),
    ],
)
def test_a_refusal_says_what_can_be_done_about_this_origin(office: Office, origin: str, said: str, unsaid: str) -> None:
    answer = office.send("POST", "/v1/links", a_link(id=an_id(origin), guest=anna.guest), {"Origin": origin})
    assert answer.status == 403
    assert said in answer.json["message"]
    assert unsaid not in answer.json["message"]


def test_a_browser_with_privacy_control_shares_a_plain_link(office: Office) -> None:
    before = office.counts("issued_links", "advocates", "guests")
    said = a_link(id=an_id("gpc"), guest=a_person("gpc").guest)
    assert office.send("POST", "/v1/links", said, {"Sec-GPC": "1"}).status == 403
    assert office.counts("issued_links", "advocates", "guests") == before


# --- malformed --------------------------------------------------------------------------------------------------------

ANY_BODY: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "not JSON": (b"site=bees01", ""),
    "an array": (b"[]", "object"),
    "null": (b"null", "object"),
    "deep nesting": (b"[" * 8_000, ""),
    "bytes that are no text": (b'{"site":"\xff"}', ""),
    "NaN": (b'{"site":NaN}', ""),
    "an object with nothing in it": (b"{}", "site"),
}
BAD_FIELDS: dict[str, list[Any]] = {
    "site": ["", "abc", "a" * 17, "BEES01", "bees01\n", 1, None, [], {}],
    "id": ["", "i" * 15, "i" * 65, "i" * 15 + "/", 1, None],
    "guest": ["", "g" * 21, "g" * 65, "g" * 21 + "+", 1, None],
    "page": ["", "/bees", "bees.example", "ftp://bees.example/", "data:text/html,x", HOME + "/" + "x" * 2_000, 1, None],
    "title": ["x" * 201, 1, None, ["x"]],
    "parent": ["", "t" * 65, 1],
    "visitor": ["", "v" * 15, "v" * 65, 1],
    "extra": ["x"],
}


def _malformed() -> Iterator[tuple[str, str, bytes, str]]:
    """(path, name, body, the field that the answer names)."""
    for path in ("/v1/links", "/v1/credit"):
        for name, (body, field) in ANY_BODY.items():
            yield path, name, body, field
    for field, values in BAD_FIELDS.items():
        for value in values:
            yield "/v1/links", f"{field} {str(value)[:20]!r}", raw(a_link(**{field: value})), field
            if field in ("site", "guest", "extra"):
                yield "/v1/credit", f"{field} {str(value)[:20]!r}", raw(a_credit(**{field: value})), field
    for field in ("site", "id", "guest", "page"):
        yield "/v1/links", f"no {field}", raw(a_link(**{field: ...})), field
    for field in ("site", "guest"):
        yield "/v1/credit", f"no {field}", raw(a_credit(**{field: ...})), field
    for path, made in (("/v1/links", a_link), ("/v1/credit", a_credit)):
        yield path, "a NUL", raw(made(site="bees\0")), "NUL"
        yield path, "half a character", raw(made()).replace(b"bees01", b"\\ud800"), ""
        yield path, "a field twice", raw(made()).replace(b'"guest"', b'"site":"bees01","guest"'), "site"
    yield "/v1/links", "half a character in the title", raw(a_link(title="\ud800")), ""
    yield "/v1/links", "a NUL in the title", raw(a_link(title="\0")), "NUL"


def test_every_malformed_body_is_refused_in_words_that_name_the_field(office: Office) -> None:
    before = office.count("issued_links")
    table = list(_malformed())
    assert len(table) > 80
    for path, name, body, field in table:
        answer = office.send("POST", path, body)
        assert answer.status == 400, (path, name)
        assert field in answer.message, (path, name, answer.message)
        assert answer.message.endswith("."), (path, name, answer.message)
    assert office.count("issued_links") == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x" * 200},
        {"title": ""},
        {"guest": "g" * 64, "visitor": "v" * 64},
        {"page": HOME + "/" + "x" * (2_000 - len(HOME) - 1)},
        {"title": "🐝" * 200},
        {"title": "<script>\r\n\t"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_request_just_within_the_limits_makes_a_link(office: Office, change: Json) -> None:
    assert office.send("POST", "/v1/links", a_link(id=an_id("limits", change), **change)).status == 201


@pytest.mark.parametrize("path", ["/v1/links", "/v1/credit"])
def test_a_body_has_at_most_16_kilobytes_and_a_site_is_there(office: Office, path: str) -> None:
    body = raw(a_link(site="nobody") if path == "/v1/links" else a_credit(site="nobody"))
    assert office.send("POST", path, body + b" " * (MOST - len(body))).status == 404
    assert office.send("POST", path, body + b" " * (MOST - len(body) + 1)).status == 413
    assert office.send("POST", path, b"[" * 100_000).status == 413


# --- the way to the portal --------------------------------------------------------------------------------------------


def test_a_guest_gets_a_way_in_that_works_once(office: Office) -> None:
    who = a_person("way in")
    office.link("way in", who)
    answer = office.send("POST", "/v1/credit", {"site": SITE, "guest": who.guest})
    assert answer.status == 201
    where, _, code = answer.json["url"].partition("#")
    assert where == f"{URL}/me/in"
    assert office.send("GET", "/me/in").status == 200
    assert office.send("POST", "/me/in", form={"code": code}).status == 303
    assert office.send("POST", "/me/in", form={"code": code}).status == 400


def test_a_guest_who_never_shared_cannot_sign_in(office: Office) -> None:
    assert office.send("POST", "/v1/credit", {"site": SITE, "guest": mallory.guest}).status == 404


def test_a_guest_of_one_site_is_nobody_on_another(office: Office) -> None:
    who = a_person("of one site")
    office.link("of one site", who)
    assert office.send("POST", "/v1/credit", {"site": OTHER, "guest": who.guest}).status == 404


# --- short links ------------------------------------------------------------------------------------------------------

# --- anything at all --------------------------------------------------------------------------------------------------

changes = st.dictionaries(
    st.sampled_from(list(BAD_FIELDS)), anything(f"{HOME}/\t", "https://[::1]", f"{HOME}/%00"), max_size=3
)


@given(
    path=st.sampled_from(["/v1/links", "/v1/credit"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.builds(lambda change: json.dumps(a_link() | change).encode(), changes),
        st.builds(lambda change: json.dumps(a_credit() | change).encode(), changes),
    ),
)
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_break_it(office: Office, path: str, body: bytes) -> None:
    assert office.send("POST", path, body).status < 500

"""Links for people who are about to share, short links, and the way to the portal."""

import json
import random
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from cast import HOME, a_person, an_id, anna, ben, cleo, mallory
from flow.office import BOTH, CHROME, GOOGLEBOT, OTHER, PAGE, SITE, URL, Json, Office, an_office
from flow.world import KEYS
from passalong.store import links
from passalong.store.tables import issued_links
from passalong.tokens import new_share_id, share_id_of, token_of

MOST = 16_384


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)


def raw(body: Json) -> bytes:
    """A body as bytes."""
    return json.dumps(body).encode()


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


def test_who_asks_not_to_be_counted_shares_a_plain_link(office: Office) -> None:
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
def test_what_is_just_within_the_limits_makes_a_link(office: Office, change: Json) -> None:
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


def test_who_never_shared_has_no_way_in(office: Office) -> None:
    assert office.send("POST", "/v1/credit", {"site": SITE, "guest": mallory.guest}).status == 404


def test_a_guest_of_one_site_is_nobody_on_another(office: Office) -> None:
    who = a_person("of one site")
    office.link("of one site", who)
    assert office.send("POST", "/v1/credit", {"site": OTHER, "guest": who.guest}).status == 404


# --- short links ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "where"),
    [
        (f"{HOME}/bees", f"{HOME}/bees?ht="),
        (f"{HOME}/bees?a=1", f"{HOME}/bees?a=1&ht="),
        (f"{HOME}/bees?ht=old#top", f"{HOME}/bees?ht="),
        (HOME, f"{HOME}/?ht="),
    ],
)
def test_a_short_link_leads_to_the_page_and_nowhere_else(office: Office, page: str, where: str) -> None:
    token = office.link(f"hop {page}", page=page)
    answer = office.send("GET", f"/h/{token}")
    assert (answer.status, answer.headers["location"]) == (302, where + token)
    assert answer.headers["cache-control"] == "no-store"


def test_following_a_short_link_counts_nothing(office: Office) -> None:
    token = office.link("counts nothing")
    before = office.counts("events", "queue")
    office.send("GET", f"/h/{token}")
    office.send("HEAD", f"/h/{token}")
    assert office.send("GET", f"/h/{token}", headers={"User-Agent": GOOGLEBOT}).status == 302
    assert office.counts("events", "queue") == before


def test_what_is_asked_along_with_a_short_link_changes_nothing(office: Office) -> None:
    token = office.link("along with")
    answer = office.send(
        "GET", f"/h/{token}?next=https://evil.example&url=//evil.example", headers={"Host": "evil.example"}
    )
    assert answer.headers["location"] == f"{PAGE}?ht={token}"


@pytest.mark.parametrize("page", [f"{HOME}/bees", f"{HOME}/bees?a=1#top"])
def test_a_short_link_can_carry_its_code_in_the_fragment(office: Office, page: str) -> None:
    token = office.link(f"fragment {page}", page=page)
    answer = office.send("GET", f"/h/{token}?carrier=hash")
    assert answer.headers["location"] == f"{page.split('#')[0]}#ht={token}"
    for other in ("query", "", "HASH", "https://evil.example"):
        answer = office.send("GET", f"/h/{token}?carrier={other}")
        assert answer.headers["location"].endswith(f"ht={token}"), other
        assert "#" not in answer.headers["location"], other


@pytest.mark.parametrize("agent", [CHROME, GOOGLEBOT, "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", ""])
def test_a_short_link_says_the_same_to_everybody_and_to_who_only_asks_for_its_head(office: Office, agent: str) -> None:
    token = office.link("the same")
    said = {"User-Agent": agent, "Cookie": "x=1", "Referer": "https://evil.example/", "Accept-Language": "de"}
    answers = [office.send(method, f"/h/{token}", headers=said) for method in ("GET", "HEAD")]
    for answer in answers:
        assert (answer.status, answer.headers["location"]) == (302, f"{PAGE}?ht={token}")
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
    assert answers[1].body == b""
    assert office.send("POST", f"/h/{token}").status == 405


HOSTILE_PAGES = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://bees.example@evil.example/",
    "https://bees.example.evil.example/",
    "https://bees.example:8443/",
    "http://bees.example/",
    "https://evil.example\\@bees.example/",
    "https://evil.example#@bees.example/",
    "https://evil.example?@bees.example/",
    "https://\u0435xample.evil/",
    "https://bees。example.evil/",
    "ht\ntps://evil.example",
    "",
    "x" * 2_000,
]
"""What a page could be if somebody wrote into the table behind our back, or the owner gave an address away."""
HARMLESS_PAGES = {
    f"{HOME}/a\r\nLocation: https://evil.example": f"{HOME}/aLocation:%20https://evil.example?ht=",
    f"  {HOME}/\t//evil.example": f"{HOME}///evil.example?ht=",
    "https:\\\\bees.example\\evil": f"{HOME}/evil?ht=",
    f"{HOME}/?next=https://evil.example": f"{HOME}/?next=https://evil.example&ht=",
}


def _a_link_to(office: Office, number: int, page: str) -> str:
    """A token that is signed by us, of a link whose page nobody checked."""
    keys, share_id = office.instance.parts.keys, new_share_id()
    with office.db.reading() as session:
        kept = links.find_link(session, SITE, share_id_of(keys, SITE, office.link("any")))
    assert kept is not None
    name = an_id("hostile", number, share_id)
    made = msgspec.structs.replace(kept, share_id=share_id, page_url=page, request_id=name)
    with office.db.writer.begin() as connection:
        connection.execute(insert(issued_links).values(**msgspec.structs.asdict(made)))
    return token_of(keys, SITE, share_id, kept.key_id)


def test_no_page_whatever_makes_a_short_link_lead_elsewhere(office: Office) -> None:
    for number, page in enumerate(HOSTILE_PAGES):
        for query in ("", "?carrier=hash"):
            answer = office.send("GET", f"/h/{_a_link_to(office, number, page)}{query}")
            assert (answer.status, answer.headers.get("location")) == (404, None), page
    for number, (page, where) in enumerate(HARMLESS_PAGES.items()):
        token = _a_link_to(office, number, page)
        answer = office.send("GET", f"/h/{token}")
        assert (answer.status, answer.headers.get("location")) == (302, where + token), page


def test_a_short_link_to_an_address_that_the_owner_gave_away_leads_nowhere(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = office.link("given away")
    gone = msgspec.structs.replace(office.bees.site, origins=("https://new.bees.example",))
    monkeypatch.setattr(office.instance.parts.sites, "find", lambda _: gone)
    answer = office.send("GET", f"/h/{token}")
    assert (answer.status, answer.headers.get("location")) == (404, None)
    assert "not on its site any more" in answer.text


def test_hostile_tokens_are_not_found(office: Office) -> None:
    good = office.link("hostile")
    strangers = token_of(KEYS, SITE, new_share_id(), 1)
    hostile = [
        strangers,
        good + "=",
        good[:-1],
        good + "A",
        "%00",
        "..",
        "%2e%2e",
        "a" * 5_000,
        "%ff%fe",
        "💥",
        "x" * 27,
    ]
    hostile += ["https:%2f%2fevil.example", "//evil.example", "%0d%0aLocation:%20https://evil.example", f"{good}%0a"]
    for token in hostile:
        answer = office.send("GET", f"/h/{token}")
        assert answer.status in (404, 308), token
        assert "evil.example" not in answer.headers.get("location", "").partition("/h/")[0], token


def test_no_character_of_a_short_link_can_be_changed(office: Office) -> None:
    good = office.link("per character")
    chance = random.Random(3)
    for place in range(len(good)):
        letter = chance.choice([one for one in string.ascii_letters + string.digits + "-_" if one != good[place]])
        assert office.send("GET", f"/h/{good[:place]}{letter}{good[place + 1 :]}").status == 404, place


# --- anything at all --------------------------------------------------------------------------------------------------

values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=40),
        st.sampled_from(["\0", "\ud800", "a" * 300, "../..", "💥", f"{HOME}/\t", "https://[::1]", f"{HOME}/%00"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=6,
)
changes = st.dictionaries(st.sampled_from(list(BAD_FIELDS)), values, max_size=3)


@given(
    path=st.sampled_from(["/v1/links", "/v1/credit"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.builds(lambda change: json.dumps(a_link() | change).encode(), changes),
        st.builds(lambda change: json.dumps(a_credit() | change).encode(), changes),
    ),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_break_it(office: Office, path: str, body: bytes) -> None:
    assert office.send("POST", path, body).status < 500


@given(token=st.text(max_size=60))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_breaks_a_short_link(office: Office, token: str) -> None:
    answer = office.send("GET", f"/h/{quote(token, errors='replace')}")
    assert answer.status < 500
    assert "location" not in answer.headers or answer.headers["location"].startswith((f"{URL}/", "/"))

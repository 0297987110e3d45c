"""Short links: they lead to the page and nowhere else, count nothing, and take any text for a token."""

import random
import string
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from cast import HOME, an_id
from flow.office import CHROME, GOOGLEBOT, PAGE, SITE, URL, Office
from flow.world import KEYS
from fuzzing import examples
from passalong.lib.tokens import new_share_id, share_id_of, token_of
from passalong.store.books import links
from passalong.store.schema.links import issued_links


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


def test_parameters_of_a_short_link_change_nothing(office: Office) -> None:
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
    keys, share_id = office.instance.services.keys, new_share_id()
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
    monkeypatch.setattr(office.instance.services.sites, "find", lambda _: gone)
    answer = office.send("GET", f"/h/{token}")
    assert (answer.status, answer.headers.get("location")) == (404, None)
    assert "The page behind this link no longer exists on its site." in answer.text


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


@given(token=st.text(max_size=60))
@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_breaks_a_short_link(office: Office, token: str) -> None:
    answer = office.send("GET", f"/h/{quote(token, errors='replace')}")
    assert answer.status < 500
    assert "location" not in answer.headers or answer.headers["location"].startswith((f"{URL}/", "/"))

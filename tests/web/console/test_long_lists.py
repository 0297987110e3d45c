"""Lists of the console with very many rows: each page is light, and the pages together show every row once."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from flow.office import BOTH, SITE, Office
from passalong.flow.transaction import writing
from passalong.store.people import proposals
from passalong.store.people.proposals import Proposal
from passalong.store.queries import personal_codes
from passalong.store.queries.personal_codes import Code, Wanted
from passalong.store.schema.claims import claim_words, claims
from passalong.store.schema.links import issued_links
from web.rendered import a_plain_office, get

MOST_BYTES = 90_000
ROWS = 250
WORDS = "My friend opened my link, and her order is not there. " * 10


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A site with hundreds of rows in each list; the questions are of about 500 characters."""
    for made in a_plain_office(request, tmp_path_factory):
        now_ms = made.clock.now_ms()
        made.link("annas")
        with writing(made.db) as session:
            session.execute(insert(claims), [_claim(number, now_ms) for number in range(2 * ROWS)])
            session.execute(insert(claim_words), [_words(number, now_ms) for number in range(2 * ROWS)])
            for number in range(ROWS):
                proposals.add(session, _proposal(number, now_ms))
            advocate_id, share_id = session.execute(select(issued_links.c.advocate_id, issued_links.c.share_id)).one()
            for number in range(ROWS):
                code = Code(SITE, f"code-{number:04d}", advocate_id, share_id, "owner", now_ms)
                personal_codes.insert_code(session, code)
                wanted = Wanted(SITE, f"wanted-{number:04d}", advocate_id, now_ms - number // 2)
                personal_codes.keep_wanted(session, wanted)
        yield made


@pytest.fixture
def owner(office: Office) -> FlaskClient:
    """Otto's browser."""
    return office.owner()


def _claim(number: int, now_ms: int) -> dict[str, object]:
    """A claim: half of them are open, with the same deadline for two at a time."""
    is_open = number < ROWS
    times: dict[str, object] = {
        "at_ms": now_ms,
        "promised_at_ms": now_ms + number // 2,
        "resolved_at_ms": None if is_open else now_ms,
    }
    who = {"site_id": SITE, "claim_id": f"claim-{number:04d}", "advocate_id": f"abcdefgh{number:08d}"}
    about = {"line_id": None, "conversion_id": f"order-{number}", "share_id": None, "answered_at_ms": None}
    return who | about | times | {"outcome": "open" if is_open else "granted"}


def _words(number: int, now_ms: int) -> dict[str, object]:
    whose = {"site_id": SITE, "claim_id": f"claim-{number:04d}", "number": 1}
    return whose | {"at_ms": now_ms, "author": "advocate", "words": WORDS}


def _proposal(number: int, now_ms: int) -> Proposal:
    """A proposal of an assistant; two at a time were made at the same time."""
    asked_at_ms = now_ms - number // 2
    return Proposal(
        site_id=SITE,
        proposal_id=f"proposal-{number:04d}",
        key_handle="abcdefgh",
        key_name="Assistant",
        operation="decide_on_conversion",
        path_ids=f'{{"conversion_id": "order-{number}"}}',
        body='{"decision": "void", "note": "Ordered by the shop itself"}',
        reason=WORDS[:300],
        asked_at_ms=asked_at_ms,
        expires_at_ms=asked_at_ms + proposals.OPEN_MS,
    )


LISTS = {
    "open questions": ("claims", "after", "", r'<section class="claim" id="(claim-\d+)"', ROWS),
    "decided questions": ("claims", "decided", "", r"order (order-\d+)</summary>", 100),
    "requests for codes": ("words", "requests", "", r"<h2>(wanted-\d+)</h2>", ROWS),
    "codes": ("words", "after", "", r"<strong>(code-\d+)</strong>", ROWS),
    "codes from one on": ("words", "after", "?from=Code-0100", r"<strong>(code-\d+)</strong>", ROWS - 100),
    "proposals": ("proposals", "before", "", r'<section class="claim" id="(proposal-\d+)"', ROWS),
}
"""Page, parameter of the cursor, what the first address asks for, a row, and the number of rows on all pages."""


@pytest.mark.parametrize("name", LISTS)
def test_the_pages_of_a_list_are_light_and_show_every_row_once(office: Office, owner: FlaskClient, name: str) -> None:
    path, cursor, query, row, rows = LISTS[name]
    here, seen = f"/console/{SITE}/{path}{query}", list[str]()
    while here:
        html = get(office, owner, here)
        assert len(html.encode()) < MOST_BYTES
        found = re.findall(row, html)
        assert 0 < len(found) <= 60
        seen += found
        older = re.search(rf'<a class="btn alt" href="([^"]*[?&;]{cursor}=[^"]*)"', html)
        here = unescape(older[1]).partition("#")[0] if older else ""
    assert len(seen) == len(set(seen)) == rows
    assert seen == sorted(seen) or name not in ("open questions", "codes", "codes from one on")


@pytest.mark.parametrize(
    "path", ["claims?after=x", "claims?decided=x", "words?after=x&requests=x", "proposals?before=x"]
)
def test_a_cursor_that_is_none_shows_the_first_page(office: Office, owner: FlaskClient, path: str) -> None:
    pages = [get(office, owner, f"/console/{SITE}/{each}") for each in (path, path.partition("?")[0])]
    there, first = (re.findall(r"<h[23].+</h[23]>|<summary>.+</summary>|<strong>.+</strong>", html) for html in pages)
    assert len(first) > 30
    assert there == first


def test_a_decision_leads_back_to_the_page_that_it_was_made_on(office: Office, owner: FlaskClient) -> None:
    older = re.search(r"/words\?requests=([^\"]+)", get(office, owner, f"/console/{SITE}/words"))
    assert older
    here = f"/console/{SITE}/words?requests={older[1]}"
    html = get(office, owner, here)
    assert f'action="{here}"' in html
    [word, *_] = re.findall(r"<h2>(wanted-\d+)</h2>", html)
    answer = office.send("POST", here, client=owner, form={"act": "decline", "word": word, "once": "one"})
    assert (answer.status, answer.headers["location"]) == (303, here)
    assert word not in get(office, owner, here)


def test_the_first_page_is_shown_once_the_last_one_is_empty(office: Office, owner: FlaskClient) -> None:
    here = f"/console/{SITE}/words"
    while older := re.search(r'href="([^"]*/words\?requests=[^"]+)"', get(office, owner, here)):
        here = older[1]
    for word in re.findall(r"<h2>(wanted-\d+)</h2>", get(office, owner, here)):
        form = {"act": "decline", "word": word, "once": word}
        answer = office.send("POST", here, client=owner, form=form)
    there = get(office, owner, answer.headers["location"])
    first = get(office, owner, f"/console/{SITE}/words")
    words = [re.findall(r"<h2>(wanted-\d+)</h2>", html) for html in (there, first)]
    assert len(words[1]) == 30
    assert words[0] == words[1]

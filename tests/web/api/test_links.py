"""Links and conversions over the API, one or many in one call, and bodies up to a megabyte for a key that works."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from cast import HOME, a_person, an_id, anna, cleo
from flow.office import BOTH, PAGE, SITE, Answer, Office
from web.orders import an_order, receipt
from web.shopped import a_shopped_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


ANNA = anna.advocate_id(SITE)


def test_a_link_for_an_advocate_counts_for_them(office: Office) -> None:
    made = office.api("POST", "/links", {"id": "mail-1", "advocate": ANNA, "page": PAGE, "title": "Bees"})
    assert made.status == 201
    assert made.json["page"] == f"{PAGE}?ht={made.json['token']}"
    assert office.send("GET", made.json["url"].removeprefix("https://along.example")).status == 302
    note = office.visit("by mail", made.json["token"], a_person("reader of the mail"))
    assert office.note("flask", note).status == 202
    said = an_order("by mail", code=f"{made.json['token']}.{note['id']}", amount_minor=10_000)
    assert office.api("POST", "/conversions", said).status == 202
    assert [line["recipient"] for line in receipt(office, "by mail")["lines"]] == [ANNA]


def a_site_link(office: Office, name: str) -> dict[str, Any]:
    """A link of the site itself."""
    made = office.api("POST", "/links", {"id": name, "page": PAGE})
    assert made.status in (200, 201), made.body
    return dict(made.json)


def test_a_link_of_the_site_leads_to_its_page_and_credits_nobody(office: Office) -> None:
    made = a_site_link(office, "news-1")
    assert office.send("GET", made["url"].removeprefix("https://along.example")).status == 302
    note = office.visit("by news", made["token"], a_person("reader of the news"))
    assert office.note("flask", note).status == 202
    said = an_order("by news", code=f"{made['token']}.{note['id']}", amount_minor=10_000)
    assert office.api("POST", "/conversions", said).status == 202
    found = receipt(office, "by news")
    assert (found["reason"], found["lines"]) == ("site_link", [])
    [visit] = [one for one in office.api("GET", "/visits?limit=100").json["data"] if one["id"] == note["id"]]
    assert (visit["status"], visit["reason"], visit["credit"]) == ("unshared", "site_link", None)
    for asked in ("", f"?q={made['token']}", f"?q={quote(made['url'])}"):
        page = office.send("GET", f"/console/{SITE}/events{asked}", client=office.owner()).text
        assert "Link of the site itself</span>" in page, asked
    explained = office.api("GET", f"/receipts/visit:{note['id']}").json
    assert (explained["receipt"]["reason"], explained["differs"]) == ("site_link", [])


def test_a_link_of_the_site_takes_no_credit_from_who_led_there(office: Office) -> None:
    reader = a_person("reader of both")
    first = office.visit("by anna", office.link("annas own"), reader)
    assert office.note("flask", first).status == 202
    office.clock.at_ms += 60_000
    token = a_site_link(office, "news-2")["token"]
    note = office.visit("by news later", token, reader)
    assert office.note("flask", note).status == 202
    assert office.api("POST", "/conversions", an_order("by both", code=f"{token}.{note['id']}")).status == 202
    assert [line["recipient"] for line in receipt(office, "by both")["lines"]] == [ANNA]


def test_who_came_by_a_link_of_the_site_passes_the_page_on_as_their_own(office: Office) -> None:
    ben = a_person("ben who reads the news")
    token = office.link("ben passes it on", ben, parent=a_site_link(office, "news-3")["token"])
    note = office.visit("by bens", token, a_person("friend of ben"))
    assert office.note("flask", note).status == 202
    said = an_order("by bens", code=f"{token}.{note['id']}", amount_minor=10_000)
    assert office.api("POST", "/conversions", said).status == 202
    assert [line["recipient"] for line in receipt(office, "by bens")["lines"]] == [ben.advocate_id(SITE)]


def test_links_of_the_site_are_a_list_of_their_own(office: Office) -> None:
    made = a_site_link(office, "news-4")
    listed = office.api("GET", "/links?of=site&limit=100").json["data"]
    [mine] = [one for one in listed if one["share_id"] == made["share_id"]]
    assert (mine["advocate"], mine["terms_version"]) == (None, None)
    assert office.api("GET", f"/links/{made['share_id']}").json == mine
    assert all(one["advocate"] for one in office.api("GET", "/links?limit=100").json["data"])


def test_an_id_is_of_a_link_of_the_site_or_of_an_advocate(office: Office) -> None:
    said = {"id": "news-5", "page": PAGE}
    assert [office.api("POST", "/links", said).status for _ in range(2)] == [201, 200]
    assert office.api("POST", "/links", said | {"advocate": ANNA}).json["code"] == "id_reused"
    assert office.api("POST", "/links", {"id": "mail-5", "page": PAGE, "advocate": ANNA}).status == 201
    assert office.api("POST", "/links", {"id": "mail-5", "page": PAGE}).json["code"] == "id_reused"


def test_the_same_id_gives_the_same_link_and_another_input_is_a_conflict(office: Office) -> None:
    said = {"id": "mail-2", "advocate": ANNA, "page": PAGE}
    first, again = (office.api("POST", "/links", said) for _ in range(2))
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    other = office.api("POST", "/links", said | {"page": f"{PAGE}/other"})
    assert (other.status, other.json["code"]) == (409, "id_reused")


def test_a_batch_with_an_id_of_another_link_makes_none(office: Office) -> None:
    office.api("POST", "/links", {"id": "mail-8", "advocate": ANNA, "page": PAGE})
    entries = [{"id": "mail-9"}, {"id": "mail-8", "page": f"{PAGE}/other"}]
    answer = office.api("POST", "/links/batch", {"page": PAGE, "links": entries})
    assert (answer.status, answer.json["code"]) == (409, "id_reused")
    assert office.api("POST", "/links", {"id": "mail-9", "page": PAGE}).status == 201, "it is new"


@pytest.mark.parametrize("change", [{"advocate": "a" * 16}, {"page": "https://wasps.example/"}, {"id": "a b"}], ids=str)
def test_a_link_that_cannot_be_is_refused_in_words(office: Office, change: dict[str, str]) -> None:
    answer = office.api("POST", "/links", {"id": an_id("bad", change), "advocate": ANNA, "page": PAGE} | change)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


def large(office: Office, path: str, body: Any, key: str | None) -> Answer:
    """A call through the ASGI app, as a server gets it."""
    headers = {"Host": "along.example", "Content-Type": "application/json", "User-Agent": "a shop"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    data = json.dumps(body, separators=(",", ":")).encode()
    headers["Content-Length"] = str(len(data))
    asked = office.ask("POST", f"/api/v1{path}", data, headers)
    return asyncio.run_coroutine_threadsafe(asked, office._loop).result(60)


def test_ten_thousand_links_are_made_in_one_call_and_none_twice(office: Office) -> None:
    entries = [{"id": f"n{number}"} | ({"advocate": ANNA} if number % 2 else {}) for number in range(10_000)]
    body = {"page": PAGE, "title": "The newsletter", "links": entries}
    tables = ("issued_links", "site_links")
    before = sum(map(office.count, tables))
    made = large(office, "/links/batch", body, office.bees.api_key)
    assert made.status in (200, 201), made.body[:300]
    tokens = [one["token"] for one in made.json["links"]]
    assert (len(set(tokens)), sum(map(office.count, tables)) - before) == (10_000, 10_000)
    again = large(office, "/links/batch", body, office.bees.api_key)
    assert (again.status, [one["token"] for one in again.json["links"]]) == (200, tokens)
    assert sum(map(office.count, tables)) - before == 10_000


def test_only_a_key_that_works_sends_a_large_body(office: Office) -> None:
    body = {"page": PAGE, "links": [{"id": f"x{number}", "advocate": ANNA} for number in range(2_000)]}
    assert large(office, "/links/batch", body, None).status == 401
    assert large(office, "/links/batch", body, f"{office.bees.api_key}x").status == 401
    entries = [{"id": f"y{number}" + "y" * 50, "advocate": ANNA, "title": "long"} for number in range(9_999)]
    huge = {"page": PAGE, "links": entries}
    assert large(office, "/links/batch", huge, office.bees.api_key).status == 413


def test_one_bad_link_makes_none(office: Office) -> None:
    before = office.count("issued_links")
    entries = [{"id": "ok", "advocate": ANNA}, {"id": "bad", "advocate": ANNA, "page": "https://wasps.example/"}]
    assert office.api("POST", "/links/batch", {"page": f"{HOME}/x", "links": entries}).status == 400
    twice = [{"id": "ok", "advocate": ANNA}, {"id": "ok", "advocate": ANNA}]
    assert office.api("POST", "/links/batch", {"page": f"{HOME}/x", "links": twice}).status == 400
    assert office.count("issued_links") == before


def test_a_bad_entry_of_a_batch_is_named_by_its_place(office: Office) -> None:
    good = {"id": "place-1", "advocate": ANNA}
    for bad, words in (
        ({"id": "place-2", "page": "no address"}, "`links[1].page` is the http(s) address of the page."),
        ({"id": "place-2", "advocate": "Anna"}, "`links[1].advocate` is not valid. Send the id of an advocate"),
        ({"id": 7}, "`links[1].id` is not valid. Send your own id"),
        ({"advocate": ANNA}, "`links[1].id` is missing. Send your own id"),
        ({"id": "place-2", "name": "x"}, "There is no field `name` in `links[1]`. The fields are `id`, `advocate`"),
        (7, "`links[1]` is not valid. Send an object with `id`"),
    ):
        answer = office.api("POST", "/links/batch", {"page": PAGE, "links": [good, bad]})
        assert (answer.status, answer.json["code"]) == (400, "invalid_request")
        assert answer.json["detail"].startswith(words), answer.json["detail"]
    orders = [an_order(f"place {number}") for number in range(4)]
    orders[3]["amount_minor"] = -1
    answer = office.api("POST", "/conversions/batch", {"conversions": orders})
    assert answer.json["detail"].startswith("`conversions[3].amount_minor` is not valid. Send a whole number")


def test_a_batch_of_conversions_has_an_outcome_for_each(office: Office) -> None:
    orders = [an_order("b1"), an_order("b2", currency="ZZZ"), an_order("order-1"), an_order("b3", customer=cleo.name)]
    answer = office.api("POST", "/conversions/batch", {"conversions": orders})
    assert answer.status == 200
    found = [(one["id"], one["status"], one["code"]) for one in answer.json["outcomes"]]
    assert found == [
        ("b1", "accepted", None),
        ("b2", "refused", "unknown_currency"),
        ("order-1", "refused", "id_reused"),
        ("b3", "accepted", None),
    ]
    again = office.api("POST", "/conversions/batch", {"conversions": orders}).json["outcomes"]
    assert [one["status"] for one in again] == ["duplicate", "refused", "refused", "duplicate"]

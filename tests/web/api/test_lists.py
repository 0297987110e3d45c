"""Lists and books of the API: pages that join up, by an index, of one site; and changes as in the console."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from cast import anna
from flow.office import BOTH, SITE, Office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.store.queries.api_lists import cursor_text
from passalong.web.api.operations import OPERATIONS
from plumbing.statements import plan_of, statements, whole_tables
from web.shopped import a_shopped_office

LISTS = [one for one in OPERATIONS if "data" in getattr(one.answer, "__struct_fields__", ())]


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


@pytest.fixture(scope="module")
def key(office: Office) -> str:
    """A key of Otto's that may do everything."""
    return api_keys.new(office.db, office.clock, SITE, NewKey("everything", tuple(Scope)))


def every(office: Office, path: str, key: str, limit: int) -> list[Any]:
    """Every entry of a list, a page at a time."""
    found: list[Any] = []
    after = ""
    while True:
        page = office.api("GET", f"{path}?limit={limit}{after}", key=key).json
        assert len(page["data"]) <= limit
        found += page["data"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


@pytest.mark.parametrize("path", [one.path for one in LISTS if one.query])
def test_pages_join_up_whatever_their_size(office: Office, key: str, path: str) -> None:
    whole = every(office, path, key, 100)
    assert every(office, path, key, 1) == whole
    assert every(office, path, key, 2) == whole


def test_the_books_show_what_happened(office: Office, key: str) -> None:
    conversions = office.api("GET", "/conversions", key=key).json["data"]
    assert conversions and conversions == sorted(conversions, key=lambda one: one["at_ms"], reverse=True)
    explained = office.api("GET", f"/receipts/{conversions[0]['id']}", key=key).json
    assert explained["words"] and explained["differs"] == []
    advocate = office.api("GET", f"/advocates/{anna.advocate_id(SITE)}", key=key).json
    balances = office.api("GET", f"/balances?advocate={anna.advocate_id(SITE)}", key=key).json["data"]
    assert {one["unit"]: one["ready"] for one in advocate["balances"]} == {
        one["unit"]: one["ready"] for one in balances
    }
    lines = every(office, "/credits", key, 100)
    mine = office.api("GET", f"/credits?advocate={anna.advocate_id(SITE)}&limit=100", key=key).json["data"]
    assert mine and sorted(one["id"] for one in lines if one["advocate"] == anna.advocate_id(SITE)) == sorted(
        one["id"] for one in mine
    )
    assert all(one["amount"]["amount_minor"] <= one["amount"]["amount_micros"] for one in mine)


def test_a_key_of_another_site_reads_nothing_of_this_one(office: Office, key: str) -> None:
    wasps = api_keys.new(office.db, office.clock, "wasps1", NewKey("everything", tuple(Scope)))
    for operation in LISTS:
        if operation.query:
            assert every(office, operation.path, wasps, 100) == [], operation.name
    named = {
        "/advocates/{}": [one["id"] for one in every(office, "/advocates", key, 100)],
        "/receipts/{}": [one["id"] for one in every(office, "/conversions", key, 100)],
        "/claims/{}": [one["id"] for one in every(office, "/claims", key, 100)],
        "/redemptions/{}": [one["id"] for one in every(office, "/redemptions", key, 100)],
    }
    asked = [path.format(one) for path, ids in named.items() for one in ids]
    assert len(asked) >= 4
    for path in asked:
        assert office.api("GET", path, key=key).status == 200, path
        assert office.api("GET", path, key=wasps).status == 404, path


@pytest.mark.parametrize(
    "after", ["", "x", "bnVsbA", "W10", "WzFd", "WyJhIiwgMV0", "WzFlOTk5LCAiYSJd", "é", "%00", "x" * 801]
)
def test_a_cursor_that_is_none_is_refused_in_words(office: Office, key: str, after: str) -> None:
    answer = office.api("GET", f"/conversions?after={after}", key=key)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "values", [[], [1], ["a", "b"], [True, "a"], [1e999, "a"], [1, "a\0"], [1, "a" * 301], [2**63, "a"]]
)
def test_a_cursor_with_other_values_behind_its_mark_is_refused(office: Office, key: str, values: list[Any]) -> None:
    own = str(some_cursor(office, "/conversions", key))
    after = cursor_text([json.loads(urlsafe_b64decode(own + "=="))[0], *values])
    assert office.api("GET", f"/conversions?after={after}", key=key).status == 400


def some_cursor(office: Office, path: str, key: str) -> str | None:
    """The cursor behind the first entry of a list."""
    cursor: str | None = office.api("GET", f"{path}{'&' if '?' in path else '?'}limit=1", key=key).json["next"]
    return cursor


def test_a_cursor_is_of_one_list_of_one_site_with_its_filters(office: Office, key: str) -> None:
    """Lists of the same shape, such as advocates and links, would go on anywhere; a filter would leave gaps."""
    anna_here = f"?advocate={anna.advocate_id(SITE)}"
    lists = [*(one.path for one in LISTS if one.query), f"/credits{anna_here}", "/links?of=site", "/refunds?since_ms=1"]
    lists += ["/conversions?since_ms=1", "/visits?since_ms=1", f"/balances{anna_here}", "/claims?outcome=open"]
    cursors = {path: cursor for path in lists if (cursor := some_cursor(office, path, key)) is not None}
    assert len(cursors) >= 6
    assert len(set(cursors.values())) == len(cursors)
    for path in lists:
        for source, cursor in cursors.items():
            answer = office.api("GET", f"{path}{'&' if '?' in path else '?'}after={cursor}", key=key)
            assert answer.status == (200 if source == path else 400), (path, source)
            assert source == path or "same filters" in answer.json["detail"]
    wasps = api_keys.new(office.db, office.clock, "wasps1", NewKey("everything", tuple(Scope)))
    path, cursor = next(iter(cursors.items()))
    assert office.api("GET", f"{path}?after={cursor}", key=wasps).status == 400


FILTERED = [*(one.path for one in LISTS if one.query), "/credits?advocate=aaaaaaaaaaaaaaaa", "/redemptions?state=done"]
FILTERED += [
    "/balances?advocate=aaaaaaaaaaaaaaaa",
    "/claims?outcome=open",
    "/links?of=site",
    "/refunds?conversion=order-1",
    "/verdicts?about=conversion&subject_id=order-1",
    "/conversions?since_ms=1&until_ms=2",
    "/codes",
    "/events",
    "/events?types=credit.created",
    "/webhooks/HOOK/deliveries",
    "/webhooks/HOOK/deliveries?state=dead",
]


@pytest.fixture(scope="module")
def hook(office: Office, key: str) -> str:
    """The id of a webhook of Otto's."""
    return str(office.api("POST", "/webhooks", {"url": "https://shop.example/hook"}, key=key).json["webhook"]["id"])


@pytest.mark.parametrize("path", FILTERED)
def test_a_page_is_a_piece_of_an_index_and_nothing_is_sorted(office: Office, key: str, path: str, hook: str) -> None:
    """So a page costs the same at a million rows as at ten thousand (`python -m bench --only lists`)."""
    path = path.replace("HOOK", hook)
    more = "&" if "?" in path else "?"
    with statements(office.db) as found:
        answer = office.api("GET", f"{path}{more}limit=1", key=key)
        cursor = "before" if "deliveries" in path else "after"
        after = f"&{cursor}={answer.json['next']}" if answer.json["next"] else ""
        assert office.api("GET", f"{path}{more}limit=1{after}", key=key).status == 200
    pages = [one for one in found if " ORDER BY " in one.text and "LIMIT" in one.text]
    assert len(pages) >= 2
    for page in pages:
        plan = plan_of(office.db, page)
        assert whole_tables(plan) == [], (page.text, plan)
        assert "Sort" not in plan and "TEMP B-TREE" not in plan, (page.text, plan)


def test_who_is_held_is_read_off_the_index_of_held_conversions(office: Office, key: str) -> None:
    if not office.db.is_sqlite:
        pytest.skip("PostgreSQL joins tables in another order while a site has hardly any rows")
    with statements(office.db) as found:
        assert office.api("GET", "/advocates", key=key).status == 200
    [held] = [one for one in found if "conversions.held" in one.text]
    assert "ix_conversions_held" in plan_of(office.db, held)


def test_settings_and_terms_change_as_in_the_console(office: Office, key: str) -> None:
    settings = office.api("GET", "/settings", key=key).json
    changed = office.api("PATCH", "/settings", {"values": {"answer_days": "5"}, "base": settings["version"]}, key=key)
    assert (changed.status, changed.json["values"]["answer_days"]) == (200, "5")
    stale = office.api("PATCH", "/settings", {"values": {"answer_days": "6"}, "base": settings["version"]}, key=key)
    assert (stale.status, stale.json["code"]) == (409, "conflict")
    versions = office.api("GET", "/terms", key=key).json["data"]
    draft = {name: value for name, value in versions[-1]["terms"].items() if name not in ("version", "code_version")}
    assert office.api("POST", "/terms/try", {"terms": draft, "days": 90}, key=key).json["data"]
    fine = {"terms": draft | {"goals": [{"name": "purchase", "unit": "EUR", "fixed_micros": 1_000}]}}
    for path, body in (("/terms/try", fine | {"days": 90}), ("/terms", fine | {"note": "x", "base": 1})):
        refused = office.api("POST", path, body, key=key)
        assert (refused.status, "`fixed_micros` is a multiple of 10,000" in refused.json["detail"]) == (400, True)
    body = {"terms": draft | {"hold_days": 20}, "note": "Sooner.", "base": versions[-1]["version"]}
    assert office.api("POST", "/terms", body, key=key).status == 201
    assert office.api("POST", "/terms", body, key=key).json["code"] == "conflict"


def test_a_key_makes_no_key_that_may_do_more_than_itself(office: Office, key: str) -> None:
    manager = office.api("POST", "/keys", {"name": "keys only", "scopes": ["manage"]}, key=key)
    assert manager.status == 201
    more = office.api("POST", "/keys", {"name": "more", "scopes": ["read"]}, key=manager.json["secret"])
    assert (more.status, more.json["code"]) == (403, "forbidden")
    [handle] = [one["id"] for one in office.api("GET", "/keys", key=key).json["data"] if one["name"] == "everything"][
        :1
    ]
    assert office.api("POST", f"/keys/{handle}/rotate", {}, key=manager.json["secret"]).status == 403


def test_a_repeated_call_for_a_key_makes_one_key(office: Office, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "a key, once"}
    said = {"name": "once", "scopes": ["read"]}
    first, again = (office.send("POST", "/api/v1/keys", said, headers) for _ in range(2))
    assert (first.status, again.status, again.json["code"]) == (201, 409, "already_done")
    assert [one["name"] for one in office.api("GET", "/keys", key=key).json["data"]].count("once") == 1

"""The table of operations: what is made from it agrees with it, and every call keeps to scopes, limits and retries."""

import inspect
import re
from typing import Any, get_type_hints

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import text

from cast import an_id, anna
from flow.office import SITE, Office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.transaction import writing
from passalong.store.people import api_keys as stored_keys
from passalong.store.people import changes
from passalong.web.api.operation import Operation
from passalong.web.api.operations import OPERATIONS
from passalong.web.api.own import OWN
from passalong.web.http import rate_limits
from passalong.web.http.problems import KINDS
from web.orders import an_order, report

NAMES = [one.name for one in OPERATIONS]


def path_of(operation: Operation) -> str:
    """The path of an operation, with ids of nothing."""
    return re.sub(r"{\w+}", "nothing-here", operation.path)


def key_with(office: Office, *scopes: Scope) -> str:
    """A new key with these scopes."""
    return api_keys.new(office.db, office.clock, SITE, NewKey(" ".join(scopes), scopes))


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_operation_has_a_name_and_a_place_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(NAMES)


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_a_row_says_what_its_handler_takes(operation: Operation) -> None:
    hints: dict[str, Any] = get_type_hints(operation.handler)
    ids = re.findall(r"{(\w+)}", operation.path)
    assert set(inspect.signature(operation.handler).parameters) == {
        *("call", *ids),
        *(["body"] if operation.body else []),
        *(["query"] if operation.query else []),
    }
    assert (hints.get("body"), hints.get("query")) == (operation.body, operation.query)
    assert hints["return"] == operation.answer or hints["return"].__name__ == "Reply"


def test_the_description_is_valid_and_has_every_operation(office: Office) -> None:
    answer = office.send("GET", "/api/v1/openapi.json")
    assert answer.status == 200
    OpenAPIV31SpecValidator(answer.json).validate()
    described = [one["operationId"] for path in answer.json["paths"].values() for one in path.values()]
    assert sorted(described) == sorted(NAMES)


def test_the_reference_has_every_operation_scope_and_problem(office: Office) -> None:
    page = office.send("GET", "/api/v1/reference").text
    wanted = [*NAMES, *(operation.name for operation in OWN), *(f"problem-{code}" for code in KINDS)]
    assert [name for name in wanted if f'id="{name}"' not in page] == []
    assert [scope for scope in Scope if f"<code>{scope}</code>" not in page] == []


def test_a_problem_has_a_code_a_sentence_and_a_link_that_leads_somewhere(office: Office) -> None:
    answer = office.api("GET", "/conversions/never%20reported")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    found = answer.json
    assert (found["code"], found["status"], found["detail"]) == (
        "not_found",
        404,
        "No conversion with this id was reported.",
    )
    path, _, anchor = found["type"].removeprefix("https://along.example").partition("#")
    assert f'id="{anchor}"' in office.send("GET", path).text


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_a_key_calls_what_its_scopes_name_and_nothing_else(office: Office) -> None:
    keys = {scope: key_with(office, scope) for scope in Scope}
    cells = 0
    for operation in OPERATIONS:
        for scope, key in keys.items():
            answer = office.api(operation.method, path_of(operation), b"{}" if operation.body else None, key=key)
            missing = answer.status == 403 and answer.json["code"] == "missing_scope"
            assert missing is (operation.scope not in (None, scope)), (operation.name, scope, answer)
            cells += 1
    assert cells == len(OPERATIONS) * len(Scope)


def test_a_key_from_before_scopes_calls_what_there_was_then(office: Office) -> None:
    with writing(office.db) as session:
        new, old = api_keys._made(SITE, "of 0.2.0", None, office.clock.at_ms)
        stored_keys.add(session, old)
    for operation in OPERATIONS:
        answer = office.api(operation.method, path_of(operation), b"{}" if operation.body else None, key=new)
        may = operation.unscoped or operation.scope is None
        assert (answer.status == 403) is not may, operation.name
    assert {one.name for one in OPERATIONS if one.unscoped} == {
        *("report_conversion", "read_conversion", "report_refund", "decide", "name_advocate", "give_credit"),
        *("list_codes", "add_code", "retire_code", "identify", "withdraw_statement", "hand_over_customer"),
    }


def test_the_successor_of_a_key_has_its_scopes(office: Office) -> None:
    first = key_with(office, Scope.READ)
    with office.db.reading() as session:
        handle = next(one.handle for one in stored_keys.all_of(session, SITE) if one.last_four == first[-4:])
    second = api_keys.rotate(office.db, office.clock, SITE, api_keys.Rotation(handle, 0))
    assert office.api("GET", "/codes", key=second).status == 200
    assert office.api("POST", "/codes", b"{}", key=second).status == 403


def test_the_choice_of_scopes_is_in_the_console(office: Office) -> None:
    page = f"/console/{SITE}/keys"
    form = {"act": "make", "name": "reads only", "scopes": "chosen", "scope": "read", "once": an_id("once")}
    answer = office.send("POST", page, client=office.owner(), form=form)
    [secret] = re.findall(rf'value="(ak_{SITE}_[^"]+)"', answer.text)
    assert office.api("GET", "/codes", key=secret).status == 200
    assert office.api("POST", "/codes", b"{}", key=secret).json["code"] == "missing_scope"
    for bad in ({"scope": ""}, {}, {"scope": "everything"}):
        said = {"act": "make", "name": "none", "scopes": "chosen", "once": an_id("none", bad)} | bad
        assert office.send("POST", page, client=office.owner(), form=said).status == 422


# --- limits and retries -----------------------------------------------------------------------------------------------


def test_every_answer_to_a_key_tells_the_limit(office: Office) -> None:
    key = key_with(office, Scope.READ)
    first, second = (office.api("GET", path, key=key) for path in ("/codes", "/conversions/none"))
    assert first.headers["ratelimit-policy"] == f'"key";q={rate_limits.QUOTA};w={rate_limits.WINDOW_S}'
    left = [int(re.findall(r"r=(\d+)", one.headers["ratelimit"])[0]) for one in (first, second)]
    assert left == [rate_limits.QUOTA - 1, rate_limits.QUOTA - 2]
    assert "ratelimit" not in office.send("GET", "/api/v1/openapi.json").headers


def test_a_key_that_asks_too_often_is_told_when_to_come_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "QUOTA", 2)
    key = key_with(office, Scope.READ)
    answers = [office.api("GET", "/codes", key=key) for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "rate_limited"
    assert 1 <= int(answers[2].headers["retry-after"]) <= rate_limits.WINDOW_S
    assert office.api("GET", "/codes").status == 200, "another key has a limit of its own"


def repeated(office: Office, path: str, body: dict[str, Any], name: str) -> Any:
    """A call with an `Idempotency-Key`."""
    headers = {"Authorization": f"Bearer {office.bees.api_key}", "Idempotency-Key": name}
    return office.send("POST", f"/api/v1{path}", body, headers)


def test_a_repeated_call_gets_the_first_ones_answer(office: Office) -> None:
    office.link("for a code")
    said = {"code": "idem-1", "advocate": anna.advocate_id(SITE)}
    first, again = (repeated(office, "/codes", said, "make a code") for _ in range(2))
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    other = repeated(office, "/codes", said | {"code": "idem-2"}, "make a code")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert repeated(office, "/codes", said, "another").status == 400, "the code is taken: nothing was made twice"


def test_an_idempotency_key_belongs_to_one_api_key(office: Office) -> None:
    assert repeated(office, "/conversions", an_order("of the bees"), "same").status == 202
    headers = {"Authorization": f"Bearer {office.wasps.api_key}", "Idempotency-Key": "same"}
    assert office.send("POST", "/api/v1/conversions", an_order("of the wasps"), headers).status == 202


def test_a_secret_is_not_kept_for_a_repeated_call(office: Office) -> None:
    first, again = (repeated(office, "/hand-over", {"customer": "c-1"}, "hand over") for _ in range(2))
    assert first.status == again.status == 201
    assert first.json["url"] != again.json["url"]
    with office.db.reading() as session:
        kept = session.execute(text("SELECT answer FROM api_requests WHERE operation = 'hand_over_customer'")).all()
    assert [row[0] for row in kept] == [None]


def test_a_bad_idempotency_key_is_refused(office: Office) -> None:
    assert repeated(office, "/conversions", an_order("long key"), "x" * 201).json["code"] == "invalid_request"
    assert report(office, an_order("long key")).status == 202


def test_a_change_by_a_key_has_the_scopes_in_the_audit_log(office: Office) -> None:
    key_with(office, Scope.READ, Scope.REPORT)
    with office.db.reading() as session:
        newest = changes.newest(session, SITE, 50, changes.ChangeFilter(action="key.make"))
    assert any('"scopes":"read report"' in one.change.after for one in newest)

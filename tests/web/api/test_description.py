"""Schemathesis calls every operation as its OpenAPI allows and forbids: each answer is as described, none is 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cast import anna
from flow.office import BOTH, SITE, URL, Office
from fuzzing import FULL
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.signin import assistant_tokens
from passalong.flow.signin.sessions import ASSISTANT, NewSession
from passalong.web.api.operations import OPERATIONS
from passalong.web.api.own import OWN
from web.shopped import a_shopped_office

EXAMPLES = 60 if FULL else 6
"""Calls of each operation."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


@pytest.mark.fuzz
def test_no_answer_is_500_and_each_is_as_described(office: Office) -> None:
    key = api_keys.new(office.db, office.clock, SITE, NewKey("everything", tuple(Scope)))
    asked = _walk_all(office, "/api/v1/openapi.json", key)
    assert asked.keys() == {one.name for one in OPERATIONS}
    done = {name for name, statuses in asked.items() if any(status < 300 for status in statuses)}
    assert len(done) >= 20, asked


@pytest.mark.fuzz
def test_no_answer_to_a_person_s_own_assistant_is_500_and_each_is_as_described(office: Office) -> None:
    begun = NewSession(anna.advocate_id(SITE), "words", "Assistant", ASSISTANT)
    token = assistant_tokens.new(office.db, office.clock, SITE, begun)
    asked = _walk_all(office, "/api/v1/me/openapi.json", token)
    assert asked.keys() == {one.name for one in OWN}
    done = {name for name, statuses in asked.items() if 200 in statuses}
    assert done >= asked.keys() - {"explain_own_credit"}, asked


def _walk_all(office: Office, path: str, key: str) -> dict[str, list[int]]:
    """Call each operation of a description; returns the statuses by operation."""
    schema = schemathesis.openapi.from_wsgi(path, office.instance.flask)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    asked: dict[str, list[int]] = {}
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        asked[operation.definition.raw["operationId"]] = []
        _walk(operation, key, asked)
    calls = sum(map(len, asked.values()))
    print(f"{calls} calls of {len(asked)} operations")
    assert calls >= 4 * len(asked), asked
    return asked


def _walk(operation: Any, key: str, asked: dict[str, list[int]]) -> None:
    name = operation.definition.raw["operationId"]

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
        response = case.call(base_url=f"{URL}/api/v1")
        case.validate_response(response, checks=CHECKS)
        asked[name].append(response.status_code)

    call()

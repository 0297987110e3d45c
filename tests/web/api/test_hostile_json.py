"""Whatever JSON a program sends, the answer is below 500: deep, huge, doubled, broken and of the wrong kind.

`make fuzz` sends each value in each field. Otherwise each field gets a third of them, the next field the next third,
another one each day.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from cast import anna
from flow.office import BOTH, SITE, Office
from fuzzing import FULL
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.web.api.openapi import schemas
from passalong.web.api.operations import OPERATIONS
from web.shopped import a_shopped_office

WRITES = [one for one in OPERATIONS if one.writes]
SAMPLES: dict[str, object] = {
    "id": "hostile-1",
    "goal": "purchase",
    "currency": "EUR",
    "unit": "EUR",
    "amount_minor": 100,
    "advocate": anna.advocate_id(SITE),
    "subject_id": anna.advocate_id(SITE),
    "page": "https://bees.example/winter",
    "url": "https://shop.example/hook",
    "operation": "give_credit",
    "period": "2026-01",
    "code": "hostile",
    "customer": "customer-1",
    "name": "Hostile",
    "author": "Otto",
    "note": "x",
    "scopes": ["read"],
}
"""A valid value of each field that a call may need, so that the hostile one is not the second fault."""


def nested(opening: str, closing: str, depth: int) -> str:
    """A value inside so many others."""
    return opening * depth + "1" + closing * depth


VALUES = (
    *(nested("[", "]", depth) for depth in (50, 400, 900, 990, 5_000)),
    *(nested('{"a":', "}", depth) for depth in (50, 400, 900, 990, 2_000)),
    "9" * 19,
    "-" + "9" * 30,
    "9" * 4_400,
    "1e400",
    "-1e400",
    "1.5",
    "1e2",
    "NaN",
    "-Infinity",
    "true",
    "null",
    "{}",
    "[]",
    "[[], {}, null]",
    '""',
    '" "',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\\u202e\\ufeff\\uffff"',
    f'"{"x" * 5_000}"',
    '"2026-02-30T25:61:61Z"',
    '{"a": 1, "a": 2}',
    '{"": {"": ""}}',
    '{"__proto__": 1, "constructor": {}}',
    '["' + '","'.join("ab" * 30) + '"]',
)
PARTS = 1 if FULL else 3
TODAY = int(time.time() / 86_400)
BODIES = (
    b"",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b'{"id":"a","id":"b"}',
    b"\x00",
    b"{}" * 2,
    b"1e999",
)

BROWSERS = ("/v1/notes", "/v1/links", "/v1/credit", "/v1/credit/balance", "/v1/credit/lines", "/v1/thanks")
NAMES = ("id", "guest", "page", "token", "kind")


def values_of(field: int) -> tuple[str, ...]:
    """The values that a field gets today, by its place."""
    return VALUES[(TODAY + field) % PARTS :: PARTS]


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


@pytest.mark.fuzz
def test_no_json_is_answered_with_an_error_of_ours(office: Office) -> None:
    faults, statuses = [], Counter[int]()
    for number, operation in enumerate(WRITES):
        key = api_keys.new(office.db, office.clock, SITE, NewKey(f"hostile {number}", tuple(Scope)))
        path = operation.path.replace("{", "").replace("}", "")
        for body in (*BODIES, *_bodies(operation.body)):
            answer = office.api(operation.method, path, body, key=key)
            statuses[answer.status] += 1
            if answer.status >= 500 or not answer.json:
                faults.append((operation.name, body[:80], answer.status))
    assert faults == []
    assert statuses.total() > 3_000 / PARTS and statuses[400] > 2_000 / PARTS, statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 30 / PARTS, statuses


@pytest.mark.fuzz
def test_no_json_of_a_browser_is_answered_with_an_error_of_ours(office: Office) -> None:
    faults, asked = [], 0
    for path in BROWSERS:
        fields = (
            f'{{"site": "{SITE}", "{name}": {value}}}'.encode()
            for place, name in enumerate(NAMES)
            for value in values_of(place)
        )
        for body in (*BODIES, *(value.encode() for value in VALUES), *fields):
            asked += 1
            answer = office.send("POST", path, body, {"Content-Type": "application/json"})
            if answer.status >= 500:
                faults.append((path, body[:80], answer.status))
    assert faults == []
    assert asked > 1_000 / PARTS


def _bodies(struct: Any) -> Iterator[bytes]:
    """Each field in turn with each hostile value, in a call that is otherwise as it should be."""
    if struct is None:
        return
    schema = schemas()[struct.__name__]
    needed = {name: SAMPLES.get(name, _sample(schema["properties"][name])) for name in schema["required"]}
    for place, name in enumerate(schema["properties"]):
        rest = {other: value for other, value in needed.items() if other != name}
        start = json.dumps(rest)[:-1] + (", " if rest else "")
        for value in values_of(place):
            yield f"{start}{json.dumps(name)}: {value}}}".encode()


def _sample(schema: dict[str, Any]) -> object:
    if "enum" in schema:
        return schema["enum"][0]
    return {"integer": 1, "boolean": True, "array": [], "object": {}}.get(schema.get("type", ""), "x")

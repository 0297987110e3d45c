"""Every 429 and 503 says when to come again, and every 401 of the API how keys are sent."""

import json
from collections.abc import Iterator

import pytest

from flow.office import SITE, URL, Office, an_office
from passalong.core.privileges import Scope
from passalong.web.http import health, rate_limits
from web.console.test_confirming import ACCOUNT, first_owner
from web.proposing import agents_key

MESSAGE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
METADATA = "/.well-known/oauth-protected-resource/mcp"
DAY_S = 86_400


@pytest.fixture(params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def message(office: Office, path: str = "/mcp", **headers: str) -> tuple[int, dict[str, str]]:
    """A message of an assistant: the status and the headers of the answer."""
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    answer = office.via_asgi("POST", path, MESSAGE, sent)
    return answer.status, answer.headers


def test_an_assistant_that_asks_too_often_is_told_when_to_come_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"Authorization": f"Bearer {agents_key(office, Scope.READ)}"}
    assert [message(office, path, **key)[0] for path in ("/mcp", "/mcp/")] == [200, 200]
    monkeypatch.setattr(rate_limits, "QUOTA", 2)
    status, headers = message(office, **key)
    assert (status, 1 <= int(headers["retry-after"]) <= rate_limits.WINDOW_S) == (429, True)


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_a_message_without_a_key_is_told_where_keys_are_described(office: Office, path: str) -> None:
    where = f'resource_metadata="{URL}{METADATA}"'
    status, headers = message(office, path)
    assert (status, headers["www-authenticate"]) == (401, f'Bearer realm="passalong", {where}')
    status, headers = message(office, path, Authorization=f"Bearer ak_{SITE}_wrong")
    assert status == 401
    assert headers["www-authenticate"].startswith('Bearer realm="passalong", error="invalid_token", ')
    assert headers["www-authenticate"].endswith(where)


def test_the_endpoint_of_assistants_describes_itself(office: Office) -> None:
    described = office.send("GET", METADATA).json
    assert (described["resource"], described["bearer_methods_supported"]) == (f"{URL}/mcp", ["header"])
    assert office.send("GET", described["resource_documentation"].removeprefix(URL)).status == 200
    assert "authorization_servers" not in described


@pytest.mark.parametrize("path", ["/api/v1/key", "/api/v1/me", "/api/v1/balances"])
def test_a_call_without_a_key_and_one_with_a_wrong_key_are_challenged(office: Office, path: str) -> None:
    for headers, error in (({}, False), ({"Authorization": f"Bearer ak_{SITE}_wrong"}, True)):
        answer = office.send("GET", path, headers=headers)
        assert answer.status == 401
        assert ('error="invalid_token"' in answer.headers["www-authenticate"]) == error


def test_a_page_of_the_console_that_writes_too_many_mails_says_when_to_come_again(office: Office) -> None:
    browser = first_owner(office)
    forms = {
        f"{ACCOUNT}/address": {},
        f"/console/{SITE}/mail": {"act": "address"},
        f"/console/{SITE}/team": {"act": "invite", "role": "editor"},
    }
    for path, form in forms.items():
        for number in range(60):
            typed = form | {"address": f"stranger{number}@example.org"}
            answer = office.send("POST", path, client=browser, form=typed)
            if answer.status == 429:
                break
        assert answer.status == 429, path
        assert 1 <= int(answer.headers["retry-after"]) <= DAY_S, path


def test_an_instance_without_its_database_says_when_to_ask_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "answers", lambda _db: health.NO_DATABASE)
    assert office.send("GET", "/readyz").headers["retry-after"] == "5"
    probe = office.via_asgi("GET", "/readyz")
    assert (probe.status, probe.headers["retry-after"]) == (503, "5")

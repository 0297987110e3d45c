"""MCP over HTTP, by the instance itself and by `passalong mcp --http`: who gets in, by key, `Host` and `Origin`."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.assistants import CLOCK, SITE, an_assistant, endpoint, serving_http
from cast import a_site
from passalong.agents.mounted import started
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from serving import Passalong, start

pytestmark = pytest.mark.slow
PROXY = "mcp.bees.example"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_own_key", "arguments": {}}}
PLAIN = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passalong]:
    """A server with Otto's site."""
    folder = tmp_path_factory.mktemp("served")
    running = start(f"sqlite:///{folder / 'here.db'}", folder)
    a_site(running.db, CLOCK)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def program(served: Passalong, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of `passalong mcp --http`, which a proxy with a name of its own also reaches."""
    with serving_http(served.url, tmp_path_factory.mktemp("mcp"), "--name", PROXY) as made:
        yield made


@pytest.fixture(params=["instance", "program"])
def address(served: Passalong, request: pytest.FixtureRequest) -> str:
    """The endpoint, of either."""
    return endpoint(served) if request.param == "instance" else str(request.getfixturevalue("program"))


def post(address: str, body: Any, **headers: str) -> httpx2.Response:
    """One message."""
    sent: Any = {**PLAIN, **{name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}}
    return httpx2.post(address, json=body, headers=sent, timeout=30)


def test_only_pages_of_the_instance_get_in_whatever_a_proxy_calls_it(served: Passalong, tmp_path: Path) -> None:
    key = f"Bearer {an_assistant(served, tmp_path).key}"
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"Host": "passalong:8080"}, 200),
        ({"Origin": served.url}, 200),
        ({"Host": "mallory.example", "Origin": "http://mallory.example"}, 403),
        ({"Origin": f"{served.url}.mallory.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Content_Type": "text/plain"}, 400),
    ]
    for headers, status in cases:
        answer = post(endpoint(served), CALL, Authorization=key, **headers)
        assert answer.status_code == status, (headers, answer.text)


def test_only_the_names_and_origins_of_the_program_get_in(served: Passalong, program: str, tmp_path: Path) -> None:
    key = f"Bearer {an_assistant(served, tmp_path).key}"
    address = program
    port = address.rpartition(":")[2].partition("/")[0]
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"Host": f"localhost:{port}"}, 200),
        ({"Host": PROXY}, 200),
        ({"Host": PROXY, "Origin": f"https://{PROXY}"}, 200),
        ({"Origin": f"http://127.0.0.1:{port}"}, 200),
        ({"Host": "mallory.example"}, 421),
        ({"Host": f"mallory.example:{port}"}, 421),
        ({"Host": f"127.0.0.1.mallory.example:{port}"}, 421),
        ({"Host": f"{PROXY}.mallory.example"}, 421),
        ({"Origin": "https://mallory.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://{PROXY}"}, 403),
        ({"Content_Type": "text/plain"}, 400),
    ]
    for headers, status in cases:
        answer = post(address, CALL, Authorization=key, **headers)
        assert answer.status_code == status, (headers, answer.text)


def test_each_request_needs_a_key_and_acts_with_its_own(served: Passalong, address: str, tmp_path: Path) -> None:
    for headers in (
        {},
        {"Authorization": "Basic b3R0bw=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer ak_\xe9"},
    ):
        refused = post(address, CALL, **headers)
        challenge = refused.headers["WWW-Authenticate"]
        assert (refused.status_code, "error" in challenge) == (401, False)
        described = httpx2.get(challenge.partition('resource_metadata="')[2].removesuffix('"')).json()
        assert described["resource"] == address
    wrong = post(f"{address}/", CALL, Authorization=f"Bearer ak_{SITE}_wrong")
    assert (wrong.status_code, 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]) == (401, True)
    reader = an_assistant(served, tmp_path, Scope.READ).key
    both = an_assistant(served, tmp_path).key
    for key, scopes in ((reader, ["read"]), (both, ["read", "propose"]), (reader, ["read"])):
        answer = post(address, CALL, Authorization=f"Bearer {key}").json()
        assert answer["result"]["structuredContent"]["scopes"] == scopes
    handle = post(address, CALL, Authorization=f"Bearer {reader}").json()["result"]["structuredContent"]["id"]
    api_keys.revoke(served.db, CLOCK, SITE, handle)
    assert post(address, CALL, Authorization=f"Bearer {reader}").status_code == 401


def test_garbage_is_refused_and_nothing_else_is_there(served: Passalong, address: str, tmp_path: Path) -> None:
    key = {"Authorization": f"Bearer {an_assistant(served, tmp_path).key}"}
    bodies: tuple[Any, ...] = ("x", [], {}, {"jsonrpc": "2.0"}, {**CALL, "params": []}, {**CALL, "method": "no/such"})
    for body in bodies:
        assert post(address, body, **key).status_code < 500
    deep = httpx2.post(address, content=b"[" * 50_000, headers={**PLAIN, **key}, timeout=30)
    assert deep.status_code == 400
    large = httpx2.post(address, content=b" " * 5_000_000, headers={**PLAIN, **key}, timeout=30)
    assert large.status_code == 413
    chunks = httpx2.post(address, content=iter([b" " * 1_000_000] * 5), headers={**PLAIN, **key}, timeout=30)
    assert chunks.status_code == 413
    for method in ("GET", "DELETE", "PUT"):
        assert httpx2.request(method, address, headers=key).status_code == 405
    assert httpx2.get(f"{address}/x", headers=key).status_code == 404


def test_messages_to_the_instance_count_as_calls_of_the_key(served: Passalong, tmp_path: Path) -> None:
    """A key has no second quota by way of its assistant, and one that is used up is told so at once."""
    key = an_assistant(served, tmp_path).key
    with served.client() as client:
        left = []
        for _ in range(2):
            answer = client.send("GET", "/api/v1/key", headers={"Authorization": f"Bearer {key}"})
            left.append(int(re.findall(r"r=(\d+)", answer.headers["ratelimit"])[0]))
            assert post(endpoint(served), CALL, Authorization=f"Bearer {key}").status_code == 200
    assert left[0] - left[1] == 3, "one call, then one to see what the key may do and the tool's own"


class CannotStart:
    """A manager of the SDK that fails when it is started."""

    ready = False

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Fail before it is ready."""
        if not self.ready:
            raise OSError("no more tasks")
        yield


def test_a_manager_that_cannot_start_is_an_error_and_no_endless_wait() -> None:
    async def start_it() -> None:
        await asyncio.wait_for(started(CannotStart()), timeout=5)  # type: ignore[arg-type]

    # A loop of its own in a thread of its own: Playwright's loop may still run in this one.
    with ThreadPoolExecutor() as other, pytest.raises(OSError, match="no more tasks"):
        other.submit(asyncio.run, start_it()).result()

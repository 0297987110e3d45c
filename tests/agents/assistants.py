"""An assistant for tests: the SDK's client starts `passalong mcp` and calls the tools of a real server.

It speaks over standard input and output, or over HTTP: with the instance itself, or with `passalong mcp --http`.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx2
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from client import Answer
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys, sites
from passalong.flow.owners.api_keys import NewKey
from passalong.lib.clock import SystemClock
from plumbing.ports import free_port
from serving import Passalong

Made = TypeVar("Made")
SITE = "bees01"
PATIENCE_S = 90.0
"""How long a crowded machine may take for one call."""
CLOCK = SystemClock()


class Connection:
    """A connection of an assistant, kept in a thread of its own: a browser of another test may have a loop in this."""

    def __init__(self, transport: Callable[[], AbstractAsyncContextManager[Any]]):
        self._ready: Future[tuple[Client, asyncio.AbstractEventLoop]] = Future()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._keep(transport)))
        self._thread.start()
        self._client, self._loop = self._ready.result()

    async def _keep(self, transport: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        try:
            async with transport() as way, Client(way, read_timeout_seconds=PATIENCE_S) as client:
                self._ready.set_result((client, asyncio.get_running_loop()))
                await self._ended.wait()
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    def run(self, session: Callable[[Client], Coroutine[Any, Any, Made]]) -> Made:
        """Return what a session of calls returns."""
        return asyncio.run_coroutine_threadsafe(session(self._client), self._loop).result()

    def end(self) -> None:
        """End the connection and the program behind it."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()


class Assistant:
    """An assistant with a key of Otto's site. It connects at its first call and stays connected until it is closed."""

    def __init__(self, served: Passalong, folder: Path, key: str, over: str = "stdio"):
        self.served = served
        self.folder = folder
        self.key = key
        self.over = over
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.end()

    def work(self, session: Callable[[Client], Coroutine[Any, Any, Made]]) -> Made:
        """Run a session of calls."""
        self._connection = self._connection or Connection(self.transport)
        return self._connection.run(session)

    @asynccontextmanager
    async def transport(self) -> AsyncIterator[Any]:
        """What the client connects with; with `http` a program runs as long as the session."""
        if self.over == "stdio":
            yield self.parameters()
            return
        with ExitStack() as stack:
            program = self.over == "http"
            address = (
                stack.enter_context(serving_http(self.served.url, self.folder)) if program else endpoint(self.served)
            )
            headers = {"Authorization": f"Bearer {self.key}"}
            async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S) as http:
                yield streamable_http_client(address, http_client=http)

    def parameters(self) -> StdioServerParameters:
        """How a client starts the program: the key is in its environment, in no argument."""
        environment = {"PASSALONG_URL": self.served.url, "PASSALONG_KEY": self.key, "PASSALONG_DATA": str(self.folder)}
        return StdioServerParameters(command=sys.executable, args=["-m", "passalong", "mcp"], env=environment)

    def tools(self) -> list[types.Tool]:
        """The tools that this assistant is offered."""

        async def session(client: Client) -> list[types.Tool]:
            return (await client.list_tools()).tools

        return self.work(session)

    def calls(self, *asked: tuple[str, dict[str, Any]]) -> list[types.CallToolResult]:
        """Call tools, one after the other, in one session."""

        async def session(client: Client) -> list[types.CallToolResult]:
            return [await client.call_tool(name, arguments) for name, arguments in asked]

        return self.work(session)


def endpoint(served: Passalong) -> str:
    """The address at which the instance itself answers assistants."""
    return f"{served.url}/mcp"


@contextmanager
def serving_http(url: str, folder: Path, *options: str) -> Iterator[str]:
    """`passalong mcp --http` for an instance, without a key of its own; the address of the endpoint."""
    command = [sys.executable, "-m", "passalong", "mcp", "--http", "--url", url, "--port", str(free_port()), *options]
    environment = {"PASSALONG_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            _wait_for(address)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    """Until the endpoint answers: a GET is refused, so it starts nothing."""
    transport = httpx2.HTTPTransport(retries=9)  # of refused connections, each after a longer wait
    with httpx2.Client(transport=transport) as client:
        assert client.get(address).status_code == 405


def an_assistant(served: Passalong, folder: Path, *scopes: Scope, over: str = "stdio") -> Assistant:
    """An assistant whose key reads and proposes, or has these scopes."""
    wanted = NewKey("Otto's assistant", scopes or (Scope.READ, Scope.PROPOSE))
    return Assistant(served, folder, api_keys.new(served.db, CLOCK, SITE, wanted), over)


class Console:
    """Otto's browser, signed in to the console."""

    def __init__(self, served: Passalong):
        self._client = served.client()
        code = sites.new_owner_code(served.db, CLOCK, SITE)
        answer = self._post("/start", {}, k=f"{SITE}.{code}")
        assert answer.status == 303, answer
        self._cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}

    def decide(self, proposal_id: str, act: str) -> int:
        """Press a button of the page of proposals; the status of the answer."""
        return self._post(f"/console/{SITE}/proposals/{proposal_id}", self._cookie, act=act).status

    def page(self) -> str:
        """The page of proposals."""
        return self._client.send("GET", f"/console/{SITE}/proposals", headers=self._cookie).body.decode()

    def _post(self, path: str, headers: dict[str, str], **form: str) -> Answer:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._client.send("POST", path, urlencode(form).encode(), sent)


def fact_count(served: Passalong) -> int:
    """The number of facts of the instance, without those of its own clock, which come when they come."""
    with served.db.reading() as session:
        counted = "SELECT count(*) FROM events WHERE source <> 'clock'"
        return int(session.connection().exec_driver_sql(counted).scalar() or 0)

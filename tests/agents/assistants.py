"""An assistant for tests: the SDK's client starts `passalong mcp` and calls the tools of a real server over stdio."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import mcp_types as types
from mcp import Client, StdioServerParameters

from client import Answer
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys, sites
from passalong.flow.owners.api_keys import NewKey
from passalong.lib.clock import SystemClock
from serving import Passalong

Made = TypeVar("Made")
SITE = "bees01"
PATIENCE_S = 90.0
"""How long a crowded machine may take for one call."""
CLOCK = SystemClock()


@dataclass(frozen=True)
class Assistant:
    """An assistant with a key of Otto's site."""

    served: Passalong
    folder: Path
    key: str

    def work(self, session: Callable[[Client], Awaitable[Made]]) -> Made:
        """Connect, run a session, and end the program."""

        async def connected() -> Made:
            async with Client(self.parameters(), read_timeout_seconds=PATIENCE_S) as client:
                return await session(client)

        with ThreadPoolExecutor(1) as thread:  # of its own: a browser of another test may have a loop in this one
            return thread.submit(asyncio.run, connected()).result()

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


def an_assistant(served: Passalong, folder: Path, *scopes: Scope) -> Assistant:
    """An assistant whose key reads and proposes, or has these scopes."""
    wanted = NewKey("Otto's assistant", scopes or (Scope.READ, Scope.PROPOSE))
    return Assistant(served, folder, api_keys.new(served.db, CLOCK, SITE, wanted))


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
    """The number of facts of the instance."""
    with served.db.reading() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM events").scalar() or 0)

"""Somebody on the internet before an instance that stands behind Caddy, whose own authority they trust."""

import http.client
import json
import re
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from cast import an_id, anna, cleo
from client import USER_AGENT
from plumbing.ports import HOST

WAIT_S = 90.0
PAGE = "https://bees.example/bees"


@dataclass
class HttpsBrowser:
    """A browser for which `name` is this host."""

    name: str
    port: int
    authority: Path

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """One request over HTTPS."""
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPSConnection(self.name, self.port, context=context, timeout=20)
        connection._create_connection = (  # type: ignore[attr-defined]
            lambda address, *rest: socket.create_connection((HOST, address[1]), *rest)
        )
        data = None if body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": "text/plain"}
        connection.request(method, path, data, {"User-Agent": USER_AGENT, **kind})
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def wait(self) -> None:
        """Until the server is ready, as seen through the proxy."""
        until = time.monotonic() + WAIT_S
        while True:
            try:
                status, _, text = self.ask("GET", "/readyz")
                if status == 200:
                    return
                why = f"{status} {text[:300]!r}"
            except OSError as error:
                why = str(error)
            assert time.monotonic() < until, why
            time.sleep(0.2)

    def share(self, site: str) -> str:
        """Anna shares a page; returns the link's token."""
        said = {"site": site, "id": an_id("link"), "guest": anna.guest, "page": PAGE}
        token: str = json.loads(self.ask("POST", "/v1/links", said)[2])["token"]
        return token

    def visit(self, site: str, token: str) -> None:
        """Cleo comes through the link."""
        note = {"site": site, "id": an_id("visit"), "kind": "visit", "token": token}
        kept = self.ask("POST", "/v1/notes", note | {"visitor": cleo.visitor, "page": PAGE})[1].get("along-kept")
        assert kept == "visit"

    def follow(self, token: str) -> str:
        """Open the short link; returns where it leads."""
        status, headers, _ = self.ask("GET", f"/h/{token}")
        assert status == 302
        return re.split("[?#]", headers["location"])[0]

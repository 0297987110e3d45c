"""First-party path: the owner's own proxy forwards `/_along/…` here unchanged (docs/deployment.md).

The script that is served under this path talks to it, and its bytes still depend on nothing but the address. Pages for
people stay on Passalong's own address, where their cookies are.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

PREFIX = "/_along"
FOR_SCRIPTS = re.compile(r"/(v1|along|h|v\d+\.\d+\.\d+)/")

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def without_prefix(path: str) -> str:
    """Return the path without the prefix."""
    rest = path.removeprefix(PREFIX)
    return rest if rest.startswith("/") else path


class FirstParty:
    """WSGI middleware: strips the prefix, and redirects people who want a page to Passalong's own address."""

    def __init__(self, app: WsgiApp, url: str):
        self._app = app
        self._url = url

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        rest = without_prefix(path)
        if rest == path:
            return self._app(environ, start_response)
        if not FOR_SCRIPTS.match(rest):
            return self._elsewhere(rest, start_response)
        return self._app(environ | {"SCRIPT_NAME": PREFIX, "PATH_INFO": rest}, start_response)

    def _elsewhere(self, path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Redirect `/open/<site>` and `/me`, which the panel links to; refuse the rest."""
        if not re.fullmatch(r"/(open/[a-z0-9]{4,16}|me)", path):
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"Nothing is here.\n"]
        start_response("302 Found", [("Location", self._url + path), ("Cache-Control", "no-store")])
        return [b""]

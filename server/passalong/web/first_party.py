"""The owner's own domain in front: their proxy sends `/_along/…` here as it is (docs/deployment.md).

What a page's script asks for is answered there: the path says that it came that way, so the script that is served
under it speaks to it, and the bytes still depend on nothing but the address. Pages for people stay on Passalong's own
address, where their cookies are.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

PREFIX = "/_along"
FOR_SCRIPTS = re.compile(r"/(v1|along|h|v\d+\.\d+\.\d+)/")

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def without_prefix(path: str) -> str:
    """The path as Passalong knows it."""
    rest = path.removeprefix(PREFIX)
    return rest if rest.startswith("/") else path


class FirstParty:
    """A WSGI middleware: takes the prefix off, and sends people who want a page to Passalong's own address."""

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
        """`/open/<site>` and `/me` are linked from the panel; anything else has no business here."""
        if not re.fullmatch(r"/(open/[a-z0-9]{4,16}|me)", path):
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"Nothing is here.\n"]
        start_response("302 Found", [("Location", self._url + path), ("Cache-Control", "no-store")])
        return [b""]

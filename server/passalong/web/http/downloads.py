"""Long downloads: streamed, one at a time per person, and throttled so that pages stay fast.

They run in a thread pool of their own (asgi.py). All of them together use at most half of one core, so that pages and
notes are answered meanwhile.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

from flask import Response, request
from msgspec import Struct

from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said

RETRY_AFTER_S = 5
LINES_AT_ONCE = 100
GONE = "passalong.gone"
"""Set by asgi.py in a request's scope when the client no longer reads."""

SLOW = (".csv", "/everything.json", "/statement.json", "/data.json", "/data.zip")
"""The suffixes of the paths of long answers."""
REPORTS = "/api/v1/reports/"
"""The beginning of paths whose answers are worked out from everything of the last days."""

_in_use: set[tuple[str, str]] = set()
_lock = threading.Lock()
_turn = threading.Lock()


class File(Struct, frozen=True):
    """A download: its name, its media type, and its content in pieces that take some milliseconds each to make."""

    name: str
    mimetype: str
    pieces: Iterable[bytes]


def is_slow(path: str) -> bool:
    """Return True for an answer that may take long: a download, a proof, or a report."""
    return path.endswith(SLOW) or "/proof/" in path or path.startswith(REPORTS)


@contextmanager
def one_at_a_time(site_id: str, advocate_id: str) -> Iterator[None]:
    """Let a person make one download at a time. Raises RefusalError with 429 for the second."""
    key = (site_id, advocate_id)
    with _lock:
        if key in _in_use:
            raise RefusalError(429, said("errors.one_download"), RETRY_AFTER_S)
        _in_use.add(key)
    try:
        yield
    finally:
        with _lock:
            _in_use.discard(key)


def stream(file: File, stack: ExitStack) -> Response:
    """Answer with a file; `stack` holds what it needs (a session, the person's turn) and is closed at its end."""
    gone = request.environ.get("asgi.scope", {}).get(GONE, threading.Event())
    response = Response(_gently(file.pieces, gone), mimetype=file.mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.call_on_close(stack.close)
    return response


def in_parts(lines: Iterable[str]) -> Iterator[bytes]:
    """Join lines of text to pieces of a download."""
    waiting = iter(lines)
    while some := list(islice(waiting, LINES_AT_ONCE)):
        yield "".join(some).encode()


def _gently(pieces: Iterable[bytes], gone: threading.Event) -> Iterator[bytes]:
    """Make one piece at a time in the whole process, and pause after each as long as it took."""
    waiting = iter(pieces)
    while not gone.is_set():
        with _turn:
            began = time.monotonic()
            piece = next(waiting, None)
            time.sleep(time.monotonic() - began)
        if piece is None:
            return
        yield piece

"""Scripts as they are sent: compressed once, the same bytes for everybody once they are unpacked."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from flask import Response, request
from msgspec import Struct

FOR_AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
FOR_EVER = "public, max-age=31536000, immutable"
OF_SCRIPTS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


class Packed(Struct, frozen=True):
    """A script and its two compressed forms, by the names of their codings."""

    digest: str
    forms: dict[str, bytes]

    @property
    def plain(self) -> bytes:
        """The script itself."""
        return self.forms["identity"]


@lru_cache(maxsize=512)
def pack(script: bytes) -> Packed:
    """Compress as well as it can be done: some 30 ms, once for each script."""
    forms = {
        "br": brotli.compress(script, mode=brotli.MODE_TEXT, quality=11),
        "gzip": gzip.compress(script, 9, mtime=0),
        "identity": script,
    }
    return Packed(hashlib.sha256(script).hexdigest()[:20], forms)


def packed_file(path: Path) -> Packed:
    """A file of the package; read anew when it has changed, which only happens while somebody works on it."""
    known = path.stat()
    return pack(_read(path, known.st_mtime_ns))


@lru_cache(maxsize=512)
def _read(path: Path, _changed_ns: int) -> bytes:
    return path.read_bytes()


def answer(packed: Packed, kept: str) -> Response:
    """The form that this browser takes, for `kept` (a Cache-Control); 304 where it has it already."""
    coding = request.accept_encodings.best_match(packed.forms, "identity") or "identity"
    response = Response(packed.forms[coding], mimetype="text/javascript")
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    response.set_etag(f"{packed.digest}-{coding}")
    response.headers["Cache-Control"] = kept
    response.headers["Vary"] = "Accept-Encoding"
    response.make_conditional(request)
    return response

"""Compression of scripts and style sheets: done once, so everybody gets the same bytes."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from flask import Response, request
from msgspec import Struct

LARGE_PAGES = ("api_reference.reference",)
"""Pages without anything of a person in them: nothing can be guessed from their compressed length."""
SHEETS = ("static", "assets.styles_of_console")
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
    """Compress at the highest level: some 30 ms, once for each script."""
    forms = {
        "br": brotli.compress(script, mode=brotli.MODE_TEXT, quality=11),
        "gzip": gzip.compress(script, 9, mtime=0),
        "identity": script,
    }
    return Packed(hashlib.sha256(script).hexdigest()[:20], forms)


def packed_file(path: Path) -> Packed:
    """Return a file of the package; it is read again if it has changed, which only happens during development."""
    stat = path.stat()
    return pack(_read(path, stat.st_mtime_ns))


@lru_cache(maxsize=512)
def _read(path: Path, _changed_ns: int) -> bytes:
    return path.read_bytes()


def compress_styles(response: Response) -> Response:
    """Compress a style sheet, or a large page that is the same for everybody, where the browser accepts it."""
    is_sheet = request.endpoint in SHEETS and response.mimetype == "text/css"
    if not (is_sheet or request.endpoint in LARGE_PAGES) or response.status_code != 200:
        return response
    coding = request.accept_encodings.best_match(("br", "gzip", "identity"), "identity") or "identity"
    response.direct_passthrough = False
    packed = pack(response.get_data())
    response.set_data(packed.forms[coding])
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{packed.digest}-{coding}")
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response.make_conditional(request)  # type: ignore[return-value]


def answer(packed: Packed, cache_control: str) -> Response:
    """Answer with the form that this browser accepts, with a Cache-Control header; 304 if it has it already."""
    coding = request.accept_encodings.best_match(packed.forms, "identity") or "identity"
    response = Response(packed.forms[coding], mimetype="text/javascript")
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    response.set_etag(f"{packed.digest}-{coding}")
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding"
    response.make_conditional(request)
    return response

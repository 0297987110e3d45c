"""QR codes as SVG: black on white in every colour scheme, because a scanner wants dark on light."""

from io import BytesIO
from typing import Any

import segno
from flask import Response, make_response
from markupsafe import Markup
from msgspec import Struct

QUIET_ZONE = 4
"""The modules of white around a code that ISO 18004 asks for."""


class Poster(Struct, frozen=True):
    """A title, the address of the QR code, and the page to go back to."""

    title: str
    address: str
    back: str


def sheet(poster: Poster, file: str) -> dict[str, Any]:
    """Return what `http/_poster.html` shows; `file` is the address of the QR code as a file."""
    return {"poster": poster, "code": qr_svg(poster.address), "file": file}


def qr_svg(address: str) -> Markup:
    """Return the QR code of an address as an SVG element without a size of its own; hidden from screen readers."""
    symbol = segno.make_qr(address, error="m", boost_error=False)
    picture = symbol.svg_inline(
        border=QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None, light="#fff", dark="#000"
    )
    return Markup(picture.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704 - made of modules


def qr_file(address: str) -> Response:
    """Return the QR code of an address as a file to save."""
    symbol = segno.make_qr(address, error="m", boost_error=False)
    picture = BytesIO()
    symbol.save(picture, kind="svg", border=QUIET_ZONE, scale=10, light="#fff", dark="#000", xmldecl=False)
    answer = make_response(picture.getvalue(), {"Content-Type": "image/svg+xml; charset=utf-8"})
    answer.headers["Content-Disposition"] = "attachment; filename=qr.svg"
    return answer

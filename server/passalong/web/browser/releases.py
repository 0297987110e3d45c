"""Releases of the widget: the built script, its lazy parts, and every frozen version.

A frozen version is a folder of the package and a list of its hashes in `widget/released/`. Its script holds no site's
settings: it reads them from the tag that loads it (`data-key`).
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from passalong.web.http.compression import FOR_AN_HOUR, FOR_EVER, Packed, packed_file
from passalong.web.http.errors import RefusalError

STATIC = Path(__file__).parents[1] / "static"
PARTS = STATIC / "along"
ELEMENTS = "pass-credit"
"""The module of <pass-credit> and <pass-book>: it stands alone, so no script has a hash of it."""
FROZEN = STATIC / "released"
NAME = re.compile(r"[a-z0-9]{1,16}(\.[a-zA-Z-]{1,16})?")
MARK = re.compile(r"[0-9a-f]{8,64}")


def built() -> bytes:
    """Return the built widget from the package."""
    return packed_file(STATIC / "along.js").plain


def part_of_today(name: str, mark: str) -> tuple[Packed, str] | None:
    """Return a lazy part, or the module of elements, and how long it may be cached; None if there is no such part.

    `mark` is the query: a hash of all parts, which the build writes into the script that asks for them. A script that a
    browser cached over an upgrade asks for a part of its own version, and gets it if that version is frozen.
    """
    if name == ELEMENTS:
        return packed_file(STATIC / f"{name}.js"), FOR_AN_HOUR
    if not NAME.fullmatch(name) or not (PARTS / f"{name}.js").is_file():
        return None
    folders = [(STATIC, PARTS), *((FROZEN / version, FROZEN / version) for version in versions())]
    for of_script, of_parts in folders:
        path = of_parts / f"{name}.js"
        if MARK.fullmatch(mark) and mark.encode() in packed_file(of_script / "along.js").plain and path.is_file():
            return packed_file(path), FOR_EVER
    return packed_file(PARTS / f"{name}.js"), FOR_AN_HOUR


@cache
def versions() -> list[str]:
    """Return the frozen versions, newest first."""
    versions_here = [path.name for path in FROZEN.iterdir()] if FROZEN.is_dir() else []
    return sorted(versions_here, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def frozen_file(version: str, name: str) -> tuple[Packed, str]:
    """Return a file of a frozen version, to be cached for ever; raises RefusalError 404."""
    path = FROZEN / version / f"{name}.js"
    is_file = (name == ELEMENTS or NAME.fullmatch(name)) and path.is_file()
    if version not in versions() or not is_file:
        raise RefusalError(404, f"This server has these versions of the script: {', '.join(versions()) or 'none yet'}.")
    return packed_file(path), FOR_EVER


@cache
def integrity(version: str) -> dict[str, str]:
    """Return the files of a frozen version by name, with their SRI hashes."""
    return {path.name: _integrity(path.read_bytes()) for path in sorted((FROZEN / version).glob("*.js"))}


def _integrity(script: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(script).digest()).decode()


def languages() -> list[str]:
    """Return the languages of the widget."""
    return sorted(["en", *(path.name.split(".")[1] for path in PARTS.glob("words.*.js"))])

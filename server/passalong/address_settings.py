"""Settings that are addresses: the one that people see, and that of the database."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}
"""The one driver of each kind of database; an address from elsewhere may name another."""
DATABASE_HINT = (
    "DATABASE_URL is like postgresql://name@host/database or sqlite:////path/to/file; leave it out for SQLite."
)
AT_HINT = "DATABASE_URL has more than one @: in the password write @ as %40, / as %2F and % as %25."
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?")


def read_url(text: str, problems: list[str]) -> str:
    """Return the address that people see, in small letters; adds to `problems`."""
    url = text.rstrip("/").lower()
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        good = parts.scheme in ("http", "https") and (":" in host or bool(_HOST.fullmatch(host))) and parts.port != 0
        good = good and url == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
    except ValueError:  # half of an IPv6 address, or a port that is not a number
        good, host = False, ""
    if not good:
        problems.append(
            "PASSALONG_URL is the address people see, like https://along.example.org without a path, not "
            f"{text[:80]!r}{_in_ascii(host)}."
        )
    return url


def _in_ascii(host: str) -> str:
    """Return what to write for a name in other letters, like bücher.example; empty for any other name."""
    if host.isascii():
        return ""
    try:
        return f": write its name as {host.encode('idna').decode()}"
    except UnicodeError:
        return ""


def unexpanded(what: str, path: str) -> Iterator[str]:
    """Yield a line for a path with what only a shell replaces: a new instance would begin beside the real one."""
    if path.startswith(("~", "$")):
        yield f"{what} begins with {path[0]}, which only a shell replaces: write the whole path."
    if " #" in path:
        yield f"{what} has a # in it: a comment stands on a line of its own."


def read_database_url(text: str, data_dir: Path, problems: list[str]) -> str:
    """Return the database's address with the driver that is used, a file in the data folder without one."""
    if not text:
        return f"sqlite:///{data_dir / 'passalong.sqlite3'}"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        problems.append(DATABASE_HINT)
        return text
    backend = url.get_backend_name()
    if backend not in DRIVERS or not url.database or (backend == "sqlite" and url.host):
        problems.append(DATABASE_HINT)
        return text
    problems += unexpanded("The path in DATABASE_URL", url.database if backend == "sqlite" else "")
    if "@" in (url.host or ""):  # the name before the password may have one, as at some providers
        problems.append(AT_HINT)
    return url.set(drivername=DRIVERS[backend]).render_as_string(hide_password=False)

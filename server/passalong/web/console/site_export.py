"""Exports of a whole site, in pieces: one JSON object, or a ZIP file with a CSV file for each table.

No cell can be taken for a formula. The byte order mark at the beginning of a CSV file is a choice: Excel needs it to
read letters beyond ASCII, and most programs do without.
"""

import zipfile
from collections.abc import Iterator

import msgspec
from msgspec import Struct
from sqlalchemy import Table
from sqlalchemy.orm import Session

from passalong.store.queries import export
from passalong.store.sites import Site
from passalong.web.http.csv_export import BYTE_ORDER_MARK, csv_line, safe

LEVEL = 1
"""Of compression: fast, since all downloads together get half a core."""


class SiteExport(Struct, frozen=True):
    """An export: the session it reads in, the site, and the time it was asked for."""

    session: Session
    site: Site
    made_at_ms: int


def as_json(request: SiteExport) -> Iterator[bytes]:
    """Yield one JSON object with a row on each line."""
    head = {"site": request.site.site_id, "name": request.site.name, "made_at_ms": request.made_at_ms}
    yield msgspec.json.encode(head)[:-1] + b',\n"tables":{'
    opening = b"\n"
    for table in export.exported_tables():
        yield opening + msgspec.json.encode(str(table.name)) + b":["
        between = b"\n"
        for rows in export.rows_of(request.session, request.site.site_id, table):
            yield between + b",\n".join(map(msgspec.json.encode, rows))
            between = b",\n"
        yield b"\n]"
        opening = b",\n"
    yield b"\n}}\n"


def table_as_csv(request: SiteExport, table: Table, *, mark: bool) -> Iterator[str]:
    """Yield a table as CSV, some lines at a time; with `mark` it begins with a byte order mark."""
    names = export.columns_of(table)
    yield (BYTE_ORDER_MARK if mark else "") + csv_line(names)
    for rows in export.rows_of(request.session, request.site.site_id, table):
        yield "".join(csv_line([_cell(row[name]) for name in names]) for row in rows)


def as_zip(request: SiteExport, *, mark: bool) -> Iterator[bytes]:
    """Yield a ZIP file with a CSV file for each table."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for table in export.exported_tables():
            with archive.open(f"{table.name}.csv", "w", force_zip64=True) as file:
                for lines in table_as_csv(request, table, mark=mark):
                    file.write(lines.encode())
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return safe(value) if isinstance(value, str) else str(value)


class _Sink:
    """A file that is written and never sought: what was written is taken out again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._parts.append(bytes(data))
        return len(data)

    def close(self) -> None:
        """Do nothing: the download goes on with what is left."""

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        data, self._parts = b"".join(self._parts), []
        return data

"""`/me/everything.json`, in pieces: every row about a person, and their ledger as the pages show it."""

from collections.abc import Iterator
from itertools import groupby, islice

import msgspec
from sqlalchemy.orm import Session

from passalong.store.people.erasure import everything
from passalong.store.queries.ledger_lines import every_line
from passalong.web.http.auth import Signed
from passalong.web.http.csv_export import HEADINGS, ledger_row
from passalong.web.http.downloads import LINES_AT_ONCE


def everything_kept(session: Session, who: Signed, now_ms: int, language: str) -> Iterator[bytes]:
    """One JSON object, a row of it on each line."""
    head = {"site": who.site.name, "made_at_ms": now_ms, "advocate_ids": who.mine}
    yield msgspec.json.encode(head)[:-1] + b',\n"tables":{'
    yield from _tables(session, who)
    yield b'\n},\n"lines":['
    yield from _lines(session, who, language)
    yield b"\n]}\n"


def _tables(session: Session, who: Signed) -> Iterator[bytes]:
    opening = b"\n"
    for name, parts in groupby(everything(session, who.site, who.mine), key=lambda part: part[0]):
        yield opening + msgspec.json.encode(str(name)) + b":["
        between = b"\n"
        for _, rows in parts:
            yield between + b",\n".join(map(msgspec.json.encode, rows))
            between = b",\n"
        yield b"\n]"
        opening = b",\n"


def _lines(session: Session, who: Signed, language: str) -> Iterator[bytes]:
    rows = (ledger_row(row, who.site, language) for row in every_line(session, who.site.site_id, who.mine))
    named = (msgspec.json.encode(dict(zip(HEADINGS, row, strict=True))) for row in rows)
    between = b"\n"
    while some := list(islice(named, LINES_AT_ONCE)):
        yield between + b",\n".join(some)
        between = b",\n"

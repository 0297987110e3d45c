"""A list of the console in pages: the cursor is in the address, and a cursor that does not fit shows the first page."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from passalong.store.queries.api_lists import Listing, Rows, page_of
from passalong.store.queries.cursors import BadCursorError

ROWS = 20
"""The number of rows of which each has a form, or words that people wrote: a page of them stays below 90 kB."""


def page_from(session: Session, site_id: str, listing: Listing, name: str = "after", rows: int = ROWS) -> Rows:
    """Return the page that the address asks for; `name` is the parameter of the cursor.

    The first one if there are no rows behind the cursor any more: the last row was decided, perhaps by somebody else.
    """
    try:
        page_rows = page_of(session, site_id, listing, request.args.get(name) or None, rows)
    except BadCursorError:
        page_rows = Rows([], None)
    return page_rows if page_rows.rows else page_of(session, site_id, listing, None, rows)


def read_place(text: str, otherwise: tuple[int, str]) -> tuple[int, str]:
    """Return the time and the id that a cursor is made of; `otherwise` for what is none."""
    at_ms, _, row_id = text.partition(".")
    return (int(at_ms), row_id) if at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 else otherwise


def write_place(at_ms: int, row_id: str) -> str:
    """Return the cursor of a row."""
    return f"{at_ms}.{row_id}"


def kept(*names: str) -> dict[str, Any]:
    """Return these parameters of the address, so that a form leads back to the page that it is on."""
    return {name: request.args[name][:400] for name in names if request.args.get(name)}

"""Everything about one site, for a download: each table in the order of its key, some rows at a time."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, select, tuple_
from sqlalchemy.orm import Session

from passalong.store.schema.columns import INSTANCE, metadata

LEFT_OUT = {
    "addresses": "people's e-mail addresses, which a site never sees",
    "attempts": "rate limits of the last days",
    "guests": "what opens the credit of a browser",
    "invitations": "invitations to the team, whose codes open the console",
    "mail_choices": "which e-mails a person wants, under their address",
    "mail_marks": "which e-mails a person got, under their address",
    "mails": "e-mails, which hold sign-in links",
    "moved_guests": "what opens the credit of a browser",
    "one_time_codes": "sign-in codes",
    "passkeys": "sign-in methods",
    "queue": "facts that wait to be counted, which are in `events`",
    "recovery_words": "sign-in methods",
    "sessions": "open sessions",
    "tree_salts": "the secret that keeps proofs from revealing other lines",
    "turns": "which worker counts at this moment",
}
"""Tables that no export holds, and why."""
SECRET_COLUMNS = {"api_keys": frozenset({"key_hash"}), "webhooks": frozenset({"nonce", "old_nonce"})}
"""Columns that no export holds."""
ROWS_AT_ONCE = 200


def exported_tables() -> list[Table]:
    """Return every table of an export, in the order of their names."""
    tables = (table for table in metadata.tables.values() if "site_id" in table.c)
    return sorted((table for table in tables if table.name not in {*LEFT_OUT, *INSTANCE}), key=lambda table: table.name)


def columns_of(table: Table) -> list[str]:
    """Return the names of the exported columns of a table."""
    secret = SECRET_COLUMNS.get(table.name, frozenset())
    return [column.name for column in table.c if column.name not in secret]


def rows_of(session: Session, site_id: str, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield the site's rows of a table, some at a time, by keyset."""
    keys = [column for column in table.primary_key.columns if column.name != "site_id"]
    names = columns_of(table)
    statement = select(table).where(table.c.site_id == site_id).limit(ROWS_AT_ONCE)
    last: tuple[Any, ...] | None = None
    while True:
        page = statement.order_by(*keys) if keys else statement
        if last is not None:
            page = page.where(tuple_(*keys) > last)
        rows = session.execute(page).mappings().all()
        if rows:
            yield [{name: _plain(row[name]) for name in names} for row in rows]
        if len(rows) < ROWS_AT_ONCE or not keys:
            return
        last = tuple(rows[-1][key.name] for key in keys)


def _plain(value: Any) -> Any:
    """Return bytes as hexadecimal digits; everything else as it is."""
    return value.hex() if isinstance(value, bytes) else value

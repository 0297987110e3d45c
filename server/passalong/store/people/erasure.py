"""Personal data: everything stored about one person, as a download, and its erasure.

Facts, the journal and receipts hold random ids alone and never change. Data that names a person, or opens their pages,
is in tables that can be erased; those are found by their column `advocate_id`, and each of them is either named in
KEPT, with the reason, or erased.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, delete, select, text
from sqlalchemy.orm import Session

from passalong.core.dates import month_start_ms
from passalong.core.identity import visitors_in
from passalong.core.ledger.entries import accounts_of
from passalong.core.ledger.line_kinds import SHARED, kind_of
from passalong.core.names.public_names import folded
from passalong.store import bulk
from passalong.store.attached import attached_metadata
from passalong.store.books.identities import IdentityBook
from passalong.store.few import is_few
from passalong.store.prebuilt import find_among
from passalong.store.schema.advocates import advocate_choices
from passalong.store.schema.claims import claim_words, claims
from passalong.store.schema.columns import metadata
from passalong.store.schema.conversions import conversions
from passalong.store.schema.people import addresses, mail_choices, mail_marks, mails, one_time_codes, sessions
from passalong.store.sites import Site

KEPT = {
    "accounts": "which random ids are one account; it is made from facts",
    "advocates": "a random id, and when it was made",
    "advocate_choices": "that this id was erased",
    "advocate_totals": "counts under a random id",
    "bindings": "that a hash was bound to a random id, which the erasure's fact ends",
    "claims": "what was decided, under a random id; its words are erased",
    "event_people": "which events are about a random id",
    "expiries": "sums, for the books of the site",
    "issued_links": "which page a link leads to, under a random id",
    "link_totals": "counts under a random id",
    "page_totals": "counts under a random id",
    "passed_on": "that a random id passed on a page",
    "uses": "sums, for the books of the site",
}
"""Tables with a column `advocate_id` that erasure leaves, and why they identify nobody."""
SECRET = ("_hash", "secret", "public_key")
"""Columns that are useless to the person, and useful to a thief."""
OF_OTHERS = {
    "advocate_totals": ("credited_at_ms", "active_at_ms"),
    "credits": ("conversion_id", "subject"),
    "event_people": ("subject", "at_ms"),
    "journal": ("subject", "seq"),
    "link_totals": ("at_ms",),
    "page_totals": ("at_ms",),
    "passed_on": ("reacher",),
}
"""Columns about somebody else: order, visit and browser, and when the first visit was. The id of a browser is enough
to speak for it."""


ROWS_AT_ONCE = 200
"""The number of rows of a download that are read together: some milliseconds of work."""


class Choices(Struct, frozen=True):
    """An advocate's choices: a name, who can read it, and whether links still count.

    `shown`: people on the same path, and the person in their own share panel. `greets`: also everyone who comes through
    a link.
    """

    name: str = ""
    shown: bool = False
    greets: bool = False
    stopped_at_ms: int | None = None
    erased_at_ms: int | None = None


def choices(session: Session, site_id: str, advocate_ids: Sequence[str]) -> Choices:
    """Return the choices of a person with these ids; by default hidden and counted.

    Browsers that were joined later may differ: a shown name wins over a hidden one, and counting has stopped if it has
    in any. Erased advocates have no choices.
    """
    rows = find_among(session, site_id, advocate_choices.c.advocate_id, advocate_ids).all()
    ordered_rows = sorted(rows, key=lambda row: row.advocate_id)
    every = [Choices(*(getattr(row, name) for name in Choices.__struct_fields__)) for row in ordered_rows]
    current = [choice for choice in every if choice.erased_at_ms is None]
    if every and not current and len(every) == len(advocate_ids):
        return every[0]
    named = next(iter(sorted(current, key=lambda choice: (not choice.shown, not choice.name))), Choices())
    stopped = [choice.stopped_at_ms for choice in current if choice.stopped_at_ms is not None]
    return Choices(named.name, named.shown, named.greets, min(stopped, default=None))


def erased_at_ms(session: Session, site_id: str, advocate_id: str) -> int | None:
    """Return when the person with this id was erased; None for everybody else."""
    conditions = (advocate_choices.c.site_id == site_id, advocate_choices.c.advocate_id == advocate_id)
    return session.scalar(select(advocate_choices.c.erased_at_ms).where(*conditions))


def choose(session: Session, site_id: str, advocate_ids: Sequence[str], chosen: Choices) -> None:
    """Store the choices of a person with these ids."""
    values = {name: getattr(chosen, name) for name in Choices.__struct_fields__}
    values["name_folded"] = folded(chosen.name)
    rows = [{"site_id": site_id, "advocate_id": advocate_id, **values} for advocate_id in advocate_ids]
    bulk.upsert(session, advocate_choices, rows)


def everything(session: Session, site: Site, advocate_ids: Sequence[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield every row of every table about this person, table by table, some rows at a time.

    Without secrets of the server, and without what pages do not tell about visitors either: which order and which visit
    it was, and the day where few people came through that link.
    """
    for table in metadata.sorted_tables:
        own_rows = _mine(table, advocate_ids)
        if own_rows is None:
            continue
        columns = [column for column in table.columns if not any(part in column.name for part in SECRET)]
        hidden = OF_OTHERS.get(table.name, ())
        statement = select(*columns).where(table.c.site_id == site.site_id, own_rows)
        with session.execute(statement, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
            for part in rows.mappings().partitions():
                values = [{name: _plain(value) for name, value in row.items()} for row in part]
                coarse = _coarse(session, site, table.name, values)
                yield table.name, [{name: row[name] for name in row if name not in hidden} for row in coarse]


def _coarse(session: Session, site: Site, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without days that could identify one of few people, and claims without the order of a line."""
    if name == "claims":
        return [row | ({"conversion_id": None} if row["line_id"] else {}) for row in rows]
    if name not in ("credits", "journal"):
        return rows
    few = is_few(session, site.site_id, [row.get("share_id") for row in rows])

    def hides(row: dict[str, Any]) -> bool:
        """Return True for a day that is somebody else's: few came through that link; a line of the journal names no
        link."""
        if name == "journal":
            return str(row["subject"]).startswith(("visit:", "conversion:"))
        return kind_of(row["subject"], row["goal"], row["level"]) in SHARED and few[row["share_id"]]

    def month(row: dict[str, Any]) -> dict[str, Any]:
        times = {key: at_ms for key, at_ms in row.items() if key.endswith("at_ms") and at_ms is not None}
        return row | {key: month_start_ms(at_ms, site.time_zone) for key, at_ms in times.items()}

    return [month(row) if hides(row) else row for row in rows]


def _mine(table: Table, advocate_ids: Sequence[str]) -> ColumnElement[bool] | None:
    if table.name == "claim_words":
        return claim_words.c.claim_id.in_(select(claims.c.claim_id).where(claims.c.advocate_id.in_(advocate_ids)))
    if table.name in ("journal", "balances"):
        return table.c.account.in_([name for advocate_id in advocate_ids for name in accounts_of(advocate_id)])
    name = next((name for name in ("advocate_id", "recipient") if name in table.c), None)
    return None if name is None else table.c[name].in_(advocate_ids)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def erase(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[str]:
    """Erase everything that names this person or opens their pages; returns their addresses, for what lies
    elsewhere."""
    overwrite_deleted(session)
    own_claims = select(claims.c.claim_id).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(advocate_ids))
    session.execute(delete(claim_words).where(claim_words.c.site_id == site_id, claim_words.c.claim_id.in_(own_claims)))
    attached_metadata.forget(session, site_id, _bought_by(session, site_id, advocate_ids))
    written = _addresses(session, site_id, advocate_ids)
    for table in (sessions, one_time_codes):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.subject.in_(advocate_ids)))
    for table in (mails, mail_choices, mail_marks, addresses):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.address_hash.in_(sorted(written))))
    for table in reversed(metadata.sorted_tables):
        if "advocate_id" in table.c and table.name not in KEPT:
            session.execute(delete(table).where(table.c.site_id == site_id, table.c.advocate_id.in_(advocate_ids)))
    return sorted(written.values())


def overwrite_deleted(session: Session) -> None:
    """Let SQLite overwrite whatever this connection deletes or replaces from now on."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def _bought_by(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[str]:
    """Return the conversions of these people, as buyers: what an owner attached to those may name them."""
    keys = IdentityBook(session, site_id).keys_of(advocate_ids)
    stated_keys = sorted(key for key in keys if key.startswith(("u:", "e:")))
    by = {"visitor_id": sorted(visitors_in(keys)), "customer": stated_keys, "email": stated_keys}
    conversion_ids: set[str] = set()
    for name, values in by.items():
        theirs = (conversions.c.site_id == site_id, conversions.c[name].in_(values))
        conversion_ids |= set(session.scalars(select(conversions.c.conversion_id).where(*theirs))) if values else set()
    return [f"{attached_metadata.CONVERSION}:{conversion_id}" for conversion_id in conversion_ids]


def _addresses(session: Session, site_id: str, advocate_ids: Sequence[str]) -> dict[str, str]:
    """Return their addresses by hash: their own, and those that they asked a link for and never confirmed."""
    asked_hashes = select(one_time_codes.c.subject).where(
        one_time_codes.c.site_id == site_id, one_time_codes.c.advocate_id.in_(advocate_ids)
    )
    loose = addresses.c.advocate_id.is_(None) & addresses.c.address_hash.in_(asked_hashes)
    statement = select(addresses.c.address_hash, addresses.c.address).where(
        addresses.c.site_id == site_id, addresses.c.advocate_id.in_(advocate_ids) | loose
    )
    return {row.address_hash: row.address for row in session.execute(statement)}

"""What is kept of one person: all of it as a download, and what erasing takes away.

Facts, the journal and receipts hold random ids alone and never change. Whatever names a person, or opens their pages,
stands in tables beside them that can be erased; those are found by their column `advocate_id`, and each of them is
either named in KEPT, with why, or erased.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, delete, or_, select, text
from sqlalchemy.orm import Session

from passalong.core.days import month_start_ms
from passalong.store import bulk
from passalong.store.lines import is_few
from passalong.store.people_tables import addresses, mail_choices, mail_marks, mails, one_time_codes, sessions
from passalong.store.read_models import claims
from passalong.store.schema import metadata
from passalong.store.sites import Site
from passalong.store.tables import advocate_choices, claim_words

KEPT = {
    "advocates": "a random id, and when it was made",
    "advocate_choices": "that this id was erased",
    "advocate_totals": "counts under a random id",
    "claims": "what was decided, under a random id; its words are erased",
    "expiries": "sums, for the books of the site",
    "issued_links": "which page a link leads to, under a random id",
    "link_totals": "counts under a random id",
    "page_totals": "counts under a random id",
    "passed_on": "that a random id passed on a page",
    "uses": "sums, for the books of the site",
}
"""Tables with a column `advocate_id` that erasing leaves, and what of a person is in them: nobody in particular."""
SECRET = ("_hash", "secret", "public_key")
"""Columns that are of no use to whom they are about, and of some use to a thief."""
OF_OTHERS = {
    "advocate_totals": ("credited_at_ms",),
    "credits": ("conversion_id", "subject"),
    "journal": ("subject", "seq"),
    "link_totals": ("at_ms",),
    "page_totals": ("at_ms",),
    "passed_on": ("reacher",),
}
"""Columns about somebody else: which order, visit and browser, and when the first one came. Whoever knows the id of
a browser can speak for it."""


class Choices(Struct, frozen=True):
    """What an advocate chose: a name, who reads it, and whether links still count.

    `shown`: those up and down the path, and the person in their own share panel. `greets`: who comes by a link, too.
    """

    name: str = ""
    shown: bool = False
    greets: bool = False
    stopped_at_ms: int | None = None
    erased_at_ms: int | None = None


def choices(session: Session, site_id: str, mine: Sequence[str]) -> Choices:
    """What a person of these ids chose; hidden and counted, if they chose nothing.

    In browsers that were joined later they may have chosen otherwise: the name that is shown stands before one that is
    hidden, and counting has stopped if it has in any. What was erased has chosen nothing.
    """
    columns = [advocate_choices.c[name] for name in Choices.__struct_fields__]
    rows = session.execute(
        select(*columns)
        .where(advocate_choices.c.site_id == site_id, advocate_choices.c.advocate_id.in_(mine))
        .order_by(advocate_choices.c.advocate_id)
    )
    every = [Choices(*row) for row in rows]
    found = [one for one in every if one.erased_at_ms is None]
    if every and not found and len(every) == len(mine):
        return every[0]
    named = next(iter(sorted(found, key=lambda one: (not one.shown, not one.name))), Choices())
    stopped = [one.stopped_at_ms for one in found if one.stopped_at_ms is not None]
    return Choices(named.name, named.shown, named.greets, min(stopped, default=None))


def erased_at_ms(session: Session, site_id: str, advocate_id: str) -> int | None:
    """When the person with this id was erased; None for everybody else."""
    mine = (advocate_choices.c.site_id == site_id, advocate_choices.c.advocate_id == advocate_id)
    return session.scalar(select(advocate_choices.c.erased_at_ms).where(*mine))


def choose(session: Session, site_id: str, mine: Sequence[str], chosen: Choices) -> None:
    """Keep what a person of these ids chose."""
    values = {name: getattr(chosen, name) for name in Choices.__struct_fields__}
    rows = [{"site_id": site_id, "advocate_id": advocate_id, **values} for advocate_id in mine]
    bulk.upsert(session, advocate_choices, rows)


def everything(session: Session, site: Site, advocate_ids: Sequence[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every row of every table that is about this person, table by table.

    Without secrets of the server, and without what the pages do not tell of the people who came either: which order
    and which visit it was, and the day where few people came by that link.
    """
    for table in metadata.sorted_tables:
        mine = _mine(table, advocate_ids)
        if mine is None:
            continue
        hidden = OF_OTHERS.get(table.name, ())
        shown = [
            column
            for column in table.columns
            if column.name not in hidden and not any(part in column.name for part in SECRET)
        ]
        rows = session.execute(select(*shown).where(table.c.site_id == site.site_id, mine)).mappings()
        found = [{name: _plain(value) for name, value in row.items()} for row in rows]
        if found:
            yield table.name, _coarse(session, site, table.name, found)


def _coarse(session: Session, site: Site, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without days that could point at one of few people, and claims without the order that a line is about."""
    if name == "claims":
        return [row | ({"conversion_id": None} if row["line_id"] else {}) for row in rows]
    if name not in ("credits", "journal"):
        return rows
    few = is_few(session, site.site_id, [row.get("share_id") for row in rows])

    def month(row: dict[str, Any]) -> dict[str, Any]:
        times = {key: at_ms for key, at_ms in row.items() if key.endswith("at_ms") and at_ms is not None}
        return row | {key: month_start_ms(at_ms, site.time_zone) for key, at_ms in times.items()}

    return [month(row) if few[row.get("share_id")] else row for row in rows]


def _mine(table: Table, advocate_ids: Sequence[str]) -> ColumnElement[bool] | None:
    if table.name == "claim_words":
        return claim_words.c.claim_id.in_(select(claims.c.claim_id).where(claims.c.advocate_id.in_(advocate_ids)))
    if table.name in ("journal", "balances"):
        return or_(*(table.c.account.startswith(f"advocate:{one}:", autoescape=True) for one in advocate_ids))
    name = next((name for name in ("advocate_id", "recipient") if name in table.c), None)
    return None if name is None else table.c[name].in_(advocate_ids)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def erase(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[str]:
    """Take away all that names this person or opens their pages; returns their addresses, for what lies elsewhere."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))
    mine = select(claims.c.claim_id).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(advocate_ids))
    session.execute(delete(claim_words).where(claim_words.c.site_id == site_id, claim_words.c.claim_id.in_(mine)))
    written = _addresses(session, site_id, advocate_ids)
    for table in (sessions, one_time_codes):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.subject.in_(advocate_ids)))
    for table in (mails, mail_choices, mail_marks, addresses):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.address_hash.in_(sorted(written))))
    for table in reversed(metadata.sorted_tables):
        if "advocate_id" in table.c and table.name not in KEPT:
            session.execute(delete(table).where(table.c.site_id == site_id, table.c.advocate_id.in_(advocate_ids)))
    return sorted(written.values())


def _addresses(session: Session, site_id: str, advocate_ids: Sequence[str]) -> dict[str, str]:
    """Their addresses by hash: those that are theirs, and those that they asked a link for and never pressed it."""
    asked = select(one_time_codes.c.subject).where(
        one_time_codes.c.site_id == site_id, one_time_codes.c.advocate_id.in_(advocate_ids)
    )
    loose = addresses.c.advocate_id.is_(None) & addresses.c.address_hash.in_(asked)
    found = select(addresses.c.address_hash, addresses.c.address).where(
        addresses.c.site_id == site_id, addresses.c.advocate_id.in_(advocate_ids) | loose
    )
    return {row.address_hash: row.address for row in session.execute(found)}

"""Checks of what a replay is made from: terms, links and facts are there, can be read and refer to each other."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from passalong.core.facts import decode_fact, encode_fact
from passalong.core.terms.model import decode_terms
from passalong.flow.transparency.heads_check import DifferenceError
from passalong.store import event_log
from passalong.store.schema.advocates import advocates
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.links import issued_links
from passalong.store.schema.sites import sites
from passalong.store.schema.terms import terms

BATCH = {"yield_per": 2_000}


def check_sources(session: Session, site_id: str) -> None:
    """Raise DifferenceError with the first row that is missing or cannot be read."""
    for check in CHECKS:
        check(session, site_id)


def _check_site(session: Session, site_id: str) -> None:
    if session.scalar(select(sites.c.site_id).where(sites.c.site_id == site_id)) is None:
        raise DifferenceError(f"The table sites has no row of {site_id}.")


def _check_terms(session: Session, site_id: str) -> None:
    """Versions are numbered without gaps from 1, and each document can be read."""
    rows = session.execute(select(terms).where(terms.c.site_id == site_id).order_by(terms.c.version)).all()
    for number, row in enumerate(rows, start=1):
        if row.version != number:
            raise DifferenceError(f"Version {number} of the terms is missing.")
        try:
            decode_terms(row.document)
        except (msgspec.MsgspecError, UnicodeError):
            raise DifferenceError(f"The document of version {number} of the terms cannot be read.") from None
    if not rows:
        raise DifferenceError("Version 1 of the terms is missing.")


def _check_links(session: Session, site_id: str) -> None:
    """Every link refers to a version of the terms and to an advocate that are there."""
    missing = _missing(site_id, terms, terms.c.version, issued_links.c.terms_version)
    if (row := session.execute(missing).first()) is not None:
        raise DifferenceError(f"Version {row[1]} of the terms is missing: the link {row[0]} was issued under it.")
    missing = _missing(site_id, advocates, advocates.c.advocate_id, issued_links.c.advocate_id)
    if (row := session.execute(missing).first()) is not None:
        raise DifferenceError(f"The advocate {row[1]} is missing: the link {row[0]} is theirs.")


def _missing(site_id: str, table: Any, key: Any, refers: Any) -> Any:
    """Links of the site that refer to a row which is not there."""
    same = and_(table.c.site_id == issued_links.c.site_id, key == refers)
    statement = select(issued_links.c.share_id, refers).outerjoin(table, same)
    return statement.where(issued_links.c.site_id == site_id, key.is_(None)).limit(1)


def _check_facts(session: Session, site_id: str) -> None:
    """Facts are numbered without gaps from 1; each is recorded, and can be read."""
    number = 0
    for number, (seq, source, event_id, fact) in enumerate(_numbered(session, site_id), start=1):
        if seq != number:
            raise DifferenceError(f"The fact with number {number} is missing: after {number - 1} comes {seq}.")
        if fact is None:
            raise DifferenceError(f"The fact with number {seq} ({source} {event_id}) is not in the event log.")
        try:
            read = decode_fact(fact)
        except (msgspec.MsgspecError, UnicodeError):
            raise DifferenceError(f"The fact with number {seq} ({source} {event_id}) cannot be read.") from None
        if encode_fact(read) != fact and (names := _unknown_names(msgspec.json.decode(fact), read)):
            raise DifferenceError(f"The fact with number {seq} ({source} {event_id}) has a field {names[0][:40]!r}.")
    if (last := event_log.last_seq(session, site_id)) != number:
        raise DifferenceError(f"The fold has numbered {last} facts, and {number} are there.")


def _unknown_names(stored: Any, read: Any) -> list[str]:
    """Return the names of stored fields that no fact has; a fact of an earlier version may lack newer ones."""
    if isinstance(read, msgspec.Struct) and isinstance(stored, dict):
        names = {field.encode_name: field.name for field in msgspec.structs.fields(read)}
        tag = read.__struct_config__.tag_field
        here = [name for name in stored if name not in names and name != tag]
        below = (_unknown_names(stored[name], getattr(read, names[name])) for name in stored if name in names)
        return [*here, *(name for names in below for name in names)]
    if isinstance(read, (list, tuple)) and isinstance(stored, list):
        return [name for before, after in zip(stored, read, strict=False) for name in _unknown_names(before, after)]
    return []


def _numbered(session: Session, site_id: str) -> Iterator[Any]:
    same = and_(
        numbered.c.site_id == events.c.site_id,
        numbered.c.source == events.c.source,
        numbered.c.event_id == events.c.event_id,
    )
    statement = select(numbered.c.seq, numbered.c.source, numbered.c.event_id, events.c.fact).outerjoin(events, same)
    ordered = statement.where(numbered.c.site_id == site_id).order_by(numbered.c.seq)
    with session.execute(ordered, execution_options=BATCH) as rows:
        yield from rows


CHECKS: tuple[Callable[[Session, str], None], ...] = (_check_site, _check_terms, _check_links, _check_facts)

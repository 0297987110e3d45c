"""Digests: one hash of a journal and one of all balances, to compare databases and replays."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store.schema.journal import balances, journal


def journal_digest(session: Session, site_id: str) -> str:
    """Return SHA-256 in hex over every journal line of the site in order: the same history, the same hash."""
    columns = (
        journal.c.tx,
        journal.c.line,
        journal.c.seq,
        journal.c.subject,
        journal.c.account,
        journal.c.unit,
        journal.c.amount_micros,
        journal.c.at_ms,
    )
    rows = session.execute(
        select(*columns).where(journal.c.site_id == site_id).order_by(journal.c.tx, journal.c.line),
        execution_options={"yield_per": 5_000},
    )
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def balance_digest(session: Session, site_id: str) -> str:
    """Return SHA-256 in hex over every balance that is not zero: independent of the order of facts."""
    rows = session.execute(
        select(balances.c.account, balances.c.unit, balances.c.amount_micros).where(
            balances.c.site_id == site_id, balances.c.amount_micros != 0
        )
    )
    lines = sorted("\t".join(map(str, row)) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

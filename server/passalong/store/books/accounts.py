"""Accounts, for pages and the API: the advocates that a person proved to be theirs."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store.schema.advocates import advocates
from passalong.store.schema.identities import accounts


def account(session: Session, site_id: str, advocate_id: str) -> tuple[str, ...]:
    """Return all advocate ids of the account with this one, the eldest first; this one alone if none were joined."""
    theirs = select(accounts.c.account_id).where(accounts.c.site_id == site_id, accounts.c.advocate_id == advocate_id)
    found = session.execute(
        select(accounts.c.advocate_id, advocates.c.created_at_ms)
        .outerjoin(
            advocates,
            (advocates.c.site_id == accounts.c.site_id) & (advocates.c.advocate_id == accounts.c.advocate_id),
        )
        .where(accounts.c.site_id == site_id, accounts.c.account_id == theirs.scalar_subquery())
    )
    eldest_first = sorted(found, key=lambda row: (row.created_at_ms or 0, row.advocate_id))
    return tuple(row.advocate_id for row in eldest_first) or (advocate_id,)

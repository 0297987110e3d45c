"""Accounts, for pages and the API: the advocates that a person proved to be theirs."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from passalong.store.schema.advocates import advocates
from passalong.store.schema.identities import accounts

AT_ONCE = 500
"""The number of ids in one statement."""

_OF_SITE = accounts.c.site_id == bindparam("of_site")
_THEIRS = select(accounts.c.account_id).where(_OF_SITE, accounts.c.advocate_id == bindparam("advocate"))
MEMBERS = (
    select(accounts.c.advocate_id, advocates.c.created_at_ms)
    .outerjoin(
        advocates, (advocates.c.site_id == accounts.c.site_id) & (advocates.c.advocate_id == accounts.c.advocate_id)
    )
    .where(_OF_SITE, accounts.c.account_id == _THEIRS.scalar_subquery())
)
"""The members of an advocate's account. It is asked for in every request of a person: built once, not each time."""


def account(session: Session, site_id: str, advocate_id: str) -> tuple[str, ...]:
    """Return all advocate ids of the account with this one, the eldest first; this one alone if none were joined."""
    rows = session.execute(MEMBERS, {"of_site": site_id, "advocate": advocate_id})
    eldest_first = sorted(rows, key=lambda row: (row.created_at_ms or 0, row.advocate_id))
    return tuple(row.advocate_id for row in eldest_first) or (advocate_id,)


def accounts_of(session: Session, site_id: str, advocate_ids: Iterable[str]) -> dict[str, set[str]]:
    """Return the advocate ids of each of these accounts, by the id asked for; that one alone if none were joined."""
    ids = sorted(set(advocate_ids))
    members = {advocate_id: {advocate_id} for advocate_id in ids}
    theirs = accounts.alias()
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(accounts.c.advocate_id, theirs.c.advocate_id)
            .join(theirs, (theirs.c.site_id == accounts.c.site_id) & (theirs.c.account_id == accounts.c.account_id))
            .where(accounts.c.site_id == site_id, accounts.c.advocate_id.in_(ids[start : start + AT_ONCE]))
        )
        for advocate_id, other in rows:
            members[advocate_id].add(other)
    return members

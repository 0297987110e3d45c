"""Shares of monthly pools that a ban holds: of excluded people, and of those who share a browser with one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from passalong.core.attribution.journey import POOL
from passalong.store.books.identities import IdentityBook
from passalong.store.schema.credits import credits
from passalong.store.schema.decisions import verdicts

_BANS = (
    select(verdicts.c.subject_id)
    .where(verdicts.c.site_id == bindparam("of_site"), verdicts.c.about == "advocate")
    .where(verdicts.c.decision == "ban")
)


def held_shares(session: Session, site_id: str, most: int) -> Sequence[Row[Any]]:
    """Return the lines of credit of held shares, the oldest first."""
    names = _reached_by_bans(session, site_id)
    statement = select(credits).where(*_conditions(site_id, names))
    ordered = statement.order_by(credits.c.at_ms, credits.c.conversion_id).limit(most)
    return session.execute(ordered).all() if names else ()


def count_held_shares(session: Session, site_id: str) -> int:
    """Count the held shares."""
    names = _reached_by_bans(session, site_id)
    statement = select(func.count()).select_from(credits).where(*_conditions(site_id, names))
    return (session.scalar(statement) or 0) if names else 0


def _conditions(site_id: str, names: Sequence[str]) -> tuple[Any, ...]:
    """Return the conditions on a line; the index of lines that are not available leads to it, by their recipients."""
    is_held = (credits.c.goal == POOL, credits.c.ready.is_(False), credits.c.on_hold)
    return (credits.c.site_id == site_id, credits.c.recipient.in_(names), *is_held)


def _reached_by_bans(session: Session, site_id: str) -> list[str]:
    """Return everybody who was ever banned, and those who share a browser with them: few, as there are few bans."""
    advocate_ids = set(session.scalars(_BANS, {"of_site": site_id}))
    if not advocate_ids:
        return []
    identities = IdentityBook(session, site_id)
    identities.prime_groups(advocate_ids)
    return sorted({member for advocate_id in advocate_ids for member in identities.group(advocate_id)})

"""Grants under limits over many conversions (caps, budgets), and how much of each limit is spent."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.facts import EVERYBODY, Grant, LimitsDecided
from passalong.store import bulk
from passalong.store.schema.limits import grants, spent

__all__ = ["EVERYBODY", "GrantBook"]


class GrantBook:
    """The grants of one site, as one slice has read and added to them.

    Not a `Book`: it appends to one table and adds up what is spent in another.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._given: dict[str, list[Grant]] = {}
        self._spent: dict[tuple[str, str, str, str], int] = {}
        self._new: list[dict[str, object]] = []
        self._changed: set[tuple[str, str, str, str]] = set()

    def add(self, event_id: str, fact: LimitsDecided) -> None:
        """Add a limit decision and spend what it grants."""
        grants = self._of(fact.conversion_id)
        for grant in fact.grants:
            grants.append(grant)
            self._new.append(
                {
                    "site_id": self._site_id,
                    "conversion_id": fact.conversion_id,
                    "recipient": grant.recipient,
                    "event_id": event_id,
                    "unit": grant.unit,
                    "terms_version": grant.terms_version,
                    "wanted_micros": grant.wanted_micros,
                    "granted_micros": grant.granted_micros,
                }
            )
            span = fact.day[:7] if grant.recipient == EVERYBODY else fact.day
            key = (fact.goal, grant.unit or fact.unit, grant.recipient, span)
            self._spent[key] = self._read_spent(key) + grant.granted_micros
            self._changed.add(key)

    def of(self, conversion_id: str, recipients: Iterable[str], unit: str, version: int) -> tuple[int, int]:
        """Return (wanted, granted) in micros, of what one version pays in a unit to a person with these ids."""
        named = set(recipients)
        grants = [
            grant
            for grant in self._of(conversion_id)
            if grant.recipient in named and grant.unit in ("", unit) and grant.terms_version in (0, version)
        ]
        return sum(grant.wanted_micros for grant in grants), sum(grant.granted_micros for grant in grants)

    def _of(self, conversion_id: str) -> list[Grant]:
        if conversion_id not in self._given:
            amounts = (grants.c.wanted_micros, grants.c.granted_micros)
            columns = (grants.c.recipient, *amounts, grants.c.unit, grants.c.terms_version)
            rows = self._session.execute(
                select(*columns).where(grants.c.site_id == self._site_id, grants.c.conversion_id == conversion_id)
            )
            self._given[conversion_id] = [Grant(*row) for row in rows]
        return self._given[conversion_id]

    def spent(self, goal: str, unit: str, recipients: Iterable[str], span: str) -> int:
        """Return how much of a limit is spent, in micros; `span` is a day for persons, a month for everybody."""
        return sum(self._read_spent((goal, unit, recipient, span)) for recipient in recipients)

    def _read_spent(self, key: tuple[str, str, str, str]) -> int:
        if key not in self._spent:
            goal, unit, recipient, span = key
            self._spent[key] = (
                self._session.scalar(
                    select(spent.c.granted_micros).where(
                        spent.c.site_id == self._site_id,
                        spent.c.goal == goal,
                        spent.c.unit == unit,
                        spent.c.recipient == recipient,
                        spent.c.span == span,
                    )
                )
                or 0
            )
        return self._spent[key]

    def flush(self) -> None:
        """Write the additions."""
        bulk.insert_all(self._session, grants, self._new)
        rows = [
            {
                "site_id": self._site_id,
                "goal": goal,
                "unit": unit,
                "recipient": recipient,
                "span": span,
                "granted_micros": self._spent[goal, unit, recipient, span],
            }
            for goal, unit, recipient, span in sorted(self._changed)
        ]
        bulk.upsert(self._session, spent, rows)
        self._new.clear()
        self._changed.clear()

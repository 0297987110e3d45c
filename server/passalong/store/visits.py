"""Visits as the fold looks them up: by visitor and by id.

A slice of work reads what its facts are about in a few statements, changes it in memory, and writes it once.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.read_models import visits


class Visit(Struct, frozen=True):
    """One visit; `refused` is the reason that its fact carries."""

    site_id: str
    visit_id: str
    visitor_id: str
    share_id: str
    at_ms: int
    page_url: str
    refused: str | None


class VisitBook:
    """The visits of one site, as one slice of work has read and added to them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._by_visitor: dict[str, list[Visit]] = {}
        self._by_id: dict[str, Visit | None] = {}
        self._new: list[Visit] = []

    def prime(self, visitor_ids: Iterable[str]) -> None:
        """Read all visits of these visitors at once."""
        asked = sorted(set(visitor_ids) - set(self._by_visitor))
        self._by_visitor |= {visitor_id: [] for visitor_id in asked}
        for visit in self._read(visits.c.visitor_id.in_(asked)) if asked else ():
            self._by_visitor[visit.visitor_id].append(visit)
            self._by_id[visit.visit_id] = visit

    def _read(self, condition: Any) -> list[Visit]:
        rows = self._session.execute(select(visits).where(visits.c.site_id == self._site_id, condition))
        return [Visit(**row._mapping) for row in rows]

    def add(self, visit: Visit) -> None:
        """Record a visit."""
        self.prime([visit.visitor_id])
        self._by_visitor[visit.visitor_id].append(visit)
        self._by_id[visit.visit_id] = visit
        self._new.append(visit)

    def find(self, visit_id: str | None) -> Visit | None:
        """The visit of that id, if it was folded."""
        if visit_id is None:
            return None
        if visit_id not in self._by_id:
            found = self._read(visits.c.visit_id == visit_id)
            self._by_id[visit_id] = found[0] if found else None
        return self._by_id[visit_id]

    def of(self, visitor_ids: Iterable[str], since_ms: int = 0, until_ms: int | None = None) -> list[Visit]:
        """The visits of these visitors that no gate refused, both ends in, oldest first."""
        asked = list(visitor_ids)
        self.prime(asked)
        found = [
            visit
            for visitor_id in asked
            for visit in self._by_visitor[visitor_id]
            if visit.refused is None and visit.at_ms >= since_ms and (until_ms is None or visit.at_ms <= until_ms)
        ]
        return sorted(found, key=lambda visit: (visit.at_ms, visit.visit_id))

    def flush(self) -> None:
        """Write what was added."""
        bulk.insert_all(self._session, visits, [structs.asdict(visit) for visit in self._new])
        self._new.clear()

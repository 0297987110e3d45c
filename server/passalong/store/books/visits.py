"""Visits, looked up by visitor and by id.

A slice reads what its facts need in a few statements, changes it in memory, and writes it once.
"""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.store.books.book import Book
from passalong.store.schema.visits import visits


class Visit(Struct, frozen=True):
    """One visit; `refused` is the reason that its fact carries."""

    site_id: str
    visit_id: str
    visitor_id: str
    share_id: str
    at_ms: int
    page_url: str
    refused: str | None


class VisitBook(Book[Visit]):
    """The visits of one site, as one slice has read and added to them."""

    table = visits
    struct = Visit
    appends = True

    def __init__(self, session: Session, site_id: str):
        super().__init__(session, site_id)
        self._by_visitor: dict[str, list[Visit]] = {}

    def prime(self, visitor_ids: Iterable[str]) -> None:
        """Read all visits of these visitors at once."""
        missing = sorted(set(visitor_ids) - set(self._by_visitor))
        self._by_visitor |= {visitor_id: [] for visitor_id in missing}
        for visit in self._read_among(visits.c.visitor_id, missing) if missing else ():
            self._by_visitor[visit.visitor_id].append(visit)

    def prime_by_id(self, visit_ids: Iterable[str]) -> list[Visit]:
        """Read these visits at once; returns those that exist."""
        wanted = set(visit_ids)
        missing = sorted(visit_id for visit_id in wanted if (visit_id,) not in self._rows)
        self._rows |= dict.fromkeys((visit_id,) for visit_id in missing)
        if missing:
            self._read_among(visits.c.visit_id, missing)
        return [visit for visit_id in wanted if (visit := self._rows[(visit_id,)])]

    def loaded(self, visitor_id: str) -> list[Visit]:
        """The visits of a visitor that were read so far."""
        return self._by_visitor.get(visitor_id, [])

    def ids(self) -> set[str]:
        """The ids of the visits that were read so far."""
        return {visit.visit_id for visit in self._loaded()}

    def add(self, visit: Visit) -> None:
        """Record a visit."""
        self.prime([visit.visitor_id])
        self._by_visitor[visit.visitor_id].append(visit)
        self.put(visit)

    def find(self, visit_id: str | None) -> Visit | None:
        """Return the visit of that id, if it was folded."""
        return None if visit_id is None else self._find(visit_id)

    def of(self, visitor_ids: Iterable[str], since_ms: int = 0, until_ms: int | None = None) -> list[Visit]:
        """Return the visits of these visitors in a time range (both ends included) that no gate refused, oldest
        first."""
        ids = list(visitor_ids)
        self.prime(ids)
        visits = [
            visit
            for visitor_id in ids
            for visit in self._by_visitor[visitor_id]
            if visit.refused is None and visit.at_ms >= since_ms and (until_ms is None or visit.at_ms <= until_ms)
        ]
        return sorted(visits, key=lambda visit: (visit.at_ms, visit.visit_id))

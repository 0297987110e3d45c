"""Edges between identity keys: who saw, stated or proved that two keys belong together, and until when."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from passalong.core.identity import Strength
from passalong.store.books.book import Book, Key
from passalong.store.schema.identities import edges

WITHDRAWN = "-"
"""Both ends of the mark for a statement that was withdrawn before it arrived."""

_OF_SITE = edges.c.site_id == bindparam("of_site")
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_AT = select(edges).where(_OF_SITE, edges.c.low.in_(_KEYS) | edges.c.high.in_(_KEYS))
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF_FACTS = select(edges).where(_OF_SITE, edges.c.source == bindparam("of_source"), edges.c.event_id.in_(_IDS))


class Edge(Struct, frozen=True):
    """One edge; `low` sorts before `high`. It counts until `ended_seq`."""

    site_id: str
    low: str
    high: str
    strength: str
    source: str
    event_id: str
    seq: int
    ended_seq: int | None = None


class EdgeBook(Book[Edge]):
    """The edges of one site, as one slice has read and changed them."""

    table = edges
    struct = Edge

    def __init__(self, session: Session, site_id: str):
        super().__init__(session, site_id)
        self._asked: set[str] = set()
        self._at: defaultdict[str, set[Key]] = defaultdict(set)
        """The keys of the edges at each identity key."""
        self._origins: set[tuple[str, str]] = set()

    def prime(self, keys: Iterable[str]) -> None:
        """Read every edge at these keys, in one statement."""
        missing = sorted({key for key in keys if key not in self._asked})
        if not missing:
            return
        self._asked.update(missing)
        self._read_all(_AT, {"of_site": self._site_id, "keys": missing})

    def _index(self, row: Edge) -> None:
        for end in (row.low, row.high):
            self._at[end].add(self._key(row))

    def at(self, key: str, *strengths: Strength) -> set[str]:
        """Return the keys that an edge of one of these strengths joins directly with this one."""
        self.prime([key])
        rows = (self._rows[place] for place in self._at[key])
        live = [edge for edge in rows if edge and edge.ended_seq is None and edge.strength in strengths]
        return {edge.high if edge.low == key else edge.low for edge in live}

    def add(self, pair: tuple[str, str], strength: Strength, origin: tuple[str, str], seq: int) -> bool:
        """Add an edge that the fact `origin` (source, event id) states; True if it is new."""
        low, high = sorted(pair)
        if low == high or (high in self.at(low, strength) and strength is Strength.SEEN):
            return False
        new = high not in self.at(low, strength)
        self.put(Edge(self._site_id, low, high, strength, *origin, seq, None))
        return new

    def keys_of(self, origin: tuple[str, str]) -> set[str]:
        """Return the keys that a statement joins."""
        live = [edge for edge in self._of(origin) if edge.ended_seq is None]
        return {key for edge in live for key in (edge.low, edge.high)}

    def is_withdrawn(self, origin: tuple[str, str]) -> bool:
        """Return True if this statement was withdrawn before it arrived."""
        return any(edge.low == WITHDRAWN for edge in self._of(origin))

    def withdraw(self, origin: tuple[str, str], seq: int) -> set[str]:
        """End all edges of a statement; returns the keys that they joined."""
        keys = self.keys_of(origin)
        for edge in [edge for edge in self._of(origin) if edge.ended_seq is None]:
            self.put(structs.replace(edge, ended_seq=seq))
        mark = Edge(self._site_id, WITHDRAWN, WITHDRAWN, Strength.STATED, *origin, seq, seq)
        if self._key(mark) not in self._rows:
            self.put(mark)
        return keys

    def prime_origins(self, origins: Iterable[tuple[str, str]]) -> None:
        """Read the edges that these facts told of, those of one source in one statement."""
        missing = set(origins) - self._origins
        self._origins |= missing
        for source in sorted({source for source, _ in missing}):
            ids = sorted(event_id for origin_source, event_id in missing if origin_source == source)
            self._read_all(_OF_FACTS, {"of_site": self._site_id, "of_source": source, "ids": ids})

    def _of(self, origin: tuple[str, str]) -> list[Edge]:
        self.prime_origins([origin])
        return [edge for edge in self._loaded() if (edge.source, edge.event_id) == origin]

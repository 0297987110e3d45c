"""Thanks that came before the note of their visit."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.schema.thanks import early_thanks


class ThanksBook:
    """The early thanks of one site, as one slice has read and added to them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._by_visit: dict[str, str | None] = {}
        self._new: dict[str, str] = {}

    def prime(self, visit_ids: Iterable[str]) -> None:
        """Read the early thanks of these visits at once."""
        asked = sorted(set(visit_ids) - set(self._by_visit))
        if not asked:
            return
        self._by_visit |= dict.fromkeys(asked)
        theirs = early_thanks.c.site_id == self._site_id, early_thanks.c.visit_id.in_(asked)
        for row in self._session.execute(select(early_thanks.c.visit_id, early_thanks.c.share_id).where(*theirs)):
            self._by_visit[row.visit_id] = row.share_id

    def share_of(self, visit_id: str) -> str | None:
        """Return the link that a visit was thanked for before it was known; None for most visits."""
        self.prime([visit_id])
        return self._by_visit[visit_id]

    def put_early(self, visit_id: str, share_id: str) -> None:
        """Keep thanks until their visit is known."""
        self._by_visit[visit_id] = share_id
        self._new[visit_id] = share_id

    def flush(self) -> None:
        """Write what was added."""
        rows = [
            {"site_id": self._site_id, "visit_id": visit_id, "share_id": self._new[visit_id]}
            for visit_id in sorted(self._new)
        ]
        bulk.insert_all(self._session, early_thanks, rows)
        self._new.clear()

"""What people decided about advocates, conversions and visits, as the fold looks it up."""

from collections.abc import Iterable

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.facts import About
from passalong.core.verdicts import Verdict
from passalong.store import bulk
from passalong.store.read_models import verdicts


class VerdictBook:
    """The verdicts of one site. Most sites have few or none, so they are read once for a slice of work."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._given: dict[tuple[str, str], list[Verdict]] | None = None
        self._abouts: set[str] = set()
        self._new: list[Verdict] = []

    def any_about(self, about: About) -> bool:
        """True when there is any verdict about one of these at all."""
        if self._given is None:
            self._given = self._read()
        return about in self._abouts

    def of(self, about: About, subject_ids: Iterable[str]) -> list[Verdict]:
        """All verdicts about these advocates, conversions or visits."""
        if self._given is None:
            self._given = self._read()
        if not self._given:
            return []
        return [verdict for subject_id in subject_ids for verdict in self._given.get((about, subject_id), ())]

    def _read(self) -> dict[tuple[str, str], list[Verdict]]:
        columns = [verdicts.c[name] for name in Verdict.__struct_fields__]
        given: dict[tuple[str, str], list[Verdict]] = {}
        for row in self._session.execute(select(*columns).where(verdicts.c.site_id == self._site_id)):
            given.setdefault((row.about, row.subject_id), []).append(Verdict(**row._mapping))
        self._abouts = {about for about, _ in given}
        return given

    def add(self, verdict: Verdict) -> None:
        """Record a verdict."""
        if self._given is None:
            self._given = self._read()
        self._given.setdefault((verdict.about, verdict.subject_id), []).append(verdict)
        self._abouts.add(verdict.about)
        self._new.append(verdict)

    def flush(self) -> None:
        """Write what was added."""
        rows = [{"site_id": self._site_id, **structs.asdict(verdict)} for verdict in self._new]
        bulk.insert_all(self._session, verdicts, rows)
        self._new.clear()

"""Decisions of people about advocates, conversions and visits, as the fold looks them up."""

from collections.abc import Iterable

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from passalong.core.decisions import DECISIONS, Decision, standing
from passalong.core.facts import About, stored_values
from passalong.store import bulk
from passalong.store.schema.decisions import verdicts

_KINDS = select(
    *(
        select(verdicts.c.event_id)
        .where(verdicts.c.site_id == bindparam("of_site"), verdicts.c.about == about)
        .exists()
        .label(about)
        for about in DECISIONS
    )
)
_SUBJECTS: BindParameter[str] = bindparam("subject_ids", expanding=True)
_ABOUT = select(*(verdicts.c[name] for name in Decision.__struct_encode_fields__)).where(
    verdicts.c.site_id == bindparam("of_site"),
    verdicts.c.about == bindparam("of_kind"),
    verdicts.c.subject_id.in_(_SUBJECTS),
)


class DecisionBook:
    """The decisions of one site that a slice needs: which kinds of subject have any, and those about what it asks.

    Not a `Book`: it is asked by subject, which has any number of decisions, and reads nothing for most sites.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._given: dict[tuple[str, str], list[Decision]] = {}
        self._stored: set[str] | None = None
        """The kinds of subject of which the database has decisions; of the others all are in memory."""
        self._new: list[Decision] = []

    def any_about(self, about: About) -> bool:
        """Return True if there is any decision about a subject of this kind."""
        return self._has_stored(about) or any(decision.about == about for decision in self._new)

    def of(self, about: About, subject_ids: Iterable[str]) -> list[Decision]:
        """Return all decisions about these advocates, conversions or visits."""
        ids = list(subject_ids)
        self.prime(about, ids)
        return [decision for subject_id in ids for decision in self._given.get((about, subject_id), ())]

    def prime(self, about: About, subject_ids: Iterable[str]) -> None:
        """Read the decisions about these subjects at once; nothing is read where there are none of this kind."""
        if not self._has_stored(about):
            return
        missing = {subject_id for subject_id in subject_ids if (about, subject_id) not in self._given}
        if missing:
            self._given |= {(about, subject_id): [] for subject_id in missing}
            for decision in decisions_about(self._session, self._site_id, about, missing):
                self._given[decision.about, decision.subject_id].append(decision)

    def _has_stored(self, about: str) -> bool:
        if self._stored is None:
            self._stored = self._read_stored()
        return about in self._stored

    def _read_stored(self) -> set[str]:
        """Return the kinds of subject with any decision: a probe of the primary key for each kind."""
        row = self._session.execute(_KINDS, {"of_site": self._site_id}).one()
        return {about for about, has_any in zip(DECISIONS, row, strict=True) if has_any}

    def add(self, decision: Decision) -> None:
        """Add a decision."""
        self.prime(decision.about, [decision.subject_id])
        self._given.setdefault((decision.about, decision.subject_id), []).append(decision)
        self._new.append(decision)

    def flush(self) -> None:
        """Write all additions."""
        rows = [{"site_id": self._site_id, **stored_values(decision)} for decision in self._new]
        bulk.insert_all(self._session, verdicts, rows)
        self._new.clear()


def standing_ban(session: Session, site_id: str, advocate_ids: Iterable[str]) -> Decision | None:
    """Return the decision by which a person with these ids is banned today; None for everybody else."""
    decision = standing(decision for decision in decisions_about(session, site_id, "advocate", advocate_ids))
    return decision if decision is not None and decision.action == "ban" else None


def decisions_about(session: Session, site_id: str, about: About, subject_ids: Iterable[str]) -> list[Decision]:
    """Return all decisions about these advocates, conversions or visits, for pages."""
    values = {"of_site": site_id, "of_kind": about, "subject_ids": sorted(subject_ids)}
    return [Decision(*row) for row in session.execute(_ABOUT, values)]

"""Proposals: calls of the API that a key asks for and a person approves or declines."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.schema.proposals import proposals


class ProposalState(StrEnum):
    """The state of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    """A person has approved it, and its call has no answer yet."""
    DONE = "done"
    FAILED = "failed"
    """It was approved, and its call was refused: `answer` says why."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """The hour is over, and no person decided. This state follows from the time and is in no row."""


class Proposal(Struct, frozen=True):
    """One proposal; `path_ids` and `body` are JSON texts, `status` and `answer` None until the call is answered."""

    site_id: str
    proposal_id: str
    key_handle: str
    key_name: str
    operation: str
    path_ids: str
    body: str
    reason: str
    asked_at_ms: int
    expires_at_ms: int
    state: str = ProposalState.OPEN
    decided_by: str = ""
    decided_at_ms: int | None = None
    status: int | None = None
    answer: str | None = None

    def state_at(self, now_ms: int) -> ProposalState:
        """Return the state at a time: an open proposal expires."""
        if self.state == ProposalState.OPEN and self.expires_at_ms <= now_ms:
            return ProposalState.EXPIRED
        return ProposalState(self.state)


def add(session: Session, proposal: Proposal) -> None:
    """Insert a proposal; raises IntegrityError if its id is taken."""
    session.execute(insert(proposals).values(**structs.asdict(proposal)))


def find(session: Session, site_id: str, proposal_id: str) -> Proposal | None:
    """Return the proposal of that id."""
    row = session.execute(select(proposals).where(*_one(site_id, proposal_id))).one_or_none()
    return None if row is None else Proposal(**row._mapping)


def newest(session: Session, site_id: str, limit: int) -> Sequence[Proposal]:
    """Return the newest proposals of a site."""
    of_site = select(proposals).where(proposals.c.site_id == site_id)
    rows = session.execute(of_site.order_by(proposals.c.asked_at_ms.desc(), proposals.c.proposal_id).limit(limit))
    return [Proposal(**row._mapping) for row in rows]


def count_open(session: Session, site_id: str, now_ms: int) -> int:
    """Return the number of proposals that wait for a person."""
    waits = (
        proposals.c.site_id == site_id,
        proposals.c.state == ProposalState.OPEN,
        proposals.c.expires_at_ms > now_ms,
    )
    return session.scalar(select(func.count()).select_from(proposals).where(*waits)) or 0


def decide(session: Session, site_id: str, proposal_id: str, state: ProposalState, by: tuple[str, int]) -> bool:
    """Decide an open proposal; False if it was decided meanwhile. `by` is the person and the time."""
    person, at_ms = by
    open_one = (*_one(site_id, proposal_id), proposals.c.state == ProposalState.OPEN, proposals.c.expires_at_ms > at_ms)
    values = {"state": state, "decided_by": person, "decided_at_ms": at_ms}
    changed = session.execute(update(proposals).where(*open_one).values(values))
    return int(changed.rowcount) == 1  # type: ignore[attr-defined]


def answer(session: Session, site_id: str, proposal_id: str, state: ProposalState, answered: tuple[int, str]) -> None:
    """Store the answer of an approved call; the first one stays. `answered` is the status and the JSON text."""
    status, text = answered
    approved = (*_one(site_id, proposal_id), proposals.c.state == ProposalState.APPROVED)
    session.execute(update(proposals).where(*approved).values(state=state, status=status, answer=text))


def forget_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete proposals from before a time."""
    session.execute(delete(proposals).where(proposals.c.site_id == site_id, proposals.c.asked_at_ms < at_ms))


def _one(site_id: str, proposal_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return proposals.c.site_id == site_id, proposals.c.proposal_id == proposal_id

"""Proposals: calls of the API that a key asks for and a person approves or declines.

Their texts may name customers. They are deleted as soon as nobody needs them: once a call was carried out, refused or
declined, once nobody decided in time, and a day after an approval whose call has no result.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from passalong.store.engine import bytewise
from passalong.store.schema.proposals import proposals

OPEN_MS = 3_600_000
"""How long a proposal waits for a person."""
RETRY_WITHIN_MS = 86_400_000
"""How long after its last approval a call without a result may be tried again."""
CUT_OFF = '{"detail": "The call was cut off and not tried again within a day. It may have been done: look there."}'
NEWEST = (2**62, "")
"""A place before which every proposal is."""
NO_TEXTS = {"path_ids": "{}", "body": "{}", "reason": ""}


class ProposalState(StrEnum):
    """The state of a proposal."""

    OPEN = "open"
    APPROVED = "approved"
    """A person has approved it, and its call has no result yet."""
    DONE = "done"
    FAILED = "failed"
    """It was approved, and its call was refused, or cut off and not tried again: `answer` says why."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """The hour is over, and no person decided."""


class Proposal(Struct, frozen=True):
    """One proposal; `path_ids` and `body` are JSON texts, `status` and `answer` None until the call has a result.

    `answer` is empty after a success, so that it repeats nothing of the books. After a refusal it is the JSON text of
    the problem's `code` and `detail`.
    """

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

    @property
    def call_id(self) -> str:
        """The id of the call, the same however often it is carried out."""
        return f"{self.proposal_id}-{self.asked_at_ms}"

    def state_at(self, now_ms: int) -> ProposalState:
        """Return the state at a time: an open proposal expires, an approved one whose call has no result has failed.

        `expire` stores that state.
        """
        if self.state == ProposalState.OPEN and self.expires_at_ms <= now_ms:
            return ProposalState.EXPIRED
        if self.state == ProposalState.APPROVED and (self.decided_at_ms or 0) + RETRY_WITHIN_MS <= now_ms:
            return ProposalState.FAILED
        return ProposalState(self.state)


def add(session: Session, proposal: Proposal) -> None:
    """Insert a proposal; raises IntegrityError if its id is taken."""
    session.execute(insert(proposals).values(**structs.asdict(proposal)))


def find(session: Session, site_id: str, proposal_id: str) -> Proposal | None:
    """Return the proposal of that id."""
    row = session.execute(select(proposals).where(*_one(site_id, proposal_id))).one_or_none()
    return None if row is None else Proposal(**row._mapping)


def newest(session: Session, site_id: str, limit: int, before: tuple[int, str] = NEWEST) -> Sequence[Proposal]:
    """Return the newest proposals of a site before that time and id."""
    proposal_id = bytewise(session, proposals.c.proposal_id)
    of_site = select(proposals).where(
        proposals.c.site_id == site_id,
        proposals.c.asked_at_ms <= before[0],  # for the index
        tuple_(proposals.c.asked_at_ms, proposal_id) < before,
    )
    rows = session.execute(of_site.order_by(proposals.c.asked_at_ms.desc(), proposal_id.desc()).limit(limit))
    return [Proposal(**row._mapping) for row in rows]


def count_open(session: Session, site_id: str, now_ms: int) -> int:
    """Return the number of proposals that wait for a person."""
    values = {"of_site": site_id, "now_ms": now_ms, "since_ms": now_ms - OPEN_MS}
    return session.scalar(_OPEN, values) or 0


_OPEN = (
    select(func.count())
    .select_from(proposals)
    .where(proposals.c.site_id == bindparam("of_site"), proposals.c.state == ProposalState.OPEN)
    .where(proposals.c.asked_at_ms > bindparam("since_ms"))  # for the index
    .where(proposals.c.expires_at_ms > bindparam("now_ms"))
)


def decide(session: Session, site_id: str, proposal_id: str, state: ProposalState, by: tuple[str, int]) -> bool:
    """Decide an open proposal; False if it was decided meanwhile. `by` is the person and the time."""
    waits = proposals.c.state == ProposalState.OPEN, proposals.c.expires_at_ms > by[1]
    return _set_decision(session, (*_one(site_id, proposal_id), *waits), state, by)


def decide_again(session: Session, approved: Proposal, state: ProposalState, by: tuple[str, int]) -> bool:
    """Decide again about an approved proposal without a result; False if somebody else did meanwhile."""
    unchanged = proposals.c.state == ProposalState.APPROVED, proposals.c.decided_at_ms == approved.decided_at_ms
    return _set_decision(session, (*_one(approved.site_id, approved.proposal_id), *unchanged), state, by)


def _set_decision(
    session: Session, where: Sequence[ColumnElement[bool]], state: ProposalState, by: tuple[str, int]
) -> bool:
    values = {"state": state, "decided_by": by[0], "decided_at_ms": by[1]}
    texts = {} if state is ProposalState.APPROVED else NO_TEXTS
    changed = session.execute(update(proposals).where(*where).values(values | texts))
    return int(changed.rowcount) == 1  # type: ignore[attr-defined]


def answer(session: Session, site_id: str, proposal_id: str, state: ProposalState, answered: tuple[int, str]) -> None:
    """Store the result of an approved call and delete its texts; the first result stays.

    `answered` is the HTTP status, and the JSON text of a problem or an empty text.
    """
    values = {"state": state, "status": answered[0], "answer": answered[1]}
    approved = (*_one(site_id, proposal_id), proposals.c.state == ProposalState.APPROVED)
    session.execute(update(proposals).where(*approved).values(values | NO_TEXTS))


def expire(session: Session, site_id: str, now_ms: int) -> None:
    """Delete the texts of proposals that nobody decided in time, and of those whose approved call has no result."""
    of_site = update(proposals).where(proposals.c.site_id == site_id)
    undecided = proposals.c.state == ProposalState.OPEN, proposals.c.expires_at_ms <= now_ms
    session.execute(of_site.where(*undecided).values({"state": ProposalState.EXPIRED, **NO_TEXTS}))
    cut_off = proposals.c.state == ProposalState.APPROVED, proposals.c.decided_at_ms <= now_ms - RETRY_WITHIN_MS
    session.execute(of_site.where(*cut_off).values({"state": ProposalState.FAILED, "answer": CUT_OFF, **NO_TEXTS}))


def forget_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete proposals from before a time."""
    session.execute(delete(proposals).where(proposals.c.site_id == site_id, proposals.c.asked_at_ms < at_ms))


def _one(site_id: str, proposal_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return proposals.c.site_id == site_id, proposals.c.proposal_id == proposal_id

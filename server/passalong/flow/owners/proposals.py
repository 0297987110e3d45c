"""Proposals: a key asks for a call of the API, a person of the site's team approves or declines it.

Nothing happens when something is proposed. An approval is committed, with its entry in the audit log, before the call
is carried out, and the answer afterwards. A call that was cut off in between is carried out again when a person says
so: what it makes has an id from its body or from the proposal, so it is made once.
"""

from sqlalchemy.orm import Session

from passalong.flow.owners.changes import record_change, state
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.people import api_keys, proposals
from passalong.store.people.changes import Change
from passalong.store.people.proposals import Proposal, ProposalState

OPEN_MS = 3_600_000
"""How long a proposal waits for a person."""
MOST_OPEN = 100
"""The most proposals of a site that may wait, so that no agent can bury one among thousands."""
GONE = {
    ProposalState.EXPIRED: "This proposal has expired. Let the assistant ask again.",
    ProposalState.DECLINED: "This proposal was declined before.",
    ProposalState.DONE: "This proposal was decided before.",
}


class ProposalError(Exception):
    """A proposal that cannot be made or decided; says why."""


def propose(db: Database, clock: Clock, proposal: Proposal) -> Proposal:
    """Add a proposal, open for an hour; the same id again gives the first one. Raises ProposalError."""
    with writing(db) as session:
        known = proposals.find(session, proposal.site_id, proposal.proposal_id)
        if known is not None:
            return known
        if proposals.count_open(session, proposal.site_id, clock.now_ms()) >= MOST_OPEN:
            raise ProposalError(f"{MOST_OPEN} proposals wait already: ask a person to decide them in the console.")
        proposals.add(session, proposal)
    return proposal


def approve(db: Database, clock: Clock, site_id: str, proposal_id: str, actor: str) -> Proposal:
    """Approve a proposal, or return one that was approved and has no answer yet. Raises ProposalError."""
    with writing(db) as session:
        now_ms, proposal = clock.now_ms(), _found(proposals.find(session, site_id, proposal_id))
        if proposal.state_at(now_ms) is ProposalState.APPROVED:
            return proposal
        if not any(
            one.handle == proposal.key_handle and one.works(now_ms) for one in api_keys.all_of(session, site_id)
        ):
            raise ProposalError("The key that asked for this was revoked or has ended, so it cannot be done any more.")
        _decide(session, proposal, ProposalState.APPROVED, (actor, now_ms))
        return _found(proposals.find(session, site_id, proposal_id))


def decline(db: Database, clock: Clock, site_id: str, proposal_id: str, actor: str) -> None:
    """Decline a proposal. Raises ProposalError."""
    with writing(db) as session:
        proposal = _found(proposals.find(session, site_id, proposal_id))
        _decide(session, proposal, ProposalState.DECLINED, (actor, clock.now_ms()))


def finish(db: Database, proposal: Proposal, status: int, text: str) -> None:
    """Store the answer of an approved call, with its HTTP status."""
    result = ProposalState.DONE if status < 400 else ProposalState.FAILED
    with writing(db) as session:
        proposals.answer(session, proposal.site_id, proposal.proposal_id, result, (status, text))


def _decide(session: Session, proposal: Proposal, decision: ProposalState, by: tuple[str, int]) -> None:
    """Record a decision in the audit log and in the proposal. Raises ProposalError for one that is not open."""
    actor, now_ms = by
    standing = proposal.state_at(now_ms)
    if standing is not ProposalState.OPEN or not proposals.decide(
        session, proposal.site_id, proposal.proposal_id, decision, by
    ):
        raise ProposalError(GONE.get(standing, GONE[ProposalState.DONE]))
    after = state({"operation": proposal.operation, "key": proposal.key_name, "key_id": proposal.key_handle})
    action = "proposal.approve" if decision is ProposalState.APPROVED else "proposal.decline"
    record_change(session, Change(proposal.site_id, actor, action, proposal.proposal_id, "", after), now_ms)


def _found(proposal: Proposal | None) -> Proposal:
    if proposal is None:
        raise ProposalError("There is no such proposal.")
    return proposal

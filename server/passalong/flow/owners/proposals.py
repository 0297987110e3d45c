"""Proposals: a key asks for a call of the API, a person of the site's team approves or declines it.

Nothing happens when something is proposed. An approval is committed, with its entry in the audit log, before the call
is carried out, and the result afterwards. A call that was cut off in between is carried out again when a person says
so, after a minute and within a day: what it makes has an id from its body or from the proposal, so it is made once.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.webhooks import payloads
from passalong.core.webhooks.events import EventType
from passalong.flow.owners.changes import record_change, state
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, api_keys, changes, proposals
from passalong.store.people.changes import Change
from passalong.store.people.proposals import Proposal, ProposalState
from passalong.store.webhooks import feed

MOST_OPEN = 100
"""The most proposals of a site that may wait, so that no agent can bury one among thousands."""
RETRY_MS = 60_000
"""How long after an approval its call may still be under way: nobody tries it again before."""
UNDER_WAY = "This was approved less than a minute ago and may still be under way. Look again in a minute."
GONE = {
    ProposalState.EXPIRED: "This proposal has expired. Let the assistant ask again.",
    ProposalState.DECLINED: "This proposal was declined before.",
    ProposalState.DONE: "This proposal was decided before.",
}


class ProposalError(Exception):
    """A proposal that cannot be made or decided; says why."""


class Approval(Struct, frozen=True):
    """An approved proposal, to be carried out now, with the author of what it makes: who approved it first.

    A retry by another person repeats the same call, so it has the same author, and what was made is not made twice.
    """

    proposal: Proposal
    author: str


def propose(db: Database, clock: Clock, proposal: Proposal) -> Proposal:
    """Add a proposal, open for an hour; the same id again gives the first one. Raises ProposalError."""
    with writing(db) as session:
        known = proposals.find(session, proposal.site_id, proposal.proposal_id)
        if known is not None:
            return known
        waiting = proposals.count_open(session, proposal.site_id, clock.now_ms())
        if waiting >= MOST_OPEN:
            raise ProposalError(f"{MOST_OPEN} proposals wait already: ask a person to decide them in the console.")
        proposals.add(session, proposal)
        _announce(session, proposal, is_first=not waiting)
    return proposal


def _announce(session: Session, proposal: Proposal, *, is_first: bool) -> None:
    """Append an event for webhooks, and mail the owner about the first of those that wait: one mail for a burst."""
    site_id, now_ms = proposal.site_id, proposal.asked_at_ms
    data = payloads.Proposal(
        proposal_id=proposal.proposal_id,
        operation=proposal.operation,
        key_id=proposal.key_handle,
        key_name=proposal.key_name,
        expires_at_ms=proposal.expires_at_ms,
    )
    feed.append(session, site_id, [feed.Draft(EventType.PROPOSAL_CREATED, now_ms, data)], now_ms)
    for address in addresses.owners(session, site_id) if is_first else ():
        mail_id = f"proposal:{hashed(proposal.call_id)[:20]}:{address.address_hash[:20]}"
        enqueue(session, site_id, address, Draft("proposal", mail_id, {"asker": proposal.key_name}), now_ms)


def find(db: Database, clock: Clock, site_id: str, proposal_id: str) -> Proposal | None:
    """Return a proposal; the texts of one that is over are deleted."""
    return _read(db, clock, site_id, lambda session: [proposals.find(session, site_id, proposal_id)])[0]


def newest(
    db: Database, clock: Clock, site_id: str, limit: int, before: tuple[int, str] = proposals.NEWEST
) -> Sequence[Proposal]:
    """Return the newest proposals of a site before that time and id; the texts of those that are over are deleted."""
    rows = _read(db, clock, site_id, lambda session: proposals.newest(session, site_id, limit, before))
    return [proposal for proposal in rows if proposal is not None]


def _read(
    db: Database, clock: Clock, site_id: str, read: Callable[[Session], Sequence[Proposal | None]]
) -> Sequence[Proposal | None]:
    now_ms = clock.now_ms()
    with db.reading() as session:
        rows = read(session)
    if not any(row and row.state_at(now_ms) != row.state for row in rows):
        return rows
    with writing(db) as session:
        proposals.expire(session, site_id, now_ms)
        return read(session)


def approve(db: Database, clock: Clock, site_id: str, proposal_id: str, actor: str) -> Approval:
    """Approve a proposal, or claim the retry of one that was approved and has no result. Raises ProposalError."""
    with writing(db) as session:
        now_ms, proposal = clock.now_ms(), _found(proposals.find(session, site_id, proposal_id))
        if not api_keys.works(session, site_id, proposal.key_handle, now_ms):
            raise ProposalError("The key that asked for this was revoked or has ended, so it cannot be done any more.")
        _decide(session, proposal, ProposalState.APPROVED, (actor, now_ms))
        author = changes.actor_of(session, site_id, _first_approval(proposal)) or actor
        return Approval(_found(proposals.find(session, site_id, proposal_id)), author)


def decline(db: Database, clock: Clock, site_id: str, proposal_id: str, actor: str) -> None:
    """Decline a proposal, also one that was approved and has no result. Raises ProposalError."""
    with writing(db) as session:
        proposal = _found(proposals.find(session, site_id, proposal_id))
        _decide(session, proposal, ProposalState.DECLINED, (actor, clock.now_ms()))


def finish(db: Database, proposal: Proposal, status: int, problem: str) -> None:
    """Store the HTTP status of an approved call, and the problem of one that was refused."""
    result = ProposalState.DONE if status < 400 else ProposalState.FAILED
    with writing(db) as session:
        proposals.answer(session, proposal.site_id, proposal.proposal_id, result, (status, problem))


def _decide(session: Session, proposal: Proposal, decision: ProposalState, by: tuple[str, int]) -> None:
    """Record a decision in the proposal and in the audit log. Raises ProposalError for one that may not be decided."""
    standing, change_id = proposal.state_at(by[1]), ""
    if standing is ProposalState.APPROVED:
        if by[1] - (proposal.decided_at_ms or 0) < RETRY_MS or not proposals.decide_again(
            session, proposal, decision, by
        ):
            raise ProposalError(UNDER_WAY)
    elif standing is ProposalState.OPEN and proposals.decide(
        session, proposal.site_id, proposal.proposal_id, decision, by
    ):
        change_id = _first_approval(proposal) if decision is ProposalState.APPROVED else ""
    else:
        raise ProposalError(GONE.get(standing, GONE[ProposalState.DONE]))
    after = state({"operation": proposal.operation, "key": proposal.key_name, "key_id": proposal.key_handle})
    action = "proposal.approve" if decision is ProposalState.APPROVED else "proposal.decline"
    change = Change(proposal.site_id, by[0], action, proposal.proposal_id, "", after, change_id)
    record_change(session, change, by[1])


def _first_approval(proposal: Proposal) -> str:
    """Return the id of the entry in the audit log of a proposal's first approval."""
    return f"yes-{proposal.call_id}"


def _found(proposal: Proposal | None) -> Proposal:
    if proposal is None:
        raise ProposalError("There is no such proposal.")
    return proposal

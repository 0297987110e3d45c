"""`/api/v1/proposals`: a call that a key only proposes; it is carried out once a person approves it in the console."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow.owners import proposals as flow_proposals
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.flow.owners.proposals import ProposalError
from passalong.lib.tokens import new_secret
from passalong.store.people.proposals import OPEN_MS, Proposal, ProposalState
from passalong.web.api.fields import PATH_IDS
from passalong.web.api.lists import Shape
from passalong.web.api.operation import CREATED, Call, Operation, Reply, problem, words_of
from passalong.web.http import field_words, problems, wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.problems import Problem

AUTHOR = "author"
"""The field of a body that names who decides: of a proposed call it is the person who approves it."""
Reason = Annotated[
    str, Meta(max_length=500, description="why you propose it, in at most 500 characters: the person reads it")
]
Name = Annotated[str, Meta(max_length=60, description="the name of an operation, such as `give_credit`")]
Ids = Annotated[dict[str, str], Meta(max_length=4, description="the ids of the operation's path, by name")]
Fields = Annotated[dict[str, Any], Meta(max_length=60, description="the operation's body; leave out `author`")]


class ProposalBody(wire.Body, frozen=True):
    """A call to propose: an operation, the ids of its path and its body."""

    operation: Name
    path: Ids = msgspec.field(default_factory=dict)
    body: Fields = msgspec.field(default_factory=dict)
    reason: Reason = ""


class ProposalResult(Shape, frozen=True):
    """The result of a call that was approved: its HTTP status, and the problem's code and detail if it was refused."""

    status: int
    code: str | None
    detail: str | None


class ProposalShown(Shape, frozen=True):
    """A proposal: `what` would happen, its state, and where a person decides it. `result` follows an approval.

    `path`, `body` and `reason` are empty once it is done, failed, declined or expired. `failed` without a `result` says
    that the call was cut off and not tried again within a day.
    """

    id: str
    operation: str
    what: str
    path: dict[str, str]
    body: dict[str, Any]
    reason: str
    state: ProposalState
    asked_at_ms: int
    expires_at_ms: int
    decided_at_ms: int | None
    decide_at: str
    result: ProposalResult | None


def may_be_proposed(operation: Operation) -> bool:
    """Return True for calls that change something, answer without a secret, and say in a short body what they do."""
    changes_something = operation.writes and operation.scope not in (None, Scope.READ, Scope.PROPOSE)
    is_readable = operation.most == wire.MAX_BODY and not operation.on_page
    return changes_something and is_readable and not operation.shown_once


def operations_with(others: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the operations about proposals of these other operations."""
    known = {operation.name: operation for operation in others if may_be_proposed(operation)}

    def propose(call: Call, body: ProposalBody) -> Reply:
        """Propose a call: nothing happens until a person approves it in the console, within an hour."""
        operation = known.get(body.operation)
        if operation is None:
            raise problem(Problem.INVALID_REQUEST, f"`operation` is one of {', '.join(known)}.")
        proposal = _checked(call, operation, body)
        try:
            proposal = flow_proposals.propose(call.services.db, call.services.clock, proposal)
        except ProposalError as error:
            raise problem(Problem.CONFLICT, str(error)) from None
        call.services.mail_sender.wake()
        return Reply(_shown(call, proposal, operation), CREATED)

    def read_proposal(call: Call, proposal_id: str) -> ProposalShown:
        """Return a proposal of this key: whether a person has decided it, and the result."""
        services = call.services
        proposal = flow_proposals.find(services.db, services.clock, call.site.site_id, proposal_id)
        if proposal is None or proposal.key_handle != call.key.handle:
            raise problem(Problem.NOT_FOUND, "This key has no proposal with this id.")
        return _shown(call, proposal, known.get(proposal.operation))

    return _rows(propose, read_proposal)


def _rows(propose: Callable[..., Reply], read_proposal: Callable[..., ProposalShown]) -> tuple[Operation, ...]:
    return (
        Operation(
            name="propose",
            method="POST",
            path="/proposals",
            tag="Proposals",
            scope=Scope.PROPOSE,
            handler=propose,
            body=ProposalBody,
            answer=ProposalShown,
            statuses=(CREATED,),
            problems=(Problem.CONFLICT,),
            shown_once=True,
        ),
        Operation(
            name="read_proposal",
            method="GET",
            path="/proposals/{proposal_id}",
            tag="Proposals",
            scope=Scope.PROPOSE,
            handler=read_proposal,
            answer=ProposalShown,
            problems=(Problem.NOT_FOUND,),
        ),
    )


def carry_out(call: Call, operation: Operation, proposal: Proposal) -> tuple[int, str]:
    """Carry out a call that a person approved; return the HTTP status, and the problem as JSON or an empty text."""
    try:
        given = _given(operation, proposal, call.actor)
        made = operation.handler(call, **given)
    except AlreadyDoneError:  # an earlier try was cut off after it
        return int(operation.statuses[0]), ""
    except RefusalError as refused:
        status = refused.code or 400
        if status >= 500 or status == problems.KINDS[Problem.RATE_LIMITED].status:
            raise
        refusal = {"code": problems.of_status(status, refused.name_of_cause), "detail": refused.description or ""}
        return status, msgspec.json.encode(refusal).decode()
    return int(made.status if isinstance(made, Reply) else operation.statuses[0]), ""


def _checked(call: Call, operation: Operation, body: ProposalBody) -> Proposal:
    """Return the proposal of a call whose ids and body are those that the operation takes."""
    fields = dict(body.body)
    if operation.body is None and fields:
        raise problem(Problem.INVALID_REQUEST, f"`{operation.name}` has no body: leave `body` out.")
    fields.pop(AUTHOR, None)
    now_ms, key = call.services.clock.now_ms(), call.key
    proposal = Proposal(
        site_id=call.site.site_id,
        proposal_id=f"pr_{call.once[:18] or new_secret()[:18]}",
        key_handle=key.handle,
        key_name=key.name,
        operation=operation.name,
        path_ids=msgspec.json.encode(body.path).decode(),
        body=msgspec.json.encode(fields).decode(),
        reason=" ".join(body.reason.split()),
        asked_at_ms=now_ms,
        expires_at_ms=now_ms + OPEN_MS,
    )
    _given(operation, proposal, call.actor)
    return proposal


def _given(operation: Operation, proposal: Proposal, author: str) -> dict[str, Any]:
    """Return what the operation's handler is given beside the call. Raises RefusalError for what it does not take."""
    ids = _ids(operation, msgspec.json.decode(proposal.path_ids))
    if operation.body is None:
        return ids
    fields = msgspec.json.decode(proposal.body)
    if AUTHOR in operation.body.__struct_encode_fields__:
        fields[AUTHOR] = author
    try:
        body = msgspec.json.decode(msgspec.json.encode(fields), type=operation.body)
    except msgspec.ValidationError as error:
        raise problem(Problem.INVALID_REQUEST, f"In `body`: {field_words.sentence(error, operation.body)}") from None
    return {**ids, "body": body}


def _ids(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", operation.path)
    if set(names) != set(given):
        listing = ", ".join(f"`{name}`" for name in names) or "no ids: leave it out"
        raise problem(Problem.INVALID_REQUEST, f"`path` has {listing}.")
    for name, value in given.items():
        try:
            msgspec.convert(value, PATH_IDS[name])
        except msgspec.ValidationError:
            words = field_words.words_of(msgspec.inspect.type_info(PATH_IDS[name]))
            raise problem(Problem.INVALID_REQUEST, f"`{name}` in `path` is not valid. Send {words}.") from None
    return dict(given)


def what_of(operation: Operation | None) -> str:
    """Return what an operation does, in a sentence."""
    return words_of(operation)[0] if operation else "This version does not know this operation any more."


def _shown(call: Call, proposal: Proposal, operation: Operation | None) -> ProposalShown:
    result = None
    if proposal.status is not None:
        refusal = msgspec.json.decode(proposal.answer or "{}")
        result = ProposalResult(proposal.status, refusal.get("code"), refusal.get("detail"))
    return ProposalShown(
        id=proposal.proposal_id,
        operation=proposal.operation,
        what=what_of(operation),
        path=msgspec.json.decode(proposal.path_ids),
        body=msgspec.json.decode(proposal.body),
        reason=proposal.reason,
        state=proposal.state_at(call.services.clock.now_ms()),
        asked_at_ms=proposal.asked_at_ms,
        expires_at_ms=proposal.expires_at_ms,
        decided_at_ms=proposal.decided_at_ms,
        decide_at=f"{call.services.url}/console/{proposal.site_id}/proposals#{proposal.proposal_id}",
        result=result,
    )

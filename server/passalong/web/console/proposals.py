"""`/console/<site>/proposals`: what keys propose, each approved or declined by a person."""

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import MICROS, POINTS, micros_from_minor
from passalong.core.privileges import APPROVES, Role, Scope
from passalong.flow.owners import proposals as flow_proposals
from passalong.flow.owners.proposals import ProposalError
from passalong.i18n.formatting import money
from passalong.store.people import api_keys
from passalong.store.people.proposals import NEWEST, Proposal, ProposalState
from passalong.store.queries import refund_requests
from passalong.store.sites import Site
from passalong.web.api.operation import Call, Operation
from passalong.web.api.operations import PROPOSABLE
from passalong.web.api.proposals import carry_out, what_of
from passalong.web.console.changes import actor_names
from passalong.web.console.paging import read_place, write_place
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site, role_at
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_proposals", __name__)
SHOWN = 40
ORDER = "conversion_id"
"""The id in the path of calls about an order: their amounts are in its currency."""


class Row(Struct, frozen=True):
    """A proposal as the page shows it; `fields` are pairs of a name and a value, in words."""

    proposal: Proposal
    state: ProposalState
    what: str
    fields: list[tuple[str, str]]
    who: str
    problem: str
    role: Role
    may_approve: bool

    @property
    def waits(self) -> bool:
        """True while a person can do something about it."""
        return self.state in (ProposalState.OPEN, ProposalState.APPROVED)


@bp.get("/console/<site_id>/proposals")
def page(site_id: str) -> str:
    """Show what waits for a person, and what was decided."""
    return _page(owner_of(site_id))


@bp.post("/console/<site_id>/proposals/<proposal_id>")
def decide(site_id: str, proposal_id: str) -> AnyResponse | tuple[str, int]:
    """Approve or decline a proposal; an approved call is carried out at once."""
    refuse_cross_site()
    site, services, act = owner_of(site_id, Role.EDITOR), current_services(), request.form.get("act", "")
    if act not in ("approve", "decline"):
        raise RefusalError(400, "Choose one of: approve, decline.")
    proposal = flow_proposals.find(services.db, services.clock, site_id, proposal_id)
    operation = PROPOSABLE.get(proposal.operation) if proposal else None
    if operation is not None:
        owner_of(site_id, _role(operation))
    try:
        if act == "decline":
            flow_proposals.decline(services.db, services.clock, site_id, proposal_id, acting_owner())
        else:
            _approve(site, proposal_id, operation)
    except ProposalError as error:
        return _page(site, {"": str(error)}), 409
    return redirect(f"{url_for('console_proposals.page', site_id=site_id)}#{proposal_id}", 303)


def _approve(site: Site, proposal_id: str, operation: Operation | None) -> None:
    """Approve a proposal, carry its call out as the person who approved it, and store the result."""
    services = current_services()
    if operation is None:
        raise ProposalError("There is no such proposal, or this version no longer has its operation.")
    approval = flow_proposals.approve(services.db, services.clock, site.site_id, proposal_id, acting_owner())
    approved = approval.proposal
    with services.db.reading() as session:
        keys = api_keys.all_of(session, site.site_id)
    key = next(each for each in keys if each.handle == approved.key_handle)
    call = Call(services, site, key, once=approved.call_id, approved_by=approval.author)
    flow_proposals.finish(services.db, approved, *carry_out(call, operation, approved))
    services.sites.forget(site.site_id)


def _page(site: Site, errors: dict[str, str] | None = None) -> str:
    services, has = current_services(), role_at(site.site_id) or Role.VIEWER
    before = read_place(request.args.get("before", ""), NEWEST)
    newest = flow_proposals.newest(services.db, services.clock, site.site_id, SHOWN + 1, before)
    proposals_read = newest[:SHOWN]
    orders = [json.loads(proposal.path_ids).get(ORDER, "") for proposal in proposals_read]
    with services.db.reading() as session:
        names = actor_names(session, [proposal.decided_by for proposal in proposals_read])
        currencies = refund_requests.currencies(session, site.site_id, filter(None, orders))
    rows = [
        _row(row, (names[row.decided_by], has), currencies.get(order) or site.currency, services.clock.now_ms())
        for row, order in zip(proposals_read, orders, strict=True)
    ]
    older = write_place(rows[-1].proposal.asked_at_ms, rows[-1].proposal.proposal_id) if len(newest) > SHOWN else ""
    return render_template("console/proposals.html", site=site, rows=rows, older=older, errors=errors or {})


def _row(proposal: Proposal, people: tuple[str, Role], currency: str, now_ms: int) -> Row:
    """Return the row of a proposal; `people` are who decided it and the role of who looks."""
    operation = PROPOSABLE.get(proposal.operation)
    answer = json.loads(proposal.answer or "{}")
    role = _role(operation) if operation else Role.EDITOR
    return Row(
        proposal=proposal,
        state=proposal.state_at(now_ms),
        what=what_of(operation),
        fields=_fields({**json.loads(proposal.path_ids), **json.loads(proposal.body)}, currency),
        who=people[0],
        problem=str(answer.get("detail", "")) if proposal.state == ProposalState.FAILED else "",
        role=role,
        may_approve=people[1] >= role,
    )


def _role(operation: Operation) -> Role:
    return APPROVES.get(operation.scope or Scope.MANAGE, Role.OWNER)


def _fields(fields: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    """Return what the call gives, in words: `amount_minor` 500 is an Amount of €5.00."""
    unit = str(fields.get("unit") or fields.get("currency") or currency)
    return [_field(name, value, unit) for name, value in fields.items()]


def _field(name: str, value: Any, unit: str) -> tuple[str, str]:
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    if name == "amount_minor" and isinstance(value, int):
        name, words = "amount", money(value * MICROS if unit == POINTS else micros_from_minor(value, unit), unit)
    return name.replace("_", " ").capitalize(), words

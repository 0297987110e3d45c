"""`/api/v1/redemptions` and `/payouts`: requests to use credit, decided as in the console."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from passalong.core.ledger.redemptions import State
from passalong.core.privileges import Scope
from passalong.flow.owners import payouts as flow_payouts
from passalong.flow.owners.payouts import Cashier
from passalong.flow.owners.redemption_decisions import Decision, RedemptionChangedError, decide
from passalong.flow.redemptions import RedemptionError
from passalong.store.queries.api_lists import Listing, find_row
from passalong.web.api.lists import Money, Paging, Shape, money, read_page
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

UNKNOWN = "No redemption has this id."
Words = Annotated[
    str, Meta(max_length=200, description="the discount code or reference, or the reason, in at most 200 characters")
]
BatchId = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z", description="a name of letters, digits, dots and dashes")
]


class RedemptionShown(Shape, frozen=True):
    """A request to use credit: `net` is what the advocate gets, `reference` what they were given, `note` a reason."""

    id: str
    advocate: str
    method: str
    state: str
    amount: Money
    fee: Money
    net: Money
    at_ms: int
    changed_at_ms: int
    payout: str | None
    reference: str
    note: str


class RedemptionList(Shape, frozen=True):
    """Redemptions: of one state the oldest first, of all by id."""

    data: tuple[RedemptionShown, ...]
    next: str | None


class OfState(Paging, frozen=True, kw_only=True):
    """The parameters of a page, and a state to filter by."""

    state: State | None = None


class RedemptionDecisionBody(wire.Body, frozen=True):
    """A decision on a request: `agree`, `done` with what the advocate gets, `code` from your list, or `decline`."""

    decision: Literal["agree", "done", "code", "decline"]
    words: Words = ""


class PayoutBody(wire.Body, frozen=True):
    """The name of a payout: a batch of the approved money redemptions that are in none yet."""

    id: BatchId


class PaidBody(wire.Body, frozen=True):
    """The reference of a payout that was paid, such as the number of the transfer."""

    reference: Words = ""


class PayoutShown(Shape, frozen=True):
    """An exported payout with its redemptions. Where money goes is in the files that the console exports, not here."""

    id: str
    exported_at_ms: int
    redemptions: tuple[RedemptionShown, ...]


class PayoutLine(Shape, frozen=True):
    """An exported payout in a list."""

    id: str
    exported_at_ms: int


class PayoutList(Shape, frozen=True):
    """Payouts, newest first."""

    data: tuple[PayoutLine, ...]
    next: str | None


def list_redemptions(call: Call, query: OfState) -> RedemptionList:
    """List redemptions: all of them, or those of one state."""
    if query.state is not None:
        listing = Listing("uses", ("at_ms", "use_id"), {"state": query.state.value})
    else:
        listing = Listing("uses", ("use_id",))
    return RedemptionList(*read_page(call, listing, query, _shown))


def read_redemption(call: Call, redemption_id: str) -> RedemptionShown:
    """Return one redemption."""
    with call.services.db.reading() as session:
        row = find_row(session, call.site.site_id, "uses", {"use_id": redemption_id})
    if row is None:
        raise problem(Problem.NOT_FOUND, UNKNOWN)
    return _shown(row)


def decide_redemption(call: Call, redemption_id: str, body: RedemptionDecisionBody) -> RedemptionShown:
    """Decide a redemption; its state follows within a second."""
    read_redemption(call, redemption_id)
    try:
        decide(_cashier(call), Decision(redemption_id, body.decision, body.words))
    except (RedemptionError, RedemptionChangedError) as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return read_redemption(call, redemption_id)


def list_payouts(call: Call, query: Paging) -> PayoutList:
    """List exported payouts, newest first."""
    listing = Listing("payout_batches", ("exported_at_ms", "batch_id"), newest_first=True)
    return PayoutList(*read_page(call, listing, query, lambda row: PayoutLine(row["batch_id"], row["exported_at_ms"])))


def export_payout(call: Call, body: PayoutBody) -> PayoutShown:
    """Export the approved payouts that are in no batch yet; a batch of that name stays as it is."""
    try:
        flow_payouts.export_approved(_cashier(call), body.id)
    except RedemptionError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return read_payout(call, body.id)


def read_payout(call: Call, batch_id: str) -> PayoutShown:
    """Return one exported payout."""
    try:
        payout = flow_payouts.payout_of(call.services.db, call.site.site_id, batch_id)
    except RedemptionError as error:
        raise problem(Problem.NOT_FOUND, str(error)) from None
    with call.services.db.reading() as session:
        rows = [
            find_row(session, call.site.site_id, "uses", {"use_id": redemption.redemption_id})
            for redemption, _ in payout.payments
        ]
    return PayoutShown(batch_id, payout.batch.exported_at_ms, tuple(_shown(row) for row in rows if row))


def mark_payout_paid(call: Call, batch_id: str, body: PaidBody) -> PayoutShown:
    """Mark every approved payment of a payout as paid; their states follow within a second."""
    read_payout(call, batch_id)
    try:
        flow_payouts.mark_paid(_cashier(call), batch_id, body.reference)
    except RedemptionError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return read_payout(call, batch_id)


def _cashier(call: Call) -> Cashier:
    services = call.services
    return Cashier(services.db, services.collector, services.clock, call.site, call.actor)


def _shown(row: dict[str, Any]) -> RedemptionShown:
    unit, amount, fee = row["unit"], row["amount_micros"], row["fee_micros"]
    return RedemptionShown(
        id=row["use_id"],
        advocate=row["advocate_id"],
        method=row["way"],
        state=row["state"],
        amount=money(amount, unit),
        fee=money(fee, unit),
        net=money(amount - fee, unit),
        at_ms=row["at_ms"],
        changed_at_ms=row["changed_at_ms"],
        payout=row["batch_id"],
        reference=row["reference"],
        note=row["note"],
    )


DECIDED = (Problem.NOT_FOUND, Problem.CONFLICT)
OPERATIONS = (
    Operation(
        name="list_redemptions",
        method="GET",
        path="/redemptions",
        tag="Redemptions",
        scope=Scope.READ,
        handler=list_redemptions,
        query=OfState,
        answer=RedemptionList,
    ),
    Operation(
        name="read_redemption",
        method="GET",
        path="/redemptions/{redemption_id}",
        tag="Redemptions",
        scope=Scope.READ,
        handler=read_redemption,
        answer=RedemptionShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="decide_redemption",
        method="POST",
        path="/redemptions/{redemption_id}/decision",
        tag="Redemptions",
        scope=Scope.DECIDE,
        handler=decide_redemption,
        body=RedemptionDecisionBody,
        answer=RedemptionShown,
        problems=DECIDED,
        on_page=True,
    ),
    Operation(
        name="list_payouts",
        method="GET",
        path="/payouts",
        tag="Payouts",
        scope=Scope.READ,
        handler=list_payouts,
        query=Paging,
        answer=PayoutList,
    ),
    Operation(
        name="export_payout",
        method="POST",
        path="/payouts",
        tag="Payouts",
        scope=Scope.DECIDE,
        handler=export_payout,
        body=PayoutBody,
        answer=PayoutShown,
        problems=(Problem.CONFLICT, Problem.NOT_FOUND),
    ),
    Operation(
        name="read_payout",
        method="GET",
        path="/payouts/{batch_id}",
        tag="Payouts",
        scope=Scope.READ,
        handler=read_payout,
        answer=PayoutShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="mark_payout_paid",
        method="POST",
        path="/payouts/{batch_id}/paid",
        tag="Payouts",
        scope=Scope.DECIDE,
        handler=mark_payout_paid,
        body=PaidBody,
        answer=PayoutShown,
        problems=DECIDED,
        on_page=True,
    ),
)

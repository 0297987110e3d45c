"""`/api/v1/conversions/ID/refunds` and `/refunds`: report refunds, and list them (docs/wire.md)."""

import re
from collections.abc import Sequence
from typing import Any

from passalong.core.privileges import Scope
from passalong.flow.conversions import refunds
from passalong.flow.conversions.report import TAKEN_IDS
from passalong.store.queries import refund_requests
from passalong.store.queries.api_lists import Listing, find_row
from passalong.web.api.fields import ID, LONGEST_ID, Id, Refunded
from passalong.web.api.lists import Range, Shape, read_page
from passalong.web.api.operation import ACCEPTED, OK, Call, Operation, Reply, problem
from passalong.web.api.recorded import OTHER_INPUT, Recorded, code_of, status_of
from passalong.web.http import wire
from passalong.web.http.problems import Problem

CAPPED = "More was given back than the conversion was worth: all of it counts as given back."
TRIED = "The conversion is of try mode: nothing of it counts, and nothing is taken back."
WAITS = "No conversion with this id was reported yet: the refund counts as soon as it is."


class RefundBody(wire.Body, frozen=True):
    """A refund: `amount_minor` of the value, or all that is left (`full`)."""

    id: Id
    amount_minor: Refunded | None = None
    full: bool = False


class RefundRecorded(Recorded, frozen=True):
    """The refund was recorded: in full, `capped` at what the conversion was worth, or it `waits` for its conversion.

    `tried` says that the conversion was one of try mode: nothing counts then.
    """

    capped: bool = False
    amount_minor: int | None = None
    waits: bool = False
    tried: bool = False
    words: str = ""


class RefundShown(Shape, frozen=True):
    """A refund as it was recorded, in minor units of its conversion's currency; `full` is all that was left then.

    It `waits` for a conversion that was not reported yet.
    """

    id: str
    conversion: str
    at_ms: int
    amount_minor: int | None
    full: bool
    currency: str | None
    waits: bool


class RefundList(Shape, frozen=True):
    """Refunds, newest first."""

    data: tuple[RefundShown, ...]
    next: str | None


class RefundsQuery(Range, frozen=True, kw_only=True):
    """A page of refunds, of one conversion or of all."""

    conversion: Id | None = None


def list_refunds(call: Call, query: RefundsQuery) -> RefundList:
    """List refunds, newest first."""
    where = {"conversion_id": query.conversion} if query.conversion else {}
    listing = Listing("refund_requests", ("at_ms", "refund_id"), where, True, query.since_ms, query.until_ms)
    rows, after = read_page(call, listing, query, lambda row: row)
    return RefundList(_shown(call, rows), after)


def read_refund(call: Call, refund_id: str) -> RefundShown:
    """Return one refund."""
    with call.services.db.reading() as session:
        row = find_row(session, call.site.site_id, "refund_requests", {"refund_id": refund_id})
    if row is None:
        raise problem(Problem.NOT_FOUND, "No refund with this id was reported.")
    return _shown(call, [row])[0]


def _shown(call: Call, rows: Sequence[dict[str, Any]]) -> tuple[RefundShown, ...]:
    with call.services.db.reading() as session:
        ids = [row["conversion_id"] for row in rows]
        currencies = refund_requests.currencies(session, call.site.site_id, ids)
        of_try_mode = refund_requests.tried(session, call.site.site_id, ids)
    return tuple(
        RefundShown(
            id=row["refund_id"],
            conversion=row["conversion_id"],
            at_ms=row["at_ms"],
            amount_minor=None if row["everything"] else row["amount_minor"],
            full=row["everything"],
            currency=currencies.get(row["conversion_id"]),
            waits=row["conversion_id"] not in currencies and row["conversion_id"] not in of_try_mode,
        )
        for row in rows
    )


def report_refund(call: Call, conversion_id: str, body: RefundBody) -> Reply:
    """Report a refund; its order may still be to come."""
    services, site = call.services, call.site
    if body.full == (body.amount_minor is not None):
        raise problem(Problem.INVALID_REQUEST, "Send either `amount_minor` or `full: true`.")
    if not re.fullmatch(ID, conversion_id) or len(conversion_id) > LONGEST_ID or conversion_id.startswith(TAKEN_IDS):
        raise problem(Problem.NOT_FOUND, "No conversion has such an id.")
    refund = refunds.Asked(body.id, conversion_id, body.amount_minor)
    try:
        admitted = refunds.admit(services.db, services.clock, site.site_id, refund)
    except refunds.RefundError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    except refunds.RefundConflictError:
        raise problem(Problem.ID_REUSED, OTHER_INPUT) from None
    result = services.collector.record(site.site_id, refunds.REFUND, body.id, admitted.fact, refund.input_hash)
    capped = admitted.capped_minor is not None
    return Reply(
        RefundRecorded(
            id=body.id,
            status=status_of(result),
            capped=capped,
            amount_minor=admitted.capped_minor,
            waits=admitted.waits,
            tried=admitted.tried,
            words=TRIED if admitted.tried else WAITS if admitted.waits else CAPPED if capped else "",
        ),
        code_of(result),
    )


OPERATIONS = (
    Operation(
        name="list_refunds",
        method="GET",
        path="/refunds",
        tag="Refunds",
        scope=Scope.READ,
        handler=list_refunds,
        query=RefundsQuery,
        answer=RefundList,
    ),
    Operation(
        name="read_refund",
        method="GET",
        path="/refunds/{refund_id}",
        tag="Refunds",
        scope=Scope.READ,
        handler=read_refund,
        answer=RefundShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="report_refund",
        method="POST",
        path="/conversions/{conversion_id}/refunds",
        tag="Refunds",
        scope=Scope.REPORT,
        handler=report_refund,
        body=RefundBody,
        answer=RefundRecorded,
        statuses=(ACCEPTED, OK),
        problems=(Problem.NOT_FOUND, Problem.ID_REUSED),
        unscoped=True,
    ),
)

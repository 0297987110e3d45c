"""`/api/v1/conversions/ID/refunds`: report refunds (docs/wire.md)."""

import re

from passalong.core.privileges import Scope
from passalong.flow.conversions import refunds
from passalong.flow.conversions.report import TAKEN_IDS
from passalong.web.api.fields import ID, LONGEST_ID, Id, Refunded
from passalong.web.api.operation import ACCEPTED, OK, Call, Operation, Reply, problem
from passalong.web.api.recorded import OTHER_INPUT, Recorded, code_of, status_of
from passalong.web.http import wire
from passalong.web.http.problems import Problem

CAPPED = "More was given back than the conversion was worth: all of it counts as given back."
WAITS = "No conversion with this id was reported yet: the refund counts as soon as it is."


class RefundBody(wire.Body, frozen=True):
    """A refund: `amount_minor` of the value, or all that is left (`full`)."""

    id: Id
    amount_minor: Refunded | None = None
    full: bool = False


class RefundRecorded(Recorded, frozen=True):
    """The refund was recorded: in full, `capped` at what the conversion was worth, or it `waits` for its conversion."""

    capped: bool = False
    amount_minor: int | None = None
    waits: bool = False
    words: str = ""


def report_refund(call: Call, conversion_id: str, body: RefundBody) -> Reply:
    """Report a refund; its order may still be to come."""
    services, site = call.services, call.site
    if body.full == (body.amount_minor is not None):
        raise problem(Problem.INVALID_REQUEST, "Send either `amount_minor` or `full: true`.")
    if not re.fullmatch(ID, conversion_id) or len(conversion_id) > LONGEST_ID or conversion_id.startswith(TAKEN_IDS):
        raise problem(Problem.NOT_FOUND, "No conversion has such an id.")
    asked = refunds.Asked(body.id, conversion_id, body.amount_minor)
    try:
        admitted = refunds.admit(services.db, services.clock, site.site_id, asked)
    except refunds.RefundError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    except refunds.RefundConflictError:
        raise problem(Problem.ID_REUSED, OTHER_INPUT) from None
    kept = services.collector.record(site.site_id, refunds.REFUND, body.id, admitted.fact, asked.input_hash)
    capped = admitted.capped_minor is not None
    return Reply(
        RefundRecorded(
            id=body.id,
            status=status_of(kept),
            capped=capped,
            amount_minor=admitted.capped_minor,
            waits=admitted.waits,
            words=WAITS if admitted.waits else CAPPED if capped else "",
        ),
        code_of(kept),
    )


OPERATIONS = (
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

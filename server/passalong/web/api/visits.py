"""`/api/v1/visits`, `/conversions` and `/receipts`: lists of what happened, newest first, and why it earned what."""

from typing import Any

from passalong.core.ledger.receipts import Receipt
from passalong.core.privileges import Scope
from passalong.core.reasons import REASON_WORDS
from passalong.flow.explain import explain
from passalong.store.attached import attached_metadata
from passalong.store.queries.api_lists import Listing
from passalong.web.api.lists import Money, Range, Shape, money, read_page
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.http.problems import Problem


class VisitOrConversion(Shape, frozen=True):
    """A visit or a conversion: `status` is what became of it, `detail` its page or order, `credit` what it pays.

    `metadata` is what was reported with a conversion.
    """

    id: str
    at_ms: int
    status: str
    reason: str | None
    reason_words: str | None
    detail: str
    value: Money | None
    credit: Money | None
    metadata: dict[str, str]


class VisitsOrConversions(Shape, frozen=True):
    """Visits or conversions, newest first."""

    data: tuple[VisitOrConversion, ...]
    next: str | None


class ReceiptExplained(Shape, frozen=True):
    """A receipt with its words. `recomputed` if it was worked out again now; `differs` names fields that do not agree.

    `frozen` if the hold has ended: then the split stays.
    """

    subject: str
    receipt: Receipt
    words: tuple[str, ...]
    recomputed: bool
    frozen: bool
    differs: tuple[str, ...]


def list_visits(call: Call, query: Range) -> VisitsOrConversions:
    """List visits that came by a link, newest first."""
    return _events(call, "visit", query)


def list_conversions(call: Call, query: Range) -> VisitsOrConversions:
    """List conversions, newest first."""
    return _events(call, "conversion", query)


def explain_receipt(call: Call, subject: str) -> ReceiptExplained:
    """Explain the receipt of a conversion, a visit or a line of credit, by its id, and work it out again."""
    with call.services.db.reading_one_moment() as session:
        explanation = explain(session, call.site, subject)
    if explanation is None:
        raise problem(Problem.NOT_FOUND, "No conversion, visit or line of credit has this id, or it is not folded yet.")
    return ReceiptExplained(
        explanation.subject,
        explanation.stored,
        explanation.words,
        explanation.made is not None,
        explanation.frozen,
        explanation.differs,
    )


def _events(call: Call, kind: str, query: Range) -> VisitsOrConversions:
    listing = Listing("inspected", ("at_ms", "subject"), {"kind": kind}, True, query.since_ms, query.until_ms)
    rows, after = read_page(call, listing, query, lambda row: row)
    subjects = [row["subject"] for row in rows] if kind == attached_metadata.CONVERSION else []
    with call.services.db.reading() as session:
        metadata = attached_metadata.of(session, call.site.site_id, subjects)
    return VisitsOrConversions(tuple(_shown(row, metadata.get(row["subject"], {})) for row in rows), after)


def _shown(row: dict[str, Any], metadata: dict[str, str]) -> VisitOrConversion:
    value = money(row["value_micros"], row["value_unit"]) if row["value_unit"] and row["value_micros"] else None
    credit = money(row["amount_micros"], row["unit"]) if row["unit"] and row["amount_micros"] is not None else None
    reason = row["reason"]
    return VisitOrConversion(
        id=row["subject"].partition(":")[2],
        at_ms=row["at_ms"],
        status=row["status"],
        reason=reason,
        reason_words=REASON_WORDS.get(reason) if reason else None,
        detail=row["detail"],
        value=value,
        credit=credit,
        metadata=metadata,
    )


OPERATIONS = (
    Operation(
        name="list_visits",
        method="GET",
        path="/visits",
        tag="Visits",
        scope=Scope.READ,
        handler=list_visits,
        query=Range,
        answer=VisitsOrConversions,
    ),
    Operation(
        name="list_conversions",
        method="GET",
        path="/conversions",
        tag="Conversions",
        scope=Scope.READ,
        handler=list_conversions,
        query=Range,
        answer=VisitsOrConversions,
    ),
    Operation(
        name="explain_receipt",
        method="GET",
        path="/receipts/{subject}",
        tag="Receipts",
        scope=Scope.READ,
        handler=explain_receipt,
        answer=ReceiptExplained,
        problems=(Problem.NOT_FOUND,),
    ),
)

"""`/api/v1/conversions`: report conversions, and read their receipts (docs/wire.md)."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from passalong.core.conversions.attribution import AgentAttribution, touch_tokens
from passalong.core.ledger.receipts import Receipt
from passalong.core.privileges import Scope
from passalong.core.reasons import REASON_WORDS
from passalong.flow.conversions.report import API, Order, ReportError, UnknownCurrencyError, report
from passalong.flow.owners.currencies import currency_hint
from passalong.flow.owners.goal_hints import goal_hint
from passalong.store import event_log
from passalong.store.attached import attached_metadata
from passalong.store.books import receipts
from passalong.web.api.fields import (
    Amount,
    Code,
    Country,
    Coupon,
    Currency,
    Customer,
    Email,
    Goal,
    Id,
    Metadata,
    Products,
)
from passalong.web.api.operation import ACCEPTED, OK, Answer, Call, Operation, Reply, problem
from passalong.web.api.recorded import Recorded, code_of, status_of
from passalong.web.http import wire
from passalong.web.http.problems import Problem
from passalong.web.http.reporting import reporting


class ConversionBody(wire.Body, frozen=True):
    """A conversion, as the owner's server reports it."""

    id: Id
    goal: Goal
    amount_minor: Amount = 0
    currency: Currency | None = None
    code: Code | None = None
    coupon: Coupon | None = None
    customer: Customer | None = None
    email: Email | None = None
    page: wire.Page | None = None
    products: Products = ()
    country: Country | None = None
    attribution: AgentAttribution | None = None
    metadata: Metadata = field(default_factory=dict)


class ConversionRecorded(Recorded, frozen=True):
    """The conversion was recorded. `goals` and `words` are there if no version of the terms has its goal, `currencies`
    and `words` if the site does not take its currency.

    `coupon` says what the personal code is here, `tried` that the code was one of try mode: nothing counts then.
    """

    coupon: Literal["known", "retired", "unknown"] | None = None
    tried: bool = False
    goals: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    words: str = ""


class ConversionPending(Answer, frozen=True):
    """The conversion was recorded, and is not folded yet."""

    id: str
    status: Literal["pending"]
    metadata: dict[str, str] = field(default_factory=dict)


class ConversionReceipt(Receipt, frozen=True, kw_only=True):
    """The receipt of a conversion, as the advocate and the console read it; `reason_words` is its reason in words."""

    id: str
    reason_words: str | UnsetType = UNSET
    metadata: dict[str, str] = field(default_factory=dict)


def report_conversion(call: Call, body: ConversionBody) -> Reply:
    """Report a conversion: an order, a sign-up, a donation."""
    return record_conversion(call, body)


def record_conversion(call: Call, body: ConversionBody) -> Reply:
    """Record a conversion; the same id again is a duplicate."""
    services, site = call.services, call.site
    fields = msgspec.structs.asdict(body)
    touches = touch_tokens(fields.pop("attribution"))
    sent = Order(**fields, touches=touches)
    order = msgspec.structs.replace(sent, page=wire.clean_page(body.page, site.dropped) if body.page else None)
    hint: dict[str, Any] = currency_hint(site, body.currency)
    hint |= goal_hint(services.db, services.clock, site.site_id, body.goal)
    try:
        reported = report(reporting(services), site, order, sent)
    except UnknownCurrencyError as error:
        raise problem(Problem.UNKNOWN_CURRENCY, str(error)) from None
    except ReportError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    coupon: Any = reported.coupon
    recorded = ConversionRecorded(body.id, status_of(reported.kept), coupon=coupon, tried=reported.tried, **hint)
    return Reply(recorded, code_of(reported.kept))


def read_conversion(call: Call, conversion_id: str) -> ConversionReceipt | ConversionPending:
    """Return the receipt of a conversion, or that it is not folded yet."""
    with call.services.db.reading() as session:
        receipt = receipts.latest(session, call.site.site_id, f"conversion:{conversion_id}")
        event = event_log.find_event(session, call.site.site_id, API, conversion_id)
        about = f"{attached_metadata.CONVERSION}:{conversion_id}"
        metadata = attached_metadata.of(session, call.site.site_id, [about]).get(about, {})
    if event is None:
        raise problem(Problem.NOT_FOUND, "No conversion with this id was reported.")
    if receipt is None:
        return ConversionPending(conversion_id, "pending", metadata)
    fields = {name: getattr(receipt, name) for name in Receipt.__struct_fields__}
    words = REASON_WORDS[receipt.reason] if receipt.reason else UNSET
    return ConversionReceipt(**fields, id=conversion_id, reason_words=words, metadata=metadata)


OPERATIONS = (
    Operation(
        name="report_conversion",
        method="POST",
        path="/conversions",
        tag="Conversions",
        scope=Scope.REPORT,
        handler=report_conversion,
        body=ConversionBody,
        answer=ConversionRecorded,
        statuses=(ACCEPTED, OK),
        problems=(Problem.ID_REUSED, Problem.UNKNOWN_CURRENCY),
        unscoped=True,
    ),
    Operation(
        name="read_conversion",
        method="GET",
        path="/conversions/{conversion_id}",
        tag="Conversions",
        scope=Scope.READ,
        handler=read_conversion,
        answer=ConversionReceipt | ConversionPending,
        problems=(Problem.NOT_FOUND,),
        unscoped=True,
    ),
)

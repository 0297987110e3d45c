"""`/api/v1/webhooks/ID/deliveries`: the delivery log of a webhook, and replays (docs/webhooks.md)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from passalong.core.privileges import Scope
from passalong.store.webhooks import deliveries
from passalong.store.webhooks.deliveries import Attempt, Delivery, Wanted
from passalong.web.api.operation import ACCEPTED, Answer, Call, Operation, Reply, problem
from passalong.web.api.webhooks import by, managed
from passalong.web.http.problems import Problem

TAG = "Webhooks"
Before = Annotated[int, Meta(ge=1, le=10**15, description="only deliveries with a lower number than this")]
Limit = Annotated[int, Meta(ge=1, le=100, description="the most deliveries of a page, 1 to 100")]


class DeliveriesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which deliveries: of one state, before a number."""

    state: Literal["", "pending", "delivered", "held", "dead"] = ""
    before: Before | None = None
    limit: Limit = 50


class DeliveryShown(Answer, frozen=True, omit_defaults=False):
    """An event for a webhook. `state` is pending, delivered, held (the webhook is paused) or dead (given up)."""

    number: int
    event_id: str
    type: str
    at_ms: int
    state: str
    attempts: int
    next_at_ms: int | None
    status: int | None
    error: str


class AttemptShown(Answer, frozen=True, omit_defaults=False):
    """One attempt, with the beginning of what the receiver answered."""

    attempt: int
    at_ms: int
    took_ms: int
    status: int | None
    excerpt: str
    error: str


class DeliveryRead(Answer, frozen=True, omit_defaults=False):
    """A delivery with every attempt."""

    delivery: DeliveryShown
    attempts: tuple[AttemptShown, ...]


class DeliveryList(Answer, frozen=True, omit_defaults=False):
    """Deliveries, the newest first; `next` is for `before` of the next page, null on the last."""

    deliveries: tuple[DeliveryShown, ...]
    next: int | None


def list_deliveries(call: Call, webhook_id: str, query: DeliveriesQuery) -> DeliveryList:
    """List the deliveries of a webhook, the newest first."""
    managed(lambda: call.services.webhooks.get(call.site.site_id, webhook_id))
    wanted = Wanted(query.state, query.before, query.limit + 1)
    with call.services.db.reading() as session:
        rows = deliveries.page(session, call.site.site_id, webhook_id, wanted)
    page_rows = rows[: query.limit]
    return DeliveryList(tuple(map(_shown, page_rows)), page_rows[-1].number if len(rows) > query.limit else None)


def read_delivery(call: Call, webhook_id: str, number: str) -> DeliveryRead:
    """Read a delivery with every attempt."""
    delivery = _found(call, webhook_id, number)
    with call.services.db.reading() as session:
        attempts = deliveries.attempts_of(session, call.site.site_id, webhook_id, delivery.number)
    return DeliveryRead(_shown(delivery), tuple(map(_attempt, attempts)))


def replay_delivery(call: Call, webhook_id: str, number: str) -> Reply:
    """Send an event again under its old id."""
    delivery, services = _found(call, webhook_id, number), call.services
    managed(lambda: services.webhooks.replay(call.site.site_id, webhook_id, delivery.number, by(call)))
    services.webhook_worker.wake()
    return Reply(_shown(_found(call, webhook_id, number)), ACCEPTED)


def _found(call: Call, webhook_id: str, number: str) -> Delivery:
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
    with call.services.db.reading() as session:
        delivery = deliveries.find(session, call.site.site_id, webhook_id, wanted)
    if delivery is None:
        raise problem(Problem.NOT_FOUND, "This webhook has no such delivery. Deliveries are kept for 30 days.")
    return delivery


def _shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        number=delivery.number,
        event_id=delivery.event_id,
        type=delivery.type,
        at_ms=delivery.at_ms,
        state=delivery.state,
        attempts=delivery.attempts,
        next_at_ms=delivery.next_at_ms,
        status=delivery.status,
        error=delivery.error,
    )


def _attempt(attempt: Attempt) -> AttemptShown:
    return AttemptShown(attempt.attempt, attempt.at_ms, attempt.took_ms, attempt.status, attempt.excerpt, attempt.error)


ALL = "/webhooks/{webhook_id}/deliveries"
OPERATIONS = (
    Operation(
        name="list_deliveries",
        method="GET",
        path=ALL,
        tag=TAG,
        scope=Scope.MANAGE,
        handler=list_deliveries,
        query=DeliveriesQuery,
        answer=DeliveryList,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="read_delivery",
        method="GET",
        path=f"{ALL}/{{number}}",
        tag=TAG,
        scope=Scope.MANAGE,
        handler=read_delivery,
        answer=DeliveryRead,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="replay_delivery",
        method="POST",
        path=f"{ALL}/{{number}}/replay",
        tag=TAG,
        scope=Scope.MANAGE,
        handler=replay_delivery,
        answer=DeliveryShown,
        statuses=(ACCEPTED,),
        problems=(Problem.NOT_FOUND,),
    ),
)

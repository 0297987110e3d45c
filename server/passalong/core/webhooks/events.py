"""Event types: each with its payload, the sentence of the reference page and an example.

A body is `{"id", "type", "timestamp", "site", "data"}`, as Standard Webhooks recommends.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum, unique
from functools import lru_cache

import msgspec
from msgspec import Struct

from passalong.core.webhooks import payloads
from passalong.core.webhooks.payloads import Payload


@unique
class EventType(StrEnum):
    """The type of an event: what it is about, and what happened to it."""

    SHARE_CREATED = "share.created"
    VISIT_COUNTED = "visit.counted"
    VISIT_REFUSED = "visit.refused"
    LINK_THANKED = "link.thanked"
    CONVERSION_CREATED = "conversion.created"
    CONVERSION_UPDATED = "conversion.updated"
    CONVERSION_REFUNDED = "conversion.refunded"
    CREDIT_CREATED = "credit.created"
    CREDIT_UPDATED = "credit.updated"
    CREDIT_RELEASED = "credit.released"
    CREDIT_REVERSED = "credit.reversed"
    CREDIT_EXPIRED = "credit.expired"
    REDEMPTION_REQUESTED = "redemption.requested"
    REDEMPTION_APPROVED = "redemption.approved"
    REDEMPTION_DONE = "redemption.done"
    REDEMPTION_REJECTED = "redemption.rejected"
    REDEMPTION_WITHDRAWN = "redemption.withdrawn"
    REDEMPTION_REFUSED = "redemption.refused"
    CLAIM_OPENED = "claim.opened"
    CLAIM_ANSWERED = "claim.answered"
    CLAIM_GRANTED = "claim.granted"
    CLAIM_DECLINED = "claim.declined"
    CLAIM_CLOSED = "claim.closed"
    TERMS_ADDED = "terms.added"
    TERMS_WITHDRAWN = "terms.withdrawn"
    PROPOSAL_CREATED = "proposal.created"
    SITE_EVENT_QUARANTINED = "site.event_quarantined"
    SITE_WEBHOOK_PAUSED = "site.webhook_paused"
    WEBHOOK_TEST = "webhook.test"


class Documented(Struct, frozen=True):
    """A type in the reference: when it is sent, and an example of its data."""

    says: str
    example: Payload


_SHARE, _ADVOCATE, _VISIT = "k3Jq0v8sTz1mYwE", "b7XbW2mQ9tLc4RfA", "9f2c6f0e-6a53-4c0b-8c1e-2f6b1f1f7a55"
_VISITED = payloads.Visit(
    visit_id=_VISIT,
    share_id=_SHARE,
    advocate_id=_ADVOCATE,
    page="/bees",
    status="credited",
    reason=None,
    unit="points",
    paid_micros=1_000_000,
)
_ORDER = payloads.Conversion(
    conversion_id="order-1001",
    goal="purchase",
    share_id=_SHARE,
    status="credited",
    reason=None,
    currency="EUR",
    value_micros=42_000_000,
    refunded_micros=0,
    unit="EUR",
    paid_micros=4_200_000,
    terms_version=3,
)
_CREDIT = payloads.Credit(
    line_id="c81f0a7be2d94c55",
    advocate_id=_ADVOCATE,
    subject="conversion:order-1001",
    goal="purchase",
    unit="EUR",
    amount_micros=3_360_000,
    change_micros=3_360_000,
    status="pending",
)
_USE = payloads.Redemption(
    redemption_id="5dR1yY0uQb2n",
    advocate_id=_ADVOCATE,
    method="discount_code",
    unit="EUR",
    amount_micros=3_000_000,
    fee_micros=0,
    state="requested",
    reason=None,
)
_CLAIM = payloads.Claim(
    claim_id="tW8sVh3Lk0pE",
    advocate_id=_ADVOCATE,
    line_id=None,
    conversion_id="order-1002",
    share_id=_SHARE,
    outcome="open",
    due_at_ms=1_796_774_400_000,
)
_TERMS = payloads.TermsVersion(version=4, begins_at_ms=1_797_379_200_000, note="More for those who pass it on.")


def _with(example: Payload, **changed: object) -> Payload:
    return msgspec.structs.replace(example, **changed)


EVENTS: Mapping[EventType, Documented] = {
    EventType.SHARE_CREATED: Documented(
        "Somebody shared a link.",
        payloads.Share(share_id=_SHARE, advocate_id=_ADVOCATE, page="/bees", target="whatsapp"),
    ),
    EventType.VISIT_COUNTED: Documented(
        "Somebody new came by a shared link, and the visit earns credit or waits for a review.", _VISITED
    ),
    EventType.VISIT_REFUSED: Documented(
        "A visit by a link earns nothing by itself; `reason` says why (`site_link`, with the status unshared: it was a "
        "link of the site itself). It may still lead to a conversion.",
        _with(_VISITED, status="refused", reason="returning_visitor", unit=None, paid_micros=0),
    ),
    EventType.LINK_THANKED: Documented(
        "Somebody who came by a shared link said thank you to those who carried it, once a visit. It is worth no "
        "money, and who said it is not in here.",
        payloads.Thanks(share_id=_SHARE, advocate_id=_ADVOCATE, page="/bees"),
    ),
    EventType.CONVERSION_CREATED: Documented(
        "A conversion that you reported was processed. `status` is credited, refused, held, or unshared where no link "
        "of a person led to it.",
        _ORDER,
    ),
    EventType.CONVERSION_UPDATED: Documented(
        "What a conversion pays has changed: after a refund, a late visit, or a decision of yours.",
        _with(_ORDER, refunded_micros=21_000_000, paid_micros=2_100_000),
    ),
    EventType.CONVERSION_REFUNDED: Documented(
        "A refund that you reported was processed.",
        payloads.Refund(
            refund_id="refund-77", conversion_id="order-1001", currency="EUR", amount_micros=21_000_000, full=False
        ),
    ),
    EventType.CREDIT_CREATED: Documented("An advocate earned credit.", _CREDIT),
    EventType.CREDIT_UPDATED: Documented(
        "A line of credit was divided otherwise, because a late visit or a decision changed who led there.",
        _with(_CREDIT, amount_micros=1_680_000, change_micros=-1_680_000),
    ),
    EventType.CREDIT_RELEASED: Documented(
        "The hold of a line has ended: the credit can be used.", _with(_CREDIT, change_micros=0, status="available")
    ),
    EventType.CREDIT_REVERSED: Documented(
        "Credit was taken back, after a refund or a decision of yours.",
        _with(_CREDIT, amount_micros=1_680_000, change_micros=-1_680_000),
    ),
    EventType.CREDIT_EXPIRED: Documented(
        "Credit was not used in time and went to the monthly pool.",
        payloads.Credit(
            line_id="0b7d5e3f9a1c2468",
            advocate_id=_ADVOCATE,
            subject=f"expiry:2026-11:EUR:{_ADVOCATE}",
            goal="expired",
            unit="EUR",
            amount_micros=-500_000,
            change_micros=-500_000,
            status="available",
        ),
    ),
    EventType.REDEMPTION_REQUESTED: Documented("An advocate asked to use credit.", _USE),
    EventType.REDEMPTION_APPROVED: Documented("You approved a redemption.", _with(_USE, state="approved")),
    EventType.REDEMPTION_DONE: Documented("A redemption was carried out.", _with(_USE, state="done")),
    EventType.REDEMPTION_REJECTED: Documented(
        "You declined a redemption: the credit is available again.", _with(_USE, state="rejected")
    ),
    EventType.REDEMPTION_WITHDRAWN: Documented(
        "The advocate withdrew a redemption: the credit is available again.", _with(_USE, state="withdrawn")
    ),
    EventType.REDEMPTION_REFUSED: Documented(
        "A redemption asked for more than the available credit.",
        _with(_USE, state="refused", reason="not_enough_credit"),
    ),
    EventType.CLAIM_OPENED: Documented("An advocate asks about a line, or reports a missing credit.", _CLAIM),
    EventType.CLAIM_ANSWERED: Documented(
        "You answered a claim without deciding it, or its deadline moved.", _with(_CLAIM, due_at_ms=1_797_379_200_000)
    ),
    EventType.CLAIM_GRANTED: Documented(
        "A claim was granted: `outcome` is granted, or silence where nobody answered in time.",
        _with(_CLAIM, outcome="granted"),
    ),
    EventType.CLAIM_DECLINED: Documented("You declined a claim.", _with(_CLAIM, outcome="declined")),
    EventType.CLAIM_CLOSED: Documented(
        "A claim was granted, or nobody answered in time, and nothing was given: `outcome` is refunded, voided, "
        "banned, has_it, used_up or unpaid.",
        _with(_CLAIM, outcome="refunded"),
    ),
    EventType.TERMS_ADDED: Documented("A version of the terms was added; it may begin later.", _TERMS),
    EventType.TERMS_WITHDRAWN: Documented("A version of the terms that had not begun was withdrawn.", _TERMS),
    EventType.PROPOSAL_CREATED: Documented(
        "A key proposes a call, and a person has an hour to approve or decline it in the console.",
        payloads.Proposal(
            proposal_id="p-1003",
            operation="give_credit",
            key_id="key_7QdX",
            key_name="Otto's assistant",
            expires_at_ms=1_796_169_600_000,
        ),
    ),
    EventType.SITE_EVENT_QUARANTINED: Documented(
        "An event could not be processed and was set aside. Nothing is lost: see the health page.",
        payloads.Quarantine(source="api", event_id="order-1003", error="OverflowError"),
    ),
    EventType.SITE_WEBHOOK_PAUSED: Documented(
        "A webhook was paused by itself: its receiver failed for three days, or answered 410.",
        payloads.Pause(webhook_id="wh_2mT0bJc7QdXk", reason="failing"),
    ),
    EventType.WEBHOOK_TEST: Documented(
        "Somebody pressed “Send a test”. It goes to that webhook only, and is tried once.",
        payloads.Test(webhook_id="wh_2mT0bJc7QdXk", note="A test from Passalong."),
    ),
}
CHOOSABLE = tuple(kind for kind in EventType if kind is not EventType.WEBHOOK_TEST)
"""The types that a webhook may ask for."""


class Body(Struct, frozen=True):
    """The JSON that is sent and listed: `id` is the same in every attempt."""

    id: str
    type: str
    timestamp: str
    site: str
    data: Payload


def encode_body(event_id: str, kind: EventType, at_ms: int, site_id: str, data: Payload) -> str:
    """Return the body of an event as canonical JSON."""
    return msgspec.json.encode(Body(event_id, kind, timestamp_of(at_ms), site_id, data)).decode()


@lru_cache(maxsize=256)
def timestamp_of(at_ms: int) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

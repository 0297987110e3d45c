"""Payloads of events, as they stand in `data`: ids of Passalong and of the owner, and nothing of a visitor.

Amounts are micros: 1 000 000 is one unit, a euro or a point. Times are milliseconds since 1970 UTC.
"""

from typing import Literal

from msgspec import Struct


class Share(Struct, frozen=True, kw_only=True):
    """A link was shared; `target` is where to, like `copy` or `whatsapp`. `metadata` is that of the link."""

    share_id: str
    advocate_id: str
    page: str
    target: str
    metadata: dict[str, str] = {}


class PaidIn(Struct, frozen=True):
    """An amount in one more unit: an event may pay in several where links of several versions of the terms led."""

    unit: str
    paid_micros: int


class Visit(Struct, frozen=True, kw_only=True):
    """A visit by a shared link; `reason` says why it is refused or held. `metadata` is that of the link."""

    visit_id: str
    share_id: str
    advocate_id: str | None
    page: str
    status: str
    reason: str | None
    unit: str | None
    paid_micros: int
    also: tuple[PaidIn, ...] = ()
    metadata: dict[str, str] = {}


class Thanks(Struct, frozen=True, kw_only=True):
    """A person who came by a link said thank you; who it was is not in here."""

    share_id: str
    advocate_id: str
    page: str


class Conversion(Struct, frozen=True, kw_only=True):
    """A conversion that the owner reported, and what it pays to everybody; `reason` says why nothing, or not yet.

    `also` has what it pays in further units.

    `metadata` is what the owner reported with it, until it is erased.
    """

    conversion_id: str
    goal: str
    share_id: str | None
    status: str
    reason: str | None
    currency: str | None
    value_micros: int
    refunded_micros: int
    unit: str | None
    paid_micros: int
    also: tuple[PaidIn, ...] = ()
    terms_version: int | None
    metadata: dict[str, str] = {}


class Refund(Struct, frozen=True, kw_only=True):
    """A refund of a conversion and what it gave back: with `full`, all that earlier ones had left. `amount_micros` is
    null while the conversion's currency is unknown."""

    refund_id: str
    conversion_id: str
    currency: str | None
    amount_micros: int | None
    full: bool


class Credit(Struct, frozen=True, kw_only=True):
    """A line of an advocate's credit: what it is now, and what this event changed.

    `subject` is its receipt's, like `conversion:order-1001`, `visit:<id>`, `pool:2026-11:EUR:<advocate>`. `status` is
    pending or available.
    """

    line_id: str
    advocate_id: str
    subject: str
    goal: str
    unit: str
    amount_micros: int
    change_micros: int
    status: Literal["pending", "available"]


class Redemption(Struct, frozen=True, kw_only=True):
    """A redemption in the state that it is in; `reason` says why it was refused."""

    redemption_id: str
    advocate_id: str
    method: str
    unit: str
    amount_micros: int
    fee_micros: int
    state: str
    reason: str | None


class Claim(Struct, frozen=True, kw_only=True):
    """A claim of an advocate; `due_at_ms` is when silence grants it, null while its clock stands still."""

    claim_id: str
    advocate_id: str
    line_id: str | None
    conversion_id: str | None
    share_id: str | None
    outcome: str
    due_at_ms: int | None


class TermsVersion(Struct, frozen=True, kw_only=True):
    """A version of the terms; it begins at `begins_at_ms`."""

    version: int
    begins_at_ms: int
    note: str


class Quarantine(Struct, frozen=True, kw_only=True):
    """An event that could not be processed and was set aside: nothing is lost, and it can be retried."""

    source: str
    event_id: str
    error: str


class Proposal(Struct, frozen=True, kw_only=True):
    """A call that a key proposes, for a person to decide until it expires. What it says is in the console alone."""

    proposal_id: str
    operation: str
    key_id: str
    key_name: str
    expires_at_ms: int


class Pause(Struct, frozen=True, kw_only=True):
    """A webhook that Passalong paused by itself; `reason` is failing (for three days) or gone (it answered 410)."""

    webhook_id: str
    reason: str


class Test(Struct, frozen=True, kw_only=True):
    """A test event, which a person sent."""

    webhook_id: str
    note: str


Payload = (
    Share
    | Visit
    | Thanks
    | Conversion
    | Refund
    | Credit
    | Redemption
    | Claim
    | TermsVersion
    | Quarantine
    | Proposal
    | Pause
    | Test
)

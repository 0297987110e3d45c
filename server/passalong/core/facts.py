"""What happened, in the past tense: frozen, tagged, stored as JSON and never changed.

Facts hold random ids, pages and times only. `refused` is what only the server could see when the fact came in
(a bot's user agent, a bad code); everything else about a fact is decided later, from the facts alone.
"""

import hashlib
from typing import Any, Literal

import msgspec
from msgspec import Struct

from passalong.core.reasons import Reason

About = Literal["advocate", "conversion", "visit"]
Decision = Literal["ban", "lift", "hide", "show", "hold", "void", "release", "name", "give"]

NEW_VISITOR = "new_visitor"
"""The goal that the first counted visit of a visitor meets."""
EVERYBODY = "*"
"""In a grant: all recipients of a conversion together."""
GIVEN = "given"
"""What credit that an owner gives by hand stands under; ids of conversions begin with neither name and a colon."""


class LinkShared(Struct, frozen=True, tag="share", tag_field="kind"):
    """A person used the link they had been given; `to` is where (copy, email, mastodon…)."""

    share_id: str
    to: str
    refused: Reason | None = None


class LinkVisited(Struct, frozen=True, tag="visit", tag_field="kind"):
    """A person looked at a page that they reached through a link; `advocate_id` is theirs, if this browser has one."""

    share_id: str
    visitor_id: str
    page_url: str
    advocate_id: str | None = None
    refused: Reason | None = None


class ConversionReported(Struct, frozen=True, tag="conversion", tag_field="kind"):
    """The owner's server reports an outcome; `share_id`, `visit_id` are its code's, `refused` its fault.

    `customer` is the identity key of whom the owner knows it to be (core.identity). `page_url`, `products` and
    `country` are what a goal's conditions may ask for, `coupon_share_id` is the link behind a code that was typed in.
    """

    goal: str
    gross_micros: int
    currency: str | None = None
    share_id: str | None = None
    visit_id: str | None = None
    refused: Reason | None = None
    customer: str | None = None
    page_url: str | None = None
    products: tuple[str, ...] = ()
    country: str | None = None
    coupon_share_id: str | None = None


class ConversionRefunded(Struct, frozen=True, tag="refund", tag_field="kind"):
    """A part or all of a conversion's value was given back."""

    conversion_id: str
    amount_micros: int


class ClockTicked(Struct, frozen=True, tag="clock", tag_field="kind"):
    """Time passed, on the record: holds that end at or before the event's time are released by it.

    With `most` only so many, those that ended first: the fact itself says how many, so a replay releases the same.
    """

    most: int | None = None


class PersonIdentified(Struct, frozen=True, tag="identify", tag_field="kind"):
    """The owner says that these identity keys (advocates, visitors, customers: core.identity) are one person."""

    keys: tuple[str, ...]


class CreditUsed(Struct, frozen=True, tag="use", tag_field="kind"):
    """An advocate asked to use an amount of their ready credit in one of the site's ways (core.settlement.Way).

    `also` are other ids of the same person, whose ready credit is used with it, in this order.
    """

    advocate_id: str
    way: str
    unit: str
    amount_micros: int
    fee_micros: int = 0
    also: tuple[str, ...] = ()


class UseApproved(Struct, frozen=True, tag="use_approved", tag_field="kind"):
    """The owner agreed to a use; `by` is who of them."""

    use_id: str
    by: str


class PayoutPrepared(Struct, frozen=True, tag="payout_prepared", tag_field="kind"):
    """The owner put these payouts together in one batch, which the event's id names."""

    use_ids: tuple[str, ...]
    by: str


class UseSettled(Struct, frozen=True, tag="use_settled", tag_field="kind"):
    """The owner did what was asked for; `reference` is what the advocate gets of it: a code, a transfer's number."""

    use_id: str
    by: str
    reference: str = ""


class UseRejected(Struct, frozen=True, tag="use_rejected", tag_field="kind"):
    """The owner refused a use: the credit is ready again; `note` says why."""

    use_id: str
    by: str
    note: str = ""


class VerdictGiven(Struct, frozen=True, tag="verdict", tag_field="kind"):
    """A person decided about an advocate (ban, lift), a conversion (hold, void, release) or a visit (void, release).

    `release` ends a review: what it is about counts. `author` and `note` stand in the receipt.
    """

    decision: Decision
    about: About
    subject_id: str
    author: str
    note: str


class AdvocateNamed(Struct, frozen=True, tag="named", tag_field="kind"):
    """The owner names somebody who led to a conversion: `share_id` is a link of theirs, a step taken at that moment."""

    conversion_id: str
    share_id: str
    author: str
    note: str


class CreditGiven(Struct, frozen=True, tag="given", tag_field="kind"):
    """The owner gives credit, for a reason of their own."""

    advocate_id: str
    unit: str
    amount_micros: int
    author: str
    note: str


class Grant(Struct, frozen=True):
    """How much more a conversion would pay to a person (or EVERYBODY), and how much of that there was room for."""

    recipient: str
    wanted_micros: int
    granted_micros: int


class LimitsDecided(Struct, frozen=True, tag="limits", tag_field="kind"):
    """The fold decided, once, what caps and budgets leave of a conversion; `day` is its local day."""

    conversion_id: str
    goal: str
    unit: str
    day: str
    grants: tuple[Grant, ...]


class ClaimOpened(Struct, frozen=True, tag="claim", tag_field="kind"):
    """An advocate says that a line looks wrong, or that something should have counted; its id is the event's.

    `line_id` is the line, with its conversion; or `share_id` is a link of theirs and `conversion_id` an order as the
    site calls it. What they wrote stands beside the facts, where it can be erased. `promised_at_ms` is when it is
    decided in their favour unless somebody answers.
    """

    advocate_id: str
    promised_at_ms: int
    line_id: str | None = None
    conversion_id: str | None = None
    share_id: str | None = None


class ClaimAnswered(Struct, frozen=True, tag="answer", tag_field="kind"):
    """The owner answered without a decision: the promise is made anew."""

    claim_id: str
    promised_at_ms: int


class ClaimResolved(Struct, frozen=True, tag="resolve", tag_field="kind"):
    """The owner decided. A granted claim ends a review, names the link that led there, or gives an amount."""

    claim_id: str
    granted: bool
    author: str
    unit: str | None = None
    amount_micros: int = 0


class PoolAdded(Struct, frozen=True, tag="pool_add", tag_field="kind"):
    """The owner set something aside for a period's pool (like 2026-11); `by` is who of them."""

    period: str
    unit: str
    amount_micros: int
    by: str


class ExpiryNoticed(Struct, frozen=True, tag="expiry_notice", tag_field="kind"):
    """An advocate was told what of their credit expires at `expires_at_ms`, the end of that period (like 2027-03).

    `number` is 1 or 2 (core.expiry); `way` is mail (it was sent) or page (they opened it); `amounts` are (unit,
    micros). What was not told of does not expire.
    """

    advocate_id: str
    period: str
    expires_at_ms: int
    number: int
    amounts: tuple[tuple[str, int], ...]
    way: Literal["mail", "page"]


Fact = (
    LinkShared
    | LinkVisited
    | ConversionReported
    | ConversionRefunded
    | ClockTicked
    | PersonIdentified
    | CreditUsed
    | UseApproved
    | PayoutPrepared
    | UseSettled
    | UseRejected
    | VerdictGiven
    | AdvocateNamed
    | CreditGiven
    | LimitsDecided
    | ClaimOpened
    | ClaimAnswered
    | ClaimResolved
    | PoolAdded
    | ExpiryNoticed
)


class Event(Struct, frozen=True):
    """A fact with its envelope: the key is (site_id, source, event_id); `at_ms` is the server's time."""

    site_id: str
    source: str
    event_id: str
    at_ms: int
    input_hash: str
    fact: Fact


_decoder = msgspec.json.Decoder(Fact)


def encode_fact(fact: Fact) -> str:
    """The fact as canonical JSON (field order of the type)."""
    return msgspec.json.encode(fact).decode()


def decode_fact(text: str) -> Fact:
    """The fact behind stored JSON; raises msgspec.ValidationError when it is none of ours."""
    fact: Fact = _decoder.decode(text)
    return fact


def input_hash(**said: Any) -> str:
    """SHA-256 over what the sender said, keys sorted: leaves out what only the server saw and the attempt's number."""
    canonical = msgspec.json.encode(said, order="deterministic")
    return hashlib.sha256(canonical).hexdigest()

"""Facts: events in the past tense, frozen, tagged, stored as JSON and never changed.

Facts hold random ids, pages and times only. `refused` is what only the server could see (a bot's user agent, a bad
code); everything else is decided later, from the facts alone.
"""

import hashlib
from typing import Any, Literal

import msgspec
from msgspec import Struct, field, structs

from passalong.core.claim_facts import ClaimPromised
from passalong.core.conversions.attribution import OrderTouch
from passalong.core.identity_facts import IdentityFact
from passalong.core.pools.facts import PoolAdded, PoolClosed, PoolShared
from passalong.core.reasons import Reason
from passalong.core.redemptions.facts import RedemptionFact
from passalong.core.thanks.facts import LinkThanked
from passalong.core.tries.facts import TryFact

About = Literal["advocate", "conversion", "visit"]
Action = Literal["ban", "lift", "hide", "show", "hold", "void", "release", "name", "give"]

NEW_VISITOR = "new_visitor"
"""The goal that the first counted visit of a visitor meets."""
EVERYBODY = "*"
"""In a grant: all recipients of a conversion together."""
GIVEN = "given"
"""The prefix of credit that an owner gives by hand; conversion ids never begin with this name and a colon."""


class LinkShared(Struct, frozen=True, tag="share", tag_field="kind"):
    """An advocate used the link they had been given; `to` is where (copy, email, mastodon…)."""

    share_id: str
    to: str
    refused: Reason | None = None


class LinkVisited(Struct, frozen=True, tag="visit", tag_field="kind"):
    """A visitor looked at a page that they reached through a link; `advocate_id` is theirs, if this browser has one."""

    share_id: str
    visitor_id: str
    page_url: str
    advocate_id: str | None = None
    refused: Reason | None = None


class ConversionReported(Struct, frozen=True, tag="conversion", tag_field="kind"):
    """The owner's server reports a conversion; `share_id` and `visit_id` come from its code, `refused` if it is bad.

    `customer` is the identity key of the owner's customer (core.identity). `page_url`, `products` and `country` are
    what a goal's conditions may ask for, `coupon_share_id` is the link behind a code that was typed in. `email` is the
    identity key of the order's address. `signed_in` is true where the site declares that it names only customers who
    are signed in there. `currency_taken` is true where the currency is one of the site's; None was recorded before a
    site could take several. `touches` are the first and last touch of an order that an agent placed.
    `metadata_hash` is the keyed hash of the metadata that came with it, which can be erased.
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
    email: str | None = None
    signed_in: bool = False
    currency_taken: bool | None = None
    touches: tuple[OrderTouch, ...] = ()
    metadata_hash: str | None = None


class ConversionRefunded(Struct, frozen=True, omit_defaults=True, tag="refund", tag_field="kind"):
    """Value was refunded: `amount_micros`, or `amount_minor` of a currency still unknown, or all of it (`full`)."""

    conversion_id: str
    amount_micros: int
    amount_minor: int | None = None
    full: bool = False


class ClockTicked(Struct, frozen=True, tag="clock", tag_field="kind"):
    """Time passed: holds that end at or before the event's time are released by it.

    With `most` only so many, those that ended first, so that a replay releases the same. Unless it `closes_pools`,
    pools are closed by facts of their own.
    """

    most: int | None = None
    closes_pools: bool = True


class DecisionMade(Struct, frozen=True, tag="verdict", tag_field="kind"):
    """A person decided about an advocate (ban, lift), a conversion (hold, void, release) or a visit (void, release).

    `release` ends a review: its subject counts. `author` and `note` are shown in the receipt.
    """

    action: Action = field(name="decision")
    about: About
    subject_id: str
    author: str
    note: str


class AdvocateNamed(Struct, frozen=True, tag="named", tag_field="kind"):
    """The owner names an advocate who led to a conversion: `share_id` is a link of theirs, touched at that moment."""

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


class Grant(Struct, frozen=True, omit_defaults=True):
    """How much more a version of the terms would pay a person (or EVERYBODY) in a unit, and the room left for that.

    Empty and 0 mean every unit and every version.
    """

    recipient: str
    wanted_micros: int
    granted_micros: int
    unit: str = ""
    terms_version: int = 0


class LimitsDecided(Struct, frozen=True, tag="limits", tag_field="kind"):
    """The fold decided, once, what limits leave of a conversion; `day` is its local day, `unit` its first pot's."""

    conversion_id: str
    goal: str
    unit: str
    day: str
    grants: tuple[Grant, ...]


class ClaimOpened(Struct, frozen=True, tag="claim", tag_field="kind"):
    """An advocate says that a line looks wrong, or that something should have counted; its id is the event's.

    `line_id` is the line, with its conversion; or `share_id` is a link of theirs and `conversion_id` an order as the
    site calls it. It is decided in their favour at `promised_at_ms` (NO_CLOCK_MS: never), unless somebody answers.
    """

    advocate_id: str
    promised_at_ms: int
    line_id: str | None = None
    conversion_id: str | None = None
    share_id: str | None = None


class ClaimAnswered(Struct, frozen=True, tag="answer", tag_field="kind"):
    """The owner answered a claim without a decision; the deadline starts again."""

    claim_id: str
    promised_at_ms: int


class ClaimResolved(Struct, frozen=True, tag="resolve", tag_field="kind"):
    """The owner decided a claim. A granted claim ends a review, names the link that led there, or gives an amount."""

    claim_id: str
    granted: bool
    author: str
    unit: str | None = None
    amount_micros: int = 0


class ExpiryNoticed(Struct, frozen=True, tag="expiry_notice", tag_field="kind"):
    """An advocate was told what of their credit expires at `expires_at_ms`, the end of that period (like 2027-03).

    `number` is 1 or 2 (core.ledger.expiry); `channel` is mail (sent) or page (shown); `amounts` are (unit, micros).
    Credit without a notice does not expire.
    """

    advocate_id: str
    period: str
    expires_at_ms: int
    number: int
    amounts: tuple[tuple[str, int], ...]
    channel: Literal["mail", "page"] = field(name="way")


Fact = (
    LinkShared
    | LinkVisited
    | ConversionReported
    | ConversionRefunded
    | ClockTicked
    | IdentityFact
    | RedemptionFact
    | DecisionMade
    | AdvocateNamed
    | CreditGiven
    | LimitsDecided
    | ClaimOpened
    | ClaimAnswered
    | ClaimPromised
    | ClaimResolved
    | PoolAdded
    | PoolClosed
    | PoolShared
    | ExpiryNoticed
    | LinkThanked
    | TryFact
)


class Event(Struct, frozen=True):
    """A fact with its envelope: the key is (site_id, source, event_id); `at_ms` is the server's time."""

    site_id: str
    source: str
    event_id: str
    at_ms: int
    input_hash: str
    fact: Fact


def new_event(site_id: str, source: str, event_id: str, sender_hash: str, fact: Fact) -> Event:
    """Return the event of a fact that is not recorded yet: the collector sets its time."""
    return Event(site_id, source, event_id, 0, sender_hash, fact)


_decoder = msgspec.json.Decoder(Fact)


def encode_fact(fact: Fact) -> str:
    """Return the fact as canonical JSON (field order of the type)."""
    return msgspec.json.encode(fact).decode()


def stored_values(fact: Struct) -> dict[str, Any]:
    """Return the fields of a fact, or of a row, by their stored names, which outlive renames in Python."""
    if fact.__struct_fields__ == fact.__struct_encode_fields__:
        return structs.asdict(fact)
    names = zip(fact.__struct_fields__, fact.__struct_encode_fields__, strict=True)
    return {stored: getattr(fact, name) for name, stored in names}


def decode_fact(text: str) -> Fact:
    """Return the fact of stored JSON; raises msgspec.ValidationError for an unknown kind."""
    fact: Fact = _decoder.decode(text)
    return fact


def input_hash(**fields: Any) -> str:
    """Return SHA-256 over what the sender said, keys sorted, without what only the server saw and the attempt's
    number."""
    canonical = msgspec.json.encode(fields, order="deterministic")
    return hashlib.sha256(canonical).hexdigest()

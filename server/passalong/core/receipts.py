"""Receipts: one for every visit and conversion, saying who was credited how much and by which steps, or why not.

Owner and advocate read the same receipt; recomputing it from the stored facts gives the same numbers.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import msgspec
from msgspec import Struct

from passalong.core.attribution import (
    POOL,
    UNATTRIBUTED,
    Allocation,
    Hop,
    Ignored,
    Journey,
    Level,
    Limited,
    Part,
    Split,
    Step,
)
from passalong.core.reasons import Reason
from passalong.core.terms import Terms
from passalong.core.verdicts import Verdict

Kind = Literal["visit", "conversion", "given", "use", "pool", "expiry"]
Status = Literal["credited", "refused"]


class ReceiptPart(Struct, frozen=True):
    """One way in which credit came; `exact` = touch_share * level_share * reward_micros, fractions as p/q."""

    share_id: str
    event_id: str
    level: int
    touch_share: str
    level_share: str
    reward_micros: int
    exact: str
    terms_version: int


class ReceiptLine(Struct, frozen=True):
    """What one person got; `rounding` is the amount (before limits) minus the exact sum of the parts, as p/q micros."""

    recipient: str
    amount_micros: int
    earned_micros: int
    rounding: str
    parts: tuple[ReceiptPart, ...]


class Welcome(Struct, frozen=True):
    """What is for the person who came, on top of the pot; `recipient` is `kept` until they show up as an advocate."""

    recipient: str
    amount_micros: int
    earned_micros: int


class Receipt(Struct, frozen=True):
    """One version of a subject's receipt: `visit:`, `conversion:`, `given:` or `use:<id>`, `pool:<period>:<unit>`,
    `expiry:<period>:<unit>:<advocate>`.

    While somebody looks at what is credited, the reason of a credited receipt is `held_for_review`.
    """

    subject: str
    kind: Kind
    status: Status
    reason: Reason | None
    goal: str | None
    at_ms: int
    unit: str | None = None
    currency: str | None = None
    gross_micros: int = 0
    refunded_micros: int = 0
    budget_micros: int = 0
    people: int = 0
    pool_micros: int = 0
    unattributed_micros: int = 0
    terms_version: int = 0
    hold_days: int = 0
    lines: tuple[ReceiptLine, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    limited: tuple[Limited, ...] = ()
    welcome: Welcome | None = None
    verdicts: tuple[Verdict, ...] = ()


def refused(subject: str, kind: Kind, reason: Reason, at_ms: int) -> Receipt:
    """The receipt of something that the facts alone refuse."""
    return Receipt(subject=subject, kind=kind, status="refused", reason=reason, goal=None, at_ms=at_ms)


def receipt(subject: str, kind: Kind, journey: Journey, now: Allocation, at_gross: Allocation) -> Receipt:
    """The receipt of an allocated journey; `at_gross` is the same without refunds, to show what was taken back."""
    recipients = sorted({part.recipient for part in at_gross.parts})
    return Receipt(
        subject=subject,
        kind=kind,
        status="credited" if now.refusal is None else "refused",
        reason=now.refusal,
        goal=journey.goal,
        at_ms=journey.at_ms,
        unit=now.unit,
        currency=journey.currency,
        gross_micros=journey.gross_micros,
        refunded_micros=journey.refunded_micros,
        budget_micros=now.budget_micros,
        people=len({part.event_id for part in at_gross.parts}),
        pool_micros=now.amounts.get(POOL, 0),
        unattributed_micros=now.amounts.get(UNATTRIBUTED, 0),
        terms_version=now.terms_version,
        hold_days=now.hold_days,
        lines=tuple(_line(recipient, now, at_gross) for recipient in recipients),
        ignored=now.ignored,
        limited=now.limited,
    )


def earned(amount_micros: int, gross_micros: int) -> int:
    """What was earned before anything was taken back: never less than what is left (roundings may differ by 1)."""
    return max(amount_micros, gross_micros)


def _line(recipient: str, now: Allocation, at_gross: Allocation) -> ReceiptLine:
    parts = [part for part in now.parts if part.recipient == recipient]
    amount = now.amounts.get(recipient, 0)
    return ReceiptLine(
        recipient=recipient,
        amount_micros=amount,
        earned_micros=earned(amount, at_gross.amounts.get(recipient, 0)),
        rounding=str(amount + _kept_back(now, recipient) - sum(part.exact for part in parts)),
        parts=tuple(_part(part) for part in parts),
    )


def _kept_back(now: Allocation, recipient: str) -> int:
    return sum(limited.amount_micros for limited in now.limited if limited.recipient == recipient)


def split_of(made: Receipt, terms: Callable[[int], Terms]) -> Split:
    """The split as a receipt shows it: once a hold has ended, nothing that comes later changes it.

    `terms` finds a version of the site's terms.
    """
    found: dict[str, list[tuple[ReceiptPart, str]]] = {}
    for line in made.lines:
        for part in line.parts:
            found.setdefault(part.event_id, []).append((part, line.recipient))
    steps = tuple(_step(event_id, parts, terms) for event_id, parts in sorted(found.items()))
    return Split(steps, made.ignored, terms(made.terms_version))


def _step(event_id: str, parts: list[tuple[ReceiptPart, str]], terms: Callable[[int], Terms]) -> Step:
    first, _ = parts[0]
    ordered = sorted(parts, key=lambda part_recipient: part_recipient[0].level)
    levels = tuple(
        Level(part.level, Hop(part.share_id, recipient), Fraction(part.level_share)) for part, recipient in ordered
    )
    return Step(event_id, Fraction(first.touch_share), terms(first.terms_version), levels)


def _part(part: Part) -> ReceiptPart:
    return ReceiptPart(
        share_id=part.share_id,
        event_id=part.event_id,
        level=part.level,
        touch_share=str(part.touch_share),
        level_share=str(part.level_share),
        reward_micros=part.reward_micros,
        exact=str(part.exact),
        terms_version=part.terms_version,
    )


def encode_receipt(made: Receipt) -> str:
    """Canonical JSON of the receipt."""
    return msgspec.json.encode(made).decode()


def decode_receipt(text: str) -> Receipt:
    """A receipt from stored JSON."""
    return msgspec.json.decode(text, type=Receipt)

"""Receipts: one for every visit and conversion, saying who was credited how much and by which steps, or why not.

Owner and advocate read the same receipt; recomputing it from the stored facts gives the same numbers.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from passalong.core.attribution.allocate import (
    KEPT,
    POOL,
    UNATTRIBUTED,
    Allocation,
    Hop,
    Ignored,
    Journey,
    Level,
    Limited,
    Part,
    Pot,
    Split,
    Step,
)
from passalong.core.decisions import Decision
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms

Kind = Literal["visit", "conversion", "given", "use", "pool", "expiry"]
Status = Literal["credited", "refused"]


class ReceiptPart(Struct, frozen=True):
    """One way in which credit was earned; `exact` = touch_share * level_share * reward_micros, fractions as p/q."""

    share_id: str
    event_id: str
    level: int
    touch_share: str
    level_share: str
    reward_micros: int
    exact: str
    terms_version: int


class ReceiptLine(Struct, frozen=True):
    """The credit of one person in one `unit` (None: the receipt's own).

    `rounding` is the amount (before limits) minus the exact sum of the parts, as p/q micros.
    """

    recipient: str
    amount_micros: int
    earned_micros: int
    rounding: str
    parts: tuple[ReceiptPart, ...]
    unit: str | None = None


class RefereeReward(Struct, frozen=True):
    """The referee reward, on top of the pot; `recipient` is `kept` until the person who came shows up as an advocate.

    `reward_micros` is what the terms give, before limits; `amount_micros` is what is paid of it.
    """

    recipient: str
    amount_micros: int
    earned_micros: int
    reward_micros: int = 0


class ReceiptPot(Struct, frozen=True):
    """The amounts that a conversion pays in one unit; the sums of `Receipt` are those of its first unit."""

    unit: str
    budget_micros: int
    pool_micros: int
    unattributed_micros: int
    referee_reward: RefereeReward | None = field(default=None, name="welcome")


class Receipt(Struct, frozen=True):
    """One version of a subject's receipt: `visit:`, `conversion:`, `given:` or `use:<id>`, `pool:<period>:<unit>`,
    `expiry:<period>:<unit>:<advocate>`.

    While the subject is under review, the reason of a credited receipt is `held_for_review`.
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
    referee_reward: RefereeReward | None = field(default=None, name="welcome")
    decisions: tuple[Decision, ...] = field(default=(), name="verdicts")
    also: tuple[ReceiptPot, ...] = ()
    """Amounts in other units, where links of several versions of the terms led to it."""

    @property
    def pots(self) -> tuple[ReceiptPot, ...]:
        """The sums of every unit, the receipt's own first."""
        if self.unit is None:
            return ()
        sums = (self.budget_micros, self.pool_micros, self.unattributed_micros)
        return (ReceiptPot(self.unit, *sums, self.referee_reward), *self.also)

    def pot(self, unit: str) -> ReceiptPot:
        """The sums of one unit; zeros where nothing is paid in it."""
        return next((pot for pot in self.pots if pot.unit == unit), ReceiptPot(unit, 0, 0, 0))

    def unit_of(self, line: ReceiptLine) -> str | None:
        """The unit of one of its lines."""
        return line.unit or self.unit

    def line(self, recipient: str, unit: str) -> ReceiptLine | None:
        """Return what a recipient gets in a unit from the split; the referee reward is part of the pot."""
        return next((line for line in self.lines if (line.recipient, self.unit_of(line)) == (recipient, unit)), None)


def refused(subject: str, kind: Kind, reason: Reason, at_ms: int) -> Receipt:
    """Return the receipt of a subject that the facts alone refuse."""
    return Receipt(subject=subject, kind=kind, status="refused", reason=reason, goal=None, at_ms=at_ms)


def receipt(subject: str, kind: Kind, journey: Journey, now: Allocation, at_gross: Allocation) -> Receipt:
    """Return the receipt of an allocated journey; `at_gross` is the same without refunds, to show what was taken
    back."""
    recipients = sorted({(part.recipient, part.unit) for part in at_gross.parts})
    units = [pot.unit for pot in at_gross.pots or now.pots]
    pots = [_pot(unit, now, at_gross) for unit in units]
    first = pots[0] if pots else ReceiptPot("", 0, 0, 0)
    return Receipt(
        subject=subject,
        kind=kind,
        status="credited" if now.refusal is None else "refused",
        reason=now.refusal,
        goal=journey.goal,
        at_ms=journey.at_ms,
        unit=first.unit or None,
        currency=journey.currency,
        gross_micros=journey.gross_micros,
        refunded_micros=journey.refunded_micros,
        budget_micros=first.budget_micros,
        people=_people(at_gross.parts),
        pool_micros=first.pool_micros,
        unattributed_micros=first.unattributed_micros,
        terms_version=now.terms_version,
        hold_days=now.hold_days,
        lines=tuple(_line(recipient, unit, now, at_gross) for recipient, unit in recipients),
        ignored=now.ignored,
        limited=now.limited,
        referee_reward=first.referee_reward,
        also=tuple(pots[1:]),
    )


def _people(parts: Sequence[Part]) -> int:
    """Return the number of people whose links led to it: models that weigh each arrival have several of one person."""
    nearest: dict[str, Part] = {}
    for part in parts:
        nearest[part.event_id] = min(nearest.get(part.event_id, part), part, key=lambda candidate: candidate.level)
    return len({part.recipient for part in nearest.values()})


def earned(amount_micros: int, gross_micros: int) -> int:
    """Return what was earned before anything was taken back: never less than what is left (roundings may differ by
    1)."""
    return max(amount_micros, gross_micros)


def _pot(unit: str, now: Allocation, at_gross: Allocation) -> ReceiptPot:
    pot, gross = now.pot(unit), at_gross.pot(unit)
    amounts = pot.amounts
    return ReceiptPot(
        unit=unit,
        budget_micros=pot.budget_micros,
        pool_micros=amounts.get(POOL, 0),
        unattributed_micros=amounts.get(UNATTRIBUTED, 0),
        referee_reward=_referee_reward(amounts.get(KEPT, 0), pot, gross) if gross.referee_micros else None,
    )


def _referee_reward(amount_micros: int, pot: Pot, gross: Pot) -> RefereeReward:
    return RefereeReward(KEPT, amount_micros, earned(amount_micros, gross.amounts.get(KEPT, 0)), pot.referee_micros)


def with_referee(receipt: Receipt, recipient: str) -> Receipt:
    """Return the receipt with the referee reward given to this recipient, in every unit."""

    def with_recipient(reward: RefereeReward | None) -> RefereeReward | None:
        return None if reward is None else replace(reward, recipient=recipient)

    also = tuple(replace(pot, referee_reward=with_recipient(pot.referee_reward)) for pot in receipt.also)
    return replace(receipt, referee_reward=with_recipient(receipt.referee_reward), also=also)


def _line(recipient: str, unit: str, now: Allocation, at_gross: Allocation) -> ReceiptLine:
    parts = [part for part in now.parts if (part.recipient, part.unit) == (recipient, unit)]
    amount = now.pot(unit).amounts.get(recipient, 0)
    kept_back = sum(limit.amount_micros for limit in now.limited if (limit.recipient, limit.unit) == (recipient, unit))
    return ReceiptLine(
        recipient=recipient,
        amount_micros=amount,
        earned_micros=earned(amount, at_gross.pot(unit).amounts.get(recipient, 0)),
        rounding=str(amount + kept_back - sum(part.exact for part in parts)),
        parts=tuple(_part(part) for part in parts),
        unit=unit,
    )


def split_of(receipt: Receipt, terms: Callable[[int], Terms]) -> Split:
    """Return the split of a receipt: once a hold has ended, nothing that comes later changes it.

    `terms` finds a version of the site's terms.
    """
    parts_of: dict[str, list[tuple[ReceiptPart, str]]] = {}
    for line in receipt.lines:
        for part in line.parts:
            parts_of.setdefault(part.event_id, []).append((part, line.recipient))
    steps = tuple(_step(event_id, parts, terms) for event_id, parts in sorted(parts_of.items()))
    return Split(steps, receipt.ignored, terms(receipt.terms_version))


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


def encode_receipt(receipt: Receipt) -> str:
    """Canonical JSON of the receipt."""
    return msgspec.json.encode(receipt).decode()


def decode_receipt(text: str) -> Receipt:
    """A receipt from stored JSON."""
    return msgspec.json.decode(text, type=Receipt)

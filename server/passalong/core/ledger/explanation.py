"""Explain a receipt in words: the arithmetic of every amount, from the receipt alone."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import msgspec
from msgspec import Struct

from passalong.core.attribution.journey import KEPT, Limited
from passalong.core.ledger.line_kinds import how_of
from passalong.core.ledger.receipts import Receipt, ReceiptLine, ReceiptPart, ReceiptPot
from passalong.core.ledger.redemptions import RedemptionReceipt
from passalong.core.money import figures
from passalong.core.reasons import REASON_WORDS, Reason

_LEVELS = ("brought them", "passed it on to those", "passed it on to those before")
_TOUCHES = {
    "code": "The code at the checkout",
    "named": "The link that a person named",
    "order": "The link that the order names",
}
"""Touches that are no arrivals."""


class Style(Struct, frozen=True):
    """How amounts, people and reasons are written: as they are stored (`EXACT`), or as a page writes them."""

    amount: Callable[[int | Fraction, str | None], str]
    person: Callable[[str], str]
    reason: Callable[[Reason], str]


def words_of(receipt: Receipt, write: Style | None = None) -> list[str]:
    """Return the receipt as sentences: its subject, the pot, who led to it, every amount, and what did not count."""
    about = _OTHER_KINDS.get(receipt.kind)
    parts = (_status, _head, _touches, _amounts, _rest, _decisions) if about is None else (_status, about, _decisions)
    return [sentence for part in parts for sentence in part(receipt, write or EXACT)]


def differences(stored: Receipt, replayed: Receipt) -> list[str]:
    """Return the names of the fields in which two receipts differ; the order of parts and touches does not matter."""
    before, after = (msgspec.to_builtins(_ordered(receipt)) for receipt in (stored, replayed))
    return [name for name in before if before[name] != after[name]]


def _ordered(receipt: Receipt) -> Receipt:
    def parts(line: ReceiptLine) -> tuple[ReceiptPart, ...]:
        return tuple(sorted(line.parts, key=lambda part: (part.event_id, part.level)))

    lines = tuple(msgspec.structs.replace(line, parts=parts(line)) for line in receipt.lines)
    ignored = tuple(sorted(receipt.ignored, key=lambda entry: entry.event_id))
    return msgspec.structs.replace(receipt, lines=lines, ignored=ignored, limited=_summed(receipt))


def _summed(receipt: Receipt) -> tuple[Limited, ...]:
    """Return what limits withheld from each recipient, summed over limits."""
    sums: dict[tuple[str, str], Limited] = {}
    for limit in receipt.limited:
        key = (limit.recipient, limit.unit or "")
        before = sums.get(key)
        added = limit.amount_micros + (before.amount_micros if before else 0)
        sums[key] = Limited(limit.recipient, added, limit.reason, limit.unit)
    return tuple(sums[key] for key in sorted(sums))


def amount(micros: int | Fraction, unit: str | None) -> str:
    """Format micros as whole units with at least the unit's own digits, like 4.80 EUR and 500 JPY.

    A fraction of a micro is written out.
    """
    exact = Fraction(micros)
    if exact.denominator != 1:
        return f"{exact.numerator}/{exact.denominator} micros of {unit}"
    whole, point, rest = figures(exact.numerator, unit or "").partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.removeprefix('-')):,}{point}{rest} {unit or ''}".strip()


EXACT = Style(amount, str, lambda reason: f"{reason}: {REASON_WORDS[reason]}")


def _status(receipt: Receipt, write: Style) -> Iterator[str]:
    yield f"{receipt.subject} is {receipt.status}{f' ({receipt.goal})' if receipt.goal else ''}."
    if receipt.reason is not None:
        yield f"Because {write.reason(receipt.reason)}"


def _head(receipt: Receipt, write: Style) -> Iterator[str]:
    if receipt.gross_micros:
        left = max(0, receipt.gross_micros - receipt.refunded_micros)
        back = (
            f", {write.amount(receipt.refunded_micros, receipt.currency)} given back" if receipt.refunded_micros else ""
        )
        value, counted = (write.amount(micros, receipt.currency) for micros in (receipt.gross_micros, left))
        yield f"Its value was {value}{back}: {counted} count."
    if receipt.terms_version:
        pots = " and ".join(write.amount(pot.budget_micros, pot.unit) for pot in receipt.pots)
        pot = f"The pot is {pots}, " if pots else "There is no pot, "
        yield f"{pot}by version {receipt.terms_version} of the terms; the hold is {receipt.hold_days} days."


def _given(receipt: Receipt, write: Style) -> Iterator[str]:
    """Explain credit that a person gave or a question brought: no link led to it and no rule counts it."""
    for line in receipt.lines:
        unit, who = receipt.unit_of(line), write.person(line.recipient)
        yield f"{write.amount(line.earned_micros, unit)} were given to {who} by a decision, not by the rule."
        yield f"{who} gets {write.amount(line.amount_micros, unit)}{_taken_back(line, unit, write)}."


def _pool(receipt: Receipt, write: Style) -> Iterator[str]:
    """Explain a month's pool, or one person's part of it."""
    month, whole = receipt.subject.split(":")[1], write.amount(receipt.budget_micros, receipt.unit)
    version = receipt.terms_version
    yield f"The pool of {month} was {whole} between {receipt.people} people, by version {version} of the terms."
    for line in receipt.lines:
        who = write.person(line.recipient)
        for part in line.parts:
            yield f"{who} has {part.touch_share} of it: {write.amount(Fraction(part.exact), receipt.unit)}."
        yield f"{who} gets {write.amount(line.amount_micros, receipt.unit)}{_rounded(line)}."
    if receipt.pool_micros:
        yield f"{write.amount(receipt.pool_micros, receipt.unit)} of it are carried to the next month."


def _expiry(receipt: Receipt, write: Style) -> Iterator[str]:
    yield f"Its owner was told twice that {write.amount(receipt.budget_micros, receipt.unit)} would expire."
    for line in receipt.lines:
        yield f"{write.amount(-line.amount_micros, receipt.unit)} of it had not been used, and expired."
    if receipt.pool_micros:
        yield f"The pool gets {write.amount(receipt.pool_micros, receipt.unit)}."


def _redemption(receipt: Receipt, write: Style) -> Iterator[str]:
    if isinstance(receipt, RedemptionReceipt):
        what, who = receipt.method.replace("_", " "), write.person(receipt.advocate_id)
        fee = f", of which {write.amount(receipt.fee_micros, receipt.unit)} are a fee" if receipt.fee_micros else ""
        amount = write.amount(receipt.amount_micros, receipt.unit)
        yield f"{who} asked to use {amount}{fee}, as {what}: {receipt.state}."
        yield from (text for text in (receipt.reference, receipt.note) if text)


_OTHER_KINDS: Mapping[str, Callable[[Receipt, Style], Iterator[str]]] = {
    "given": _given,
    "pool": _pool,
    "expiry": _expiry,
    "use": _redemption,
}
"""Kinds of receipts that no arrival led to."""


def _touch(event_id: str) -> str:
    words = _TOUCHES.get(how_of(event_id))
    return f"{words} ({event_id})" if words else f"The arrival {event_id}"


def _touches(receipt: Receipt, write: Style) -> Iterator[str]:
    """Return s_j and b_j of every credited touch; their products add up to the pot before it is cut to micros."""
    part_of = {part.event_id: (part, receipt.unit_of(line)) for line in receipt.lines for part in line.parts}
    for event_id, (part, unit) in sorted(part_of.items()):
        yield (
            f"{_touch(event_id)} has {part.touch_share} of what version {part.terms_version} pays, "
            f"{write.amount(part.reward_micros, unit)}."
        )


def _amounts(receipt: Receipt, write: Style) -> Iterator[str]:
    for line in receipt.lines:
        unit = receipt.unit_of(line)
        for part in sorted(line.parts, key=lambda part: (part.event_id, part.level)):
            yield (
                f"{write.person(line.recipient)} {_LEVELS[min(part.level, 2)]} ({part.event_id}): {part.touch_share} x "
                f"{part.level_share} x {write.amount(part.reward_micros, unit)} = "
                f"{write.amount(Fraction(part.exact), unit)}."
            )
        limits = [
            limit
            for limit in receipt.limited
            if (limit.recipient, limit.unit or receipt.unit) == (line.recipient, unit)
        ]
        allowed_micros = sum(limit.amount_micros for limit in limits)
        less = f", less {write.amount(allowed_micros, unit)} over a limit" if allowed_micros else ""
        gets = f"{write.person(line.recipient)} gets {write.amount(line.amount_micros, unit)}"
        yield f"{gets}{_rounded(line)}{less}{_taken_back(line, unit, write)}."


def _rounded(line: ReceiptLine) -> str:
    rounded = Fraction(line.rounding)
    return f", rounded by {rounded} micros" if rounded else ""


def _taken_back(line: ReceiptLine, unit: str | None, write: Style) -> str:
    back_micros = line.earned_micros - line.amount_micros
    return f"; {write.amount(back_micros, unit)} were taken back" if back_micros else ""


def _rest(receipt: Receipt, write: Style) -> Iterator[str]:
    for pot in receipt.pots:
        yield from _pot(receipt, pot, write)
    for ignored in receipt.ignored:
        yield f"{_touch(ignored.event_id)} does not count, {write.reason(ignored.reason)}"
    for limit in receipt.limited:
        kept_back = write.amount(limit.amount_micros, limit.unit or receipt.unit)
        yield f"A limit kept {kept_back} from {write.person(limit.recipient)}: {REASON_WORDS[limit.reason]}"


def _pot(receipt: Receipt, pot: ReceiptPot, write: Style) -> Iterator[str]:
    """Return the sums of one unit: everybody's amounts, the pool, the unattributed part, and the referee reward on
    top."""
    if pot.pool_micros:
        yield f"The pool gets {write.amount(pot.pool_micros, pot.unit)}: the levels for which nobody stands."
    if pot.unattributed_micros:
        yield f"{write.amount(pot.unattributed_micros, pot.unit)} are nobody's and are not spent."
    parts = [sum(line.amount_micros for line in receipt.lines if receipt.unit_of(line) == pot.unit)]
    parts += [pot.pool_micros, pot.unattributed_micros]
    total = pot.budget_micros
    if pot.referee_reward is not None:
        waits = pot.referee_reward.recipient == KEPT and pot.referee_reward.amount_micros
        note = ", kept until they are known" if waits else ""
        reward = write.amount(pot.referee_reward.amount_micros, pot.unit)
        yield f"The person who came gets {reward} on top of the pot{note}."
        parts.append(pot.referee_reward.amount_micros)
        total += pot.referee_reward.reward_micros
    if total:
        yield f"{' + '.join(write.amount(part, pot.unit) for part in parts)} = {write.amount(total, pot.unit)}."


def _decisions(receipt: Receipt, write: Style) -> Iterator[str]:
    for decision in receipt.decisions:
        yield f"{write.person(decision.author)} decided: {decision.action}. {decision.note}".strip()

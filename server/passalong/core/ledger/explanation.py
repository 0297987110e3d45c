"""Explain a receipt in words: the arithmetic of every amount, from the receipt alone."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from passalong.core.attribution.journey import KEPT, Limited
from passalong.core.ledger.receipts import Receipt, ReceiptLine, ReceiptPart, ReceiptPot
from passalong.core.money import MICROS
from passalong.core.reasons import REASON_WORDS

_LEVELS = ("brought them", "passed it on to those", "passed it on to those before")


def words_of(made: Receipt) -> list[str]:
    """Return the receipt as sentences: its subject, the pot, who led to it, every amount, and what did not count."""
    return [*_head(made), *_touches(made), *_amounts(made), *_rest(made), *_decisions(made)]


def differences(stored: Receipt, made: Receipt) -> list[str]:
    """Return the names of the fields in which two receipts differ; the order of parts and touches does not matter."""
    before, after = (msgspec.to_builtins(_ordered(receipt)) for receipt in (stored, made))
    return [name for name in before if before[name] != after[name]]


def _ordered(made: Receipt) -> Receipt:
    def parts(line: ReceiptLine) -> tuple[ReceiptPart, ...]:
        return tuple(sorted(line.parts, key=lambda part: (part.event_id, part.level)))

    lines = tuple(msgspec.structs.replace(line, parts=parts(line)) for line in made.lines)
    ignored = tuple(sorted(made.ignored, key=lambda found: found.event_id))
    return msgspec.structs.replace(made, lines=lines, ignored=ignored, limited=_summed(made))


def _summed(made: Receipt) -> tuple[Limited, ...]:
    """Return what limits withheld from each recipient, summed over limits."""
    sums: dict[tuple[str, str], Limited] = {}
    for limit in made.limited:
        key = (limit.recipient, limit.unit or "")
        before = sums.get(key)
        added = limit.amount_micros + (before.amount_micros if before else 0)
        sums[key] = Limited(limit.recipient, added, limit.reason, limit.unit)
    return tuple(sums[key] for key in sorted(sums))


def amount(micros: int | Fraction, unit: str | None) -> str:
    """Format micros as whole units with two to six digits, like 4.80 EUR; a fraction of a micro is written out."""
    whole = Fraction(micros)
    if whole.denominator != 1:
        return f"{whole.numerator}/{whole.denominator} micros of {unit}"
    sign, units, rest = "-" if whole < 0 else "", *divmod(abs(whole.numerator), MICROS)
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units:,}.{digits} {unit or ''}".strip()


def _head(made: Receipt) -> Iterator[str]:
    yield f"{made.subject} is {made.status}{f' ({made.goal})' if made.goal else ''}."
    if made.reason is not None:
        yield f"Because {made.reason}: {REASON_WORDS[made.reason]}"
    if made.gross_micros:
        left = max(0, made.gross_micros - made.refunded_micros)
        back = f", {amount(made.refunded_micros, made.currency)} given back" if made.refunded_micros else ""
        yield f"Its value was {amount(made.gross_micros, made.currency)}{back}: {amount(left, made.currency)} count."
    if made.kind == "expiry":
        yield f"Its owner was told twice that {amount(made.budget_micros, made.unit)} would expire."
    elif made.terms_version:
        pots = " and ".join(amount(pot.budget_micros, pot.unit) for pot in made.pots)
        pot = f"The pot is {pots}, " if pots else "There is no pot, "
        yield f"{pot}by version {made.terms_version} of the terms; the hold is {made.hold_days} days."


def _touches(made: Receipt) -> Iterator[str]:
    """Return s_j and b_j of every credited touch; their products add up to the pot before it is cut to micros."""
    found = {part.event_id: (part, made.unit_of(line)) for line in made.lines for part in line.parts}
    for event_id, (part, unit) in sorted(found.items()):
        yield (
            f"The arrival {event_id} has {part.touch_share} of what version {part.terms_version} pays, "
            f"{amount(part.reward_micros, unit)}."
        )


def _amounts(made: Receipt) -> Iterator[str]:
    for line in made.lines:
        unit = made.unit_of(line)
        for part in sorted(line.parts, key=lambda part: (part.event_id, part.level)):
            yield (
                f"{line.recipient} {_LEVELS[min(part.level, 2)]} ({part.event_id}): {part.touch_share} x "
                f"{part.level_share} x {amount(part.reward_micros, unit)} = {_exact(part.exact, unit)}."
            )
        limits = [kept for kept in made.limited if (kept.recipient, kept.unit or made.unit) == (line.recipient, unit)]
        kept = sum(limit.amount_micros for limit in limits)
        rounded = Fraction(line.rounding)
        by = f", rounded by {rounded} micros" if rounded else ""
        less = f", less {amount(kept, unit)} over a limit" if kept else ""
        taken = line.earned_micros - line.amount_micros
        back = f"; {amount(taken, unit)} were taken back" if taken else ""
        yield f"{line.recipient} gets {amount(line.amount_micros, unit)}{by}{less}{back}."


def _exact(exact: str, unit: str | None) -> str:
    return amount(Fraction(exact), unit)


def _rest(made: Receipt) -> Iterator[str]:
    for pot in made.pots:
        yield from _pot(made, pot)
    for ignored in made.ignored:
        yield f"The arrival {ignored.event_id} does not count, {ignored.reason}: {REASON_WORDS[ignored.reason]}"
    for limit in made.limited:
        kept_back = amount(limit.amount_micros, limit.unit or made.unit)
        yield f"A limit kept {kept_back} from {limit.recipient}: {REASON_WORDS[limit.reason]}"


def _pot(made: Receipt, pot: ReceiptPot) -> Iterator[str]:
    """Return the sums of one unit: everybody's amounts, the pool, the unattributed part, and the referee reward on
    top."""
    if pot.pool_micros:
        why = "what nobody used" if made.kind == "expiry" else "the levels for which nobody stands"
        yield f"The pool gets {amount(pot.pool_micros, pot.unit)}: {why}."
    if pot.unattributed_micros:
        yield f"{amount(pot.unattributed_micros, pot.unit)} are nobody's and are not spent."
    parts = [sum(line.amount_micros for line in made.lines if made.unit_of(line) == pot.unit)]
    parts += [pot.pool_micros, pot.unattributed_micros]
    total = pot.budget_micros
    if pot.referee_reward is not None:
        kept = ", kept until they are known" if pot.referee_reward.recipient == KEPT else ""
        yield f"The person who came gets {amount(pot.referee_reward.amount_micros, pot.unit)} on top of the pot{kept}."
        parts.append(pot.referee_reward.amount_micros)
        total += pot.referee_reward.reward_micros
    if total and made.kind != "expiry":
        yield f"{' + '.join(amount(part, pot.unit) for part in parts)} = {amount(total, pot.unit)}."


def _decisions(made: Receipt) -> Iterator[str]:
    for decision in made.decisions:
        yield f"{decision.author} decided: {decision.action}. {decision.note}".strip()

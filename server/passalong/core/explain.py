"""A receipt read aloud: the arithmetic of every amount, in words, from the receipt alone."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from passalong.core.journey import Limited
from passalong.core.money import MICROS
from passalong.core.reasons import REASON_WORDS
from passalong.core.receipts import Receipt, ReceiptLine, ReceiptPart

_LEVELS = ("brought them", "passed it on to those", "passed it on to those before")


def words_of(made: Receipt) -> list[str]:
    """The receipt, a sentence a line: what it is about, the pot, who brought them, every amount, what did not count."""
    return [*_head(made), *_touches(made), *_amounts(made), *_rest(made), *_verdicts(made)]


def differences(stored: Receipt, made: Receipt) -> list[str]:
    """The names of the fields in which two receipts differ; the order of parts and of touches says nothing."""
    before, after = (msgspec.to_builtins(_ordered(found)) for found in (stored, made))
    return [name for name in before if before[name] != after[name]]


def _ordered(made: Receipt) -> Receipt:
    def parts(line: ReceiptLine) -> tuple[ReceiptPart, ...]:
        return tuple(sorted(line.parts, key=lambda part: (part.event_id, part.level)))

    lines = tuple(msgspec.structs.replace(line, parts=parts(line)) for line in made.lines)
    ignored = tuple(sorted(made.ignored, key=lambda found: found.event_id))
    return msgspec.structs.replace(made, lines=lines, ignored=ignored, limited=_summed(made))


def _summed(made: Receipt) -> tuple[Limited, ...]:
    """What limits kept back from each recipient, be it one limit or two."""
    sums: dict[str, Limited] = {}
    for kept in made.limited:
        before = sums.get(kept.recipient)
        sums[kept.recipient] = Limited(
            kept.recipient, kept.amount_micros + (before.amount_micros if before else 0), kept.reason
        )
    return tuple(sums[recipient] for recipient in sorted(sums))


def amount(micros: int | Fraction, unit: str | None) -> str:
    """Micros as whole units with two to six digits, like 4.80 EUR; a fraction of a micro is written out."""
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
        pot = f"The pot is {amount(made.budget_micros, made.unit)}, " if made.unit else "There is no pot, "
        yield f"{pot}by version {made.terms_version} of the terms; the hold is {made.hold_days} days."


def _touches(made: Receipt) -> Iterator[str]:
    """s_j and b_j of every touch that is credited: their products add up to the pot before it is cut to micros."""
    found = {part.event_id: part for line in made.lines for part in line.parts}
    for event_id, part in sorted(found.items()):
        yield (
            f"The arrival {event_id} has {part.touch_share} of what version {part.terms_version} pays, "
            f"{amount(part.reward_micros, made.unit)}."
        )


def _amounts(made: Receipt) -> Iterator[str]:
    for line in made.lines:
        for part in sorted(line.parts, key=lambda part: (part.event_id, part.level)):
            yield (
                f"{line.recipient} {_LEVELS[min(part.level, 2)]} ({part.event_id}): {part.touch_share} x "
                f"{part.level_share} x {amount(part.reward_micros, made.unit)} = {_exact(part.exact, made.unit)}."
            )
        kept = sum(found.amount_micros for found in made.limited if found.recipient == line.recipient)
        rounded = Fraction(line.rounding)
        by = f", rounded by {rounded} micros" if rounded else ""
        less = f", less {amount(kept, made.unit)} over a limit" if kept else ""
        taken = line.earned_micros - line.amount_micros
        back = f"; {amount(taken, made.unit)} were taken back" if taken else ""
        yield f"{line.recipient} gets {amount(line.amount_micros, made.unit)}{by}{less}{back}."


def _exact(exact: str, unit: str | None) -> str:
    return amount(Fraction(exact), unit)


def _rest(made: Receipt) -> Iterator[str]:
    if made.pool_micros:
        why = "what nobody used" if made.kind == "expiry" else "the levels for which nobody stands"
        yield f"The pool gets {amount(made.pool_micros, made.unit)}: {why}."
    if made.unattributed_micros:
        yield f"{amount(made.unattributed_micros, made.unit)} are nobody's and are not spent."
    paid = sum(line.amount_micros for line in made.lines)
    if made.unit and made.budget_micros and made.kind != "expiry":
        total = amount(made.budget_micros, made.unit)
        parts = (paid, made.pool_micros, made.unattributed_micros)
        yield f"{' + '.join(amount(part, made.unit) for part in parts)} = {total}."
    for found in made.ignored:
        yield f"The arrival {found.event_id} does not count, {found.reason}: {REASON_WORDS[found.reason]}"
    for kept in made.limited:
        yield f"A limit kept {amount(kept.amount_micros, made.unit)} from {kept.recipient}: {REASON_WORDS[kept.reason]}"


def _verdicts(made: Receipt) -> Iterator[str]:
    for verdict in made.verdicts:
        yield f"{verdict.author} decided: {verdict.decision}. {verdict.note}".strip()

"""Eight faults, each planted in the product while a state machine runs (see chaos.ledger)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from passalong.core.attribution import allocate, limits
from passalong.core.attribution.journey import Journey
from passalong.core.facts import ClockTicked, Event
from passalong.core.ledger import entries
from passalong.core.ledger.entries import ISSUED, Line
from passalong.core.transparency import leaves
from passalong.flow.fold import handlers, holds, postings
from passalong.flow.fold import slice as slice_module
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import ConversionBook
from passalong.store.books.refunds import GivenBack


def _twice(
    desired: Mapping[tuple[str, str], int], posted: Mapping[tuple[str, str], int], *rest: Any
) -> tuple[Line, ...]:
    lines = entries.adjustment(desired, posted, *rest)
    return lines * 2 if sum(desired.values()) < sum(posted.values()) else lines


def _without_carry(lines: Any, standing: Callable[[str, str], int]) -> tuple[Line, ...]:
    made = entries.carried(lines, standing)
    owed = sum(line.amount_micros for line in made if line.account.startswith("clawback:"))
    kept = [line for line in made if not line.account.startswith("clawback:")]
    return entries.balanced([*kept, *(Line(ISSUED, line.unit, owed) for line in made[:1])])


def _cut_off(exact: Mapping[str, Fraction], total: int, key: str) -> dict[str, int]:
    return {name: amount.numerator // amount.denominator for name, amount in exact.items()}


def _by_name(exact: Mapping[str, Fraction], total: int, key: str) -> dict[str, int]:
    found = _cut_off(exact, total, key)
    first = sorted(found, key=lambda name: (found[name] - exact[name], name))
    return found | {name: found[name] + 1 for name in first[: total - sum(found.values())]}


def _one_more(goal: Any, journey: Journey) -> int:
    paid = REWARD(goal, journey)
    return paid + 1 if goal is not None and paid == goal.cap_micros else paid


def _released_again(work: Slice, event: Event, fact: ClockTicked) -> None:
    holds.ticked(work, event, fact)
    for conversion in work.conversions.loaded():
        if conversion.frozen_seq == work.seq:
            work.conversions.put(replace(conversion, frozen_seq=None))
            for credit in work.credits.of(conversion.conversion_id).values():
                work.credits.put(replace(credit, ready=False))


def _without_unit(line: leaves.JournalLine, secret: bytes) -> tuple[str, ...]:
    fields = LEAF_FIELDS(line, secret)
    return tuple(field for name, field in zip(leaves.COLUMNS, fields, strict=True) if name != "unit")


def _all_refunds(book: ConversionBook, conversion_id: str) -> GivenBack:
    bounded = REFUNDED(book, conversion_id)
    return replace(bounded, micros=sum(refund.amount_micros for refund in book._refunds[conversion_id]))


@contextmanager
def _without_bounds() -> Iterator[None]:
    """Remove the bounds of refunds, where they are read and where they are subtracted."""
    with patch.object(ConversionBook, "refunded", _all_refunds), patch.object(Journey, "value_micros", BELOW_ZERO):
        yield


REWARD, LEAF_FIELDS = allocate.reward, leaves.leaf_fields
REFUNDED = ConversionBook.refunded
BELOW_ZERO = property(lambda journey: journey.gross_micros - journey.refunded_micros)

FAULTS: Mapping[str, Callable[[], Any]] = {
    "a reversal is posted twice": lambda: patch.object(postings, "adjustment", _twice),
    "what is owed is not carried forward": lambda: patch.object(slice_module, "carried", _without_carry),
    "amounts are cut off, not rounded": lambda: patch.object(limits, "largest_remainder", _cut_off),
    "a leaf leaves out a field": lambda: patch.object(leaves, "leaf_fields", _without_unit),
    "a hold is released twice": lambda: patch.dict(handlers.HANDLERS, {ClockTicked: _released_again}),
    "a cap is off by one micro": lambda: patch.object(allocate, "reward", _one_more),
    "ties are decided by name": lambda: patch.object(limits, "largest_remainder", _by_name),
    "a refund may take more than there was": _without_bounds,
}


@contextmanager
def planted(fault: str) -> Iterator[None]:
    """Plant this fault in the product."""
    with FAULTS[fault]():
        yield

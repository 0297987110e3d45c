"""Eight faults, each planted in the product while a machine runs: see chaos.ledger."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from passalong.core import attribution, ledger, seals
from passalong.core.facts import ClockTicked, Event
from passalong.core.journey import Journey
from passalong.core.ledger import ISSUED, Line
from passalong.flow import handlers, posting, release
from passalong.flow import slice as slice_module
from passalong.flow.slice import Slice


def _twice(
    desired: Mapping[tuple[str, str], int], posted: Mapping[tuple[str, str], int], *rest: str
) -> tuple[Line, ...]:
    lines = ledger.adjustment(desired, posted, *rest)
    return lines * 2 if sum(desired.values()) < sum(posted.values()) else lines


def _without_carry(lines: Any, standing: Callable[[str, str], int]) -> tuple[Line, ...]:
    made = ledger.carried(lines, standing)
    owed = sum(line.amount_micros for line in made if line.account.startswith("clawback:"))
    kept = [line for line in made if not line.account.startswith("clawback:")]
    return ledger.balanced([*kept, *(Line(ISSUED, line.unit, owed) for line in made[:1])])


def _cut_off(exact: Mapping[str, Fraction], total: int, key: str) -> dict[str, int]:
    return {name: amount.numerator // amount.denominator for name, amount in exact.items()}


def _by_name(exact: Mapping[str, Fraction], total: int, key: str) -> dict[str, int]:
    found = _cut_off(exact, total, key)
    first = sorted(found, key=lambda name: (found[name] - exact[name], name))
    return found | {name: found[name] + 1 for name in first[: total - sum(found.values())]}


def _one_more(goal: Any, unit: str, journey: Journey) -> int:
    paid = REWARD(goal, unit, journey)
    return paid + 1 if goal is not None and paid == goal.cap_micros else paid


def _released_again(work: Slice, event: Event, fact: ClockTicked) -> None:
    release.ticked(work, event, fact)
    for conversion in list(work.conversions._by_id.values()):
        if conversion.frozen_seq == work.seq:
            work.conversions.put(replace(conversion, frozen_seq=None))


def _without_unit(line: seals.JournalLine, secret: bytes) -> tuple[str, ...]:
    fields = LEAF_FIELDS(line, secret)
    return tuple(field for name, field in zip(seals.COLUMNS, fields, strict=True) if name != "unit")


REWARD, LEAF_FIELDS = attribution.reward, seals.leaf_fields
BELOW_ZERO = property(lambda journey: journey.gross_micros - journey.refunded_micros)

FAULTS: Mapping[str, Callable[[], Any]] = {
    "a reversal is posted twice": lambda: patch.object(posting, "adjustment", _twice),
    "what is owed is not carried forward": lambda: patch.object(slice_module, "carried", _without_carry),
    "amounts are cut off, not rounded": lambda: patch.object(attribution, "largest_remainder", _cut_off),
    "a leaf leaves out a field": lambda: patch.object(seals, "leaf_fields", _without_unit),
    "a hold is released twice": lambda: patch.dict(handlers.HANDLERS, {ClockTicked: _released_again}),
    "a cap is off by one micro": lambda: patch.object(attribution, "reward", _one_more),
    "ties are decided by name": lambda: patch.object(attribution, "largest_remainder", _by_name),
    "a refund may take more than there was": lambda: patch.object(Journey, "value_micros", BELOW_ZERO),
}


@contextmanager
def planted(fault: str) -> Iterator[None]:
    """The product with this fault in it."""
    with FAULTS[fault]():
        yield

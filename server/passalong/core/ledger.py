"""Double entry in integer micros: money is added, never edited, and every transaction sums to zero per unit."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from passalong.core.attribution import POOL, UNATTRIBUTED

ISSUED = "program:issued"
"""Where credit comes from: its balance is minus all that was ever given."""


class Line(Struct, frozen=True):
    """One line of a journal transaction."""

    account: str
    unit: str
    amount_micros: int


class Unbalanced(ValueError):
    """A transaction whose lines do not sum to zero, or that has no lines."""


def balanced(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines without zeros; raises Unbalanced unless each unit sums to zero."""
    kept = tuple(line for line in lines if line.amount_micros)
    sums: dict[str, int] = {}
    for line in kept:
        sums[line.unit] = sums.get(line.unit, 0) + line.amount_micros
    if any(sums.values()):
        raise Unbalanced(f"lines do not sum to zero: {sums}")
    return kept


def account(recipient: str, bucket: str, period: str) -> str:
    """The account of a recipient of an allocation: `bucket` is waiting, ready or used; `period` is like 2026-11."""
    if recipient == POOL:
        return f"pool:{period}"
    if recipient == UNATTRIBUTED:
        return UNATTRIBUTED
    return f"advocate:{recipient}:{bucket}"


def adjustment(
    desired: Mapping[tuple[str, str], int], posted: Mapping[tuple[str, str], int], bucket: str, period: str
) -> tuple[Line, ...]:
    """The balanced lines that take what was posted to what is desired; both map (recipient, unit) to micros."""
    lines = []
    issued: dict[str, int] = {}
    for recipient, unit in sorted({*desired, *posted}):
        change = desired.get((recipient, unit), 0) - posted.get((recipient, unit), 0)
        lines.append(Line(account(recipient, bucket, period), unit, change))
        issued[unit] = issued.get(unit, 0) - change
    return balanced([*lines, *(Line(ISSUED, unit, amount) for unit, amount in sorted(issued.items()))])


def release(advocate_id: str, unit: str, amount_micros: int) -> tuple[Line, ...]:
    """The lines that move credit from waiting to ready when its hold ends."""
    return balanced(
        [
            Line(account(advocate_id, "waiting", ""), unit, -amount_micros),
            Line(account(advocate_id, "ready", ""), unit, amount_micros),
        ]
    )

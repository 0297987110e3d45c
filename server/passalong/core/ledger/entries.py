"""Double-entry bookkeeping in integer micros: entries are added, never edited, and every transaction sums to zero
per unit."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from msgspec import Struct

from passalong.core.attribution.allocate import KEPT, POOL, UNATTRIBUTED

ISSUED = "program:issued"
"""The source of credit: its balance is minus all credit ever given."""

BORNE = "program:borne"
"""The account of the site's part of redemptions that were carried out and that credit does not cover."""

PAYOUT = "payout"
"""Payouts that were requested and are neither paid nor rejected yet."""


BUCKETS = ("waiting", "ready", "used")
"""The buckets of an advocate's credit."""


class Line(Struct, frozen=True):
    """One line of a journal transaction."""

    account: str
    unit: str
    amount_micros: int


class UnbalancedError(ValueError):
    """A transaction whose lines do not sum to zero, or that has no lines."""


class BalanceTooLargeError(ValueError):
    """A fact after which a balance, or what sharing brought, would be larger than a database can add up."""


MOST_BALANCE = 2**62
LARGE_LINE = 2**40
"""A line of a million units: it takes four million smaller ones to come near MOST_BALANCE."""


def demand_room(lines: Iterable[Line], balance_of: Callable[[str, str], int]) -> None:
    """Raise BalanceTooLargeError if a large line would bring its balance beyond MOST_BALANCE; small ones read nothing.

    Every line has a counterpart in an account of the site, so this bounds the sums of all people together, too.
    """
    for line in lines:
        if abs(line.amount_micros) >= LARGE_LINE:
            demand_room_for(line, partial(balance_of, line.account, line.unit))


def demand_room_for(line: Line, before: Callable[[], int]) -> None:
    """Raise BalanceTooLargeError if this line, when it is large, would bring the sum beyond MOST_BALANCE."""
    if abs(line.amount_micros) >= LARGE_LINE:
        after = before() + line.amount_micros
        if abs(after) > MOST_BALANCE:
            raise BalanceTooLargeError(f"{line.account} would have {after} micros of {line.unit}")


def balanced(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the lines without zeros; raises UnbalancedError unless each unit sums to zero."""
    nonzero_lines = tuple([line for line in lines if line.amount_micros])
    sums: dict[str, int] = {}
    for line in nonzero_lines:
        sums[line.unit] = sums.get(line.unit, 0) + line.amount_micros
    if any(sums.values()):
        raise UnbalancedError(f"lines do not sum to zero: {sums}")
    return nonzero_lines


def account(recipient: str, bucket: str, period: str) -> str:
    """Return the account of a recipient: `bucket` is waiting, ready or used; `period` is like 2026-11."""
    if recipient == POOL:
        return f"pool:{period}"
    if recipient in (UNATTRIBUTED, KEPT):
        return recipient
    return f"advocate:{recipient}:{bucket}"


def accounts_of(advocate_id: str) -> tuple[str, ...]:
    """Return the accounts of an advocate, without what they owe."""
    return tuple(f"advocate:{advocate_id}:{bucket}" for bucket in BUCKETS)


def adjustment(
    desired: Mapping[tuple[str, str], int],
    posted: Mapping[tuple[str, str], int],
    ready: Collection[tuple[str, str]],
    period: str,
) -> tuple[Line, ...]:
    """The balanced lines that take what was posted to what is desired; both map (recipient, unit) to micros.

    Those in `ready` have ended their hold; all others wait.
    """
    lines = []
    issued: dict[str, int] = {}
    for recipient, unit in sorted({*desired, *posted}):
        change = desired.get((recipient, unit), 0) - posted.get((recipient, unit), 0)
        bucket = "ready" if (recipient, unit) in ready else "waiting"
        lines.append(Line(account(recipient, bucket, period), unit, change))
        issued[unit] = issued.get(unit, 0) - change
    return balanced([*lines, *(Line(ISSUED, unit, amount) for unit, amount in sorted(issued.items()))])


def release(advocate_id: str, unit: str, amount_micros: int) -> tuple[Line, ...]:
    """Return the lines that move credit from waiting to ready when its hold ends."""
    return moved(account(advocate_id, "waiting", ""), account(advocate_id, "ready", ""), unit, amount_micros)


def owed_account(advocate_id: str) -> str:
    """Return the account of what an advocate owes: credit taken back after it was used. Its balance is never above
    zero."""
    return f"clawback:{advocate_id}"


def moved(source: str, target: str, unit: str, amount_micros: int) -> tuple[Line, ...]:
    """Return the lines that move an amount from one account to another."""
    return (Line(source, unit, -amount_micros), Line(target, unit, amount_micros)) if amount_micros else ()


def carried(lines: Iterable[Line], standing: Callable[[str, str], int]) -> tuple[Line, ...]:
    """Carry negative balances forward in these lines.

    An amount that would take ready credit below zero goes to what the advocate owes (`clawback:<id>`), and new ready
    credit pays that back first: neither account is ever edited, and at most one of the two is other than zero.
    `standing` gives the balance of (account, unit) before the lines.
    """
    changes: dict[tuple[str, str], int] = {}
    new_lines = []
    for line in lines:
        if _is_ready(line.account):
            changes[line.account, line.unit] = changes.get((line.account, line.unit), 0) + line.amount_micros
        else:
            new_lines.append(line)
    for (ready, unit), change in changes.items():
        owed = owed_account(ready[len(_ADVOCATE) : -len(_READY)])
        before_ready, before_owed = standing(ready, unit), standing(owed, unit)
        after = before_ready + before_owed + change
        new_lines.append(Line(ready, unit, max(0, after) - before_ready))
        new_lines.append(Line(owed, unit, min(0, after) - before_owed))
    return balanced(new_lines)


_ADVOCATE, _READY = "advocate:", ":ready"


def _is_ready(name: str) -> bool:
    """Return True for an account that holds an advocate's ready credit."""
    return name.endswith(_READY) and name.startswith(_ADVOCATE)

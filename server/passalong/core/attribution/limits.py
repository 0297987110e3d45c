"""Rounding exact parts to whole micros of one unit, and limits that were decided over many conversions.

Everybody's amount is rounded once. It is then spread over the versions of the terms that pay it, because each version
has caps and budgets of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from passalong.core.attribution.journey import KEPT, NOBODYS, POOL, UNATTRIBUTED, Cells, Limit, Limited, Pot
from passalong.core.money import largest_remainder
from passalong.core.reasons import Reason

Amount = TypeVar("Amount", int, Fraction)
Exact = dict[tuple[str, int], Fraction]
"""Exact micros by (recipient, version of the terms)."""


def add_exact(exact: Exact, recipient: str, version: int, micros: Fraction | int) -> None:
    """Add to one cell."""
    exact[recipient, version] = exact.get((recipient, version), Fraction(0)) + micros


def rounded(exact: Exact, missing: Exact, budget: int, conversion_id: str) -> Cells:
    """Round to whole micros that sum to the budget: largest remainders over all recipients, once.

    `missing` is the part of missing levels: it goes to the pool, less the fraction by which the budget was cut.
    """
    totals = _by_recipient(exact)
    rest = budget - sum(totals.values(), Fraction(0))
    if rest > 0:
        totals[POOL] = rest
    amounts = largest_remainder(totals, budget, conversion_id)
    weights = exact | (missing if rest > 0 else {})
    return {
        (recipient, version): micros
        for recipient, amount in amounts.items()
        for version, micros in _spread(amount, _of(weights, recipient), conversion_id).items()
    }


def with_referee(pot: Pot, rewards: Mapping[int, int]) -> Pot:
    """Add the referee reward to the pot: the largest that any credited touch's terms promise in this unit."""
    version = min(rewards, key=lambda version: (-rewards[version], version), default=0)
    micros = rewards.get(version, 0)
    if not micros:
        return pot
    return Pot(pot.unit, pot.budget_micros, {**pot.cells, (KEPT, version): micros}, micros)


def limited(pot: Pot, limits: Iterable[Limit], conversion_id: str) -> Pot:
    """Apply every limit to the pot; the excess goes to `unattributed`, and the sum stays the same.

    Limits of one person come first; the limit over all shares what it leaves in proportion, by largest remainder.
    """
    cells, limited = dict(pot.cells), []
    ordered = sorted(
        (limit for limit in limits if limit.unit in (None, pot.unit)),
        key=lambda limit: (limit.recipient is None, limit.recipient or "", limit.most_micros),
    )
    for limit in ordered:
        less: dict[str, int] = {}
        for (recipient, version), micros in sorted(_lowered(cells, limit, conversion_id).items()):
            kept_back = cells[recipient, version] - micros
            less[recipient] = less.get(recipient, 0) + kept_back
            cells[recipient, version] = micros
            nobodys = (UNATTRIBUTED, version)
            cells[nobodys] = cells.get(nobodys, 0) + kept_back
        limited += [Limited(who, micros, limit.reason, pot.unit) for who, micros in less.items()]
    return Pot(pot.unit, pot.budget_micros, cells, pot.referee_micros, tuple(limited))


def set_aside(pot: Pot, owners: Iterable[str]) -> Pot:
    """Move what the pot pays for the buyer's own links to `unattributed`, so nobody else gets more of it.

    If nobody else led to the conversion, there is no referee reward either.
    """
    aside = sorted(owners)
    if aside and not any(micros for (who, _), micros in pot.cells.items() if who not in {*NOBODYS, *aside}):
        aside.append(KEPT)
    cells, limits = dict(pot.cells), []
    for who in aside:
        own_cells = {cell: micros for cell, micros in cells.items() if cell[0] == who and micros}
        for (_, version), micros in own_cells.items():
            cells[who, version] = 0
            cells[UNATTRIBUTED, version] = cells.get((UNATTRIBUTED, version), 0) + micros
        limits += [Limited(who, sum(own_cells.values()), Reason.OWN_LINK, pot.unit)] if own_cells else []
    return Pot(pot.unit, pot.budget_micros, cells, pot.referee_micros, (*pot.limited, *limits))


def all_kept_back(pots: Sequence[Pot]) -> Reason | None:
    """Return the reason of the last limit, if limits left nothing for any person in any unit."""
    limits = [limited for pot in pots for limited in pot.limited]
    left = any(micros for pot in pots for (who, _), micros in pot.cells.items() if who not in (POOL, UNATTRIBUTED))
    return limits[-1].reason if limits and not left else None


def _lowered(cells: Cells, limit: Limit, conversion_id: str) -> Cells:
    """Return the cells that the limit lowers, with their lowered amounts."""
    limited_cells = {cell: micros for cell, micros in cells.items() if _is_under(limit, *cell)}
    totals, most = _by_recipient(limited_cells), max(0, limit.most_micros)
    total = sum(totals.values())
    if total <= most:
        return {}
    exact = {who: Fraction(amount * most, total) for who, amount in totals.items()}
    amounts = largest_remainder(exact, most, conversion_id)
    lowered = {
        (who, version): micros
        for who, amount in amounts.items()
        for version, micros in _spread(amount, _of(limited_cells, who), conversion_id).items()
    }
    return {cell: micros for cell, micros in lowered.items() if micros < cells[cell]}


def _is_under(limit: Limit, recipient: str, version: int) -> bool:
    if limit.terms_version not in (None, version):
        return False
    return recipient != UNATTRIBUTED if limit.recipient is None else recipient == limit.recipient


def _by_recipient(cells: Mapping[tuple[str, int], Amount]) -> dict[str, Amount]:
    amounts: dict[str, Amount] = {}
    for (recipient, _), micros in cells.items():
        amounts[recipient] = amounts[recipient] + micros if recipient in amounts else micros
    return amounts


def _of(cells: Mapping[tuple[str, int], int | Fraction], recipient: str) -> dict[int, Fraction]:
    return {version: Fraction(micros) for (who, version), micros in cells.items() if who == recipient}


def _spread(amount: int, weights: Mapping[int, Fraction], conversion_id: str) -> dict[int, int]:
    """Spread an amount over versions, in proportion to what each of them pays of it."""
    total = sum(weights.values(), Fraction(0))
    if len(weights) == 1 or not total:
        return {version: amount if version == min(weights) else 0 for version in weights}
    exact = {str(version): weight * amount / total for version, weight in weights.items()}
    return {int(version): micros for version, micros in largest_remainder(exact, amount, conversion_id).items()}

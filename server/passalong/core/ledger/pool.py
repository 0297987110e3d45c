"""Sharing out a pool: what a period set aside, to the people who earned in that period. Pure arithmetic, no postings.

`earned` is each person's direct net credit of the period in micros; people with none take no part. Every model gives
exact parts of the whole; the rest stays in the pool for the next period.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from passalong.core.attribution.journey import POOL
from passalong.core.money import largest_remainder
from passalong.core.terms.model import PoolModel

PACHIRA_BETA = Fraction(1, 2)
Parents = Mapping[str, str | None]


def share_out(
    model: PoolModel, pool_micros: int, earned: Mapping[str, int], parents: Parents, key: str
) -> dict[str, int]:
    """Return micros for each person, and for `pool` what stays in it; they sum to `pool_micros`.

    `parents` names for each person who passed the page on to them when they first shared (None: nobody), without
    cycles; `key` (like pool:2026-11:EUR) breaks equal remainders. A pool of zero or less stays.
    """
    if pool_micros <= 0:
        return {POOL: pool_micros}
    exact = {who: part * pool_micros for who, part in MODELS[model](earned, parents).items() if part}
    rest_micros = pool_micros - sum(exact.values(), Fraction(0))
    if rest_micros:
        exact[POOL] = rest_micros
    return {POOL: 0} | largest_remainder(exact, pool_micros, key)


def proportional(earned: Mapping[str, int], parents: Parents) -> dict[str, Fraction]:
    """Return parts by what each person earned: the only rule in which moving credit between people gains nothing.

    Ju, Miyagawa and Sakai 2007.
    """
    taking = _taking(earned)
    total = sum(taking.values())
    return {who: Fraction(amount, total) for who, amount in taking.items()}


def pachira(earned: Mapping[str, int], parents: Parents, beta: Fraction = PACHIRA_BETA) -> dict[str, Fraction]:
    """Return parts by the tree of re-shares: pi(everything below a person) minus pi of each direct branch.

    pi(x) = beta x + (1-beta) x^2, by Douceur and Moscibroda 2007 (lottery trees, used as shares). The site itself is
    the root and earns nothing: its part stays in the pool. Raises ValueError when `parents` have a cycle.
    """
    taking = _taking(earned)
    total = sum(taking.values())
    if not total:
        return {}
    sums: dict[str, int] = {}
    for who, amount in taking.items():
        for above in _up(who, parents):
            sums[above] = sums.get(above, 0) + amount

    def weight(who: str) -> Fraction:
        part = Fraction(sums[who], total)
        return beta * part + (1 - beta) * part**2

    parts = {who: weight(who) for who in sums}
    for who in sums:
        directly_above = parents.get(who)
        if directly_above is not None:
            parts[directly_above] -= weight(who)
    return {who: part for who, part in sorted(parts.items()) if part}


def _up(who: str, parents: Parents) -> list[str]:
    """Yield the person and everybody above them."""
    line = [who]
    above = parents.get(who)
    while above is not None:
        if above in line:
            raise ValueError(f"the people above {who} go round in a circle")
        line.append(above)
        above = parents.get(above)
    return line


def _taking(earned: Mapping[str, int]) -> dict[str, int]:
    return {who: amount for who, amount in sorted(earned.items()) if amount > 0}


def _nobody(earned: Mapping[str, int], parents: Parents) -> dict[str, Fraction]:
    return {}


MODELS: Mapping[PoolModel, Callable[[Mapping[str, int], Parents], dict[str, Fraction]]] = {
    "proportional": proportional,
    "pachira": pachira,
    "none": _nobody,
}

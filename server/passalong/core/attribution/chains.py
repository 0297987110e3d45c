"""Chains of re-shares: who is at which level, and which part each level gets.

Every generation model is one row of `GENERATIONS`: a function from the number of people in the chain to their parts,
the link's owner first. The rule pays three levels at most, whatever the model; missing levels go to the pool.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from passalong.core.attribution.journey import Hop, Level
from passalong.core.terms.model import GenerationModel

MOST_ANCESTORS = 2
DAMPING = Fraction(1, 5)
BINOMIAL = Fraction(2, 3)


def chain(path: Sequence[Hop], converter: str) -> tuple[Hop, ...]:
    """Return the link's owner, then the owners up its parents; the converter and repeated persons are skipped.

    The next one moves up into the place of a skipped person. A banned person keeps their level and is paid nothing.
    """
    hops: dict[str, Hop] = {}
    for hop in path:
        if hop.person != converter:
            hops.setdefault(hop.person, hop)
    return tuple(hops.values())


def levels(model: GenerationModel, path: Sequence[Hop], converter: str) -> tuple[Level, ...]:
    """Return who is paid for a touch, and which part: the link's owner and two ancestors at most, without the
    banned."""
    hops = chain(path, converter)
    parts = zip(hops, generations(model, len(hops)), strict=True)
    paid = [Level(level, hop, part) for level, (hop, part) in enumerate(parts) if part and not hop.banned]
    return tuple(hop for hop in paid if hop.level <= MOST_ANCESTORS)


def generations(model: GenerationModel, length: int) -> tuple[Fraction, ...]:
    """Return the parts of a chain of that many people, the link's owner first; they add up to at most one."""
    return tuple(GENERATIONS[model](level, length) for level in range(length))


def _fair(level: int, length: int) -> Fraction:
    """Return (1-d), (1-d)d, d^2 with d = 1/5: 80 %, 16 %, 4 %. The third level takes all that is left."""
    return (1 - DAMPING, (1 - DAMPING) * DAMPING, DAMPING**2)[level] if level <= MOST_ANCESTORS else Fraction(0)


def _none(level: int, length: int) -> Fraction:
    return Fraction(int(level == 0))


def _direct_referral(level: int, length: int) -> Fraction:
    return (Fraction(4, 5), Fraction(1, 5))[level] if level < 2 else Fraction(0)


def _recursive_half(level: int, length: int) -> Fraction:
    """Return half for the owner, half of that for the inviter, and so on: Pickard et al. 2011, the MIT Red Balloons."""
    return Fraction(1, 2 ** (level + 1))


def _binomial(level: int, length: int) -> Fraction:
    """Return p^(t-1-i) (1-p)^i for a chain of t, p = 2/3: the one family in which cloning yourself gains nothing."""
    return BINOMIAL ** (length - 1 - level) * (1 - BINOMIAL) ** level


GENERATIONS: Mapping[GenerationModel, Callable[[int, int], Fraction]] = {
    "fair": _fair,
    "none": _none,
    "direct_referral": _direct_referral,
    "recursive_half": _recursive_half,
    "binomial": _binomial,
}

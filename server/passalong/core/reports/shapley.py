"""Shapley values of journeys, and uplift against a hold-out: reports, never payments (docs/attribution.md, "Reports").

The value of a group S is the conversions of journeys that needed nobody else: v(S) = sum of R(T) over T in S, with R(T)
the conversions of journeys over exactly T. Its dividends are R(T), so the Shapley value is the sum of R(T) / |T| over
the groups that a person is in.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from msgspec import Struct

Group = frozenset[str]


def shapley(values: Mapping[Group, Fraction | int]) -> dict[str, Fraction]:
    """Return the Shapley value of a game given by the value of every group (a missing one is worth nothing)."""
    return _shared({group: _dividend(group, values) for group in _groups(frozenset().union(*values))})


def shapley_of_journeys(journeys: Iterable[tuple[Sequence[str], int]]) -> dict[str, Fraction]:
    """Share conversions by the Shapley value; `journeys` has the people of a journey, in order, and its conversions."""
    dividends: dict[Group, Fraction] = {}
    for path, outcomes in journeys:
        group = frozenset(path)
        dividends[group] = dividends.get(group, Fraction(0)) + outcomes
    return _shared(dividends)


def ordered_shapley(journeys: Iterable[tuple[Sequence[str], int]]) -> dict[tuple[str, int], Fraction]:
    """Return Shapley values by place in the journey (1 is the first). Zhao et al. 2018."""
    shared: dict[tuple[str, int], Fraction] = {}
    for path, outcomes in journeys:
        for place, name in enumerate(path, 1):
            part = Fraction(outcomes, len(set(path)) * list(path).count(name))
            shared[name, place] = shared.get((name, place), Fraction(0)) + part
    return shared


def _groups(people: Group) -> Iterable[Group]:
    ordered = sorted(people)
    return (frozenset(group) for size in range(1, len(ordered) + 1) for group in combinations(ordered, size))


def _dividend(group: Group, values: Mapping[Group, Fraction | int]) -> Fraction:
    """Return what a group adds to the worth of its smaller groups (Harsanyi dividend)."""
    signs = ((-1) ** (len(group) - len(part)) * values.get(part, 0) for part in _groups(group))
    return Fraction(sum(signs))


def _shared(dividends: Mapping[Group, Fraction]) -> dict[str, Fraction]:
    shared: dict[str, Fraction] = {}
    for group, dividend in dividends.items():
        for name in sorted(group):
            shared[name] = shared.get(name, Fraction(0)) + dividend / len(group)
    return dict(sorted(shared.items()))


class Uplift(Struct, frozen=True):
    """The additional conversions compared with a control group; `low` and `high` bound `lift` at 95 %."""

    lift: Fraction
    incremental: Fraction
    share: Fraction
    low: float
    high: float


def uplift(treated: tuple[int, int], control: tuple[int, int]) -> Uplift:
    """Compare two groups (conversions, people): the difference of their rates, Newcombe's interval 1998 (method 10).

    Raises ValueError unless both groups have people, and no more conversions than people.
    """
    if any(not 0 <= outcomes <= people or people == 0 for outcomes, people in (treated, control)):
        raise ValueError("A group has people, and at most as many outcomes as people.")
    with_it, without = Fraction(*treated), Fraction(*control)
    lift = with_it - without
    (low_1, high_1), (low_2, high_2) = _wilson(*treated), _wilson(*control)
    p, q = float(with_it), float(without)
    low = float(lift) - math.hypot(p - low_1, high_2 - q)
    high = float(lift) + math.hypot(high_1 - p, q - low_2)
    return Uplift(lift, lift * treated[1], lift / with_it if with_it else Fraction(0), low, high)


def _wilson(outcomes: int, people: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion."""
    p, n = outcomes / people, people
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half

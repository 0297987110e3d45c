"""Markov removal effect: a report, never a payment (docs/attribution.md, "Reports").

Journeys are walks from a start over advocates to a conversion or to nothing. An advocate's removal effect is the drop
of the chance of a conversion when everybody who comes to them is lost. Anderl et al. 2016; orders 1 to 3 remember as
many steps. Numbers are fractions, or floats on request: a report over hundreds of states would take minutes in
fractions.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise

from msgspec import Struct

State = tuple[str, ...]
Number = Fraction | float
Edges = dict[State, dict[State, Number]]
START: State = ()
OUTCOME: State = ("", "outcome")
NOTHING: State = ("", "nothing")
ORDERS = (1, 2, 3)


class Walk(Struct, frozen=True):
    """Journeys over the same advocates in the same order: how many led to a conversion, and how many did not."""

    path: tuple[str, ...]
    conversions: int
    nulls: int


class Removal(Struct, frozen=True):
    """The chance of a conversion, each removal effect, and conversions shared in proportion to the effects."""

    probability: Number
    effects: Mapping[str, Number]
    attributed: Mapping[str, Number]
    states: int


def removal_effects(walks: Iterable[Walk], order: int = 1, exact: bool = True) -> Removal:
    """Return the removal effect of everybody in these journeys. Raises ValueError for an order other than 1, 2 or 3."""
    if order not in ORDERS:
        raise ValueError("A Markov chain remembers 1, 2 or 3 steps here.")
    walks_with_outcome = [walk for walk in walks if walk.conversions + walk.nulls > 0]
    edges = _edges(walks_with_outcome, order, exact)
    whole = _chance(edges)
    names = sorted({name for walk in walks_with_outcome for name in walk.path})
    effects = {name: (1 - _chance(_without(edges, name)) / whole) if whole else 0 * whole for name in names}
    conversions, total = sum(walk.conversions for walk in walks_with_outcome), sum(effects.values())
    attributed = {name: effect / total * conversions if total else 0 * whole for name, effect in effects.items()}
    return Removal(whole, effects, attributed, len(edges))


def _edges(walks: Iterable[Walk], order: int, exact: bool) -> Edges:
    """Return the chance of each next state; a state is the last `order` people, oldest first."""
    counts: dict[State, dict[State, int]] = {}
    for walk in walks:
        states = [START, *(walk.path[max(0, at - order) : at] for at in range(1, len(walk.path) + 1))]
        for before, after in pairwise(states):
            _count(counts, before, after, walk.conversions + walk.nulls)
        _count(counts, states[-1], OUTCOME, walk.conversions)
        _count(counts, states[-1], NOTHING, walk.nulls)
    return {before: _chances(after, exact) for before, after in counts.items()}


def _count(counts: dict[State, dict[State, int]], before: State, after: State, times: int) -> None:
    row = counts.setdefault(before, {})
    if times:
        row[after] = row.get(after, 0) + times


def _chances(counts: Mapping[State, int], exact: bool) -> dict[State, Number]:
    total = sum(counts.values())
    return {state: Fraction(count, total) if exact else count / total for state, count in counts.items()}


def _without(edges: Edges, name: str) -> Edges:
    """Return the edges without this person: everybody who would come to them is lost."""
    return {
        before: {after: chance for after, chance in row.items() if after in (OUTCOME, NOTHING) or after[-1] != name}
        for before, row in edges.items()
        if before == START or before[-1] != name
    }


def _chance(edges: Edges) -> Number:
    """Return the chance of reaching the conversion from the start, eliminating states one by one."""
    rows = {state: dict(row) for state, row in edges.items()}
    into: dict[State, set[State]] = {}
    for state, row in rows.items():
        for after in row:
            into.setdefault(after, set()).add(state)
    for state in sorted(rows, key=lambda name: len(rows[name]) * len(into.get(name, ()))):
        if state != START:
            _take_out(rows, into, state)
    return rows.get(START, {}).get(OUTCOME, Fraction(0))


def _take_out(rows: Edges, into: dict[State, set[State]], state: State) -> None:
    row = rows.pop(state)
    again = row.pop(state, 0)
    for before in into.pop(state, set()) - {state}:
        chance = rows[before].pop(state)
        for after, further in row.items():
            rows[before][after] = rows[before].get(after, 0) + chance * further / (1 - again)
            into.setdefault(after, set()).add(before)
    for after in row:
        into[after].discard(state)

"""Interleaved rounds (A, B, A, B, …) and their summary: median and quartiles beside the bar."""

import json
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Measure = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """The length and size of a run; the short form only checks that everything still runs."""

    rounds: int
    seconds: float
    few: int
    many: int
    base: int
    visits: int


LONG = Plan(rounds=5, seconds=1.5, few=10**5, many=10**6, base=10**4, visits=15)
SHORT = Plan(rounds=1, seconds=0.25, few=600, many=1_200, base=200, visits=1)


@dataclass(frozen=True)
class Finding:
    """One line of the table: a value for every round, and the bar for their median."""

    row: str
    what: str
    values: Sequence[float]
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def median(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Return the quartiles of the rounds."""
        if len(self.values) < 2:
            return self.median, self.median
        first, _, third = statistics.quantiles(self.values, n=4, method="inclusive")
        return first, third

    @property
    def met(self) -> bool | None:
        """Return True if the bar is met, None without a bar."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return self.median <= self.at_most if self.at_most is not None else None

    def line(self) -> str:
        """Format a row of the table."""
        low, high = self.quartiles
        bar = (
            f"≥ {self.at_least:g}"
            if self.at_least is not None
            else f"≤ {self.at_most:g}"
            if self.at_most is not None
            else ""
        )
        said = {True: "met", False: "MISSED", None: ""}[self.met]
        figures = f"{_short(self.median)} {self.unit} ({_short(low)}–{_short(high)})"
        return f"| {self.row} | {self.what} | {figures} | {bar} | {said} | {self.load:.1f} |"

    def as_json(self) -> str:
        """Format the row as JSON with every round."""
        return json.dumps(asdict(self) | {"median": self.median, "quartiles": self.quartiles, "met": self.met})


HEAD = "| row | what | median (quartiles) | bar | | load |\n|---|---|---|---|---|---|"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def interleave(sides: Mapping[str, Measure], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run every side once in each round, in turn."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            found[name].append(measure())
    return found


def ratios(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]], key: str) -> list[float]:
    """Return one ratio for each round, of values measured side by side."""
    return [one[key] / other[key] for one, other in zip(ours, theirs, strict=True)]


def of(found: Sequence[dict[str, Any]], key: str) -> list[float]:
    """Return one figure of every round."""
    return [float(one[key]) for one in found]

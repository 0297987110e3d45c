"""Terms: the rule by which credit is given, versioned, immutable, frozen in every link that is made under them."""

import re
from typing import Literal

import msgspec
from msgspec import Struct

from passalong.core.money import MAX_MICROS, MICROS, POINTS

Model = Literal["linear_unique"]
Generations = Literal["fair"]


class Goal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the terms pay for: `fixed_micros` of `unit`, or `rate_bp` hundredths of a percent of the value in `unit`."""

    name: str
    unit: str
    fixed_micros: int | None = None
    rate_bp: int | None = None


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the rule; `code_version` names the version of the rule's code, so that a fix changes no replay."""

    goals: tuple[Goal, ...]
    touch_model: Model = "linear_unique"
    generation_model: Generations = "fair"
    window_days: int = 30
    hold_days: int = 30
    version: int = 1
    code_version: int = 1

    def goal(self, name: str) -> Goal | None:
        """The goal of that name, if these terms pay for it."""
        return next((goal for goal in self.goals if goal.name == name), None)


class BadTerms(ValueError):
    """Terms that cannot stand; `problems` has one sentence each."""

    def __init__(self, problems: list[str]):
        super().__init__(" ".join(problems))
        self.problems = problems


def checked(terms: Terms) -> Terms:
    """The same terms, or BadTerms with every problem at once."""
    problems = [problem for goal in terms.goals for problem in _goal_problems(goal)]
    if not 1 <= terms.window_days <= 90:
        problems.append("The window is 1 to 90 days.")
    if not 0 <= terms.hold_days <= 90:
        problems.append("The hold is 0 to 90 days.")
    if len({goal.name for goal in terms.goals}) != len(terms.goals):
        problems.append("Each goal stands once.")
    if len({goal.unit for goal in terms.goals} - {POINTS}) > 1:
        problems.append("A site pays in points and at most one currency.")
    if problems:
        raise BadTerms(problems)
    return terms


def _goal_problems(goal: Goal) -> list[str]:
    problems = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", goal.name):
        problems.append(f"A goal's name is 1 to 40 small letters, digits or _: {goal.name[:60]!r} is not.")
    if goal.unit != POINTS and not re.fullmatch(r"[A-Z]{3}", goal.unit):
        problems.append(f"A goal pays in points or in a currency's three letters: {goal.unit[:60]!r} is neither.")
    if (goal.fixed_micros is None) == (goal.rate_bp is None):
        problems.append(f"The goal {goal.name!r} pays either a fixed amount or a part of the value.")
    if goal.rate_bp is not None and (goal.unit == POINTS or not 0 < goal.rate_bp <= 10_000):
        problems.append(f"The goal {goal.name!r} gives back a part of a value in money: more than 0 %, at most 100 %.")
    if goal.fixed_micros is not None and not 0 < goal.fixed_micros <= MAX_MICROS:
        problems.append(f"The goal {goal.name!r} pays more than nothing and at most {MAX_MICROS // MICROS:,}.")
    return problems


def default_terms(currency: str) -> Terms:
    """What a new site starts with: 10 points for somebody new, 10 % of a purchase; 30 days of window and of hold."""
    return Terms(
        goals=(
            Goal(name="new_visitor", unit=POINTS, fixed_micros=10 * MICROS),
            Goal(name="purchase", unit=currency, rate_bp=1_000),
        )
    )


def encode_terms(terms: Terms) -> str:
    """Canonical JSON of the terms."""
    return msgspec.json.encode(terms).decode()


def decode_terms(text: str) -> Terms:
    """Terms from stored JSON."""
    return msgspec.json.decode(text, type=Terms)

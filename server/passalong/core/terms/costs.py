"""Costs of terms: the most that one conversion and one month of each goal can cost, and limits that break a promise."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.money import exponent
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.per_currency import each_currency


class Cost(Struct, frozen=True):
    """The most that a goal costs, in micros of its unit; None if unbounded.

    One conversion costs `pot_micros` (or, without a bound, `rate_bp` hundredths of a percent of the value), which is
    split, and the referee reward on top; `outcome_micros` is the sum.
    """

    goal: str
    unit: str
    pot_micros: int | None
    rate_bp: int | None
    referee_micros: int
    outcome_micros: int | None
    month_micros: int | None
    sentences: tuple[str, ...]


def costs(terms: Terms) -> tuple[Cost, ...]:
    """Return the most that each goal can cost in each currency whose amounts it names, in the order of the terms."""
    return tuple(_cost(alone) for goal in terms.goals for alone in each_currency(goal))


def _cost(goal: Goal) -> Cost:
    cap = goal.cap_micros
    referee = goal.welcome_micros or 0
    referee = referee if cap is None else min(referee, cap)
    bounds = [goal.fixed_micros, None if cap is None else cap - referee]
    pot = min((bound for bound in bounds if bound is not None), default=None)
    outcome = None if pot is None else pot + referee
    cost = Cost(goal.name, goal.unit, pot, goal.rate_bp, referee, outcome, goal.month_budget_micros, ())
    return replace(cost, sentences=tuple(_sentences(goal, cost)))


def _sentences(goal: Goal, cost: Cost) -> Iterator[str]:
    def amount(micros: int) -> str:
        return _amount(micros, goal.unit)

    share = f"{goal.rate_bp / 100:g} % of its value" if goal.rate_bp is not None else ""
    parts = share if cost.pot_micros is None else f"{amount(cost.pot_micros)} that are shared out"
    if cost.referee_micros:
        parts += f" and {amount(cost.referee_micros)} for the person who came"
    if cost.outcome_micros is None:
        yield f"One `{goal.name}` costs {parts}, however high the value is. Set `cap_micros` to limit it."
    else:
        yield f"One `{goal.name}` costs at most {amount(cost.outcome_micros)}: {parts}."
    if cost.month_micros is None:
        yield f"There is no monthly limit for `{goal.name}`: set `month_budget_micros` to add one."
    else:
        yield f"A month of `{goal.name}` costs at most {amount(cost.month_micros)}, whatever comes in."
    limits = (("budget for a month", goal.month_budget_micros), ("cap for a day", goal.day_cap_micros))
    for name, most in limits:
        if most is not None and most < cost.referee_micros:
            yield (
                f"The {name} of `{goal.name}`, {amount(most)}, is less than the {amount(cost.referee_micros)} that are "
                "promised to the person who came: they would get less."
            )


def _amount(micros: int, unit: str) -> str:
    """Format whole units with the currency's own digits, rounded up."""
    digits = exponent(unit)
    minor = -(-micros // 10 ** (6 - digits))
    whole, rest = divmod(minor, 10**digits)
    return f"{whole:,}{f'.{rest:0{digits}d}' if digits else ''} {unit}"

"""Validation of the amounts that a goal names in further currencies, a sentence for each problem."""

from collections.abc import Iterator

from passalong.core.money import MAX_MICROS, MICROS, POINTS
from passalong.core.terms.model import AmountsIn, Goal

OF_POINTS = ("fixed_micros", "cap_micros", "day_cap_micros", "month_budget_micros", "welcome_micros")
"""Amounts that a goal in points has in points alone, whatever the order's currency."""


def also_in_problems(goal: Goal) -> list[str]:
    """Return what is wrong with `also_in`, beside what is wrong with any amount."""
    units = [amount.unit for amount in goal.also_in]
    problems = []
    if len(set(units)) < len(units) or goal.unit in units:
        problems.append(f"Name each currency of {goal.name!r} only once: its own unit is not in `also_in`.")
    if units and goal.currency is not None and goal.unit != POINTS:
        problems.append(f"The goal {goal.name!r} is for orders in {goal.currency} alone: leave out `also_in`.")
    return problems + [problem for amount in goal.also_in for problem in _one(goal, amount)]


def _one(goal: Goal, amounts: AmountsIn) -> Iterator[str]:
    if not 0 <= amounts.minimum_micros <= MAX_MICROS:
        yield f"The minimum of {goal.name!r} in {amounts.unit[:8]} is 0 to {MAX_MICROS // MICROS:,}."
    if goal.unit == POINTS:
        if amounts.unit == POINTS or any(getattr(amounts, name) is not None for name in OF_POINTS):
            yield f"The goal {goal.name!r} pays points: `also_in` can only name a minimum, in a currency."
    elif amounts.unit == POINTS:
        yield f"The amounts of {goal.name!r} in `also_in` are in currencies: a goal pays in points or in money."
    elif (amounts.fixed_micros is None) != (goal.fixed_micros is None):
        kind = "a part of the value" if goal.fixed_micros is None else "a fixed amount"
        yield f"The goal {goal.name!r} pays {kind}, in {amounts.unit} too."

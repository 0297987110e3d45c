"""A goal in the currency of one order: what it pays, asks for and limits there. Amounts are never converted.

A rate pays in the order's own currency. Amounts (a fixed reward, a minimum, caps, a budget, a referee reward) hold in
the currency that names them: a goal with amounts pays only in currencies for which it names some (`also_in`).
"""

from msgspec.structs import replace

from passalong.core.money import POINTS
from passalong.core.terms.model import AmountsIn, Goal


def in_currency(goal: Goal, currency: str | None, *, is_accepted: bool | None = True) -> Goal | None:
    """Return the goal as it stands for an order in this currency, in one unit; None where it pays nothing in it.

    `is_accepted` says whether the site takes the currency; None stands for an order from before a site
    could take several: the goal then pays in its own unit alone, and the order's currency matters to a rate only.
    """
    alone = replace(goal, also_in=()) if goal.also_in else goal
    if is_accepted is None or currency is None or currency == goal.unit:
        return alone
    named = next((amount for amount in goal.also_in if amount.unit == currency), None)
    if goal.unit == POINTS:
        return alone if named is None else replace(alone, currency=currency, minimum_micros=named.minimum_micros)
    if not is_accepted:
        return None
    if named is not None:
        return _with_amounts(alone, named)
    return None if has_amounts(goal) else replace(alone, unit=currency)


def has_amounts(goal: Goal) -> bool:
    """Return True if the goal names an amount, or the one currency that it is for."""
    amounts = (goal.fixed_micros, goal.cap_micros, goal.day_cap_micros, goal.month_budget_micros, goal.welcome_micros)
    return any(amount is not None for amount in amounts) or bool(goal.minimum_micros) or goal.currency is not None


def _with_amounts(goal: Goal, named: AmountsIn) -> Goal:
    return replace(
        goal,
        unit=named.unit,
        fixed_micros=named.fixed_micros,
        minimum_micros=named.minimum_micros,
        cap_micros=named.cap_micros,
        day_cap_micros=named.day_cap_micros,
        month_budget_micros=named.month_budget_micros,
        welcome_micros=named.welcome_micros,
    )


def each_currency(goal: Goal) -> tuple[Goal, ...]:
    """Return the goal in its own unit, and in each currency for which it names amounts of its own."""
    alone = replace(goal, also_in=())
    if goal.unit == POINTS:
        return (alone,)
    return (alone, *(_with_amounts(alone, named) for named in goal.also_in))

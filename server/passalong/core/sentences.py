"""The rule in one sentence a goal, as the open book and every why page print it."""

from passalong.core.money import MICROS, POINTS
from passalong.core.terms import Goal, Terms

_WHEN = {"new_visitor": "comes to this site for the first time", "purchase": "buys anything"}


def terms_sentence(terms: Terms) -> str:
    """What the terms pay for, how it is shared, and when it is ready."""
    goals = " ".join(_goal_sentence(goal, terms) for goal in terms.goals)
    hold = f"It is ready after {_days(terms.hold_days)}." if terms.hold_days else "It is ready at once."
    shared = (
        f"Each is shared equally by all who brought that person: {_percent(80)} to them, {_percent(16)} to whoever "
        f"passed it on to them, {_percent(4)} one step further up; what has no taker goes to the pool."
    )
    return f"{goals} {shared} {hold}"


def _goal_sentence(goal: Goal, terms: Terms) -> str:
    when = _WHEN.get(goal.name, f"does “{goal.name.replace('_', ' ')}”")
    within = "" if goal.name == "new_visitor" else f"within {_days(terms.window_days)} of arriving "
    return f"When someone {when} {within}by a shared link, {_reward(goal)} back."


def _reward(goal: Goal) -> str:
    if goal.fixed_micros is not None:
        amount = _plain(goal.fixed_micros, MICROS)
        if goal.unit == POINTS:
            return f"{amount} point{'' if amount == '1' else 's'} {'goes' if amount == '1' else 'go'}"
        return f"{amount} {goal.unit} go"
    return f"{_percent(_plain(goal.rate_bp or 0, 100))} of the value goes"


def _percent(number: int | str) -> str:
    return f"{number}\N{NO-BREAK SPACE}%"


def _plain(number: int, one: int) -> str:
    """A number of `one`-ths as decimal text without needless zeros (1050 of 100 -> 10.5)."""
    whole, rest = divmod(number, one)
    digits = str(rest).zfill(len(str(one)) - 1).rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"

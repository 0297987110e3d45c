"""The rule in one sentence a goal, as the open book and every why page print it."""

from collections.abc import Mapping

from passalong.core.chains import generations
from passalong.core.money import MICROS, POINTS
from passalong.core.terms import GenerationModel, Goal, Terms, TouchModel

_WHO = ("to them", "to whoever passed it on to them", "one step further up")
_TOUCHES: Mapping[TouchModel, str] = {
    "linear_unique": "equally by all who brought that person",
    "first": "by the first who brought that person",
    "last": "by the last who brought that person",
    "last_non_direct": "by the last who brought that person",
    "linear_touch": "by all who brought that person, as often as they did",
    "position": "by all who brought that person, most by the first and the last",
    "time_decay": "by all who brought that person, half as much for each week that has passed",
    "last_n": "by the last who brought that person, by fixed weights",
}
_WHEN = {"new_visitor": "comes to this site for the first time", "purchase": "buys anything"}


def terms_sentence(terms: Terms) -> str:
    """What the terms pay for, how it is shared, and when it is ready."""
    goals = " ".join(_goal_sentence(goal, terms) for goal in terms.goals)
    hold = f"It is ready after {_days(terms.hold_days)}." if terms.hold_days else "It is ready at once."
    shared = f"Each is shared {_TOUCHES[terms.touch_model]}: {_generations(terms.generation_model)}"
    return f"{goals} {shared}; what has no taker goes to the pool. {hold}"


def _generations(model: GenerationModel) -> str:
    if model == "binomial":
        return "the more people passed it on, the smaller the part of each, two steps up at most"
    named = zip(_WHO, generations(model, len(_WHO)), strict=True)
    parts = [f"{_percent(_plain(int(part * 10_000), 100))} {who}" for who, part in named if part]
    return ", ".join(parts)


def _goal_sentence(goal: Goal, terms: Terms) -> str:
    when = _WHEN.get(goal.name, f"does “{goal.name.replace('_', ' ')}”")
    within = "" if goal.name == "new_visitor" else f"within {_days(terms.window_days)} of arriving "
    return f"When someone {when} {within}by a shared link, {_reward(goal)} back{_conditions(goal)}."


def _reward(goal: Goal) -> str:
    if goal.fixed_micros is not None:
        amount = _plain(goal.fixed_micros, MICROS)
        if goal.unit == POINTS:
            return f"{amount} point{'' if amount == '1' else 's'} {'goes' if amount == '1' else 'go'}"
        return f"{amount} {goal.unit} go"
    return f"{_percent(_plain(goal.rate_bp or 0, 100))} of the value goes"


def _conditions(goal: Goal) -> str:
    """What a goal asks for, and its limits."""
    counted = goal.currency or (goal.unit if goal.unit != POINTS else "")
    said = [
        (f", if it is worth {_plain(goal.minimum_micros, MICROS)} {counted} or more", goal.minimum_micros),
        (f", on {', '.join(goal.pages)}", goal.pages),
        (f", for {', '.join(goal.products)}", goal.products),
        (f", in {', '.join(goal.countries)}", goal.countries),
        (f", at most {_amount(goal.cap_micros, goal.unit)} each time", goal.cap_micros),
        (f", at most {_amount(goal.day_cap_micros, goal.unit)} to one person in a day", goal.day_cap_micros),
        (f", at most {_amount(goal.month_budget_micros, goal.unit)} in a month", goal.month_budget_micros),
        (f", and {_amount(goal.welcome_micros, goal.unit)} for the person who came", goal.welcome_micros),
    ]
    return "".join(words for words, is_asked in said if is_asked)


def _amount(micros: int | None, unit: str) -> str:
    return f"{_plain(micros or 0, MICROS)} {unit}"


def _percent(number: int | str) -> str:
    return f"{number}\N{NO-BREAK SPACE}%"


def _plain(number: int, one: int) -> str:
    """A number of `one`-ths as decimal text without needless zeros (1050 of 100 -> 10.5)."""
    whole, rest = divmod(number, one)
    digits = str(rest).zfill(len(str(one)) - 1).rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"

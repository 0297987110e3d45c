"""Validation of terms: every problem at once, each in a sentence that says what to do.

Some rules hold by construction (two ancestors at most, one pot that is fixed before the split); a draft that asks for
something else is told so, rather than that a field is unknown.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from passalong.core.facts import NEW_VISITOR
from passalong.core.money import MAX_MICROS, MICROS, POINTS, step_micros
from passalong.core.terms.also_in import also_in_problems
from passalong.core.terms.currencies import CURRENCIES
from passalong.core.terms.model import AmountsIn, Goal, Terms
from passalong.core.terms.per_currency import each_currency, in_currency

SHARING = frozenset("share shares shared sharing link_shared share_link copy copied post posted".split())
RECRUITING = frozenset(
    "advocate new_advocate recruit recruited recruiting invite invited inviting new_sharer advocate_joined".split()
)
MOST_NAMED = 50
AMOUNTS = (
    *("fixed_micros", "minimum_micros", "cap_micros"),
    *("day_cap_micros", "month_budget_micros", "welcome_micros"),
)
LEAST_EXPIRY_MONTHS, MOST_EXPIRY_MONTHS = 12, 120


class BadTermsError(ValueError):
    """Invalid terms; `problems` has one sentence each."""

    def __init__(self, problems: list[str]):
        super().__init__(" ".join(problems))
        self.problems = problems


def checked(terms: Terms) -> Terms:
    """Return the same terms, or raise BadTermsError with every problem at once."""
    problems = [problem for goal in terms.goals for problem in _goal_problems(goal)]
    if not 1 <= terms.window_days <= 90:
        problems.append("The window is 1 to 90 days.")
    if not 0 <= terms.hold_days <= 90:
        problems.append("The hold is 0 to 90 days.")
    if terms.expiry_months is not None and terms.expiry_months < LEAST_EXPIRY_MONTHS:
        problems.append("Credit cannot expire in under 12 months: leave `expiry_months` out, and it stays.")
    elif terms.expiry_months is not None and terms.expiry_months > MOST_EXPIRY_MONTHS:
        problems.append("Credit expires after 12 to 120 months: leave `expiry_months` out, and it stays.")
    if not 1 <= len(terms.last_weights) <= 20 or not all(1 <= weight <= 1_000 for weight in terms.last_weights):
        problems.append("The last touches have 1 to 20 weights, each a whole number from 1 to 1,000.")
    if len({goal.name for goal in terms.goals}) != len(terms.goals):
        problems.append("Name each goal only once.")
    if problems:
        raise BadTermsError(problems)
    return terms


def read_draft(draft: object) -> Terms:
    """Parse terms from the JSON of a file; raises BadTermsError with a sentence for each problem."""
    if not isinstance(draft, Mapping):
        raise BadTermsError(["Terms are a JSON object with `goals`: `passalong terms show SITE --json` prints one."])
    problems = _asked_for(draft)
    fields = {name: value for name, value in draft.items() if name in Terms.__struct_fields__}
    try:
        return _both(problems, msgspec.convert(fields, Terms))
    except msgspec.ValidationError as error:
        raise BadTermsError([*problems, f"Not understood: {error}."]) from None


def _both(problems: list[str], terms: Terms) -> Terms:
    try:
        checked(terms)
    except BadTermsError as error:
        problems = problems + error.problems
    if problems:
        raise BadTermsError(problems)
    return terms


def _asked_for(draft: Mapping[str, Any]) -> list[str]:
    """Return problems with what a draft asks for beside the fields of terms: invariants that no field can break."""
    problems = []
    for name, value in draft.items():
        if name in Terms.__struct_fields__:
            continue
        if name in ("ancestors", "levels") and isinstance(value, int):
            problems.append("Two ancestors at most are credited, so that nobody is paid for building a pyramid.")
        elif name in ("parts", "shares", "generations") and isinstance(value, list):
            problems.append(_parts_problem(value))
        else:
            close = get_close_matches(str(name), Terms.__struct_fields__, 1)
            problems.append(f"Terms have no {str(name)[:60]!r}{f': did you mean {close[0]!r}?' if close else '.'}")
    return problems


def _parts_problem(parts: list[Any]) -> str:
    numbers = [part for part in parts if isinstance(part, int | float)]
    total = f"{sum(numbers):g}" if len(numbers) == len(parts) else "something else"
    names = "fair, none, direct_referral, recursive_half, binomial"
    if total in ("1", "100", "10000"):
        return f"Parts of your own cannot be set: choose a `generation_model` of {names}."
    return f"The parts add up to {total}, not to the whole pot: choose a `generation_model` of {names}."


def _goal_problems(goal: Goal) -> list[str]:
    problems = [*also_in_problems(goal), *_condition_problems(goal), *_step_problems(goal)]
    for alone in each_currency(goal):
        problems += [*_pay_problems(alone), *_limit_problems(alone)]
    return list(dict.fromkeys(problems))


def _pay_problems(goal: Goal) -> list[str]:
    problems = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", goal.name):
        problems.append(f"A goal's name is 1 to 40 small letters, digits or _: {goal.name[:60]!r} is not.")
    if goal.name in SHARING:
        problems.append(f"The goal {goal.name!r} pays for sharing itself: credit comes only from what sharing led to.")
    if goal.name in RECRUITING:
        problems.append(f"The goal {goal.name!r} pays for bringing in people who share: nothing is paid for that.")
    if goal.unit != POINTS and not re.fullmatch(r"[A-Z]{3}", goal.unit):
        problems.append(f"A goal pays in points or in a currency's three letters: {goal.unit[:60]!r} is neither.")
    elif goal.unit != POINTS and goal.unit not in CURRENCIES:
        problems.append(f"{goal.unit} is no currency that people pay with: write an ISO 4217 code, like EUR or USD.")
    if (goal.fixed_micros is None) == (goal.rate_bp is None):
        problems.append(f"The goal {goal.name!r} pays either a fixed amount or a part of the value.")
    if goal.rate_bp is not None and (goal.unit == POINTS or not 0 < goal.rate_bp <= 10_000):
        problems.append(f"The goal {goal.name!r} gives back a part of a value in money: more than 0 %, at most 100 %.")
    if goal.fixed_micros is not None and not 0 < goal.fixed_micros <= MAX_MICROS:
        problems.append(f"The goal {goal.name!r} pays more than nothing and at most {MAX_MICROS // MICROS:,}.")
    return problems


def _condition_problems(goal: Goal) -> list[str]:
    problems = []
    if not 0 <= goal.minimum_micros <= MAX_MICROS:
        problems.append(f"The minimum of {goal.name!r} is 0 to {MAX_MICROS // MICROS:,}.")
    if goal.minimum_micros and goal.unit == POINTS and goal.currency is None:
        problems.append(f"The minimum of {goal.name!r} needs the `currency` in which it is counted.")
    if goal.currency is not None and not re.fullmatch(r"[A-Z]{3}", goal.currency):
        problems.append(f"The currency of {goal.name!r} is three capital letters, like EUR.")
    elif goal.currency is not None and goal.currency not in CURRENCIES:
        problems.append(f"{goal.currency} is no currency that people pay with: write an ISO 4217 code, like EUR.")
    elif goal.currency is not None and goal.rate_bp is not None and goal.currency != goal.unit:
        problems.append(f"The goal {goal.name!r} pays a part of a value, so the value is in its own unit, {goal.unit}.")
    if len(goal.pages) > MOST_NAMED or not all(re.fullmatch(r"[/*][^\x00-\x20]{0,199}", page) for page in goal.pages):
        problems.append(f"Pages of {goal.name!r} are up to 50 paths like /hives/*, which begin with / or *.")
    if len(goal.products) > MOST_NAMED or not all(re.fullmatch(r"[^\x00-\x1f\x7f]{1,128}", at) for at in goal.products):
        problems.append(f"Products of {goal.name!r} are up to 50 ids of 1 to 128 characters.")
    if len(goal.countries) > 250 or not all(re.fullmatch(r"[A-Z]{2}", country) for country in goal.countries):
        problems.append(f"Countries of {goal.name!r} are two capital letters each, like DE.")
    if goal.name == NEW_VISITOR and (goal.minimum_micros or goal.currency or goal.products or goal.countries):
        problems.append("A first visit has no value, product or country: `new_visitor` can only ask for `pages`.")
    return problems


def _limit_problems(goal: Goal) -> list[str]:
    problems = []
    named = {
        "cap for one outcome": goal.cap_micros,
        "cap for a day": goal.day_cap_micros,
        "budget for a month": goal.month_budget_micros,
        "part for the person who came": goal.welcome_micros,
    }
    for name, micros in named.items():
        if micros is not None and not 0 < micros <= MAX_MICROS:
            problems.append(f"The {name} of {goal.name!r} is more than nothing and at most {MAX_MICROS // MICROS:,}.")
    if goal.cap_micros is not None and (goal.welcome_micros or 0) >= goal.cap_micros:
        problems.append(f"The part for the person who came takes all of the cap of {goal.name!r}: raise `cap_micros`.")
    if goal.name == NEW_VISITOR and goal.unit != POINTS and goal.day_cap_micros is None:
        problems.append(
            "`new_visitor` in money needs a `day_cap_micros`: a person who clears the browser counts again."
        )
    return problems


def _step_problems(goal: Goal) -> list[str]:
    """Return amounts that are finer than their unit is counted, which nobody could be paid."""
    problems, named = [], list[Goal | AmountsIn]([goal, *goal.also_in])
    for amounts in named:
        for field in AMOUNTS:
            counted = goal.currency if field == "minimum_micros" and amounts is goal and goal.currency else amounts.unit
            micros = getattr(amounts, field) or 0
            if 0 < micros <= MAX_MICROS and micros % step_micros(counted):
                least = f"`{field}` is a multiple of {step_micros(counted):,}"
                problems.append(f"An amount of {goal.name!r} is finer than {counted} is counted: {least}.")
    return problems


def cuts(before: Terms, after: Terms) -> list[str]:
    """Return what advocates would lose by a change, a sentence each; such a change is announced 14 days before."""
    losses = []
    if after.window_days < before.window_days:
        losses.append("The window is shorter.")
    if after.hold_days > before.hold_days:
        losses.append("The hold is longer.")
    if after.expiry_months is not None and after.expiry_months < (before.expiry_months or MOST_EXPIRY_MONTHS + 1):
        losses.append("Credit expires, or does so sooner.")
    for goal in before.goals:
        other = after.goal(goal.name)
        lost = ["is gone"] if other is None else _lost_anywhere(goal, other)
        losses += [f"The goal {goal.name!r} {loss}." for loss in lost]
    return losses


def _lost_anywhere(before: Goal, after: Goal) -> list[str]:
    """Return what is lost in any currency for which the goal named amounts."""
    lost = []
    for alone in each_currency(before):
        later = next((goal for goal in each_currency(after) if goal.unit == alone.unit), None)
        if later is None and POINTS not in (alone.unit, after.unit):
            later = in_currency(after, alone.unit)
        if later is not None:
            lost += _lost(alone, later)
        else:
            lost.append("pays in another way" if alone.unit == before.unit else f"pays nothing in {alone.unit}")
    return list(dict.fromkeys(lost))


def _lost(before: Goal, after: Goal) -> list[str]:
    lost = []
    if (before.rate_bp is None) != (after.rate_bp is None):
        lost.append("pays in another way")
    elif (after.rate_bp or after.fixed_micros or 0) < (before.rate_bp or before.fixed_micros or 0):
        lost.append("pays less")
    if after.minimum_micros > before.minimum_micros:
        lost.append("asks for a higher minimum")
    if before.currency != after.currency and after.currency is not None:
        lost.append("asks for a currency")
    for name in ("pages", "products", "countries"):
        old_values, asks = set(getattr(before, name)), set(getattr(after, name))
        if asks and (not old_values or old_values - asks):
            lost.append(f"counts fewer {name}")
    for name, words in (("cap", "cap"), ("day_cap", "cap for a day"), ("month_budget", "budget for a month")):
        most, now = getattr(before, f"{name}_micros"), getattr(after, f"{name}_micros")
        if now is not None and (most is None or now < most):
            lost.append(f"has a lower {words}")
    if (after.welcome_micros or 0) < (before.welcome_micros or 0):
        lost.append("gives less to the person who came")
    return lost

"""Rewards: what one touch's own terms pay for a conversion (b_j), and the referee reward on top of it."""

import re

from passalong.core.attribution.journey import Journey
from passalong.core.money import POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal
from passalong.core.terms.per_currency import in_currency


def reward(goal: Goal | None, journey: Journey) -> int:
    """Return b_j in micros: the rate of the value or the fixed amount of one touch's terms; 0 where they pay nothing.

    A rate follows refunds down; a fixed amount survives a partial refund and is void at a full one. The goal's cap
    holds for everything that one conversion costs: it lowers b_j before the split, by what the referee reward takes.
    """
    goal = None if goal is None else stands(goal, journey)
    if goal is None or not _is_due(goal, journey):
        return 0
    micros = goal.fixed_micros
    if micros is None:
        micros = (goal.rate_bp or 0) * journey.value_micros // 10_000
    if goal.cap_micros is None:
        return micros
    return min(micros, goal.cap_micros - referee_reward(goal, journey))


def referee_reward(goal: Goal | None, journey: Journey) -> int:
    """Return the referee reward in micros under one touch's terms, never above the goal's cap."""
    goal = None if goal is None else stands(goal, journey)
    if goal is None or not goal.welcome_micros or not _is_due(goal, journey):
        return 0
    return goal.welcome_micros if goal.cap_micros is None else min(goal.welcome_micros, goal.cap_micros)


def stands(goal: Goal, journey: Journey) -> Goal | None:
    """Return the goal in the journey's own currency; None where it pays nothing in it."""
    return in_currency(goal, journey.currency, is_accepted=journey.currency_taken)


def _is_due(goal: Goal, journey: Journey) -> bool:
    return unmet(goal, journey) is None and not journey.is_given_back


def unmet(goal: Goal, journey: Journey) -> Reason | None:
    """Return the reason why the goal does not pay for a conversion, judged on the gross value; None if it does."""
    goal_in_force = stands(goal, journey)
    if goal_in_force is None:
        return Reason.UNKNOWN_CURRENCY
    goal = goal_in_force
    currency = goal.currency or (goal.unit if goal.rate_bp is not None else None)
    if currency is not None and currency != journey.currency:
        return Reason.UNKNOWN_CURRENCY
    if goal.pages and not any(_matches(pattern, journey.page or "") for pattern in goal.pages):
        return Reason.NO_MATCHING_GOAL
    if goal.products and not set(goal.products) & set(journey.products):
        return Reason.NO_MATCHING_GOAL
    if goal.countries and journey.country not in goal.countries:
        return Reason.NO_MATCHING_GOAL
    if goal.minimum_micros and _counted_micros(goal, journey) < goal.minimum_micros:
        return Reason.BELOW_MINIMUM
    return None


def _counted_micros(goal: Goal, journey: Journey) -> int:
    """Return the gross value if it is in the currency in which the goal counts its minimum."""
    counted = goal.currency or (goal.unit if goal.unit != POINTS else journey.currency)
    return journey.gross_micros if counted == journey.currency else 0


def _matches(pattern: str, path: str) -> bool:
    """Return True if a path, which is a stranger's, matches a pattern in which `*` stands for anything.

    What is between two stars is looked for once, at its first place (`(?>`): each star would multiply the time.
    """
    first, *rest = map(re.escape, pattern.split("*"))
    pieces = [first, *(f"(?>.*?{text})" for text in rest[:-1]), *(f".*{text}" for text in rest[-1:])]
    return re.fullmatch("".join(pieces), path) is not None

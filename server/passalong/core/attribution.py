"""From touches to credit: docs/attribution.md, exact to the last micro. The one door to the rule.

    split       which touches count (core.touches), who stands up each one's chain (core.chains)
    pay         what that is worth (core.rewards), rounded once

Everything is a fraction until one integer rounding per conversion; no floats, no clock, no dict order in any rule.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from passalong.core.chains import MOST_ANCESTORS, chain, generations, levels
from passalong.core.journey import (
    DAY_MS,
    KEPT,
    POOL,
    UNATTRIBUTED,
    Allocation,
    Hop,
    Ignored,
    Journey,
    Level,
    Limit,
    Limited,
    Part,
    Split,
    Step,
    Touch,
)
from passalong.core.money import largest_remainder
from passalong.core.reasons import Reason
from passalong.core.rewards import all_kept_back, limited, reward, unmet
from passalong.core.terms import Goal
from passalong.core.touches import BURST_MS, MOST_ADVOCATES, credited_touches, eligible, weights

__all__ = [
    "BURST_MS",
    "DAY_MS",
    "KEPT",
    "MOST_ADVOCATES",
    "MOST_ANCESTORS",
    "POOL",
    "UNATTRIBUTED",
    "Allocation",
    "Hop",
    "Ignored",
    "Journey",
    "Level",
    "Limit",
    "Limited",
    "Part",
    "Split",
    "Step",
    "Touch",
    "allocate",
    "chain",
    "credited_touches",
    "eligible",
    "generations",
    "pay",
    "reward",
    "split",
    "weights",
]


def allocate(journey: Journey) -> Allocation:
    """Who gets what for one conversion: a pure function of the journey (docs/attribution.md, section "The rule")."""
    return pay(journey, journey.frozen or split(journey))


def split(journey: Journey) -> Split:
    """How the conversion is shared out; both models are those of the terms of the latest kept touch."""
    kept, ignored = eligible(journey)
    if not kept:
        return Split((), ignored, journey.terms)
    terms = kept[-1].terms
    found = weights(terms, kept, journey.at_ms)
    total = sum(found)
    steps = [
        Step(
            event_id=touch.event_id,
            touch_share=Fraction(weight, total),
            terms=touch.terms,
            levels=levels(terms.generation_model, touch.path, journey.converter),
        )
        for touch, weight in zip(kept, found, strict=True)
        if weight
    ]
    newest_first = tuple(reversed(steps))
    return Split(newest_first, ignored + _beyond_ten(kept, newest_first), terms)


def _beyond_ten(kept: Sequence[Touch], steps: Sequence[Step]) -> tuple[Ignored, ...]:
    """Touches of people whom linear_unique leaves out because ten others came later."""
    if kept[-1].terms.touch_model != "linear_unique":
        return ()
    credited = {step.event_id for step in steps}
    owners = {touch.owner for touch in kept if touch.event_id in credited}
    names = sorted(touch.event_id for touch in kept if touch.owner not in owners)
    return tuple(Ignored(event_id, Reason.BEYOND_TEN) for event_id in names)


def pay(journey: Journey, shared: Split) -> Allocation:
    """What a split is worth: the budget, everybody's amount, and why nothing is paid if nothing is."""
    terms, steps = shared.terms, shared.steps
    goal = terms.goal(journey.goal)
    refusal = _refusal(goal, journey, shared)
    hold_days = max((step.terms.hold_days for step in steps), default=terms.hold_days)
    if goal is None or (steps and refusal not in (None, Reason.REFUNDED)):
        return Allocation(None, 0, {}, (), shared.ignored, refusal, hold_days, terms.version)
    if not steps:
        budget = reward(goal, goal.unit, journey)
        amounts = {UNATTRIBUTED: budget}
        return Allocation(goal.unit, budget, amounts, (), shared.ignored, refusal, hold_days, terms.version)
    parts = tuple(part for step in steps for part in _parts(step, goal.unit, journey))
    budget, rounded = _amounts(steps, parts, goal.unit, journey)
    amounts, taken = limited(rounded, journey.limits, journey.conversion_id)
    refusal = refusal or all_kept_back(amounts, taken)
    return Allocation(goal.unit, budget, amounts, parts, shared.ignored, refusal, hold_days, terms.version, taken)


def _refusal(goal: Goal | None, journey: Journey, shared: Split) -> Reason | None:
    if not shared.steps:
        return shared.ignored[-1].reason if shared.ignored else journey.refused or Reason.NO_TOKEN
    if goal is None:
        return Reason.NO_MATCHING_GOAL
    if not any(_pays(step.terms.goal(journey.goal), goal.unit, journey) for step in shared.steps):
        return unmet(goal, journey) or Reason.NO_MATCHING_GOAL
    if journey.refunded_micros > 0 and journey.value_micros == 0:
        return Reason.REFUNDED
    return None


def _pays(goal: Goal | None, unit: str, journey: Journey) -> bool:
    return goal is not None and goal.unit == unit and unmet(goal, journey) is None


def _parts(step: Step, unit: str, journey: Journey) -> Iterable[Part]:
    reward_micros = reward(step.terms.goal(journey.goal), unit, journey)
    for found in step.levels:
        yield Part(
            recipient=found.hop.person,
            share_id=found.hop.share_id,
            event_id=step.event_id,
            level=found.level,
            touch_share=step.touch_share,
            level_share=found.share,
            reward_micros=reward_micros,
            terms_version=step.terms.version,
        )


def _amounts(steps: Sequence[Step], parts: Sequence[Part], unit: str, journey: Journey) -> tuple[int, dict[str, int]]:
    """B and the rounded amounts. Missing levels go to the pool, which never makes up for a fraction of a micro."""
    whole = sum(
        (step.touch_share * reward(step.terms.goal(journey.goal), unit, journey) for step in steps), Fraction(0)
    )
    budget = whole.numerator // whole.denominator
    exact: dict[str, Fraction] = {}
    for part in parts:
        exact[part.recipient] = exact.get(part.recipient, Fraction(0)) + part.exact
    missing = budget - sum(exact.values(), Fraction(0))
    if missing > 0:
        exact[POOL] = missing
    return budget, largest_remainder(exact, budget, journey.conversion_id)

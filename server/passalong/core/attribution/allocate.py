"""Allocate the credit of one conversion, exact to the last micro (docs/attribution.md).

split       which touches count (core.attribution.touches) and the chain of each (core.attribution.chains)
pay         what that is worth in each unit (core.attribution.rewards), rounded once, within limits
            (core.attribution.limits)

All quantities are fractions until one integer rounding per conversion and unit; no floats, no clock, no dict order.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from passalong.core.attribution.chains import MOST_ANCESTORS, chain, generations, levels
from passalong.core.attribution.journey import (
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
    Pot,
    Split,
    Step,
    Touch,
)
from passalong.core.attribution.limits import Exact, add_exact, all_kept_back, limited, rounded, set_aside, with_referee
from passalong.core.attribution.rewards import referee_reward, reward, stands, unmet
from passalong.core.attribution.touches import BURST_MS, MOST_ADVOCATES, credited_touches, eligible, weights
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms

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
    "Pot",
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
    """Return the credit of everyone for one conversion: a pure function of the journey (docs/attribution.md, "The
    rule")."""
    return pay(journey, journey.frozen or split(journey))


def split(journey: Journey) -> Split:
    """Split the conversion between its touches; both models are those of the terms of the latest kept touch."""
    touches, ignored = eligible(journey)
    if not touches:
        return Split((), ignored, journey.terms)
    terms = touches[-1].terms
    touch_weights = weights(terms, touches, journey.at_ms)
    total = sum(touch_weights)
    steps = [
        Step(
            event_id=touch.event_id,
            touch_share=Fraction(weight, total),
            terms=touch.terms,
            levels=levels(terms.generation_model, touch.path, journey.converter),
        )
        for touch, weight in zip(touches, touch_weights, strict=True)
        if weight
    ]
    newest_first = tuple(reversed(steps))
    return Split(newest_first, ignored + _beyond_ten(touches, newest_first), terms)


def _beyond_ten(touches: Sequence[Touch], steps: Sequence[Step]) -> tuple[Ignored, ...]:
    """Return the touches of people whom linear_unique leaves out because ten others came later."""
    if touches[-1].terms.touch_model != "linear_unique":
        return ()
    credited = {step.event_id for step in steps}
    owners = {touch.owner for touch in touches if touch.event_id in credited}
    names = sorted(touch.event_id for touch in touches if touch.owner not in owners)
    return tuple(Ignored(event_id, Reason.BEYOND_TEN) for event_id in names)


def pay(journey: Journey, shared: Split) -> Allocation:
    """Return what a split pays: a pot for each unit, everybody's amount, and the reason if nothing is paid.

    Goal, unit, rate and conditions of a touch are those of its own link's terms, so no other version lowers its part.
    """
    steps = shared.steps
    refusal = _refusal(journey, shared)
    hold_days = max((step.terms.hold_days for step in steps), default=shared.terms.hold_days)
    parts: tuple[Part, ...] = ()
    pots: tuple[Pot, ...] = ()
    if not steps:
        pots = _unattributed(shared.terms, journey)
    elif refusal in (None, Reason.REFUNDED):
        units = _units(shared, journey)
        parts = tuple(part for step in steps for part in _parts(step, units[0], journey))
        pots = tuple(_pot(unit, steps, parts, journey) for unit in units)
        refusal = refusal or all_kept_back(pots)
    return Allocation(pots, parts, shared.ignored, refusal, hold_days, shared.terms.version)


def _unattributed(terms: Terms, journey: Journey) -> tuple[Pot, ...]:
    """Return an allocation that gives the whole reward to `unattributed`, because no touch led to the conversion."""
    goal = terms.goal(journey.goal)
    if goal is None:
        return ()
    budget = reward(goal, journey)
    unit = (stands(goal, journey) or goal).unit
    return (Pot(unit, budget, {(UNATTRIBUTED, terms.version): budget}),)


def _refusal(journey: Journey, shared: Split) -> Reason | None:
    if not shared.steps:
        return shared.ignored[-1].reason if shared.ignored else journey.refused or Reason.NO_TOKEN
    goals = [step.terms.goal(journey.goal) for step in shared.steps]
    unmet_reasons = [Reason.NO_MATCHING_GOAL if goal is None else unmet(goal, journey) for goal in goals]
    if all(unmet_reasons):
        named = [reason for reason in unmet_reasons if reason is not Reason.NO_MATCHING_GOAL]
        return named[0] if named else Reason.NO_MATCHING_GOAL
    if journey.is_given_back:
        return Reason.REFUNDED
    return None


def _unit(step: Step, journey: Journey) -> str | None:
    """Return the unit in which a step's own terms pay for the conversion; None where they do not."""
    goal = step.terms.goal(journey.goal)
    paying = stands(goal, journey) if goal is not None and unmet(goal, journey) is None else None
    return paying.unit if paying is not None else None


def _units(shared: Split, journey: Journey) -> list[str]:
    """Return the units in which the steps pay: that of the latest kept touch's terms first, then those of newer
    versions."""
    units = {step.terms.version: _unit(step, journey) for step in shared.steps}
    ordered = sorted(units, key=lambda version: (version != shared.terms.version, -version))
    return list(dict.fromkeys(unit for version in ordered if (unit := units[version]) is not None))


def _parts(step: Step, first_unit: str, journey: Journey) -> Iterable[Part]:
    """Return a step's parts in its own unit; a step that pays nothing is listed in the first pot with zero."""
    reward_micros = reward(step.terms.goal(journey.goal), journey)
    for level in step.levels:
        yield Part(
            recipient=level.hop.payee,
            share_id=level.hop.share_id,
            event_id=step.event_id,
            level=level.level,
            touch_share=step.touch_share,
            level_share=level.share,
            reward_micros=reward_micros,
            terms_version=step.terms.version,
            unit=_unit(step, journey) or first_unit,
        )


def _pot(unit: str, steps: Sequence[Step], parts: Sequence[Part], journey: Journey) -> Pot:
    """Return the budget B and the rounded amounts of one unit. Missing levels go to the pool, cut to whole micros."""
    paying = [step for step in steps if _unit(step, journey) == unit]
    unit_parts = [part for part in parts if part.unit == unit]
    missing: Exact = {}
    for step in paying:
        add_exact(missing, POOL, step.terms.version, step.touch_share * reward(step.terms.goal(journey.goal), journey))
    exact: Exact = {}
    for part in unit_parts:
        add_exact(exact, part.recipient, part.terms_version, part.exact)
        add_exact(missing, POOL, part.terms_version, -part.exact)
    whole = sum(exact.values(), Fraction(0)) + sum(missing.values(), Fraction(0))
    budget = whole.numerator // whole.denominator
    cells = rounded(exact, missing, budget, journey.conversion_id)
    referee = {step.terms.version: referee_reward(step.terms.goal(journey.goal), journey) for step in paying}
    pot = limited(with_referee(Pot(unit, budget, cells), referee), journey.limits, journey.conversion_id)
    return set_aside(pot, journey.set_aside)

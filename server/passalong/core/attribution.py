"""From touches to credit: docs/attribution.md, exact to the last micro.

Everything is a fraction until one integer rounding per conversion; no floats, no clock, no dict order in any rule.
A *person* is the id under which everything joined by what people told us stands together (core.identity).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from msgspec import Struct

from passalong.core.money import largest_remainder
from passalong.core.reasons import Reason
from passalong.core.terms import Goal, Terms

DAY_MS = 86_400_000
BURST_MS = 10_000
MOST_ADVOCATES = 10
MOST_ANCESTORS = 2
DAMPING = Fraction(1, 5)
GENERATIONS = (1 - DAMPING, (1 - DAMPING) * DAMPING, DAMPING**2)
"""80 % / 16 % / 4 %: who brought them, who brought those, and one step further."""
POOL = "pool"
UNATTRIBUTED = "unattributed"


class Hop(Struct, frozen=True):
    """One share on the way: the link and the person who owns it."""

    share_id: str
    person: str


class Touch(Struct, frozen=True):
    """One arrival through a link: `path` is the link itself, then its frozen parents upwards."""

    event_id: str
    at_ms: int
    path: tuple[Hop, ...]
    terms: Terms

    @property
    def owner(self) -> str:
        """The person whose link it was."""
        return self.path[0].person


class Journey(Struct, frozen=True):
    """All that one conversion's credit depends on.

    `terms` are those in force at `at_ms`, for a journey without touches; `refused` is what was wrong with its code.
    """

    conversion_id: str
    converter: str
    goal: str
    at_ms: int
    gross_micros: int
    refunded_micros: int
    currency: str | None
    touches: tuple[Touch, ...]
    terms: Terms
    refused: Reason | None = None

    @property
    def value_micros(self) -> int:
        """V: what is left of the value after refunds, never below zero."""
        return max(0, self.gross_micros - self.refunded_micros)


class Part(Struct, frozen=True):
    """One way in which credit came: exact = touch_share * level_share * reward_micros."""

    recipient: str
    share_id: str
    event_id: str
    level: int
    touch_share: Fraction
    level_share: Fraction
    reward_micros: int
    terms_version: int

    @property
    def exact(self) -> Fraction:
        """The exact amount in micros, before the one rounding."""
        return self.touch_share * self.level_share * self.reward_micros


class Ignored(Struct, frozen=True):
    """A touch that did not count, and why."""

    event_id: str
    reason: Reason


class Allocation(Struct, frozen=True):
    """What a conversion pays to whom. `amounts` has persons, `pool` and `unattributed`; they sum to `budget_micros`."""

    unit: str | None
    budget_micros: int
    amounts: dict[str, int]
    parts: tuple[Part, ...]
    ignored: tuple[Ignored, ...]
    refusal: Reason | None
    hold_days: int
    terms_version: int


def eligible(journey: Journey) -> tuple[tuple[Touch, ...], tuple[Ignored, ...]]:
    """E of the rule: touches inside their window, not the converter's own, at least 10 s after the last one kept."""
    kept: list[Touch] = []
    ignored: list[Ignored] = []
    for touch in sorted(journey.touches, key=lambda touch: (touch.at_ms, touch.event_id)):
        reason = _why_not(touch, journey, kept)
        if reason is None:
            kept.append(touch)
        else:
            ignored.append(Ignored(touch.event_id, reason))
    return tuple(kept), tuple(ignored)


def _why_not(touch: Touch, journey: Journey, kept: Sequence[Touch]) -> Reason | None:
    age_ms = journey.at_ms - touch.at_ms
    if not 0 <= age_ms <= touch.terms.window_days * DAY_MS:
        return Reason.OUTSIDE_WINDOW
    if touch.owner == journey.converter:
        return Reason.OWN_LINK
    if kept and touch.at_ms - kept[-1].at_ms < BURST_MS:
        return Reason.BURST
    return None


def credited_touches(kept: Iterable[Touch]) -> tuple[Touch, ...]:
    """a_1..a_n: the last kept touch of each distinct person, the ten most recent, newest first."""
    last: dict[str, Touch] = {touch.owner: touch for touch in kept}
    newest_first = sorted(last.values(), key=lambda touch: (touch.at_ms, touch.event_id), reverse=True)
    return tuple(newest_first[:MOST_ADVOCATES])


def chain(path: Sequence[Hop], converter: str) -> tuple[Hop, ...]:
    """The link's owner and at most two ancestors; the converter and repeated persons are skipped, the next moves up."""
    found: list[Hop] = []
    for hop in path:
        if hop.person != converter and all(hop.person != earlier.person for earlier in found):
            found.append(hop)
        if len(found) > MOST_ANCESTORS:
            break
    return tuple(found)


def reward(goal: Goal | None, unit: str, journey: Journey) -> int:
    """b_j in micros: the part of the value or the fixed amount under one touch's terms; 0 where they pay nothing.

    A part follows refunds down; a fixed amount survives a partial refund and is void at a full one.
    """
    if goal is None or goal.unit != unit:
        return 0
    if journey.refunded_micros > 0 and journey.value_micros == 0:
        return 0
    if goal.fixed_micros is not None:
        return goal.fixed_micros
    if goal.unit != journey.currency:
        return 0
    return (goal.rate_bp or 0) * journey.value_micros // 10_000


def allocate(journey: Journey) -> Allocation:
    """Who gets what for one conversion: a pure function of the journey (docs/attribution.md, section "The rule")."""
    kept, ignored = eligible(journey)
    touches = credited_touches(kept)
    names = {touch.event_id for touch in kept if touch.owner not in {credited.owner for credited in touches}}
    ignored += tuple(Ignored(event_id, Reason.BEYOND_TEN) for event_id in sorted(names))
    terms = touches[0].terms if touches else journey.terms
    goal = terms.goal(journey.goal)
    refusal = _refusal(goal, journey, touches, ignored)
    if goal is None or refusal in (Reason.NO_MATCHING_GOAL, Reason.UNKNOWN_CURRENCY):
        return Allocation(None, 0, {}, (), ignored, refusal, terms.hold_days, terms.version)
    if not touches:
        budget = reward(goal, goal.unit, journey)
        amounts = {UNATTRIBUTED: budget}
        return Allocation(goal.unit, budget, amounts, (), ignored, refusal, terms.hold_days, terms.version)
    parts = tuple(part for touch in touches for part in _parts(touch, len(touches), goal.unit, journey))
    budget, amounts = _amounts(touches, parts, goal.unit, journey)
    hold_days = max(touch.terms.hold_days for touch in touches)
    return Allocation(goal.unit, budget, amounts, parts, ignored, refusal, hold_days, terms.version)


def _refusal(
    goal: Goal | None, journey: Journey, touches: Sequence[Touch], ignored: Sequence[Ignored]
) -> Reason | None:
    if not touches:
        return ignored[-1].reason if ignored else journey.refused or Reason.NO_TOKEN
    if goal is None:
        return Reason.NO_MATCHING_GOAL
    if goal.rate_bp is not None and goal.unit != journey.currency:
        return Reason.UNKNOWN_CURRENCY
    if journey.refunded_micros > 0 and journey.value_micros == 0:
        return Reason.REFUNDED
    return None


def _parts(touch: Touch, persons: int, unit: str, journey: Journey) -> Iterable[Part]:
    reward_micros = reward(touch.terms.goal(journey.goal), unit, journey)
    for level, hop in enumerate(chain(touch.path, journey.converter)):
        yield Part(
            recipient=hop.person,
            share_id=hop.share_id,
            event_id=touch.event_id,
            level=level,
            touch_share=Fraction(1, persons),
            level_share=GENERATIONS[level],
            reward_micros=reward_micros,
            terms_version=touch.terms.version,
        )


def _amounts(
    touches: Sequence[Touch], parts: Sequence[Part], unit: str, journey: Journey
) -> tuple[int, dict[str, int]]:
    """B and the rounded amounts. Missing levels go to the pool, which never makes up for a fraction of a micro."""
    rewards = [reward(touch.terms.goal(journey.goal), unit, journey) for touch in touches]
    budget = sum(rewards) // len(touches)
    exact: dict[str, Fraction] = {}
    for part in parts:
        exact[part.recipient] = exact.get(part.recipient, Fraction(0)) + part.exact
    missing = budget - sum(exact.values(), Fraction(0))
    if missing > 0:
        exact[POOL] = missing
    return budget, largest_remainder(exact, budget, journey.conversion_id)

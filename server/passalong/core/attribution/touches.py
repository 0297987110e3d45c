"""Touches: which count, and how much each weighs (docs/attribution.md).

Every touch model is one row of `MODELS`: a function from the kept touches, oldest first, to integer weights. A touch's
part of the whole is its weight over the sum of all weights.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from passalong.core.attribution.journey import DAY_MS, DIRECT, Ignored, Journey, Touch
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms, TouchModel

BURST_MS = 10_000
MOST_ADVOCATES = 10
HOUR_MS = 3_600_000
HALF_LIFE_HOURS = 168
SCALE_BITS = 32


def eligible(journey: Journey) -> tuple[tuple[Touch, ...], tuple[Ignored, ...]]:
    """Return E of the rule: touches in their window, not the converter's own, at least 10 s after the last kept one.

    A touch that is listed twice under one id is one touch. A code that a person typed is not a burst of redirects.
    """
    touches: list[Touch] = []
    ignored: list[Ignored] = list(journey.refused_touches)
    once = {touch.event_id: touch for touch in journey.touches}
    for touch in sorted(once.values(), key=lambda touch: (touch.at_ms, touch.told, touch.event_id)):
        reason = _why_not(touch, journey, touches)
        if reason is None:
            touches.append(touch)
        else:
            ignored.append(Ignored(touch.event_id, reason))
    return tuple(touches), tuple(ignored)


def _why_not(touch: Touch, journey: Journey, touches: Sequence[Touch]) -> Reason | None:
    if touch.void:
        return Reason.VOID_BY_REVIEW
    age_ms = journey.at_ms - touch.at_ms
    if not 0 <= age_ms <= touch.terms.window_days * DAY_MS:
        return Reason.OUTSIDE_WINDOW
    if touch.owner == journey.converter:
        return Reason.OWN_LINK
    if touch.path[0].banned:
        return Reason.BANNED_ADVOCATE
    if touches and not touch.told and touch.at_ms - touches[-1].at_ms < BURST_MS:
        return Reason.BURST
    return None


def weights(terms: Terms, touches: Sequence[Touch], at_ms: int) -> list[int]:
    """Return the weight of each kept touch, oldest first, by the touch model of `terms`; `at_ms` is the conversion's
    time."""
    return MODELS[terms.touch_model](touches, terms, at_ms) if touches else []


def credited_touches(touches: Sequence[Touch]) -> tuple[Touch, ...]:
    """Return a_1..a_n: the last kept touch of each distinct person, the ten most recent, newest first."""
    last: dict[str, Touch] = {touch.owner: touch for touch in touches}
    newest_first = sorted(last.values(), key=lambda touch: (touch.at_ms, touch.event_id), reverse=True)
    return tuple(newest_first[:MOST_ADVOCATES])


def decay_weight(age_hours: int) -> int:
    """Return floor(2^(S - age/H)) in integers, S = 32, H = 168: the H-th root of 2^(H*S - age). It halves in 7 days."""
    return _root(HALF_LIFE_HOURS * SCALE_BITS - age_hours)


@cache
def _root(power: int) -> int:
    """Return the floor of the H-th root of 2^power, by bisection."""
    wanted, low, high = 2**power, 0, 2 ** (SCALE_BITS + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**HALF_LIFE_HOURS <= wanted else (low, middle)
    return low


def _linear_unique(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    credited = {touch.event_id for touch in credited_touches(touches)}
    return [int(touch.event_id in credited) for touch in touches]


def _first(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    return [1, *[0] * (len(touches) - 1)]


def _last(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    return [*[0] * (len(touches) - 1), 1]


def _last_non_direct(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    """Weigh the last touch that came through a link; the last touch if none did (an imported path of direct steps)."""
    linked = [place for place, touch in enumerate(touches) if touch.owner != DIRECT]
    last = linked[-1] if linked else len(touches) - 1
    return [int(place == last) for place in range(len(touches))]


def _linear_touch(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    return [1] * len(touches)


def _position(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    """Weigh 40 % first, 40 % last, 20 % between them; two touches get half each."""
    between = len(touches) - 2
    return [1] * len(touches) if between < 1 else [2 * between, *[1] * between, 2 * between]


def _time_decay(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    return [decay_weight((at_ms - touch.at_ms) // HOUR_MS) for touch in touches]


def _last_n(touches: Sequence[Touch], terms: Terms, at_ms: int) -> list[int]:
    """Weigh the last touches with the terms' own weights (W3C Attribution Level 1, last-n-touch)."""
    named = terms.last_weights[-len(touches) :]
    return [*[0] * (len(touches) - len(named)), *named]


MODELS: Mapping[TouchModel, Callable[[Sequence[Touch], Terms, int], list[int]]] = {
    "linear_unique": _linear_unique,
    "first": _first,
    "last": _last,
    "last_non_direct": _last_non_direct,
    "linear_touch": _linear_touch,
    "position": _position,
    "time_decay": _time_decay,
    "last_n": _last_n,
}
"""`last_non_direct` differs from `last` only on imported paths, which may have direct steps."""

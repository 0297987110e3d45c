"""What one touch's terms pay for a conversion (b_j), and the limits that were decided over many conversions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from passalong.core.journey import POOL, UNATTRIBUTED, Journey, Limit, Limited
from passalong.core.money import POINTS, largest_remainder
from passalong.core.reasons import Reason
from passalong.core.terms import Goal


def reward(goal: Goal | None, unit: str, journey: Journey) -> int:
    """b_j in micros: the part of the value or the fixed amount under one touch's terms; 0 where they pay nothing.

    A part follows refunds down; a fixed amount survives a partial refund and is void at a full one. The goal's cap
    lowers it before anything is split.
    """
    if goal is None or goal.unit != unit or unmet(goal, journey) is not None:
        return 0
    if journey.refunded_micros > 0 and journey.value_micros == 0:
        return 0
    micros = goal.fixed_micros
    if micros is None:
        micros = (goal.rate_bp or 0) * journey.value_micros // 10_000
    return micros if goal.cap_micros is None else min(micros, goal.cap_micros)


def unmet(goal: Goal, journey: Journey) -> Reason | None:
    """Why a conversion is not one that the goal pays for, judged on the gross value; None if it is."""
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
    """The gross value, as far as it is in the currency in which the goal counts its minimum."""
    counted = goal.currency or (goal.unit if goal.unit != POINTS else journey.currency)
    return journey.gross_micros if counted == journey.currency else 0


def _matches(pattern: str, path: str) -> bool:
    """A path by a pattern in which `*` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), path) is not None


def limited(
    amounts: Mapping[str, int], limits: Iterable[Limit], conversion_id: str
) -> tuple[dict[str, int], tuple[Limited, ...]]:
    """Amounts with every limit kept; what is too much goes to `unattributed`, and the sum stays what it was.

    Limits of one person come first; the one over all shares what it leaves in proportion, by largest remainder.
    """
    found = dict(amounts)
    taken: list[Limited] = []
    asked = sorted(limits, key=lambda limit: (limit.recipient is None, limit.recipient or "", limit.most_micros))
    for limit in asked:
        wanted = _lowered(found, limit, conversion_id)
        for recipient, amount in sorted(wanted.items()):
            if amount < found[recipient]:
                taken.append(Limited(recipient, found[recipient] - amount, limit.reason))
                found[UNATTRIBUTED] = found.get(UNATTRIBUTED, 0) + found[recipient] - amount
                found[recipient] = amount
    return found, tuple(taken)


def _lowered(amounts: Mapping[str, int], limit: Limit, conversion_id: str) -> dict[str, int]:
    most = max(0, limit.most_micros)
    if limit.recipient is not None:
        return {limit.recipient: min(most, amounts[limit.recipient])} if limit.recipient in amounts else {}
    paid = {recipient: amount for recipient, amount in amounts.items() if recipient != UNATTRIBUTED}
    total = sum(paid.values())
    if total <= most:
        return {}
    return largest_remainder({who: Fraction(amount * most, total) for who, amount in paid.items()}, most, conversion_id)


def all_kept_back(amounts: Mapping[str, int], taken: Sequence[Limited]) -> Reason | None:
    """The reason of the last limit, when limits left nothing for any person."""
    left = any(amount for recipient, amount in amounts.items() if recipient not in (POOL, UNATTRIBUTED))
    return taken[-1].reason if taken and not left else None

"""The arithmetic of a line of credit, from its receipt alone."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct

from passalong.core.attribution.journey import KEPT
from passalong.core.ledger.line_kinds import LineKind, how_of
from passalong.core.ledger.receipts import Receipt, ReceiptLine, ReceiptPart, ReceiptPot
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.per_currency import in_currency
from passalong.store.queries.why_views import PoolTerm, WhyTerm

POOL_PARTS: Mapping[str, PoolTerm] = {
    "carried": "pool_carried",
    "levels": "pool_levels",
    "expired": "pool_expired",
    "added": "pool_added",
}
"""The parts of a pool (store.books.pools.made_of), in the order in which they are shown."""


class Paid(Struct, frozen=True):
    """The credit of one person in one unit on a receipt: their line, and their referee reward."""

    receipt: Receipt
    pot: ReceiptPot
    line: ReceiptLine
    referee_micros: int = 0

    @property
    def amount_micros(self) -> int:
        """The sum of all parts."""
        return self.line.amount_micros + self.referee_micros


def paid_to(receipt: Receipt, recipient: str, unit: str) -> Paid | None:
    """Return what a receipt pays this person in this unit; None if it does not name them."""
    pot, line = receipt.pot(unit), receipt.line(recipient, unit)
    reward = pot.referee_reward
    theirs = reward is not None and reward.recipient == recipient
    if line is None and not theirs:
        return None
    return Paid(
        receipt,
        pot,
        line or ReceiptLine(recipient, 0, 0, "0", (), unit),
        reward.amount_micros if reward is not None and theirs else 0,
    )


def arithmetic_of(
    kind: LineKind, paid: Paid, terms: Terms, made_of: Mapping[str, int], taken_micros: int
) -> tuple[WhyTerm, ...]:
    """Return the rows of the arithmetic; pot rows come first, the other rows sum to what is left."""
    rows = _ROWS[kind](paid, terms, made_of)
    return (*rows, WhyTerm("taken_back", -taken_micros)) if taken_micros else rows


def _result(paid: Paid, terms: Terms, made_of: Mapping[str, int]) -> tuple[WhyTerm, ...]:
    """Return the value, the reward of each version of the terms with its parts, and the rounding to whole micros."""
    rows: list[WhyTerm] = []
    rest = paid.line.amount_micros
    for (version, micros), parts in _by_reward(paid.line).items():
        rows += _pot(paid, terms if version == terms.version else None, micros, is_first=not rows)
        for part in parts:
            amount = Fraction(part.exact).__floor__()
            rest -= amount
            fraction = str(Fraction(part.touch_share) * Fraction(part.level_share))
            rows.append(WhyTerm("part", amount, fraction, part.level, paid.receipt.people, how_of(part.event_id)))
    over_micros = _over(paid, paid.line.recipient)
    rows += [WhyTerm("limit", -over_micros)] if over_micros else []
    rows += [WhyTerm("rounding", rest + over_micros)] if rest + over_micros else []
    rows += _referee(paid, terms, made_of) if paid.referee_micros else ()
    return tuple(rows)


def _by_reward(line: ReceiptLine) -> Mapping[tuple[int, int], list[ReceiptPart]]:
    """Return the parts of a line by what they are parts of: the reward of one version of the terms."""
    groups: dict[tuple[int, int], list[ReceiptPart]] = {}
    for part in line.parts:
        groups.setdefault((part.terms_version, part.reward_micros), []).append(part)
    return groups


def _over(paid: Paid, recipient: str) -> int:
    """Return what limits kept back of a recipient's amount in this unit."""
    limits = [limit for limit in paid.receipt.limited if limit.unit in (None, paid.pot.unit)]
    return sum(limit.amount_micros for limit in limits if limit.recipient == recipient)


def _pot(paid: Paid, terms: Terms | None, reward_micros: int, *, is_first: bool) -> tuple[WhyTerm, ...]:
    """Return the rows that lead to a reward; `terms` are those of the first one, None for those of other versions."""
    receipt, goal = paid.receipt, terms.goal(paid.receipt.goal or "") if terms else None
    if is_first and (goal is None or goal.rate_bp is None):
        return _fixed(paid, goal, reward_micros)
    value = max(0, receipt.gross_micros - receipt.refunded_micros)
    left = (WhyTerm("value_left", value),) if value < receipt.gross_micros else ()
    is_rate = goal is not None and (goal.rate_bp or 0) * value // 10_000 == reward_micros
    reward = WhyTerm("reward", reward_micros, f"{(goal.rate_bp or 0) / 100:g} %" if goal and is_rate else None)
    return (WhyTerm("value", receipt.gross_micros), *left, reward) if is_first else (reward,)


def _fixed(paid: Paid, goal: Goal | None, reward_micros: int) -> tuple[WhyTerm, ...]:
    """Return a fixed reward; of an order that was refunded before it was reported, that nothing of it is left."""
    if goal is not None and not reward_micros and paid.line.earned_micros:
        standing = in_currency(goal, paid.receipt.currency)
        if standing is not None and standing.unit == paid.pot.unit:
            return (WhyTerm("fixed", standing.fixed_micros or 0), WhyTerm("value_left", 0))
    return (WhyTerm("fixed", reward_micros),)


def _referee(paid: Paid, terms: Terms, made_of: Mapping[str, int]) -> tuple[WhyTerm, ...]:
    """Return the referee reward as the terms promise it, and what limits kept back of it."""
    over_micros = _over(paid, KEPT)
    reward = WhyTerm("referee", paid.referee_micros + over_micros)
    return (reward, WhyTerm("limit", -over_micros)) if over_micros else (reward,)


def _given(paid: Paid, terms: Terms, made_of: Mapping[str, int]) -> tuple[WhyTerm, ...]:
    return (WhyTerm("given", paid.amount_micros),)


def _pool(paid: Paid, terms: Terms, made_of: Mapping[str, int]) -> tuple[WhyTerm, ...]:
    """Return the parts of the pool, the pool, the person's part, and the rounding."""
    parts = [WhyTerm(kind, made_of[name]) for name, kind in POOL_PARTS.items() if made_of.get(name)]
    exact = sum((Fraction(part.exact) for part in paid.line.parts), Fraction(0))
    share = sum((Fraction(part.touch_share) for part in paid.line.parts), Fraction(0))
    rows = [*parts, WhyTerm("pool", paid.receipt.budget_micros), WhyTerm("share", exact.__floor__(), str(share))]
    rest = paid.amount_micros - exact.__floor__()
    return (*rows, WhyTerm("rounding", rest)) if rest else tuple(rows)


def _expired(paid: Paid, terms: Terms, made_of: Mapping[str, int]) -> tuple[WhyTerm, ...]:
    """Return what the notices named, and what of it had not been used."""
    return (WhyTerm("told", paid.receipt.budget_micros), WhyTerm("expired", paid.amount_micros))


_ROWS: Mapping[LineKind, Callable[[Paid, Terms, Mapping[str, int]], tuple[WhyTerm, ...]]] = {
    LineKind.RESULT: _result,
    LineKind.NEWCOMER: _result,
    LineKind.REFEREE: _referee,
    LineKind.GIVEN: _given,
    LineKind.GRANTED: _given,
    LineKind.POOL: _pool,
    LineKind.EXPIRED: _expired,
}

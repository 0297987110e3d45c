"""Views of `/me/why/<id>`: a line's sentence, steps, arithmetic, terms and history, plain and frozen.

Amounts and times are as in `store.queries.views`.
"""

from typing import Literal

from msgspec import Struct, structs

from passalong.core.ledger.line_kinds import LineKind
from passalong.core.money import whole_micros
from passalong.core.terms.model import Terms


class WhyStep(Struct, frozen=True):
    """One step of what happened; `kind` is shared, passed_on, outcome, told, or how the link led to it.

    That is came, code (typed in), order (sent along with it), named (by the owner), named_asked (by the owner, after a
    question) or named_silent (the question was not answered in time).

    `yours` marks the reader's own part; `name` is that of somebody who passed it on and chose to show it.
    """

    kind: str
    yours: bool
    at_ms: int | None
    title: str | None
    page_path: str | None
    days_later: int | None
    name: str | None = None


PoolTerm = Literal["pool_carried", "pool_levels", "pool_expired", "pool_added", "pool"]
Pot = Literal["value", "value_left", "fixed", "reward", "told"] | PoolTerm
TermKind = Pot | Literal["part", "limit", "rounding", "referee", "given", "share", "expired", "taken_back"]
"""The rows of an arithmetic: what leads to the pot and the pot itself, and the rows that sum to the line's amount."""
POTS = (
    *("value", "value_left", "fixed", "reward", "told"),
    *("pool_carried", "pool_levels", "pool_expired", "pool_added", "pool"),
)


class WhyTerm(Struct, frozen=True):
    """One row of the arithmetic: words and an amount; `fraction` (like 4/5) where it is a part of the row above.

    `how` is how the link of a part led to it, as in `WhyStep`.
    """

    kind: TermKind
    amount_micros: int
    fraction: str | None = None
    level: int | None = None
    of: int | None = None
    how: str = "came"

    @property
    def is_pot(self) -> bool:
        """True for rows that lead to the pot and the pot itself; the other rows sum to the line's amount."""
        return self.kind in POTS


class WhyEntry(Struct, frozen=True):
    """One entry of the line's history: `kind` is waiting, changed, ready or taken_back."""

    kind: str
    at_ms: int
    amount_micros: int


class WhyGift(Struct, frozen=True):
    """Credit given by hand: by whom, when and why; `claim_id` is the claim that it answers, if any.

    `silent` is True if nobody answered that claim in time.
    """

    author: str
    at_ms: int
    note: str
    claim_id: str | None = None
    silent: bool = False


class WhyPool(Struct, frozen=True):
    """A pool that was shared out: its month (2026-10), the model of the terms, and the number of people."""

    period: str
    model: str
    people: int
    shared_micros: int


class WhyTaken(Struct, frozen=True):
    """The amount that was taken back of a line, when and why; `author` and `note` are those of a decision.

    `reason` is refunded (all of the value), refunded_part, void_by_review, or other.
    """

    amount_micros: int
    at_ms: int
    reason: Literal["refunded", "refunded_part", "void_by_review", "other"]
    author: str = ""
    note: str = ""


class WhyPage(Struct, frozen=True):
    """`/me/why/<id>`: the sentence, the steps, the arithmetic, the terms as they stood, the history.

    `arithmetic` is `value`, `value_left` (of that, not refunded; only where something had been) and `reward` (the
    pot; `fraction` is the rate, like 10 %), or `fixed` (a fixed pot), then a `part` per way in which credit came
    (level 0: brought them, 1: one step earlier, 2: two steps; `of`: how many people brought them; `fraction`: the
    exact part of the pot), then `rounding` if it is not 0. Of a pool it is what the pool is made of (`pool_*`), the
    `pool` itself, and the `share` of it; of credit that expired `told`, then `expired`; of credit given by hand
    `given`; of the reward for the person who came `referee`. `taken_back` is what was taken back.
    The rows that are no pot sum to `amount_micros`, what is left. Where `few`, times other than the reader's own are
    the first moment of their month. `terms` is None where no rule decided: for credit that was given by hand.
    `gone` is a line that an e-mail may still lead to, and that is no part of how its result is shared out any more.
    `bases` is the part of the price that counted and the shop system, where a shop connection reported the order.
    `remember` is how long browsers remembered an arrival at the time, which the sentence of the rule depends on.
    """

    line_id: str
    kind: LineKind
    state: str
    amount_micros: int
    earned_micros: int
    unit: str
    goal: str
    at_ms: int
    until_ms: int | None
    few: bool
    level: int
    steps: tuple[WhyStep, ...]
    arithmetic: tuple[WhyTerm, ...]
    reason: str | None
    terms_version: int
    terms: Terms | None
    terms_since_ms: int | None
    history: tuple[WhyEntry, ...]
    gift: WhyGift | None = None
    pool: WhyPool | None = None
    taken: WhyTaken | None = None
    gone: bool = False
    bases: tuple[tuple[str, str], ...] = ()
    remember: str = ""

    @property
    def is_named(self) -> bool:
        """True where no link of the reader's was used: the owner named them, or a question did."""
        return self.level == 0 and any(step.kind.startswith("named") for step in self.steps)

    @property
    def whole_arithmetic(self) -> tuple[WhyTerm, ...]:
        """The arithmetic in whole cents or points, each row cut; one row of rounding makes it add up again."""
        cut = [
            structs.replace(term, amount_micros=whole_micros(term.amount_micros, self.unit))
            for term in self.arithmetic
            if term.kind != "rounding"
        ]
        rest = whole_micros(self.amount_micros, self.unit) - sum(term.amount_micros for term in cut if not term.is_pot)
        return (*cut, WhyTerm("rounding", rest)) if rest else tuple(cut)

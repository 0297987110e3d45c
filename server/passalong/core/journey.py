"""What one conversion's credit depends on, and what comes out: the nouns of the rule (core.attribution has its verbs).

A *person* is the id under which everything joined by what people told us stands together (core.identity).
"""

from fractions import Fraction

from msgspec import Struct

from passalong.core.reasons import Reason
from passalong.core.terms import Terms

DAY_MS = 86_400_000
POOL = "pool"
UNATTRIBUTED = "unattributed"
KEPT = "kept"
"""What is for a person who came and has not shown up as an advocate yet."""


class Hop(Struct, frozen=True):
    """One share on the way: the link and the person who owns it; `banned` by a person, when this was decided."""

    share_id: str
    person: str
    banned: bool = False


class Touch(Struct, frozen=True):
    """One arrival through a link: `path` is the link itself, then its frozen parents upwards.

    `void` by a person's verdict; `told` by a person (a coupon, or the owner names somebody), not by a redirect.
    """

    event_id: str
    at_ms: int
    path: tuple[Hop, ...]
    terms: Terms
    void: bool = False
    told: bool = False

    @property
    def owner(self) -> str:
        """The person whose link it was."""
        return self.path[0].person


class Limit(Struct, frozen=True):
    """A decision about many conversions, made once: of this one, `recipient` gets at most so much (None: all do)."""

    recipient: str | None
    most_micros: int
    reason: Reason


class Level(Struct, frozen=True):
    """Who stands at one level of a touch's chain (0: the link's owner), and the part of the reward that is theirs."""

    level: int
    hop: Hop
    share: Fraction


class Step(Struct, frozen=True):
    """A touch that is credited: its part of the whole (s_j), the terms of its link, and who is paid at each level."""

    event_id: str
    touch_share: Fraction
    terms: Terms
    levels: tuple[Level, ...]


class Ignored(Struct, frozen=True):
    """A touch that did not count, and why."""

    event_id: str
    reason: Reason


class Split(Struct, frozen=True):
    """How a conversion is shared out, whatever it is worth; `terms` are those of the latest kept touch."""

    steps: tuple[Step, ...]
    ignored: tuple[Ignored, ...]
    terms: Terms


class Journey(Struct, frozen=True):
    """All that one conversion's credit depends on.

    `terms` are those in force at `at_ms`, for a journey without touches; `refused` is what was wrong with its code;
    `frozen` is the split as it stood when the hold ended: then `touches` are not looked at again.
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
    page: str | None = None
    products: tuple[str, ...] = ()
    country: str | None = None
    limits: tuple[Limit, ...] = ()
    frozen: Split | None = None

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


class Limited(Struct, frozen=True):
    """What a limit kept from a recipient: it stays unattributed."""

    recipient: str
    amount_micros: int
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
    limited: tuple[Limited, ...] = ()

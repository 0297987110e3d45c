"""Types of the rule: what one conversion's credit depends on, and what comes out of core.attribution.allocate.

A *person* is the name of a group of advocates who count as one; an *advocate* is the id that owns a link and is paid.
"""

from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms

DAY_MS = 86_400_000
POOL = "pool"
UNATTRIBUTED = "unattributed"
DIRECT = "(direct)"
"""The owner of a step without a link. Only imported paths have such steps: visits without a token are not recorded."""
KEPT = "kept"
"""The recipient of the referee reward until the person who came is known as an advocate."""
NOBODYS = (POOL, UNATTRIBUTED, KEPT)
"""Recipients that are not persons."""


class Hop(Struct, frozen=True):
    """One share on the path: the link and its owner; `banned` if a person decided so by then.

    `advocate_id` is paid; it equals the person's name where nothing else is given.
    """

    share_id: str
    person: str
    banned: bool = False
    advocate_id: str = ""

    @property
    def payee(self) -> str:
        """The advocate id that is paid."""
        return self.advocate_id or self.person


class Touch(Struct, frozen=True):
    """One visit through a link: `path` is the link itself, then its frozen parents upwards.

    `void` by a person's decision; `told` by a person or an order (a coupon, an advocate whom the owner names, an
    agent's attribution), not by a redirect.
    """

    event_id: str
    at_ms: int
    path: tuple[Hop, ...]
    terms: Terms
    void: bool = False
    told: bool = False

    @property
    def owner(self) -> str:
        """The person who owns the link."""
        return self.path[0].person


class Limit(Struct, frozen=True):
    """A limit decision over many conversions, made once: `recipient` gets at most this much (None: all together).

    It holds in one `unit` and for what one version of the terms pays; None means every unit and every version.
    """

    recipient: str | None
    most_micros: int
    reason: Reason
    unit: str | None = None
    terms_version: int | None = None


class Level(Struct, frozen=True):
    """The person at one level of a touch's chain (0: the link's owner), and the part of the reward that is theirs."""

    level: int
    hop: Hop
    share: Fraction


class Step(Struct, frozen=True):
    """A credited touch: its part of the whole (s_j), the terms of its link, and who is paid at each level."""

    event_id: str
    touch_share: Fraction
    terms: Terms
    levels: tuple[Level, ...]


class Ignored(Struct, frozen=True):
    """A touch that did not count, with the reason."""

    event_id: str
    reason: Reason


class Split(Struct, frozen=True):
    """How a conversion is split, whatever it is worth; `terms` are those of the latest kept touch."""

    steps: tuple[Step, ...]
    ignored: tuple[Ignored, ...]
    terms: Terms


class Journey(Struct, frozen=True):
    """All that one conversion's credit depends on.

    `terms` are those in force at `at_ms`, for a journey without touches; `refused` is what was wrong with its code;
    `frozen` is the split as it stood when the hold ended: then `touches` are not looked at again. `set_aside` are
    advocates whose links are the buyer's own by the order's word alone: they keep their place, and are paid nothing.
    `currency_taken`: the site took the currency when the order was reported; None before a site could take several.
    `refused_touches` are those whose tokens an agent sent and which lead to no link. `refunded_whole`: a refund gave
    back everything, also where there was no value.
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
    set_aside: frozenset[str] = frozenset()
    currency_taken: bool | None = None
    refused_touches: tuple[Ignored, ...] = ()
    refunded_whole: bool = False

    @property
    def is_given_back(self) -> bool:
        """True if all of it was given back: a fixed amount does not survive that, whatever the value was."""
        return self.refunded_whole or (self.refunded_micros > 0 and self.value_micros == 0)

    @property
    def at_gross(self) -> "Journey":
        """The same journey without refunds."""
        return replace(self, refunded_micros=0, refunded_whole=False)

    @property
    def value_micros(self) -> int:
        """V: the value after refunds, never below zero."""
        return max(0, self.gross_micros - self.refunded_micros)


class Part(Struct, frozen=True):
    """One way in which credit was earned: exact = touch_share * level_share * reward_micros, in micros of `unit`."""

    recipient: str
    share_id: str
    event_id: str
    level: int
    touch_share: Fraction
    level_share: Fraction
    reward_micros: int
    terms_version: int
    unit: str

    @property
    def exact(self) -> Fraction:
        """The exact amount in micros, before the one rounding."""
        return self.touch_share * self.level_share * self.reward_micros


class Limited(Struct, frozen=True):
    """The amount that a limit, or an order that names its own advocate, withheld from a recipient; it stays
    unattributed."""

    recipient: str
    amount_micros: int
    reason: Reason
    unit: str | None = None


Cells = dict[tuple[str, int], int]
"""Micros by (recipient, version of the terms that pay it); recipients are persons, `pool`, `unattributed`, `kept`."""


class Pot(Struct, frozen=True):
    """The amounts that a conversion pays in one unit.

    `cells` sum to `budget_micros`, which is split, plus `referee_micros`, which is the referee reward on top of it
    before limits: the recipient `kept` has what limits leave of that.
    """

    unit: str
    budget_micros: int
    cells: Cells
    referee_micros: int = 0
    limited: tuple[Limited, ...] = ()

    @property
    def amounts(self) -> dict[str, int]:
        """Micros by recipient, over all versions of the terms."""
        micros_of: dict[str, int] = {}
        for (recipient, _), micros in self.cells.items():
            micros_of[recipient] = micros_of.get(recipient, 0) + micros
        return micros_of


class Allocation(Struct, frozen=True):
    """The result of attribution: a pot for each unit that the conversion pays in, the latest paying touch's unit
    first."""

    pots: tuple[Pot, ...]
    parts: tuple[Part, ...]
    ignored: tuple[Ignored, ...]
    refusal: Reason | None
    hold_days: int
    terms_version: int

    def pot(self, unit: str | None) -> Pot:
        """Return the pot of that unit; an empty one where the conversion pays nothing in it."""
        return next((pot for pot in self.pots if pot.unit == unit), Pot(unit or "", 0, {}))

    @property
    def unit(self) -> str | None:
        """The unit of the first pot."""
        return self.pots[0].unit if self.pots else None

    @property
    def budget_micros(self) -> int:
        """The budget of the first pot."""
        return self.pots[0].budget_micros if self.pots else 0

    @property
    def amounts(self) -> dict[str, int]:
        """The amounts of the first pot."""
        return self.pots[0].amounts if self.pots else {}

    @property
    def limited(self) -> tuple[Limited, ...]:
        """Everything that limits withheld, in every unit."""
        return tuple(limited for pot in self.pots for limited in pot.limited)

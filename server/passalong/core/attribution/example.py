"""A worked example of a rule: one conversion to which two links led, one of them passed on.

Anna shares a page with Ben, who passes it on; Dora shares it, too. The buyer comes by Dora's link, then by Ben's.
"""

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.attribution.allocate import allocate
from passalong.core.attribution.journey import DAY_MS, KEPT, POOL, Hop, Journey, Touch
from passalong.core.facts import NEW_VISITOR
from passalong.core.money import MICROS, POINTS, exponent
from passalong.core.terms.model import Goal, Terms

ANNA, BEN, DORA, CLEO = "anna", "ben", "dora", "cleo"
EARLIER_DAYS, LATER_DAYS = 9, 3
AT_MS = 100 * DAY_MS
MINUTE_MS = 60_000


class Example(Struct, frozen=True):
    """The amounts of each person for one conversion of a goal, in micros of its unit; `ignored` links are too old.

    `value_micros` of `currency` is the price, 0 where the goal has none.
    """

    goal: str
    unit: str
    currency: str
    value_micros: int
    amounts: dict[str, int]
    pool_micros: int
    referee_micros: int
    ignored: frozenset[str]

    @property
    def cost_micros(self) -> int:
        """The cost of the conversion to the site."""
        return sum(self.amounts.values()) + self.pool_micros + self.referee_micros


def example(terms: Terms, goal: Goal, currency: str, *, same_visit: bool) -> Example:
    """Return the example of one goal; `same_visit` where browsers forget a link as soon as the visit ends."""
    value = 42 * MICROS * (100 if exponent(currency) == 0 else 1)
    plain = replace(goal, minimum_micros=0, pages=(), products=(), countries=(), currency=None)
    drafted = replace(terms, goals=(plain,))
    step_ms = MINUTE_MS if same_visit else DAY_MS
    touches: tuple[Touch, ...] = (
        _touch("d", DORA, AT_MS - EARLIER_DAYS * step_ms, drafted),
        _touch("b", BEN, AT_MS - LATER_DAYS * step_ms, drafted, ANNA),
    )
    if goal.name == NEW_VISITOR:
        touches = touches[1:]
    money = currency if goal.unit == POINTS else goal.unit
    allocation = allocate(Journey("example", CLEO, goal.name, AT_MS, value, 0, money, touches, drafted))
    amounts = allocation.pot(goal.unit).amounts
    return Example(
        goal=goal.name,
        unit=goal.unit,
        currency=money,
        value_micros=value if goal.rate_bp is not None or goal.name == "purchase" else 0,
        amounts={who: amounts.get(who, 0) for who in (BEN, ANNA, DORA)},
        pool_micros=amounts.get(POOL, 0),
        referee_micros=amounts.get(KEPT, 0),
        ignored=frozenset({"d": DORA, "b": BEN}[ignored.event_id] for ignored in allocation.ignored),
    )


def _touch(event_id: str, owner: str, at_ms: int, terms: Terms, *parents: str) -> Touch:
    return Touch(event_id, at_ms, tuple(Hop(f"link-of-{who}", who) for who in (owner, *parents)), terms)

"""Terms: the rule by which credit is given; versioned, immutable, frozen in every link made under them."""

from typing import Literal

import msgspec
from msgspec import Struct

from passalong.core.money import MICROS, POINTS

TouchModel = Literal[
    "linear_unique", "first", "last", "last_non_direct", "linear_touch", "position", "time_decay", "last_n"
]
GenerationModel = Literal["fair", "none", "direct_referral", "recursive_half", "binomial"]
PoolModel = Literal["proportional", "pachira", "none"]


class AmountsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The amounts of a goal in one more currency: each names its own, and none is converted from another."""

    unit: str
    fixed_micros: int | None = None
    minimum_micros: int = 0
    cap_micros: int | None = None
    day_cap_micros: int | None = None
    month_budget_micros: int | None = None
    welcome_micros: int | None = None

    @property
    def has_limits(self) -> bool:
        """True if a day's cap or a month's budget holds in this currency."""
        return (self.day_cap_micros, self.month_budget_micros) != (None, None)


class Goal(Struct, frozen=True, forbid_unknown_fields=True):
    """A rewarded goal: `fixed_micros` of `unit`, or `rate_bp` hundredths of a percent of the value in `unit`.

    Conditions are judged on the gross value and never again: `minimum_micros` (of `currency`, which is the unit where
    the goal pays money), `currency` of the value, `pages` (paths, `*` matches anything), `products` (one of those
    sold), `countries` (two letters). `cap_micros` lowers what one conversion pays before the split; `day_cap_micros` is
    the most that one advocate gets in a day and `month_budget_micros` the most that all get in a month, in the site's
    time zone (both decided once, at the fold). `welcome_micros` is the referee reward: what the person who came gets,
    on top of the pot, when somebody is credited for them.

    All amounts are in `unit`. A rate pays in the order's own currency; a goal that names amounts pays in other
    currencies only where `also_in` names its amounts there (core.terms.per_currency).
    """

    name: str
    unit: str
    fixed_micros: int | None = None
    rate_bp: int | None = None
    minimum_micros: int = 0
    currency: str | None = None
    pages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cap_micros: int | None = None
    day_cap_micros: int | None = None
    month_budget_micros: int | None = None
    welcome_micros: int | None = None
    also_in: tuple[AmountsIn, ...] = ()

    @property
    def has_limits(self) -> bool:
        """True if a day's cap or a month's budget may lower what a conversion pays, the referee reward included."""
        own = (self.day_cap_micros, self.month_budget_micros) != (None, None)
        return own or any(amount.has_limits for amount in self.also_in)


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the rule; `code_version` names the version of the rule's code, so that a fix changes no replay.

    `last_weights` belong to the touch model `last_n`: the weights of the last touches, oldest of them first. Credit
    expires `expiry_months` after it became ready (core.ledger.expiry); by default (None) it never does.
    """

    goals: tuple[Goal, ...]
    touch_model: TouchModel = "linear_unique"
    generation_model: GenerationModel = "fair"
    pool_model: PoolModel = "proportional"
    window_days: int = 30
    hold_days: int = 30
    last_weights: tuple[int, ...] = (1, 1, 1)
    version: int = 1
    code_version: int = 1
    expiry_months: int | None = None

    def goal(self, name: str) -> Goal | None:
        """Return the goal of that name, if these terms pay for it."""
        return next((goal for goal in self.goals if goal.name == name), None)


def default_terms(currency: str, remember: str = "window") -> Terms:
    """Return the terms of a new site: 10 % of a purchase, 30 days of window and of hold.

    Where browsers remember a link for the window, which tells a first visit from a second one, a new visitor gives 10
    points.
    """
    purchase = Goal(name="purchase", unit=currency, rate_bp=1_000)
    first_visit = Goal(name="new_visitor", unit=POINTS, fixed_micros=10 * MICROS)
    return Terms(goals=(first_visit, purchase) if remember == "window" else (purchase,))


def encode_terms(terms: Terms) -> str:
    """Canonical JSON of the terms."""
    return msgspec.json.encode(terms).decode()


def decode_terms(text: str) -> Terms:
    """Terms from stored JSON."""
    return msgspec.json.decode(text, type=Terms)

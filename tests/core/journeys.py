"""Journeys for the tests of the rule: everything has a default but what the test is about."""

from fractions import Fraction

from passalong.core.attribution.allocate import DAY_MS, Hop, Journey, Touch, generations
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, Terms

PURCHASE_MS = 100 * DAY_MS
MINUTE_MS = 60_000
TEN_PERCENT = Terms(
    goals=(
        Goal(name="purchase", unit="EUR", rate_bp=1_000),
        Goal(name="sign_up", unit=POINTS, fixed_micros=7 * MICROS),
        Goal(name="first_order", unit="EUR", fixed_micros=5 * MICROS),
    )
)


def a_touch(
    *owners: str, age_ms: int = DAY_MS, event_id: str | None = None, terms: Terms = TEN_PERCENT, share: str = ""
) -> Touch:
    """An arrival `age_ms` before the purchase; `owners` are the link's and then its parents', upwards."""
    hops = tuple(Hop(f"{share or 'link'}-{owner}-{level}", owner) for level, owner in enumerate(owners))
    return Touch(event_id or f"visit-{owners[0]}-{age_ms}", PURCHASE_MS - age_ms, hops, terms)


def a_journey(
    *touches: Touch,
    goal: str = "purchase",
    gross: int = 100,
    refunded: int = 0,
    currency: str | None = "EUR",
    converter: str = "cleo",
    conversion_id: str = "order-1",
    terms: Terms = TEN_PERCENT,
    refused: Reason | None = None,
) -> Journey:
    """Cleo's conversion; `gross` and `refunded` in whole units of the currency."""
    return Journey(
        conversion_id=conversion_id,
        converter=converter,
        goal=goal,
        at_ms=PURCHASE_MS,
        gross_micros=gross * MICROS,
        refunded_micros=refunded * MICROS,
        currency=currency,
        touches=touches,
        terms=terms,
        refused=refused,
    )


def level(number: int) -> Fraction:
    """The part of the reward that stands at a level of the chain."""
    return generations("fair", number + 1)[number]

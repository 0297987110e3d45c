"""Several currencies: a rate pays in the order's own, amounts hold where they are named, and no two ever mix."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.any_journeys import journeys
from core.journeys import a_journey, a_touch
from fuzzing import examples
from passalong.core.attribution.allocate import KEPT, Journey, allocate
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import AmountsIn, Goal, Terms
from passalong.core.terms.validation import checked

RATE = Goal("purchase", "EUR", rate_bp=1_000)
CAPPED = replace(RATE, cap_micros=3 * MICROS, welcome_micros=MICROS)
FIXED = Goal("purchase", "EUR", fixed_micros=5 * MICROS)
IN_DOLLARS = AmountsIn("USD", fixed_micros=6 * MICROS, cap_micros=4 * MICROS, welcome_micros=2 * MICROS)
LARGE = Goal("purchase", POINTS, fixed_micros=10 * MICROS, minimum_micros=50 * MICROS, currency="EUR")
NOTHING = (None, Reason.UNKNOWN_CURRENCY)
CASES = [
    ("a rate pays in the order's own currency", RATE, "USD", True, ("USD", 10)),
    ("a rate in a currency that the site does not take", RATE, "USD", False, NOTHING),
    ("an order from before there were several", RATE, "USD", None, NOTHING),
    ("the goal's own currency, whatever the site takes today", RATE, "EUR", False, ("EUR", 10)),
    ("a cap in euros says nothing of dollars", CAPPED, "USD", True, NOTHING),
    (
        "limits of their own",
        replace(CAPPED, also_in=(replace(IN_DOLLARS, fixed_micros=None),)),
        "USD",
        True,
        ("USD", 2),
    ),
    ("no limits there", replace(CAPPED, also_in=(AmountsIn("USD"),)), "USD", True, ("USD", 10)),
    ("a fixed reward in euros for dollars", FIXED, "USD", True, NOTHING),
    ("a fixed reward of its own", replace(FIXED, also_in=(IN_DOLLARS,)), "USD", True, ("USD", 2)),
    ("a fixed reward in a third currency", replace(FIXED, also_in=(IN_DOLLARS,)), "CHF", True, NOTHING),
    ("named in the rule, not taken by the site", replace(FIXED, also_in=(IN_DOLLARS,)), "USD", False, NOTHING),
    ("a fixed reward without a value", FIXED, None, None, ("EUR", 5)),
    ("a fixed reward of before", FIXED, "USD", None, ("EUR", 5)),
    ("points for any currency", replace(LARGE, minimum_micros=0, currency=None), "USD", False, (POINTS, 10)),
    ("points for a value that is counted in euros", LARGE, "USD", True, NOTHING),
    (
        "points with a minimum in dollars",
        replace(LARGE, also_in=(AmountsIn("USD", minimum_micros=100 * MICROS),)),
        "USD",
        True,
        (POINTS, 10),
    ),
]


@pytest.mark.parametrize(("name", "goal", "currency", "taken", "paid"), CASES, ids=[case[0] for case in CASES])
def test_what_an_order_of_100_pays_in_its_currency(
    name: str, goal: Goal, currency: str | None, taken: bool | None, paid: tuple[str | None, int | Reason]
) -> None:
    terms = checked(Terms(goals=(goal,), generation_model="none"))
    journey = replace(a_journey(a_touch("anna", terms=terms), currency=currency, terms=terms), currency_taken=taken)
    if currency is None:
        journey = replace(journey, gross_micros=0)
    found = allocate(journey)
    if paid[0] is None:
        assert (found.pots, found.refusal) == ((), paid[1])
    else:
        (pot,) = found.pots
        assert (pot.unit, pot.amounts["anna"]) == (paid[0], int(paid[1]) * MICROS)


def amounts_in(unit: str, goal: Goal) -> AmountsIn:
    """The goal's own amounts, as they would be named for another currency."""
    names = ("fixed", "cap", "day_cap", "month_budget", "welcome")
    amounts = {f"{name}_micros": getattr(goal, f"{name}_micros") for name in names}
    return AmountsIn(unit, minimum_micros=goal.minimum_micros, **amounts)


@given(journeys(), st.sampled_from(["USD", "JPY", "CHF", "EUR"]), st.booleans(), st.integers(0, 10**9))
@settings(max_examples=examples(200), deadline=None)
def test_money_is_paid_in_the_orders_own_currency_alone(
    journey: Journey, currency: str, taken: bool, more_micros: int
) -> None:
    """Whatever the terms of the touches name, and also while amounts of other currencies differ."""
    there = replace(_with(journey, more_micros), currency=currency, currency_taken=taken)
    found = allocate(there)
    assert {pot.unit for pot in found.pots if any(pot.cells.values())} <= {currency, POINTS}
    assert {part.unit for part in found.parts if part.exact} <= {currency, POINTS}
    for pot in found.pots:
        assert sum(pot.cells.values()) == pot.budget_micros + pot.referee_micros
    apart = replace(_with(journey, more_micros + 1), currency=currency, currency_taken=taken)
    if currency != "CHF":  # the amounts in francs alone differ: they move nothing elsewhere
        assert allocate(apart).pots == found.pots


def _with(journey: Journey, francs_micros: int) -> Journey:
    """Every goal names the same amounts in dollars as in its own currency, and others in francs."""

    def also(goal: Goal) -> Goal:
        if goal.unit == POINTS or goal.currency:
            return goal
        francs = replace(amounts_in("CHF", goal), welcome_micros=None, minimum_micros=francs_micros)
        return replace(goal, also_in=(amounts_in("USD", goal), francs))

    def terms(one: Terms) -> Terms:
        return replace(one, goals=tuple(also(goal) for goal in one.goals))

    touches = tuple(replace(touch, terms=terms(touch.terms)) for touch in journey.touches)
    return replace(journey, touches=touches, terms=terms(journey.terms))


@given(journeys())
@settings(max_examples=examples(150), deadline=None)
def test_the_same_amounts_in_another_currency_pay_the_same_figures_there(journey: Journey) -> None:
    euros = allocate(replace(_with(journey, 0), currency="EUR", currency_taken=True))
    dollars = allocate(replace(_with(journey, 0), currency="USD", currency_taken=True))
    if any(goal.currency for touch in journey.touches for goal in touch.terms.goals):
        return
    if {goal.unit for touch in (*journey.touches,) for goal in touch.terms.goals} <= {"EUR", POINTS}:
        renamed = [(pot.unit.replace("USD", "EUR"), pot.cells) for pot in dollars.pots]
        assert renamed == [(pot.unit, pot.cells) for pot in euros.pots]


def test_a_referee_reward_is_in_the_orders_currency() -> None:
    terms = Terms(goals=(replace(FIXED, welcome_micros=MICROS, also_in=(IN_DOLLARS,)),))
    for currency, most in (("EUR", 1), ("USD", 2)):
        journey = a_journey(a_touch("anna", terms=terms), currency=currency, terms=terms)
        assert allocate(replace(journey, currency_taken=True)).pot(currency).amounts[KEPT] == most * MICROS

"""Terms that cannot stand are refused, every problem at once, each in a sentence."""

import msgspec
import pytest
from msgspec.structs import replace

from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import AmountsIn, Goal, Terms, decode_terms, default_terms, encode_terms
from passalong.core.terms.validation import BadTermsError, checked, cuts, read_draft

PURCHASE = Goal(name="purchase", unit="EUR", rate_bp=1_000)

GOOD = {
    "what a site starts with": default_terms("EUR"),
    "the shortest window and no hold": Terms(goals=(PURCHASE,), window_days=1, hold_days=0),
    "the longest window and hold": Terms(goals=(PURCHASE,), window_days=90, hold_days=90),
    "the smallest part": Terms(goals=(Goal("purchase", "EUR", rate_bp=1),)),
    "all of it": Terms(goals=(Goal("purchase", "EUR", rate_bp=10_000),)),
    "the smallest amount": Terms(goals=(Goal("purchase", "EUR", fixed_micros=10_000),)),
    "a name of 40 letters": Terms(goals=(Goal("a" * 40, POINTS, fixed_micros=MICROS),)),
    "a name of one letter": Terms(goals=(Goal("a", POINTS, fixed_micros=MICROS),)),
    "points and one currency": Terms(goals=(PURCHASE, Goal("a", POINTS, fixed_micros=MICROS))),
    "points and several currencies": Terms(
        goals=(replace(PURCHASE, also_in=(AmountsIn("JPY", cap_micros=MICROS),)), Goal("other", "USD", rate_bp=1))
    ),
    "no goal": Terms(goals=()),
}


@pytest.mark.parametrize("terms", GOOD.values(), ids=GOOD)
def test_good_terms_stand_as_they_are(terms: Terms) -> None:
    assert checked(terms) is terms


WINDOW = "The window is 1 to 90 days."
HOLD = "The hold is 0 to 90 days."
EITHER = "The goal 'g' pays either a fixed amount or a part of the value."
PART = "The goal 'g' gives back a part of a value in money: more than 0 %, at most 100 %."
BOTH_WAYS = "The goal 'purchase' pays either a fixed amount or a part of the value."
NO_CURRENCY = "ZZZ is no currency that people pay with: write an ISO 4217 code, like EUR or USD."
PART_OF_POINTS = "The goal 'purchase' gives back a part of a value in money: more than 0 %, at most 100 %."
MORE = "The goal 'g' pays more than nothing and at most 9,007,199,254."


def name_problem(name: str) -> str:
    """The sentence about a goal's name."""
    return f"A goal's name is 1 to 40 small letters, digits or _: {name!r} is not."


def unit_problem(unit: str) -> str:
    """The sentence about a goal's unit."""
    return f"A goal pays in points or in a currency's three letters: {unit!r} is neither."


def finer(name: str, unit: str, step: str) -> str:
    """The sentence about an amount of the goal `g` that nobody could be paid."""
    return f"An amount of 'g' is finer than {unit} is counted: `{name}_micros` is a multiple of {step}."


BAD = [
    (Terms(goals=(PURCHASE,), window_days=0), [WINDOW]),
    (Terms(goals=(PURCHASE,), window_days=91), [WINDOW]),
    (Terms(goals=(PURCHASE,), hold_days=-1), [HOLD]),
    (Terms(goals=(PURCHASE,), hold_days=91), [HOLD]),
    (Terms(goals=(PURCHASE, PURCHASE)), ["Name each goal only once."]),
    (
        Terms(goals=(replace(PURCHASE, also_in=(AmountsIn("EUR"), AmountsIn("USD"), AmountsIn("USD"))),)),
        ["Name each currency of 'purchase' only once: its own unit is not in `also_in`."],
    ),
    (
        Terms(goals=(replace(PURCHASE, also_in=(AmountsIn("USD", fixed_micros=MICROS),)),)),
        ["The goal 'purchase' pays a part of the value, in USD too.", BOTH_WAYS],
    ),
    (
        Terms(goals=(replace(PURCHASE, currency="EUR", also_in=(AmountsIn("USD"),)),)),
        ["The goal 'purchase' is for orders in EUR alone: leave out `also_in`."],
    ),
    (
        Terms(goals=(replace(PURCHASE, also_in=(AmountsIn("ZZZ", minimum_micros=-1),)),)),
        ["The minimum of 'purchase' in ZZZ is 0 to 9,007,199,254.", NO_CURRENCY],
    ),
    (
        Terms(goals=(replace(PURCHASE, also_in=(AmountsIn("points"),)),)),
        [
            "The amounts of 'purchase' in `also_in` are in currencies: a goal pays in points or in money.",
            PART_OF_POINTS,
        ],
    ),
    (
        Terms(goals=(Goal("signup", "points", fixed_micros=MICROS, also_in=(AmountsIn("USD", fixed_micros=MICROS),)),)),
        ["The goal 'signup' pays points: `also_in` can only name a minimum, in a currency."],
    ),
    (Terms(goals=(Goal("", "EUR", rate_bp=1),)), [name_problem("")]),
    (Terms(goals=(Goal("Purchase", "EUR", rate_bp=1),)), [name_problem("Purchase")]),
    (Terms(goals=(Goal("1st", "EUR", rate_bp=1),)), [name_problem("1st")]),
    (Terms(goals=(Goal("a" * 41, "EUR", rate_bp=1),)), [name_problem("a" * 41)]),
    (Terms(goals=(Goal("a\n", "EUR", rate_bp=1),)), [name_problem("a\n")]),
    (Terms(goals=(Goal("g", "eur", rate_bp=1),)), [unit_problem("eur")]),
    (Terms(goals=(Goal("g", "EURO", rate_bp=1),)), [unit_problem("EURO")]),
    (Terms(goals=(Goal("g", "EU", rate_bp=1),)), [unit_problem("EU")]),
    (Terms(goals=(Goal("g", "EUR"),)), [EITHER]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=MICROS, rate_bp=1),)), [EITHER]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=0),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=-1),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=10_001),)), [PART]),
    (Terms(goals=(Goal("g", POINTS, rate_bp=100),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=1_000),)), [finer("fixed", "EUR", "10,000")]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=1_005_000),)), [finer("fixed", "EUR", "10,000")]),
    (Terms(goals=(Goal("g", "JPY", fixed_micros=1_500_000),)), [finer("fixed", "JPY", "1,000,000")]),
    (Terms(goals=(Goal("g", POINTS, fixed_micros=1),)), [finer("fixed", "points", "1,000,000")]),
    (Terms(goals=(Goal("g", "KWD", rate_bp=1, cap_micros=1_999),)), [finer("cap", "KWD", "1,000")]),
    (
        Terms(goals=(Goal("g", POINTS, fixed_micros=MICROS, currency="EUR", minimum_micros=9_999),)),
        [finer("minimum", "EUR", "10,000")],
    ),
    (
        Terms(goals=(replace(PURCHASE, also_in=(AmountsIn("JPY", welcome_micros=10_000),)),)),
        ["An amount of 'purchase' is finer than JPY is counted: `welcome_micros` is a multiple of 1,000,000."],
    ),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=0),)), [MORE]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=-MICROS),)), [MORE]),
]


@pytest.mark.parametrize(("terms", "problems"), BAD, ids=[" ".join(problems)[:60] for _, problems in BAD])
def test_bad_terms_are_refused_in_words(terms: Terms, problems: list[str]) -> None:
    with pytest.raises(BadTermsError) as refused:
        checked(terms)
    assert refused.value.problems == problems


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(BadTermsError) as refused:
        checked(Terms(goals=(Goal("G", "eur"),), window_days=0, hold_days=99))
    assert len(refused.value.problems) == 5
    assert all(problem in str(refused.value) for problem in refused.value.problems)


@pytest.mark.parametrize("terms", GOOD.values(), ids=GOOD)
def test_terms_come_back_from_the_store_as_they_went(terms: Terms) -> None:
    assert decode_terms(encode_terms(terms)) == terms


@pytest.mark.parametrize(
    "text",
    ['{"goals":[],"window":7}', '{"goals":[],"touch_model":"best"}', '{"goals":[{"name":"g"}]}', "{}", "[]", ""],
)
def test_stored_terms_that_are_not_ours_are_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_terms(text)


def test_a_goal_is_found_by_its_name() -> None:
    terms = default_terms("EUR")
    assert terms.goal("purchase") == Goal("purchase", "EUR", rate_bp=1_000)
    assert terms.goal("Purchase") is None


# --- drafts -----------------------------------------------------------------------------------------------------------

GOAL = {"name": "purchase", "unit": "EUR", "rate_bp": 1_000}
VISITOR = {"name": "new_visitor", "unit": "points", "fixed_micros": 1_000_000}
DRAFTS = {
    "sharing itself": ({"goals": [GOAL | {"name": "share"}]}, "pays for sharing itself"),
    "recruiting": ({"goals": [GOAL | {"name": "new_advocate"}]}, "pays for bringing in people who share"),
    "parts over the pot": ({"goals": [GOAL], "parts": [80, 16, 8]}, "The parts add up to 104, not to the whole pot"),
    "parts of one's own": ({"goals": [GOAL], "parts": [50, 50]}, "Parts of your own cannot be set"),
    "parts that are none": ({"goals": [GOAL], "parts": ["a"]}, "The parts add up to something else"),
    "three ancestors": ({"goals": [GOAL], "ancestors": 3}, "Two ancestors at most"),
    "a long hold": ({"goals": [GOAL], "hold_days": 91}, "The hold is 0 to 90 days."),
    "an early expiry": ({"goals": [GOAL], "expiry_months": 11}, "Credit cannot expire in under 12 months"),
    "a late expiry": ({"goals": [GOAL], "expiry_months": 121}, "Credit expires after 12 to 120 months"),
    "a typing error": ({"goals": [GOAL], "hold_day": 3}, "Terms have no 'hold_day': did you mean 'hold_days'?"),
    "something else": ({"goals": [GOAL], "zzz": 3}, "Terms have no 'zzz'."),
    "an unknown model": ({"goals": [GOAL], "touch_model": "best"}, "Not understood: Invalid enum value 'best'"),
    "an unknown field of a goal": ({"goals": [GOAL | {"x": 1}]}, "unknown field `x`"),
    "no goals": ({}, "missing required field `goals`"),
    "no object": ([], "Terms are a JSON object"),
    "nothing": (None, "Terms are a JSON object"),
    "a minimum in no currency": (
        {"goals": [{"name": "g", "unit": "points", "fixed_micros": 1, "minimum_micros": 1}]},
        "needs the `currency`",
    ),
    "a negative minimum": ({"goals": [GOAL | {"minimum_micros": -1}]}, "The minimum of 'purchase' is 0 to"),
    "small letters": ({"goals": [GOAL | {"currency": "eur"}]}, "three capital letters"),
    "another currency": ({"goals": [GOAL | {"currency": "USD"}]}, "the value is in its own unit, EUR"),
    "a page without /": ({"goals": [GOAL | {"pages": ["hives"]}]}, "paths like /hives/*"),
    "an empty product": ({"goals": [GOAL | {"products": [""]}]}, "ids of 1 to 128 characters"),
    "a country": ({"goals": [GOAL | {"countries": ["Germany"]}]}, "two capital letters each"),
    "no cap": ({"goals": [GOAL | {"cap_micros": 0}]}, "The cap for one outcome of 'purchase' is more than nothing"),
    "a negative budget": ({"goals": [GOAL | {"month_budget_micros": -1}]}, "The budget for a month of 'purchase'"),
    "no welcome": ({"goals": [GOAL | {"welcome_micros": 0}]}, "The part for the person who came of 'purchase'"),
    "new visitors for money": ({"goals": [VISITOR | {"unit": "EUR"}]}, "needs a `day_cap_micros`"),
    "a country of a visit": ({"goals": [VISITOR | {"countries": ["DE"]}]}, "can only ask for `pages`"),
    "no weights": ({"goals": [GOAL], "last_weights": []}, "1 to 20 weights"),
    "a weight of nothing": ({"goals": [GOAL], "last_weights": [1, 0]}, "1 to 20 weights"),
}


@pytest.mark.parametrize(("draft", "said"), DRAFTS.values(), ids=DRAFTS)
def test_a_draft_that_cannot_stand_is_told_why(draft: object, said: str) -> None:
    with pytest.raises(BadTermsError) as refused:
        read_draft(draft)
    assert said in str(refused.value)


def test_a_draft_is_told_everything_at_once() -> None:
    with pytest.raises(BadTermsError) as refused:
        read_draft({"goals": [GOAL | {"name": "share"}], "ancestors": 5, "hold_days": 99})
    assert len(refused.value.problems) == 3


def test_a_draft_that_can_stand_is_terms() -> None:
    asked = {
        "minimum_micros": 10_000,
        "pages": ["/hives/*"],
        "products": ["kit"],
        "countries": ["DE"],
        "cap_micros": 90_000,
    }
    terms = read_draft({"goals": [GOAL | asked, VISITOR], "touch_model": "position"})
    assert terms.goals[0].pages == ("/hives/*",)
    assert read_draft(msgspec.to_builtins(terms)) == terms


# --- cuts -------------------------------------------------------------------------------------------------------------

CHANGES = {
    "nothing": ({}, {}, []),
    "a higher rate": ({"rate_bp": 1_001}, {}, []),
    "a lower rate": ({"rate_bp": 999}, {}, ["The goal 'purchase' pays less."]),
    "another unit": (
        {"unit": POINTS, "rate_bp": None, "fixed_micros": 1},
        {},
        ["The goal 'purchase' pays in another way."],
    ),
    "another name": ({"name": "sale"}, {}, ["The goal 'purchase' is gone."]),
    "a minimum": ({"minimum_micros": 1}, {}, ["The goal 'purchase' asks for a higher minimum."]),
    "a currency": ({"currency": "EUR"}, {}, ["The goal 'purchase' asks for a currency."]),
    "pages": ({"pages": ("/a",)}, {}, ["The goal 'purchase' counts fewer pages."]),
    "limits in dollars": (
        {"also_in": (AmountsIn("USD", cap_micros=1),)},
        {},
        [],
    ),
    "a cap": ({"cap_micros": 1}, {}, ["The goal 'purchase' has a lower cap."]),
    "a cap for a day": ({"day_cap_micros": 1}, {}, ["The goal 'purchase' has a lower cap for a day."]),
    "a budget": ({"month_budget_micros": 1}, {}, ["The goal 'purchase' has a lower budget for a month."]),
    "a welcome": ({"welcome_micros": 1}, {}, []),
    "a shorter window": ({}, {"window_days": 29}, ["The window is shorter."]),
    "a longer window": ({}, {"window_days": 31}, []),
    "a longer hold": ({}, {"hold_days": 31}, ["The hold is longer."]),
    "a shorter hold": ({}, {"hold_days": 29}, []),
    "an expiry": ({}, {"expiry_months": 120}, ["Credit expires, or does so sooner."]),
}


@pytest.mark.parametrize(("goal", "change", "said"), CHANGES.values(), ids=CHANGES)
def test_a_cut_is_seen(goal: dict[str, object], change: dict[str, object], said: list[str]) -> None:
    after = replace(Terms(goals=(replace(PURCHASE, **goal),)), **change)
    assert cuts(Terms(goals=(PURCHASE,)), after) == said


def test_a_cut_in_one_currency_is_a_cut() -> None:
    before = Terms(goals=(Goal("purchase", "EUR", fixed_micros=5, also_in=(AmountsIn("USD", fixed_micros=6),)),))

    def after(**changed: object) -> list[str]:
        return cuts(before, Terms(goals=(replace(before.goals[0], **changed),)))

    assert after(fixed_micros=6) == []
    assert after(also_in=(AmountsIn("CHF", fixed_micros=6), AmountsIn("USD", fixed_micros=6))) == []
    assert after(also_in=(AmountsIn("USD", fixed_micros=5),)) == ["The goal 'purchase' pays less."]
    assert after(also_in=()) == ["The goal 'purchase' pays nothing in USD."]

"""Terms that cannot stand are refused, every problem at once, each in a sentence."""

import msgspec
import pytest

from passalong.core.money import MICROS, POINTS
from passalong.core.terms import BadTerms, Goal, Terms, checked, decode_terms, default_terms, encode_terms

PURCHASE = Goal(name="purchase", unit="EUR", rate_bp=1_000)

GOOD = {
    "what a site starts with": default_terms("EUR"),
    "the shortest window and no hold": Terms(goals=(PURCHASE,), window_days=1, hold_days=0),
    "the longest window and hold": Terms(goals=(PURCHASE,), window_days=90, hold_days=90),
    "the smallest part": Terms(goals=(Goal("purchase", "EUR", rate_bp=1),)),
    "all of it": Terms(goals=(Goal("purchase", "EUR", rate_bp=10_000),)),
    "the smallest amount": Terms(goals=(Goal("purchase", "EUR", fixed_micros=1),)),
    "a name of 40 letters": Terms(goals=(Goal("a" * 40, POINTS, fixed_micros=1),)),
    "a name of one letter": Terms(goals=(Goal("a", POINTS, fixed_micros=1),)),
    "points and one currency": Terms(goals=(PURCHASE, Goal("a", POINTS, fixed_micros=1))),
    "no goal": Terms(goals=()),
}


@pytest.mark.parametrize("terms", GOOD.values(), ids=GOOD)
def test_good_terms_stand_as_they_are(terms: Terms) -> None:
    assert checked(terms) is terms


WINDOW = "The window is 1 to 90 days."
HOLD = "The hold is 0 to 90 days."
EITHER = "The goal 'g' pays either a fixed amount or a part of the value."
PART = "The goal 'g' gives back a part of a value in money: more than 0 %, at most 100 %."
MORE = "The goal 'g' pays more than nothing and at most 9,007,199,254."


def name_problem(name: str) -> str:
    """The sentence about a goal's name."""
    return f"A goal's name is 1 to 40 small letters, digits or _: {name!r} is not."


def unit_problem(unit: str) -> str:
    """The sentence about a goal's unit."""
    return f"A goal pays in points or in a currency's three letters: {unit!r} is neither."


BAD = [
    (Terms(goals=(PURCHASE,), window_days=0), [WINDOW]),
    (Terms(goals=(PURCHASE,), window_days=91), [WINDOW]),
    (Terms(goals=(PURCHASE,), hold_days=-1), [HOLD]),
    (Terms(goals=(PURCHASE,), hold_days=91), [HOLD]),
    (Terms(goals=(PURCHASE, PURCHASE)), ["Each goal stands once."]),
    (
        Terms(goals=(PURCHASE, Goal("other", "USD", rate_bp=1))),
        ["A site pays in points and at most one currency."],
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
    (Terms(goals=(Goal("g", "EUR", fixed_micros=1, rate_bp=1),)), [EITHER]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=0),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=-1),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", rate_bp=10_001),)), [PART]),
    (Terms(goals=(Goal("g", POINTS, rate_bp=100),)), [PART]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=0),)), [MORE]),
    (Terms(goals=(Goal("g", "EUR", fixed_micros=-MICROS),)), [MORE]),
]


@pytest.mark.parametrize(("terms", "problems"), BAD, ids=[" ".join(problems)[:60] for _, problems in BAD])
def test_bad_terms_are_refused_in_words(terms: Terms, problems: list[str]) -> None:
    with pytest.raises(BadTerms) as refused:
        checked(terms)
    assert refused.value.problems == problems


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(BadTerms) as refused:
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

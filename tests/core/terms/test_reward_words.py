"""A first rule in a few characters, both sides of every limit."""

import pytest
from babel.core import get_global

from passalong.core.money import MICROS, POINTS
from passalong.core.terms.currencies import CURRENCIES
from passalong.core.terms.model import Goal
from passalong.core.terms.reward_words import currency_of, terms_of
from passalong.core.terms.validation import BadTermsError

GOOD = [
    ("10%", Goal("purchase", "EUR", rate_bp=1_000)),
    (" 7.5 % ", Goal("purchase", "EUR", rate_bp=750)),
    ("0,01%", Goal("purchase", "EUR", rate_bp=1)),
    ("100%", Goal("purchase", "EUR", rate_bp=10_000)),
    ("5 EUR", Goal("purchase", "EUR", fixed_micros=5 * MICROS)),
    ("5.50eur", Goal("purchase", "EUR", fixed_micros=5_500_000)),
    ("20 points", Goal("purchase", POINTS, fixed_micros=20 * MICROS)),
    ("1 point", Goal("purchase", POINTS, fixed_micros=MICROS)),
]


@pytest.mark.parametrize(("text", "goal"), GOOD)
def test_a_reward_is_one_goal(text: str, goal: Goal) -> None:
    assert terms_of(text, "EUR").goals == (goal,)


@pytest.mark.parametrize("text", ["thanks", " Thanks "])
def test_thanks_pays_nothing(text: str) -> None:
    assert terms_of(text, "EUR").goals == ()


BAD = [
    ("", "A reward is"),
    ("ten percent", "A reward is"),
    ("-5 EUR", "A reward is"),
    ("5 €", "A reward is"),
    ("1e3 EUR", "A reward is"),
    ("\u0665%", "A reward is"),
    ("0%", "more than 0 %"),
    ("100.01%", "at most 100 %"),
    ("0 EUR", "more than nothing"),
    ("5.001 EUR", "finer than EUR"),
    ("1.5 points", "finer than points"),
    ("5 USD", "pays in EUR"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_an_invalid_reward_says_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(BadTermsError, match=said):
        terms_of(text, "EUR")


def test_a_yen_has_no_decimals() -> None:
    assert terms_of("500 JPY", "JPY").goals == (Goal("purchase", "JPY", fixed_micros=500 * MICROS),)
    with pytest.raises(BadTermsError, match="at most 0 decimals"):
        terms_of("5.5 JPY", "JPY")


@pytest.mark.parametrize(("text", "currency"), [("5 usd", "USD"), ("10%", None), ("20 points", None), ("x", None)])
def test_a_reward_may_name_the_currency(text: str, currency: str | None) -> None:
    assert currency_of(text) == currency


def test_the_currencies_are_those_that_are_legal_tender_somewhere_today() -> None:
    spans = [span for places in get_global("territory_currencies").values() for span in places]
    assert {code for code, _, end, tender in spans if tender and end is None} == CURRENCIES

"""The four rewards that a site starts from, and amounts as people type them."""

import pytest

from passalong.core.money import MICROS, POINTS
from passalong.core.terms.amounts import BadAmountError, read_amount, read_percent, write_amount, write_percent
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.presets import Preset, preset_of, preset_terms, start_amount


@pytest.mark.parametrize(
    ("preset", "amount", "goals"),
    [
        (Preset.SHARE, None, (Goal("purchase", "EUR", rate_bp=1_000),)),
        (Preset.SHARE, "7,5 %", (Goal("purchase", "EUR", rate_bp=750),)),
        (Preset.FIXED, None, (Goal("purchase", "EUR", fixed_micros=5 * MICROS),)),
        (Preset.FIXED, "2.50", (Goal("purchase", "EUR", fixed_micros=2_500_000),)),
        (Preset.POINTS, None, (Goal("purchase", POINTS, fixed_micros=20 * MICROS),)),
        (Preset.THANKS, None, ()),
    ],
)
def test_a_preset_makes_the_terms_that_it_names(preset: Preset, amount: str | None, goals: tuple[Goal, ...]) -> None:
    made = preset_terms(preset, "EUR", amount)
    assert made == Terms(goals=goals)
    assert preset_of(made) is preset


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "5.00"), ("JPY", "500"), ("KWD", "5.000")])
def test_a_fixed_thank_you_starts_with_an_amount_of_its_currency(currency: str, amount: str) -> None:
    assert start_amount(Preset.FIXED, currency) == amount
    assert preset_terms(Preset.FIXED, currency).goals[0].unit == currency


@pytest.mark.parametrize(
    ("text", "unit", "micros"),
    [
        ("5", "EUR", 5_000_000),
        (" €5.00 ", "EUR", 5_000_000),
        ("5,00 €", "EUR", 5_000_000),
        ("5 eur", "EUR", 5_000_000),
        ("EUR 0.01", "EUR", 10_000),
        ("500", "JPY", 500_000_000),
        ("1.234", "KWD", 1_234_000),
        ("20 points", POINTS, 20_000_000),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, unit: str, micros: int) -> None:
    assert read_amount(text, unit) == micros
    assert read_amount(write_amount(micros, unit), unit) == micros


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("", "EUR", "such as 5.00"),
        ("five", "EUR", "such as 5.00"),
        ("-5", "EUR", "such as 5.00"),
        ("5 USD", "EUR", "such as 5.00"),
        ("1,000", "EUR", "such as 5.00"),
        ("1e3", "EUR", "such as 5.00"),
        ("\N{ARABIC-INDIC DIGIT FIVE}", "EUR", "such as 5.00"),
        ("0", "EUR", "more than nothing"),
        ("99999999999", "EUR", "such as 5.00"),
        ("9999999999", "EUR", "at most 9,007,199,254"),
        ("0.001", "EUR", "at most 2 decimals"),
        ("1.5", "JPY", "whole numbers"),
        ("1.5", POINTS, "whole numbers"),
    ],
)
def test_another_text_is_refused_with_what_to_write(text: str, unit: str, said: str) -> None:
    with pytest.raises(BadAmountError, match=said):
        read_amount(text, unit)


@pytest.mark.parametrize(
    ("text", "rate_bp"), [("10", 1_000), ("10 %", 1_000), ("7,5%", 750), ("0.01", 1), ("100", 10_000)]
)
def test_a_percentage_is_read_as_people_type_it(text: str, rate_bp: int) -> None:
    assert read_percent(text) == rate_bp
    assert read_percent(write_percent(rate_bp)) == rate_bp


@pytest.mark.parametrize("text", ["", "0", "101", "ten", "0.001", "-1", "1,000"])
def test_another_percentage_is_refused(text: str) -> None:
    with pytest.raises(BadAmountError, match=r"0 %.*100 %"):
        read_percent(text)

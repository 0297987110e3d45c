"""Integers, one rounding, and ties that favour nobody."""

import hashlib
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.money import exponent, figures, largest_remainder, micros_from_minor

UNITS = [
    ("JPY", 0, 42_000_000),
    ("KRW", 0, 42_000_000),
    ("EUR", 2, 420_000),
    ("USD", 2, 420_000),
    ("ZZZ", 2, 420_000),
    ("KWD", 3, 42_000),
    ("CLF", 4, 4_200),
    ("UYW", 4, 4_200),
    ("points", 0, 42_000_000),
]


@pytest.mark.parametrize(("unit", "digits", "micros"), UNITS)
def test_42_minor_units_are_so_many_micros(unit: str, digits: int, micros: int) -> None:
    assert (exponent(unit), micros_from_minor(42, unit)) == (digits, micros)


def third(count: int = 3) -> dict[str, Fraction]:
    """A third of 100 for each of three."""
    return dict.fromkeys("ABC"[:count], Fraction(100, 3))


@pytest.mark.parametrize("conversion_id", [f"c{number}" for number in range(1, 21)])
def test_a_tie_goes_to_the_least_hash_of_conversion_and_person(conversion_id: str) -> None:
    luckiest = min("ABC", key=lambda who: hashlib.sha256(f"{conversion_id}|{who}".encode()).hexdigest())
    assert largest_remainder(third(), 100, conversion_id) == {who: 33 + (who == luckiest) for who in "ABC"}


def test_no_name_wins_every_tie() -> None:
    winners = {
        max(made, key=made.__getitem__) for made in (largest_remainder(third(), 100, f"c{n}") for n in range(40))
    }
    assert winners == {"A", "B", "C"}


def test_a_larger_remainder_goes_before_any_tie_break() -> None:
    exact = {"A": Fraction(3, 10), "B": Fraction(3, 10), "C": Fraction(4, 10)}
    assert all(largest_remainder(exact, 1, f"c{number}") == {"A": 0, "B": 0, "C": 1} for number in range(20))


@given(st.lists(st.fractions(0, 10**9, max_denominator=10**6), min_size=1, max_size=12), st.text(max_size=20))
def test_rounding_keeps_the_sum_and_moves_nobody_by_a_whole_unit(exact: list[Fraction], name: str) -> None:
    keyed = {f"p{number}": amount for number, amount in enumerate(exact)}
    whole = sum(exact, Fraction(0))
    for total in {whole.__floor__(), whole.__ceil__()}:
        made = largest_remainder(keyed, total, name)
        assert sum(made.values()) == total
        assert all(amount - 1 < made[who] <= amount + 1 for who, amount in keyed.items())


@given(
    st.dictionaries(st.text(max_size=5), st.fractions(0, 1000, max_denominator=99), min_size=1, max_size=8),
    st.randoms(),
)
def test_the_order_of_the_keys_does_not_matter(exact: dict[str, Fraction], chance: random.Random) -> None:
    mixed = list(exact.items())
    chance.shuffle(mixed)
    total = sum(exact.values(), Fraction(0)).__ceil__()
    assert largest_remainder(dict(mixed), total, "c") == largest_remainder(exact, total, "c")


@pytest.mark.parametrize("total", [98, 99, 100, 101, 102, 103])
def test_a_total_that_rounding_cannot_reach_is_refused(total: int) -> None:
    if 99 <= total <= 102:
        assert sum(largest_remainder(third(), total, "c1").values()) == total
    else:
        with pytest.raises(ValueError, match="not the rounded sum"):
            largest_remainder(third(), total, "c1")


def test_nobody_can_be_given_nothing() -> None:
    assert largest_remainder({}, 0, "c1") == {}
    with pytest.raises(ValueError, match="not the rounded sum"):
        largest_remainder({}, 1, "c1")


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (0, "EUR", "0.00"),
        (-4_000_000, "EUR", "-4.00"),
        (3_200, "EUR", "0.0032"),
        (1_234_567_890, "EUR", "1234.56789"),
        (42_000_000, "JPY", "42"),
        (42_500_000, "JPY", "42.5"),
        (1_500_000, "KWD", "1.500"),
        (8_000_000, "points", "8"),
        (1_600_000, "points", "1.6"),
    ],
)
def test_an_amount_in_figures_is_exact_and_has_its_units_digits(amount: int, unit: str, said: str) -> None:
    assert figures(amount, unit) == said

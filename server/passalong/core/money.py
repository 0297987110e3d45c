"""Money as integers: micros (10^-6 of the unit), exact shares, one rounding.

A unit is an ISO 4217 code or `points`. Exponents follow ISO 4217; units not listed have two digits.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

MICROS = 1_000_000
POINTS = "points"
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
MAX_MICROS = 2**53
"""The largest accepted amount: nine thousand million units, exact in every JSON reader."""
LONGEST_NUMBER = 60
MOST_DIGITS = 18
"""The digits before the point of an amount that somebody wrote."""


def exponent(unit: str) -> int:
    """Return the number of decimal digits of the unit's minor amounts (JPY 0, EUR 2, KWD 3, points 0)."""
    return 0 if unit == POINTS else _EXPONENTS.get(unit, 2)


def step_micros(unit: str) -> int:
    """Return the micros of one minor unit: 10_000 for EUR, 1_000_000 for JPY and for points."""
    return int(10 ** (6 - exponent(unit)))


def whole_micros(micros: int, unit: str) -> int:
    """Return the amount cut to whole minor units (cents, points), towards zero: what pages and mails show."""
    cut = abs(micros) - abs(micros) % step_micros(unit)
    return cut if micros >= 0 else -cut


def figures(micros: int, unit: str) -> str:
    """Write an exact amount in figures, with at least its unit's digits: -4.00, 0.0032; 42 of JPY."""
    whole, rest = divmod(abs(micros), MICROS)
    sign, digits = "-" if micros < 0 else "", f"{rest:06d}".rstrip("0").ljust(exponent(unit), "0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def micros_from_minor(amount_minor: int, unit: str) -> int:
    """Return micros of an amount in minor units (4200 EUR cents -> 42_000_000)."""
    return amount_minor * step_micros(unit)


def decimal_of(text: str) -> Decimal:
    """Return a number that somebody wrote, such as `19.90`, below 10^18 in size. Raises ValueError.

    A power of ten costs nothing to read and minutes to make an integer of, so `1e999999` is refused here.
    """
    try:
        number = Decimal(text) if len(text) <= LONGEST_NUMBER else Decimal("nan")
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number.adjusted() >= MOST_DIGITS:
        raise ValueError(f"{text[:40]!r} is no amount")
    return number


def largest_remainder(exact: Mapping[str, Fraction], total: int, conversion_id: str) -> dict[str, int]:
    """Round exact amounts to integers that sum to `total` (Hamilton's method).

    Everyone gets the floor; what is left goes one by one to the largest remainders, equal ones by ascending
    sha256("conversion_id|id"), so that a tie favours nobody. A negative total is the mirror of the positive one. Raises
    ValueError when floors cannot reach the total.
    """
    if total < 0:
        mirrored = largest_remainder({key: -amount for key, amount in exact.items()}, -total, conversion_id)
        return {key: -amount for key, amount in mirrored.items()}
    floors = {key: amount.numerator // amount.denominator for key, amount in exact.items()}
    left = total - sum(floors.values())
    if not 0 <= left <= len(floors):
        raise ValueError(f"{total} is not the rounded sum of {sum(exact.values())}")

    def rank(key: str) -> tuple[Fraction, str]:
        return (floors[key] - exact[key], hashlib.sha256(f"{conversion_id}|{key}".encode()).hexdigest())

    for key in sorted(floors, key=rank)[:left]:
        floors[key] += 1
    return floors

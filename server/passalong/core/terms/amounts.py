"""Amounts and percentages as a person types them into a form: `5`, `5.00`, `€5`, `5 EUR`, `10 %`."""

import re
from decimal import Decimal

from passalong.core.money import MAX_MICROS, MICROS, POINTS, exponent

_SIGNS = "€$£¥₹₩₺₽₴₫₪₱฿"
_NUMBER = re.compile(r"[0-9]{1,10}(?:[.,][0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+", re.ASCII)


class BadAmountError(ValueError):
    """A text that is no amount; says what to write."""


def read_amount(text: str, unit: str) -> int:
    """Return the micros of an amount in `unit`, more than nothing. Raises BadAmountError."""
    digits = exponent(unit)
    number = _number(_bare(text, unit), digits)
    unit_word = "points" if unit == POINTS else unit
    if number is None:
        raise BadAmountError(
            f"Write an amount in {unit_word} such as {'20' if not digits else '5.00'}, not {text.strip()[:40]!r}."
        )
    micros = int(number * MICROS)
    if not 0 < micros <= MAX_MICROS:
        raise BadAmountError(f"Write an amount of more than nothing and at most {MAX_MICROS // MICROS:,} {unit_word}.")
    if micros % 10 ** (6 - digits):
        most = f"at most {digits} decimals" if digits else "whole numbers"
        raise BadAmountError(f"{unit_word} is counted in {most}: write less after the point.")
    return micros


def read_percent(text: str) -> int:
    """Return hundredths of a percent: more than 0 %, at most 100 %. Raises BadAmountError."""
    number = _number(text.strip().removesuffix("%").strip(), 2)
    if number is None or not 0 < number <= 100 or number * 100 % 1:
        raise BadAmountError("Write a part of the price such as 10 or 7.5: more than 0 %, at most 100 %.")
    return int(number * 100)


def write_amount(micros: int, unit: str) -> str:
    """Return an amount as `read_amount` takes it: `5.00` in EUR, `500` in JPY, `20` in points."""
    digits = exponent(unit)
    exact = Decimal(micros) / MICROS
    text = f"{exact:.{digits}f}"
    return text if Decimal(text) == exact else f"{exact.normalize():f}"


def write_percent(rate_bp: int) -> str:
    """Return a percentage as `read_percent` takes it: `10`, `7.5`."""
    return f"{rate_bp / 100:g}"


def _bare(text: str, unit: str) -> str:
    """Return the text without the unit's own code or a currency sign."""
    bare = text.strip().strip(_SIGNS).strip()
    codes = ("points", "point") if unit == POINTS else (unit.lower(),)
    for code in codes:
        if bare.lower().endswith(code):
            return bare[: -len(code)].strip()
        if bare.lower().startswith(code):
            return bare[len(code) :].strip()
    return bare


def _number(text: str, digits: int) -> Decimal | None:
    """Return a number with a point or a comma; None for another text, and for one with groups of thousands.

    `1,000` is one to some people and a thousand to others, unless the unit has three decimals.
    """
    if not _NUMBER.fullmatch(text) or (digits < 3 and _GROUPED.fullmatch(text)):
        return None
    return Decimal(text.replace(",", "."))

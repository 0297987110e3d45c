"""Read amounts as exports write them: `1,234.56`, `1.234,56`, `€12,50`, `12.50 USD`; refuse what could be two sums."""

import re
from decimal import Decimal

from passalong.core.money import decimal_of, exponent

SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "FKP", "GIP", "LBP", "SHP"),
    "¥": ("JPY", "CNY"),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS", "TWD", "BRL"),
}
"""The currencies that a symbol may stand for: it says nothing by itself, but must not contradict the column."""
_MARK = r"[A-Z]{3}|[€$£¥]"
_WRITTEN = re.compile(rf"(-?)({_MARK})?\s?(-?)([0-9][0-9.,'’ \u00a0\u202f]*?)\s?({_MARK})?")
_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:[.,'’ \u00a0\u202f][0-9]{3})+")
_ONE_GROUP = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_NAMES = {".": "point", ",": "comma"}


def read_amount(text: str, unit: str) -> tuple[str, Decimal]:
    """Return the currency and the amount that a cell has; `unit` where it names none. Raises ValueError."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or (match[2] and match[5]):
        raise ValueError("it is no amount such as 12.50.")
    mark = match[2] or match[5] or ""
    if mark in SYMBOLS and unit not in SYMBOLS[mark]:
        raise ValueError(f"it is written with {mark} and counted in {unit}: add a column `currency`.")
    unit = mark if len(mark) == 3 else unit
    return unit, decimal_of(f"{match[1]}{match[3]}{_plain(match[4], exponent(unit))}")


def _plain(number: str, digits: int) -> str:
    """Return a number without separators of thousands and with a point. Raises ValueError."""
    whole, mark, decimals = _parted(number, digits)
    if not whole.isdecimal():
        if not _GROUPS.fullmatch(whole) or len(set(re.sub("[0-9]", "", whole))) != 1 or (mark and mark in whole):
            raise ValueError("its thousands are not separated as in 1,234.56.")
        whole = re.sub("[^0-9]", "", whole)
    return f"{whole}.{decimals}" if decimals else whole


def _parted(number: str, digits: int) -> tuple[str, str, str]:
    """Return the whole part, the decimal mark and the decimals. Raises ValueError where the mark could be either."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0 or number.count(number[last]) > 1:
        return number, "", ""
    mark, decimals = number[last], number[last + 1 :]
    if _ONE_GROUP.fullmatch(number):
        if digits == 0 and mark == ",":
            return number, "", ""
        # With three decimals a point has to be the decimal mark: the amount could not be written otherwise.
        if digits and (digits, mark) != (3, "."):
            raise ValueError(
                f"its {_NAMES[mark]} could separate thousands or decimals: "
                f"write it with a point and {digits} decimals, such as {1234.5:.{digits}f}."
            )
    if not decimals.isdecimal():
        raise ValueError("it is no amount such as 12.50.")
    return number[:last], mark, decimals

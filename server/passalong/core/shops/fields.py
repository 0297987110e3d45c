"""Read fields of a signed JSON message: missing optional ones are empty, wrong ones are named."""

import re
from collections.abc import Mapping
from typing import Any

from passalong.core.money import decimal_of, exponent
from passalong.core.shops.messages import UnreadableMessageError

CURRENCY = re.compile(r"[A-Z]{3}")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Characters that no id has, and that no database takes."""
LONGEST_TEXT = 200
CODE_FIELD = "ht"
"""The name of the code in metadata, cart attributes and custom data: the same as in a page's address."""


def text(of: Any, *path: str) -> str:
    """Return a text or number below the path as text, cut to 200 characters; empty where there is none."""
    for name in path:
        of = of.get(name) if isinstance(of, Mapping) else None
    if isinstance(of, bool) or not isinstance(of, str | int):
        return ""
    return CONTROL.sub("", str(of)).strip()[:LONGEST_TEXT]


def must(of: Any, *path: str) -> str:
    """Return a text that every message of this kind has. Raises UnreadableMessageError."""
    value = text(of, *path)
    if not value:
        raise UnreadableMessageError(f"The message has no `{'.'.join(path)}`.")
    return value


def mapping(of: Any, *path: str) -> Mapping[str, Any]:
    """Return an object below the path; empty where there is none."""
    for name in path:
        of = of.get(name) if isinstance(of, Mapping) else None
    return of if isinstance(of, Mapping) else {}


def rows(of: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list below the path; empty where there is none."""
    *above, last = path
    rows = mapping(of, *above).get(last)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def minor(of: Any, *path: str) -> int:
    """Return a whole number of minor units, written as a number or as text; 0 where there is none."""
    digits = text(of, *path)
    if not digits:
        return 0
    if not re.fullmatch(r"-?[0-9]{1,15}", digits):
        raise UnreadableMessageError(f"`{'.'.join(path)}` is no whole number: {digits[:40]!r}.")
    return int(digits)


def decimal(currency: str, of: Any, *path: str) -> int:
    """Return an amount such as `19.90` in minor units of its currency; 0 where there is none."""
    for name in path:
        of = of.get(name) if isinstance(of, Mapping) else None
    if of is None or of == "":
        return 0
    try:
        amount = decimal_of("" if isinstance(of, bool) else str(of))
        whole = int((amount * 10 ** exponent(currency)).to_integral_value())
    except ValueError:
        raise UnreadableMessageError(f"`{'.'.join(path)}` is no amount: {str(of)[:40]!r}.") from None
    if abs(whole) >= 10**15:
        raise UnreadableMessageError(f"`{'.'.join(path)}` is too large: {str(of)[:40]!r}.")
    return whole


def currency(of: Any, *path: str) -> str:
    """Return the code of a currency in capital letters. Raises UnreadableMessageError."""
    code = must(of, *path).upper()
    if not CURRENCY.fullmatch(code):
        raise UnreadableMessageError(f"`{'.'.join(path)}` is no currency: {code[:40]!r}.")
    return code

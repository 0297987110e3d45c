"""Read orders from a CSV file, each row checked before anything is recorded."""

import csv
import re
from collections.abc import Mapping

import msgspec

from passalong.core.imports.tables import csv_rows
from passalong.core.money import decimal_of, exponent
from passalong.flow.conversions.report import Order

COLUMNS = ("id", "goal", "amount", "currency", "code", "coupon", "customer", "email", "country")
GOAL = "purchase"
_SHAPES = {
    "id": re.compile(r"[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,127}"),
    "goal": re.compile(r"[a-z][a-z0-9_]{0,39}"),
    "currency": re.compile(r"[A-Z]{3}"),
    "country": re.compile(r"[A-Z]{2}"),
    "code": re.compile(r"[\x21-\x7e]{1,128}"),
    "coupon": re.compile(r".{1,64}"),
    "customer": re.compile(r".{1,200}"),
    "email": re.compile(r"\S+@\S+"),
}


def read_orders(text: str) -> tuple[list[Order], list[str]]:
    """Return the orders of a file, and a sentence for each row that cannot be used."""
    try:
        return _read(csv_rows(text))
    except csv.Error as error:
        return [], [f"This is no CSV file: {error}."]


def _read(reader: "csv.DictReader[str]") -> tuple[list[Order], list[str]]:
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if missing := [name for name in ("id", "amount", "currency") if name not in names]:
        return [], [f"The first line has no column {missing[0]!r}: it names {', '.join(COLUMNS)}."]
    if unknown := [name for name in names if name not in COLUMNS]:
        return [], [f"There is no column {unknown[0]!r}: it can be {', '.join(COLUMNS)}."]
    if twice := [name for name in names if names.count(name) > 1]:
        return [], [f"There are two columns {twice[0]!r}: which one is meant?"]
    found, problems = [], []
    for line, row in enumerate(reader, start=2):
        try:
            found.append(_order({name: (row[name] or "").strip() for name in names}))
        except (ValueError, KeyError) as error:
            problems.append(f"Line {line}: {error}")
    return found, problems


def _order(row: Mapping[str, str]) -> Order:
    """Return a row as an order. Raises ValueError, which says what is wrong."""
    given = {name: value for name, value in row.items() if value}
    if "id" not in given:
        raise ValueError("it has no id.")
    for name, shape in _SHAPES.items():
        if name in given and not shape.fullmatch(given[name]):
            raise ValueError(f"{name!r} cannot be {given[name][:40]!r}.")
    amount = given.pop("amount", "0")
    goal = given.pop("goal", GOAL)
    if "currency" not in given and amount != "0":
        raise ValueError("the amount has no currency.")
    minor = _minor(amount, given.get("currency", "EUR"))
    return msgspec.convert({**given, "goal": goal, "amount_minor": minor}, Order)


def _minor(text: str, currency: str) -> int:
    try:
        amount = decimal_of(text) * 10 ** exponent(currency)
    except ValueError:
        raise ValueError(f"'amount' is no number such as 19.90: {text[:40]!r}.") from None
    if not 0 <= amount < 10**15 or amount != amount.to_integral_value():
        raise ValueError(f"'amount' cannot be {text[:40]!r} {currency}.")
    return int(amount)

"""Read the people of a running programme from its export: JSON as its API answers, or CSV as its page exports.

Read on 2026-11-28: developers.rewardful.com (Affiliates), docs.firstpromoter.com (Promoters), tapfiliate.com/docs/rest
(Affiliates, Balances), affiliatewp.com/docs (REST API, Export affiliates), dub.co/docs/api-reference (Partners).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from passalong.core.imports.amounts import read_amount
from passalong.core.imports.tables import csv_rows
from passalong.core.money import exponent

ALIAS = re.compile(r"[\w-]{0,23}[A-Za-z0-9]", re.ASCII)
"""An old code that a page's address can carry: up to 24 letters, digits, `_` and `-`."""
MOST_PROBLEMS = 20
_UNIT = re.compile(r"[A-Z]{3}")


class UnreadableImportError(ValueError):
    """An export that cannot be read; says which row and what is wrong."""


class Programme(Struct, frozen=True):
    """A programme: the parameter of its links, and the fields of its export, the first that is there counts.

    `cents` are balances in minor units, `amounts` in whole units with decimals; `*` stands for each currency.
    """

    param: str
    ids: tuple[str, ...]
    emails: tuple[str, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]
    cents: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()


PROGRAMMES: Mapping[str, Programme] = {
    "rewardful": Programme(
        "via",
        ("id",),
        ("email",),
        ("first_name", "last_name"),
        ("links.token", "token", "link_token"),
        cents=("commission_stats.currencies.*.unpaid.cents",),
        amounts=("unpaid_commissions",),
    ),
    "firstpromoter": Programme(
        "fpr",
        ("id", "promoter_id"),
        ("email",),
        ("profile.first_name", "profile.last_name", "first_name", "last_name"),
        ("promotions.ref_id", "default_ref_id", "ref_id"),
        cents=("current_balance.cash",),
        amounts=("current_balance",),
    ),
    "tapfiliate": Programme(
        "ref",
        ("id", "affiliate_id"),
        ("email",),
        ("firstname", "lastname", "first_name", "last_name"),
        ("referral_code", "referral_link.referral_code"),
        amounts=("balances.*", "balance"),
    ),
    "affiliatewp": Programme(
        "ref",
        ("affiliate_id", "id"),
        ("payment_email", "user.user_email", "email"),
        ("user.display_name", "name"),
        ("affiliate_id", "user.user_login", "username"),
        amounts=("unpaid_earnings",),
    ),
    "dub": Programme(
        "via",
        ("id",),
        ("email",),
        ("name",),
        ("links.key", "link_key"),
        cents=("unpaid_commissions", "unpaidCommissions"),
    ),
}


class ImportedPerson(Struct, frozen=True):
    """One person of a programme: old codes, and what is unpaid, in minor units by currency."""

    person_id: str
    email: str
    name: str
    codes: tuple[str, ...]
    balances: Mapping[str, int]


def read_people(programme: str, text: str, currency: str) -> list[ImportedPerson]:
    """Return the people of an export; amounts without a currency are in the site's. Raises UnreadableImportError."""
    persons: dict[str, ImportedPerson] = {}
    problems: list[str] = []
    for number, row in enumerate(_rows(text), start=1):
        try:
            person = _person(PROGRAMMES[programme], row, currency)
            if persons.setdefault(person.person_id, person) is not person:
                raise ValueError(f"the id {person.person_id[:40]!r} stands in an earlier row, too.")
        except ValueError as error:
            problems.append(f"Row {number}: {error}")
    if problems or not persons:
        raise UnreadableImportError("\n".join(problems[:MOST_PROBLEMS]) or "The file has no rows.")
    return list(persons.values())


def _rows(text: str) -> list[Mapping[str, Any]]:
    """Return the rows of JSON (a list, or an object with one list) or of CSV with a header."""
    text = text.lstrip("\ufeff").strip()
    if not text.startswith(("[", "{")):
        try:
            rows = [{_field(name): value for name, value in row.items() if name} for row in csv_rows(text)]
            return [row for row in rows if any(row.values())]
        except csv.Error as error:
            raise UnreadableImportError(f"The file is no CSV: {error}.") from None
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableImportError(f"The file is no JSON: {error}") from None
    if isinstance(document, dict):
        document = next((value for value in document.values() if isinstance(value, list)), [])
    return [row for row in document if isinstance(row, dict)]


def _field(header: str) -> str:
    return re.sub(r"\W+", "_", header.strip().lower()).strip("_")


def _person(shape: Programme, row: Mapping[str, Any], currency: str) -> ImportedPerson:
    person_id = next(iter(_texts(row, shape.ids)), "")
    if not person_id or len(person_id) > 60 or not person_id.isprintable():
        raise ValueError(f"it has no usable {shape.ids[0]!r}.")
    email = next(iter(_texts(row, shape.emails)), "")
    name = " ".join(dict.fromkeys(_texts(row, shape.names)))
    codes = tuple(dict.fromkeys(_texts(row, shape.codes)))
    unit = next(iter(_texts(row, ("currency",))), currency).upper()
    return ImportedPerson(person_id, email, name[:80], codes, _balances(shape, row, unit))


def _balances(shape: Programme, row: Mapping[str, Any], unit: str) -> Mapping[str, int]:
    amounts: dict[str, int] = {}
    for path in (*shape.cents, *shape.amounts):
        for name, value in _values(row, path.split("."), unit):
            if isinstance(value, Mapping | list) or value in (None, ""):
                continue
            unit_of, minor = (_cents if path in shape.cents else _minor)(str(value), name, path)
            amounts.setdefault(unit_of, minor)
    return {name: minor for name, minor in amounts.items() if minor}


def _cents(text: str, unit: str, path: str) -> tuple[str, int]:
    """Return an amount that stands in minor units, in digits alone: `$12.00` would be 12 dollars. Raises ValueError."""
    if text.startswith("-"):
        raise ValueError(f"{path!r} is below zero: {text[:40]!r}.")
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise ValueError(f"{path!r} is no amount in cents, a whole number: {text[:40]!r}.")
    return unit, int(text)


def _minor(text: str, unit: str, path: str) -> tuple[str, int]:
    """Return the currency and an amount in its minor units. Raises ValueError."""
    try:
        unit, amount = read_amount(text, unit)
    except ValueError as error:
        raise ValueError(f"{path!r} cannot be {text[:40]!r}: {error}") from None
    amount *= 10 ** exponent(unit)
    if amount != amount.to_integral_value():
        raise ValueError(f"{path!r} has more decimals than {unit} has: {text[:40]!r}.")
    if not 0 <= amount < 10**12:
        raise ValueError(f"{path!r} is below zero or too large: {text[:40]!r}.")
    return unit, int(amount)


def _texts(row: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    values = (value for path in paths for _, value in _values(row, path.split("."), ""))
    return [str(value).strip() for value in values if isinstance(value, str | int) and str(value).strip()]


def _values(of: Any, path: list[str], unit: str) -> Iterator[tuple[str, Any]]:
    """Yield what is below a path with its currency; a list is walked through, `*` stands for each currency."""
    if isinstance(of, list):
        for part in of:
            yield from _values(part, path, unit)
    elif not path:
        yield unit, of
    elif isinstance(of, Mapping):
        first, *rest = path
        if first == "*":
            for name, value in of.items():
                if _UNIT.fullmatch(str(name).upper()):
                    yield from _values(value, rest, str(name).upper())
        elif first in of:
            yield from _values(of[first], rest, unit)

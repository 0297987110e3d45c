"""The words of the pages: amounts, days and sentences, as pure functions that the templates use as filters.

Nothing here reads a clock, a locale of the machine or a request: the same row gives the same words everywhere.
Amounts are exact: what does not fit into the unit's digits is shown with more digits, never rounded away, so that
the rows of a sum add up to its last line.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import log10
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol

from passalong.core.money import MICROS, POINTS, exponent
from passalong.core.reasons import REASON_WORDS
from passalong.store.views import LedgerRow, WhyPage, WhyTerm

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = "January February March April May June July August September October November December".split()
NUMBERS = "no one two three four five six seven eight nine ten".split()
NEW_VISITOR = "new_visitor"
GOALS = {
    "purchase": "bought something",
    "order": "bought something",
    "sale": "bought something",
    "signup": "signed up",
    "sign_up": "signed up",
    "newsletter": "joined the newsletter",
    "subscription": "took out a subscription",
    "donation": "gave something",
    "booking": "booked something",
    "download": "downloaded something",
}
WHO = ("Someone you reached", "A friend of someone you reached", "A friend of a friend of someone you reached")
NEWCOMER = (
    "Someone new came by your link",
    "Someone new came by a link passed on from yours",
    "Someone new came by a link passed on twice from yours",
)
KINDS = {"visit": "Arrival", "conversion": "Outcome", "hop": "Short link"}


def money(micros: int, unit: str) -> str:
    """An amount for people: `€4.00`, `−€4.00`, `¥42`, `12 points`; €0.0032 stays €0.0032."""
    whole, rest = divmod(abs(micros), MICROS)
    points = unit == POINTS
    least = (2 if rest else 0) if points else exponent(unit)
    digits = f"{rest:06d}".rstrip("0").ljust(least, "0")
    figure = f"{whole:,}" + (f".{digits}" if digits else "")
    sign = "\N{MINUS SIGN}" if micros < 0 else ""
    if points:
        return f"{sign}{figure} {'point' if figure == '1' else 'points'}"
    symbol = get_currency_symbol(unit, locale="en")
    gap = "\N{NO-BREAK SPACE}" if symbol[-1:].isalpha() else ""
    return f"{sign}{symbol}{gap}{figure}"


def amounts(rows: Iterable[Any], field: str) -> list[str]:
    """The amounts other than 0 in `field` of rows that have a unit, as words: `["€18.40", "12 points"]`."""
    return [money(getattr(row, field), row.unit) for row in rows if getattr(row, field)]


def count(number: int, one: str, many: str) -> str:
    """A number with its noun: `1 page`, `1,234 pages`."""
    return f"{number:,} {one if number == 1 else many}"


@lru_cache(maxsize=64)
def _zone(tz: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz)
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def _local(ms: int, tz: str) -> datetime:
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(_zone(tz))


def day(ms: int, tz: str, with_year: bool = False, long: bool = False) -> str:
    """A day in the site's time zone: `26 Oct`; `with_year`: `26 Oct 2026`; `long`: `26 October`."""
    at = _local(ms, tz)
    name = MONTHS[at.month - 1]
    words = f"{at.day} {name if long else name[:3]}"
    return f"{words} {at.year}" if with_year else words


def month(ms: int, tz: str) -> str:
    """A month in the site's time zone, always with its year: `October 2026`."""
    at = _local(ms, tz)
    return f"{MONTHS[at.month - 1]} {at.year}"


def week(ms: int, tz: str) -> str:
    """The Monday of the week, the finest that is said about other people: `12 October`."""
    at = _local(ms, tz)
    monday = at.date() - timedelta(days=at.weekday())
    return f"{monday.day} {MONTHS[monday.month - 1]}"


def when(ms: int, tz: str, few: bool, with_year: bool = False) -> str:
    """The day of a line, or only its month where `few` people came by the link."""
    return month(ms, tz) if few else day(ms, tz, with_year)


def stamp(ms: int, tz: str, few: bool = False) -> str:
    """The same for machines (`<time datetime>`): `2026-10-26`, or `2026-10` where `few`."""
    return _local(ms, tz).strftime("%Y-%m" if few else "%Y-%m-%d")


def day_words(name: str) -> str:
    """A day that is given as `2026-10-26` in words: `26 Oct`; anything else as it is."""
    try:
        at = date.fromisoformat(name)
    except ValueError:
        return name
    return f"{at.day} {MONTHS[at.month - 1][:3]}"


def minute(ms: int, tz: str) -> str:
    """The owner's view of a time: `26 Oct, 14:03`."""
    return f"{day(ms, tz)}, {_local(ms, tz):%H:%M}"


def iso(ms: int) -> str:
    """A time for machines, in UTC: `2026-10-26T14:03:00Z`."""
    return f"{_local(ms, 'UTC'):%Y-%m-%dT%H:%M:%SZ}"


def goal_words(goal: str) -> str:
    """What somebody did: `bought something`; a goal with a name of the owner's own is named: `hive tour`."""
    return GOALS.get(goal, "came for the first time" if goal == NEW_VISITOR else _plain(goal))


def outcome_words(goal: str, few: bool) -> str:
    """The last step of a path: `They bought something`."""
    if goal == NEW_VISITOR:
        return "It was their first time here"
    if few:
        return "There was an outcome"
    return f"They {GOALS[goal]}" if goal in GOALS else f"This happened: {_plain(goal)}"


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip() or "something"


def what_happened(row: LedgerRow) -> str:
    """One line of the ledger as a sentence, from the reader's side; names no item where few people came."""
    if row.amount_micros < 0:
        return _less(row)
    level = min(max(row.level, 0), 2)
    if row.goal == NEW_VISITOR:
        return NEWCOMER[level]
    if row.few:
        return "An outcome on this site"
    return f"{WHO[level]} {GOALS[row.goal]}" if row.goal in GOALS else f"{WHO[level]}: {_plain(row.goal)}"


def _less(row: LedgerRow) -> str:
    if row.state == "used":
        return "You used credit"
    if row.few:
        return "An outcome on this site was undone"
    return "An order was returned" if GOALS.get(row.goal) == GOALS["purchase"] else "An outcome was undone"


def outcome_sentence(why: WhyPage, tz: str) -> str:
    """What led to a credit, in one sentence: `On 21 October 2026 someone bought something for €42.00.`"""
    on = f"In {month(why.at_ms, tz)}" if why.few else f"On {day(why.at_ms, tz, with_year=True, long=True)}"
    if why.few and why.goal != NEW_VISITOR:
        return f"{on} there was an outcome on this site."
    if why.goal == NEW_VISITOR:
        return f"{on} someone new came by."
    if why.goal not in GOALS:
        return f"{on} this happened: {_plain(why.goal)}."
    worth = next((f" for {money(term.amount_micros, why.unit)}" for term in why.arithmetic if term.kind == "value"), "")
    return f"{on} someone {GOALS[why.goal]}{worth}."


def term_words(term: WhyTerm) -> str:
    """One row of the arithmetic in words; an unknown kind is shown by its name."""
    if term.kind == "part":
        return _part_words(term)
    by_rule = f"Shared out by the rule: {term.fraction}" if term.fraction else "Shared out by the rule"
    named = {
        "value": "What it was worth",
        "fixed": "The rule’s fixed amount",
        "reward": by_rule,
        "rounding": "Rounding, so that all parts add up",
    }
    return named.get(term.kind, _plain(term.kind).capitalize())


def _part_words(term: WhyTerm) -> str:
    one_of = f"one of {_number(term.of)} people who brought them" if term.of and term.of > 1 else ""
    said = (
        f"you were {one_of}" if one_of else "they came by your link",
        "you passed it to " + (one_of or "the person who brought them"),
        "it began with you, two steps earlier" + (f", through {one_of}" if one_of else ""),
    )
    share = f"Your part, {term.fraction} of that" if term.fraction else "Your part"
    return f"{share}: {said[min(max(term.level or 0, 0), 2)]}"


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"


def paid_for(goals: Iterable[str]) -> str:
    """What a rule pays for, in a list: purchases and people who are new here."""
    nouns = {"purchase": "purchases", NEW_VISITOR: "people who are new here"}
    named = [nouns.get(goal, f"“{_plain(goal)}”") for goal in goals]
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]])) or "nothing yet"


def kind_words(kind: str) -> str:
    """What the inspector calls an event: a visit is an arrival, a conversion an outcome."""
    return KINDS.get(kind, _plain(kind).capitalize())


def reason_words(reason: str | None) -> str:
    """The sentence for a reason of the closed list, nothing for none."""
    return REASON_WORDS.get(reason, _plain(reason).capitalize()) if reason else ""


def web_url(url: str | None) -> str:
    """The address if it is one that a link may lead to (http or https), else nothing."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def pretty(value: object) -> str:
    """JSON for people to read; the template escapes it."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def limb(people: int) -> str:
    """How wide a branch of the picture is, in px: 2 for one person, 10 for a thousand and more (log scale)."""
    return f"{2 + 8 * min(1.0, log10(max(people, 1)) / 3):.1f}"


FILTERS: dict[str, Callable[..., str | list[str]]] = {
    function.__name__: function
    for function in (
        money, amounts, count, day, day_words, month, week, when, stamp, minute, iso, goal_words, what_happened,
        outcome_sentence, outcome_words, term_words, kind_words, reason_words, web_url, pretty, limb, paid_for,
    )
}  # fmt: skip

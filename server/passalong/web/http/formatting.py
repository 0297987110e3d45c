"""Formatting of amounts, days and sentences, as pure functions that the templates use as filters.

Nothing here reads a clock, the machine's locale or a request: the same row gives the same words in a language. The
strings are in `i18n/`; web/http/language.py makes filters of these functions that know the request's language.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import get_decimal_symbol
from markupsafe import Markup

from passalong.core.facts import NEW_VISITOR
from passalong.core.reasons import REASON_WORDS
from passalong.core.terms.amounts import write_amount
from passalong.flow.mail.expiry_notices import Coming
from passalong.i18n.catalogue import ENGLISH, catalogue, locale, number, say
from passalong.i18n.formatting import day, day_of, exact_money, listed, local, minute, money, month, week
from passalong.i18n.rule import GOALS, rule_words
from passalong.web.http.line_words import (
    author_words,
    goal_words,
    month_of,
    outcome_sentence,
    outcome_words,
    plain_name,
    taken_sentence,
    term_words,
    what_happened,
)

KINDS = {"visit": "Visit", "conversion": "Result", "hop": "Short link", "link": "Link"}
PLACES = {"whatsapp": "WhatsApp", "linkedin": "LinkedIn", "x": "X", "hackernews": "Hacker News", "vk": "VK"}
"""Targets whose names are written differently from their keys."""


def amounts(rows: Iterable[Any], field: str, language: str = ENGLISH) -> list[str]:
    """Format the amounts other than 0 in `field` of rows that have a unit: `["€18.40", "12 points"]`."""
    return [money(micros, row.unit, language) for row in rows if (micros := getattr(row, field))]


def count(number: int, singular: str, many: str) -> str:
    """Format a number with its noun, in English: `1 page`, `1,234 pages`."""
    return f"{number:,} {singular if number == 1 else many}"


def when(ms: int, tz: str, few: bool, with_year: bool = False, language: str = ENGLISH) -> str:
    """Format the day of a line, or only its month if `few` people came through the link."""
    return month(ms, tz, language) if few else day(ms, tz, with_year, language=language)


def stamp(ms: int, tz: str, few: bool = False) -> str:
    """Format the same for machines (`<time datetime>`): `2026-10-26`, or `2026-10` if `few`."""
    return local(ms, tz).strftime("%Y-%m" if few else "%Y-%m-%d")


def day_words(name: str, language: str = ENGLISH) -> str:
    """Format a day given as `2026-10-26`: `26 Oct`; anything else stays as it is."""
    try:
        at = date.fromisoformat(name)
    except ValueError:
        return name
    return day_of(datetime(at.year, at.month, at.day), language)


def iso(ms: int) -> str:
    """Format a time for machines, in UTC: `2026-10-26T14:03:00Z`."""
    return f"{local(ms, 'UTC'):%Y-%m-%dT%H:%M:%SZ}"


def utc_minute(ms: int) -> str:
    """Format a moment in UTC for people, to the minute: `26 Oct 2026, 14:03`."""
    return f"{day(ms, 'UTC', with_year=True)}, {local(ms, 'UTC'):%H:%M}"


def spelled(sums: Iterable[tuple[str, int]], language: str = ENGLISH) -> str:
    """Join amounts by unit: `€8.30 and 12 points`."""
    return listed([money(micros, unit, language) for unit, micros in sums], language)


def result_noun(goals: Iterable[str]) -> str:
    """Return the noun for results if all goals are of one kind: purchase or signup; otherwise mixed."""
    sorts = {GOALS.get(goal, "mixed") for goal in goals if goal != NEW_VISITOR}
    return sorts.pop() if sorts in ({"purchase"}, {"signup"}) else "mixed"


def waits(notice: Coming, language: str = ENGLISH) -> str:
    """Format expiring amounts: `€8.30 and 12 points`."""
    return spelled(notice.amounts, language)


def paid_for(goals: Iterable[str], language: str = ENGLISH) -> str:
    """Return what a rule pays for, as a list: purchases and people who are new here."""
    return listed([_paid(goal, language) for goal in goals], language)


def _paid(goal: str, language: str) -> str:
    if goal in ("purchase", NEW_VISITOR):
        return say(language, f"ledger.paid.{goal}")
    return say(language, "ledger.paid.goal", goal=plain_name(goal))


def kind_words(kind: str) -> str:
    """Return the console's word for an event: a conversion is a result."""
    return KINDS.get(kind, plain_name(kind).capitalize())


def reason_words(reason: str | None, language: str = ENGLISH) -> str:
    """Return the sentence for a reason, nothing for none; English if a language lacks it."""
    if not reason:
        return ""
    translated = language != ENGLISH and catalogue(language).get(f"reasons.{reason}")
    return str(translated or REASON_WORDS.get(reason, plain_name(reason).capitalize()))


def web_url(url: str | None) -> str:
    """Return the address if a link may lead to it (http or https), else nothing."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def marked(items: list[str], language: str = ENGLISH) -> Markup:
    """Join amounts as the language does, each highlighted."""
    return Markup(listed([str(Markup("<mark>{}</mark>").format(item)) for item in items], language))  # noqa: S704 - escaped


def pretty(value: object) -> str:
    """Format JSON for people to read; the template escapes it."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def plain_amount(micros: int, unit: str, language: str = ENGLISH) -> str:
    """Format an amount for an input field, as the language writes it: `8.30` or `8,30`, `12`."""
    text = write_amount(abs(micros), unit)
    return text.replace(".", ",") if get_decimal_symbol(locale(language)) == "," else text


def target_words(target: str, language: str = ENGLISH) -> str:
    """Return how a link was sent: `copied link`, `e-mail`, or the name of the target: `Mastodon`."""
    if f"links.to.{target}" in catalogue(ENGLISH):
        return say(language, f"links.to.{target}")
    return PLACES.get(target, plain_name(target).capitalize())


FILTERS: dict[str, Callable[..., str | list[str]]] = {
    function.__name__: function
    for function in (
        money, exact_money, amounts, count, day, day_words, month, week, when, stamp, minute, iso, utc_minute,
        goal_words, what_happened, outcome_sentence, taken_sentence, outcome_words, term_words, kind_words,
        reason_words, web_url,
        pretty,
        author_words,
        target_words, plain_amount, paid_for, listed, marked, number, rule_words, waits, month_of, spelled, result_noun,
    )
}  # fmt: skip

"""The words of the pages: amounts, days and sentences, as pure functions that the templates use as filters.

Nothing here reads a clock, a locale of the machine or a request: the same row gives the same words in a language. The
strings stand in `languages/`; web/language.py makes filters of these functions that know the request's language.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from passalong.core.expiry import EXPIRED
from passalong.core.facts import NEW_VISITOR
from passalong.core.money import MICROS, exponent
from passalong.core.reasons import REASON_WORDS
from passalong.core.settlement import usable
from passalong.flow.notices import Coming
from passalong.languages import ENGLISH, catalogue, number, say
from passalong.languages.figures import day, day_of, listed, local, minute, money, month, percent, week
from passalong.languages.rule import GOALS, rule_words
from passalong.store.views import LedgerRow, WhyPage, WhyTerm

KINDS = {"visit": "Arrival", "conversion": "Outcome", "hop": "Short link"}
MOST_IN_WORDS = 10
PLACES = {"whatsapp": "WhatsApp", "linkedin": "LinkedIn", "x": "X", "hackernews": "Hacker News", "vk": "VK"}
"""Places whose names are written otherwise than they are called here."""


def amounts(rows: Iterable[Any], field: str, language: str = ENGLISH) -> list[str]:
    """The amounts other than 0 in `field` of rows that have a unit, as words: `["€18.40", "12 points"]`.

    They stand in sentences, so what is less than a cent or a point is left out; the tables beneath are exact.
    """
    found = [(getattr(row, field), row.unit) for row in rows if getattr(row, field)]
    return [money(usable(micros, unit) or micros, unit, language) for micros, unit in found]


def count(number: int, one: str, many: str) -> str:
    """A number with its noun, in English: `1 page`, `1,234 pages`."""
    return f"{number:,} {one if number == 1 else many}"


def when(ms: int, tz: str, few: bool, with_year: bool = False, language: str = ENGLISH) -> str:
    """The day of a line, or only its month where `few` people came by the link."""
    return month(ms, tz, language) if few else day(ms, tz, with_year, language=language)


def stamp(ms: int, tz: str, few: bool = False) -> str:
    """The same for machines (`<time datetime>`): `2026-10-26`, or `2026-10` where `few`."""
    return local(ms, tz).strftime("%Y-%m" if few else "%Y-%m-%d")


def day_words(name: str, language: str = ENGLISH) -> str:
    """A day that is given as `2026-10-26` in words: `26 Oct`; anything else as it is."""
    try:
        at = date.fromisoformat(name)
    except ValueError:
        return name
    return day_of(datetime(at.year, at.month, at.day), language)


def iso(ms: int) -> str:
    """A time for machines, in UTC: `2026-10-26T14:03:00Z`."""
    return f"{local(ms, 'UTC'):%Y-%m-%dT%H:%M:%SZ}"


def goal_words(goal: str, language: str = ENGLISH) -> str:
    """What somebody did: `bought something`; a goal with a name of the owner's own is named: `hive tour`."""
    if goal == NEW_VISITOR:
        return say(language, "ledger.did.new_visitor")
    return say(language, f"ledger.did.{GOALS[goal]}") if goal in GOALS else _plain(goal)


def outcome_words(goal: str, few: bool, language: str = ENGLISH) -> str:
    """The last step of a path: `They bought something`."""
    if goal == NEW_VISITOR:
        return say(language, "ledger.step.new_visitor")
    if few:
        return say(language, "ledger.step.outcome")
    if goal in GOALS:
        return say(language, "ledger.step.did", did=goal_words(goal, language))
    return say(language, "ledger.step.happened", goal=_plain(goal))


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip() or "something"


def what_happened(row: LedgerRow, language: str = ENGLISH) -> str:
    """One line of the ledger as a sentence, from the reader's side; names no item where few people came."""
    if row.use_id is not None:
        return say(language, f"use.did.{row.goal}")
    if row.amount_micros < 0:
        return say(language, _less(row))
    level = min(max(row.level, 0), 2)
    if row.goal == NEW_VISITOR:
        return say(language, f"ledger.newcomer.{level}")
    if row.few:
        return say(language, "ledger.line.few")
    who = say(language, f"ledger.who.{level}")
    if row.goal in GOALS:
        return say(language, "ledger.line.did", who=who, did=goal_words(row.goal, language))
    return say(language, "ledger.line.goal", who=who, goal=_plain(row.goal))


def _less(row: LedgerRow) -> str:
    if row.state in ("used", EXPIRED):
        return f"ledger.line.{row.state}"
    if row.few:
        return "ledger.line.undone_few"
    return "ledger.line.returned" if GOALS.get(row.goal) == "purchase" else "ledger.line.undone"


def outcome_sentence(why: WhyPage, tz: str, language: str = ENGLISH) -> str:
    """What led to a credit, in one sentence: `On 21 October 2026 someone bought something for €42.00.`"""
    key, on = ("in", month(why.at_ms, tz, language)) if why.few else ("on", day(why.at_ms, tz, True, True, language))
    on = say(language, f"why.{key}", day=on)
    if why.goal == EXPIRED:
        return say(language, "why.expired", on=on)
    if why.few and why.goal != NEW_VISITOR:
        return say(language, "why.outcome", on=on)
    if why.goal == NEW_VISITOR:
        return say(language, "why.newcomer", on=on)
    if why.goal not in GOALS:
        return say(language, "why.happened", on=on, goal=_plain(why.goal))
    worth = next((money(term.amount_micros, why.unit, language) for term in why.arithmetic if term.kind == "value"), "")
    did = goal_words(why.goal, language)
    return say(language, "why.did_for" if worth else "why.did", on=on, did=did, worth=worth)


def term_words(term: WhyTerm, language: str = ENGLISH) -> str:
    """One row of the arithmetic in words; an unknown kind is shown by its name."""
    if term.kind == "part":
        return _part_words(term, language)
    if term.kind == "reward" and term.fraction:
        return say(language, "why.term.reward_of", fraction=_rate(term.fraction, language))
    if term.kind in ("value", "fixed", "reward", "rounding", "told", EXPIRED):
        return say(language, f"why.term.{term.kind}")
    return _plain(term.kind).capitalize()


def _rate(told: str, language: str) -> str:
    """`10.5 %`, as a receipt has it, the way the language writes it."""
    return percent(round(float(told.strip("% \N{NO-BREAK SPACE}")) * 100), language)


def _part_words(term: WhyTerm, language: str) -> str:
    level = min(max(term.level or 0, 0), 2)
    if term.of and term.of > 1:
        said = say(language, f"why.part.{level}_of", term.of, of=_number(term.of, language))
    else:
        said = say(language, f"why.part.{level}")
    if term.fraction:
        return say(language, "why.part.fraction", fraction=term.fraction, said=said)
    return say(language, "why.part.whole", said=said)


def waits(one: Coming, language: str = ENGLISH) -> str:
    """What is going to expire: `€8.30 and 12 points`."""
    return listed([money(micros, unit, language) for unit, micros in one.amounts], language)


def _number(number: int, language: str) -> str:
    return say(language, f"figures.{number}") if number <= MOST_IN_WORDS else say(language, "figures.n", number)


def paid_for(goals: Iterable[str], language: str = ENGLISH) -> str:
    """What a rule pays for, in a list: purchases and people who are new here."""
    return listed([_paid(goal, language) for goal in goals], language) or say(language, "ledger.paid.nothing")


def _paid(goal: str, language: str) -> str:
    if goal in ("purchase", NEW_VISITOR):
        return say(language, f"ledger.paid.{goal}")
    return say(language, "ledger.paid.goal", goal=_plain(goal))


def kind_words(kind: str) -> str:
    """What the inspector calls an event: a visit is an arrival, a conversion an outcome."""
    return KINDS.get(kind, _plain(kind).capitalize())


def reason_words(reason: str | None, language: str = ENGLISH) -> str:
    """The sentence for a reason of the closed list, nothing for none; English where a language lacks it."""
    if not reason:
        return ""
    translated = language != ENGLISH and catalogue(language).get(f"reasons.{reason}")
    return str(translated or REASON_WORDS.get(reason, _plain(reason).capitalize()))


def web_url(url: str | None) -> str:
    """The address if it is one that a link may lead to (http or https), else nothing."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def marked(items: list[str], language: str = ENGLISH) -> Markup:
    """Amounts in a row, as the language joins them, each in the highlighter's yellow."""
    return Markup(listed([str(Markup("<mark>{}</mark>").format(item)) for item in items], language))  # noqa: S704 - escaped


def pretty(value: object) -> str:
    """JSON for people to read; the template escapes it."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def plain_amount(micros: int, unit: str) -> str:
    """An amount for a field that a person may change: `8.30`, `12`."""
    whole, rest = divmod(abs(micros), MICROS)
    digits = f"{rest:06d}".rstrip("0").ljust(exponent(unit), "0")
    return f"{whole}.{digits}" if digits else str(whole)


def target_words(target: str, language: str = ENGLISH) -> str:
    """How a link was sent: `copying`, `e-mail`, or the name of the place: `Mastodon`."""
    if f"links.to.{target}" in catalogue(ENGLISH):
        return say(language, f"links.to.{target}")
    return PLACES.get(target, _plain(target).capitalize())


FILTERS: dict[str, Callable[..., str | list[str]]] = {
    function.__name__: function
    for function in (
        money, amounts, count, day, day_words, month, week, when, stamp, minute, iso, goal_words, what_happened,
        outcome_sentence, outcome_words, term_words, kind_words, reason_words, web_url, pretty,
        target_words, plain_amount, paid_for, listed, marked, number, rule_words, waits,
    )
}  # fmt: skip

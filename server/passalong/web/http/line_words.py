"""The words of an advocate's lines: what happened, how it adds up, what was taken back. Pure functions."""

from datetime import UTC, datetime
from fractions import Fraction

from passalong.core.facts import NEW_VISITOR
from passalong.core.ledger.line_kinds import LineKind
from passalong.i18n.catalogue import ENGLISH, say
from passalong.i18n.formatting import day, money, month, percent
from passalong.i18n.rule import GOALS
from passalong.store.queries.views import LedgerRow
from passalong.store.queries.why_views import WhyGift, WhyPage, WhyTerm

MOST_IN_WORDS = 10
LONGEST_NOTE = 120


def goal_words(goal: str, language: str = ENGLISH) -> str:
    """Return what somebody did: `bought something`; a goal with a name of the owner's own is named: `hive tour`."""
    if goal == NEW_VISITOR:
        return say(language, "ledger.did.new_visitor")
    return say(language, f"ledger.did.{GOALS[goal]}") if goal in GOALS else plain_name(goal)


def author_words(author: str, site: str) -> str:
    """Return the name under a decision: `site` for people who signed in to its console, else the author's own."""
    return site if author.startswith("owner:") else author


def outcome_words(goal: str, few: bool, language: str = ENGLISH) -> str:
    """Return the last step of a path: `They bought something`."""
    if goal == NEW_VISITOR:
        return say(language, "ledger.step.new_visitor")
    if few:
        return _noun(goal, language)
    if goal in GOALS:
        return say(language, "ledger.step.did", did=goal_words(goal, language))
    return say(language, "ledger.step.happened", goal=plain_name(goal))


def plain_name(name: str) -> str:
    """Return the name of a goal or an event as words: `hive tour`."""
    return name.replace("_", " ").replace("-", " ").strip() or "something"


def what_happened(row: LedgerRow, site: str = "", language: str = ENGLISH) -> str:
    """Return one line of the ledger as a sentence, from the reader's side; names no item where few people came."""
    if row.redemption_id is not None:
        return say(language, f"redemptions.did.{row.goal}")
    if row.amount_micros < 0:
        return _less(row, site, language)
    if row.kind is LineKind.GIVEN:
        return say(
            language, "ledger.line.given", site=site, note=_shortened(row.note), author=author_words(row.author, site)
        )
    if row.kind is LineKind.POOL:
        return say(language, "ledger.line.pool", month=month_of(row.period, language))
    if row.kind in (LineKind.GRANTED, LineKind.REFEREE):
        return say(language, f"ledger.line.{row.kind.value}", site=site)
    level = min(max(row.level, 0), 2)
    if row.kind is LineKind.NEWCOMER:
        return say(language, f"ledger.newcomer.{level}")
    if row.few:
        return _noun(row.goal, language)
    who = say(language, f"ledger.who.{level}")
    if row.goal in GOALS:
        return say(language, "ledger.line.did", who=who, did=goal_words(row.goal, language))
    return say(language, "ledger.line.goal", who=who, goal=plain_name(row.goal))


def _less(row: LedgerRow, site: str, language: str) -> str:
    if row.kind is not LineKind.RESULT:
        return say(language, f"ledger.less.{row.kind.value}", site=site)
    if GOALS.get(row.goal) == "purchase":
        return say(language, "ledger.line.returned")
    return say(language, "ledger.line.undone", what=_noun(row.goal, language))


def _noun(goal: str, language: str) -> str:
    """Return what somebody did as a noun: `A purchase`; a goal with a name of the owner's own is named."""
    return say(language, f"ledger.noun.{GOALS[goal]}") if goal in GOALS else plain_name(goal)


def _shortened(note: str) -> str:
    """Shorten a note to one line of at most 120 characters; the page of the line has all of it."""
    line = " ".join(note.split())
    return line if len(line) <= LONGEST_NOTE else line[: LONGEST_NOTE - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def month_of(period: str, language: str = ENGLISH) -> str:
    """Format a month given as 2026-10: `October 2026`."""
    year, number = map(int, period.split("-"))
    return month(int(datetime(year, number, 15, tzinfo=UTC).timestamp() * 1000), "UTC", language)


def outcome_sentence(why: WhyPage, tz: str, site: str = "", language: str = ENGLISH) -> str:
    """Return what led to a credit, in a sentence: `On 21 October 2026 someone bought something for €42.00.`"""
    key, on = ("in", month(why.at_ms, tz, language)) if why.few else ("on", day(why.at_ms, tz, True, True, language))
    on = say(language, f"why.{key}", day=on)
    if why.gift is not None:
        return _gift_sentence(why.gift, on, day(why.gift.at_ms, tz, True, True, language), site, language)
    if why.pool is not None:
        return say(language, "why.pool", on=on, month=month_of(why.pool.period, language), n=why.pool.people)
    if why.kind in (LineKind.EXPIRED, LineKind.REFEREE):
        return say(language, f"why.{why.kind.value}", on=on)
    if why.kind is LineKind.NEWCOMER:
        return say(language, "why.newcomer", on=on)
    if why.goal not in GOALS:
        return say(language, "why.happened", on=on, goal=plain_name(why.goal))
    someone = say(language, f"why.someone.{GOALS[why.goal]}")
    worth = "" if why.few else _order_value(why, language)
    return say(language, "why.did_for" if worth else "why.did", on=on, someone=someone, worth=worth)


def _order_value(why: WhyPage, language: str) -> str:
    """Format the value of the order, where the arithmetic has one."""
    return next((money(term.amount_micros, why.unit, language) for term in why.arithmetic if term.kind == "value"), "")


def _gift_sentence(gift: WhyGift, on: str, at: str, site: str, language: str) -> str:
    if gift.claim_id is None:
        return say(
            language, "why.given", site=site, note=gift.note.strip(), author=author_words(gift.author, site), day=at
        )
    return say(language, "why.granted_silence" if gift.silent else "why.granted", on=on, site=site)


def term_words(term: WhyTerm, language: str = ENGLISH) -> str:
    """Return one row of the arithmetic in words. Raises KeyError for a kind without words."""
    if term.kind == "part":
        return _part_words(term, language)
    if term.kind == "reward" and term.fraction:
        return say(language, "why.term.reward_of", fraction=_rate(term.fraction, language))
    if term.kind == "share" and term.fraction:
        return say(language, "why.term.share", fraction=_share(term.fraction, language))
    return say(language, f"why.term.{term.kind}")


def _rate(text: str, language: str) -> str:
    """Format a rate as the language writes it: `10.5%`."""
    return percent(round(float(text.strip("% \N{NO-BREAK SPACE}")) * 100), language)


def _share(fraction: str, language: str) -> str:
    """Format a part of the whole: `80%`, or `4/15` if a percentage would not be exact to two digits."""
    hundredths = Fraction(fraction) * 10_000
    return percent(int(hundredths), language) if hundredths.denominator == 1 else fraction


def taken_sentence(why: WhyPage, tz: str, site: str = "", language: str = ENGLISH) -> str:
    """Return what was taken back of a line, when and why; nothing if nothing was."""
    if why.taken is None:
        return ""
    reduction = why.taken
    on = day(reduction.at_ms, tz, True, True, language) if not why.few else month(reduction.at_ms, tz, language)
    on = say(language, "why.in" if why.few else "why.on", day=on)
    amount = money(reduction.amount_micros, why.unit, language)
    sentence = say(language, "why.taken.all" if not why.amount_micros else "why.taken.part", on=on, amount=amount)
    reason = reduction.reason
    if reason.startswith("refunded") and GOALS.get(why.goal) != "purchase":
        reason = "other"
    author, note = author_words(reduction.author, site), reduction.note.strip().rstrip(".。")
    because = say(language, f"why.taken.{reason}", site=site, author=author, note=note)
    return say(language, "why.taken.because", said=sentence, because=because)


def _part_words(term: WhyTerm, language: str) -> str:
    level = min(max(term.level or 0, 0), 2)
    if level == 0 and term.how != "came":
        sentence = say(language, f"why.part.{term.how}")
    elif term.of and term.of > 1:
        sentence = say(language, f"why.part.{level}_of", term.of, of=_number(term.of, language))
    else:
        sentence = say(language, f"why.part.{level}")
    if term.fraction:
        return say(language, "why.part.fraction", fraction=_share(term.fraction, language), said=sentence)
    return say(language, "why.part.whole", said=sentence)


def _number(number: int, language: str) -> str:
    return say(language, f"formatting.{number}") if number <= MOST_IN_WORDS else say(language, "formatting.n", number)

"""Amounts and days in a language, as pure functions: no clock and no locale of the machine.

Pages and mails show whole cents and whole points, rounded down; receipts, CSV and JSON are exact (`exact_money`).
English is the house's own (`26 Oct 2026`, `−€4.00`); the rest is Babel's.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_percent, get_currency_symbol

from passalong.core.money import MICROS, POINTS, exponent, step_micros, whole_micros
from passalong.i18n.catalogue import ENGLISH, PSEUDO, RIGHT_TO_LEFT, locale, number, say

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = "January February March April May June July August September October November December".split()
MINUS = "\N{MINUS SIGN}"
_EXACT = Context(prec=40)


def money(micros: int, unit: str, language: str = ENGLISH) -> str:
    """An amount for people in whole minor units, cut towards zero: `€4.00`, `−€4.00`, `¥42`, `12 points`.

    What is less than the smallest step is said to be so: `under €0.01`.
    """
    cut = whole_micros(micros, unit)
    if micros and not cut:
        return say(language, "formatting.under", amount=exact_money(step_micros(unit), unit, language))
    return exact_money(cut, unit, language)


@lru_cache(4096)
def exact_money(micros: int, unit: str, language: str = ENGLISH) -> str:
    """An exact amount: like `money`, but €0.0032 stays €0.0032, so that nothing is lost."""
    least = (2 if micros % MICROS else 0) if unit == POINTS else exponent(unit)
    if unit == POINTS:
        figure = _sign(micros, language) + _figure(abs(micros), least, language)
        return say(language, "formatting.points", abs(micros) // MICROS if micros % MICROS == 0 else 2, figure=figure)
    if language in (ENGLISH, PSEUDO):
        return f"{_sign(micros, language)}{_symbol(unit)}{_figure(abs(micros), least, language)}"
    exact = _EXACT.divide(Decimal(micros), Decimal(MICROS)).normalize(_EXACT)
    exact = exact.quantize(Decimal(1).scaleb(min(-least, int(exact.as_tuple().exponent))), context=_EXACT)
    return format_currency(exact, unit, locale=locale(language), decimal_quantization=False).replace(
        "-", _sign(-1, language)
    )


@lru_cache(512)
def _symbol(unit: str) -> str:
    """The sign before an English amount; a sign of letters keeps a gap."""
    symbol = get_currency_symbol(unit, locale=ENGLISH)
    return symbol + ("\N{NO-BREAK SPACE}" if symbol[-1:].isalpha() else "")


def percent(hundredths: int, language: str = ENGLISH) -> str:
    """Hundredths of a percent for people: `10.5%`, in German `10,5 %`."""
    exact = Decimal(hundredths) / 100
    if language in (ENGLISH, PSEUDO):
        return f"{exact.normalize():f}%"
    return format_percent(exact / 100, locale=locale(language), decimal_quantization=False)


def _sign(micros: int, language: str) -> str:
    """The minus, which stands at the left of its digits also where everything else runs from the right."""
    left = "\N{LEFT-TO-RIGHT MARK}" if language in RIGHT_TO_LEFT else ""
    return left + MINUS if micros < 0 else ""


def _figure(micros: int, least: int, language: str) -> str:
    whole, rest = divmod(micros, MICROS)
    digits = f"{rest:06d}".rstrip("0").ljust(least, "0")
    point = locale(language).number_symbols["latn"]["decimal"]
    return number(whole, language) + (f"{point}{digits}" if digits else "")


@lru_cache(maxsize=64)
def _zone(tz: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz)
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def local(ms: int, tz: str) -> datetime:
    """A moment in the site's time zone; UTC where nobody knows such a zone."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(_zone(tz))


def day_of(at: datetime, language: str, with_year: bool = False, long: bool = False) -> str:
    """A day: `26 Oct`; `with_year`: `26 Oct 2026`; `long`: `26 October`."""
    return _written(at.date(), language, with_year=with_year, long=long)


@lru_cache(4096)
def _written(at: date, language: str, *, with_year: bool, long: bool) -> str:
    if language not in (ENGLISH, PSEUDO) and with_year and long:
        return format_date(at, "long", locale=locale(language))
    if language not in (ENGLISH, PSEUDO):
        return format_skeleton(("y" if with_year else "") + ("MMMMd" if long else "MMMd"), at, locale=locale(language))
    name = MONTHS[at.month - 1]
    words = f"{at.day} {name if long else name[:3]}"
    return f"{words} {at.year}" if with_year else words


def day(ms: int, tz: str, with_year: bool = False, long: bool = False, language: str = ENGLISH) -> str:
    """A day in the site's time zone: `26 Oct`; `with_year`: `26 Oct 2026`; `long`: `26 October`."""
    return day_of(local(ms, tz), language, with_year, long)


def month(ms: int, tz: str, language: str = ENGLISH) -> str:
    """A month in the site's time zone, always with its year: `October 2026`."""
    at = local(ms, tz)
    if language not in (ENGLISH, PSEUDO):
        return format_skeleton("yMMMM", at, locale=locale(language))
    return f"{MONTHS[at.month - 1]} {at.year}"


def month_name(ms: int, tz: str, language: str = ENGLISH) -> str:
    """A month without its year, as a sentence begins with it: `October`."""
    at = local(ms, tz)
    if language in (ENGLISH, PSEUDO):
        return MONTHS[at.month - 1]
    return format_date(at, "LLLL", locale=locale(language))


def week(ms: int, tz: str, language: str = ENGLISH) -> str:
    """The Monday of the week, the finest that is said about other people: `12 October`."""
    at = local(ms, tz)
    return day_of(at - timedelta(days=at.weekday()), language, long=True)


def minute(ms: int, tz: str, language: str = ENGLISH) -> str:
    """A moment to the minute: `26 Oct, 14:03`."""
    return f"{day(ms, tz, language=language)}{say(language, 'formatting.comma')}{local(ms, tz):%H:%M}"


def listed(items: list[str], language: str = ENGLISH) -> str:
    """`€18.40 and 12 points`: items in a row, as the language joins them."""
    if len(items) < 2:
        return "".join(items)
    first = say(language, "formatting.comma").join(items[:-1])
    return say(language, "formatting.and", first=first, last=items[-1])

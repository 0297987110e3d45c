"""A first rule in a few characters: `10%` of a purchase, `5 EUR` or `20 points` for each, or `thanks` for no reward."""

import re
from decimal import Decimal

from passalong.core.money import MICROS, POINTS, exponent
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.validation import BadTermsError, checked

GOAL = "purchase"
THANKS = "thanks"
HOW = 'A reward is "10%" of a purchase, a fixed "5 EUR" or "20 points" for each, or thanks: not {text!r}.'
_RATE = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%", re.ASCII)
_FIXED = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,4})?) ?([A-Za-z]{3}|points?)", re.ASCII)


def currency_of(text: str) -> str | None:
    """Return the currency that a reward names, if it names one."""
    fixed = _FIXED.fullmatch(text.strip())
    return fixed[2].upper() if fixed and len(fixed[2]) == 3 else None


def terms_of(text: str, currency: str) -> Terms:
    """Return the terms of a new site that pays this reward. Raises BadTermsError with what to write instead."""
    words = text.strip()
    if words.lower() == THANKS:
        return Terms(goals=())
    if rate := _RATE.fullmatch(words):
        return checked(Terms(goals=(Goal(GOAL, currency, rate_bp=int(_number(rate[1]) * 100)),)))
    if not (fixed := _FIXED.fullmatch(words)):
        raise BadTermsError([HOW.format(text=text[:60])])
    unit = POINTS if fixed[2].lower().startswith("point") else fixed[2].upper()
    amount = _number(fixed[1])
    if amount != round(amount, exponent(unit)):
        raise BadTermsError(
            [f"{amount} {unit} is finer than {unit} is counted: write at most {exponent(unit)} decimals."]
        )
    if unit not in (POINTS, currency):
        raise BadTermsError(
            [f"The site pays in {currency}: write the reward in {currency}, or as a percentage or points."]
        )
    return checked(Terms(goals=(Goal(GOAL, unit, fixed_micros=int(amount * MICROS)),)))


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))

"""Presets: the four rewards that a site starts from, in the first run and in the rule's editor."""

from collections.abc import Mapping
from enum import StrEnum

from passalong.core.money import MICROS, POINTS, exponent
from passalong.core.terms.amounts import read_amount, read_percent, write_amount, write_percent
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.validation import checked

PURCHASE = "purchase"
START_RATE_BP = 1_000
START_POINTS = 20


class Preset(StrEnum):
    """The kind of a reward, in the order in which it is offered."""

    SHARE = "share"
    """A part of each sale."""
    FIXED = "fixed"
    """A fixed thank-you in money."""
    POINTS = "points"
    THANKS = "thanks"
    """No reward: sharing is counted and thanked."""


def start_amount(preset: Preset, currency: str) -> str:
    """Return what the amount's field says first: `10` (percent), `5.00` (money), `20` (points), nothing for thanks."""
    few = 500 if exponent(currency) == 0 else 5
    amounts: Mapping[Preset, str] = {
        Preset.SHARE: write_percent(START_RATE_BP),
        Preset.FIXED: write_amount(few * MICROS, currency),
        Preset.POINTS: str(START_POINTS),
        Preset.THANKS: "",
    }
    return amounts[preset]


def preset_terms(preset: Preset, currency: str, amount: str | None = None) -> Terms:
    """Return the terms of a preset, with the amount that a person typed (None: the usual one).

    Raises BadAmountError, or BadTermsError, with what to write instead.
    """
    typed = start_amount(preset, currency) if amount is None else amount
    goals: tuple[Goal, ...] = ()
    if preset is Preset.SHARE:
        goals = (Goal(PURCHASE, currency, rate_bp=read_percent(typed)),)
    elif preset is Preset.FIXED:
        goals = (Goal(PURCHASE, currency, fixed_micros=read_amount(typed, currency)),)
    elif preset is Preset.POINTS:
        goals = (Goal(PURCHASE, POINTS, fixed_micros=read_amount(typed, POINTS)),)
    return checked(Terms(goals=goals))


def preset_of(terms: Terms) -> Preset:
    """Return the preset that terms come from, by what their first goal pays."""
    first = next(iter(terms.goals), None)
    if first is None:
        return Preset.THANKS
    if first.rate_bp is not None:
        return Preset.SHARE
    return Preset.POINTS if first.unit == POINTS else Preset.FIXED

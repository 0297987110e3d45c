"""The rule in words: a sentence a goal, how it is shared, when it is ready. What the open book and why pages print."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from passalong.core.attribution.chains import generations
from passalong.core.facts import NEW_VISITOR
from passalong.core.money import MICROS
from passalong.core.shops.systems import SYSTEMS
from passalong.core.terms.model import GenerationModel, Goal, Terms
from passalong.i18n.catalogue import ENGLISH, locale, say
from passalong.i18n.formatting import exact_money, percent

GOALS: Mapping[str, str] = {
    "purchase": "purchase",
    "order": "purchase",
    "sale": "purchase",
    "signup": "signup",
    "sign_up": "signup",
    "newsletter": "newsletter",
    "subscription": "subscription",
    "donation": "donation",
    "booking": "booking",
    "download": "download",
}
"""Goals that have words of their own, by the name of those words; the others are called by the owner's name."""
SHORTER: Mapping[str, str] = {"visit": "visit", "none": "page"}
"""The sentences of the settings of `remember` under which a browser forgets the code before the window ends."""
STEPS = 3
"""The most people paid for one touch: the link's owner and two ancestors."""


def rule_words(
    terms: Terms, language: str = ENGLISH, remember: str = "window", *, bases: Sequence[tuple[str, str]]
) -> str:
    """Say what the terms pay for, of which part of a price, how it is shared, when it is ready, and when it expires.

    `remember` is the site's setting: the window is promised only where a browser keeps the code for so long. `bases`
    are the part of a price that counts and the shop system, for each connection; none for rules of the past.
    """
    paid = [reward_words(terms, language, remember), *_basis_words(terms, language, bases)]
    return say(language, "rule.next").join([*paid, sharing_words(terms, language)] if terms.goals else paid)


def _basis_words(terms: Terms, language: str, bases: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Say of which part of a price a percentage is taken; the systems are named where they differ."""
    if not any(goal.rate_bp for goal in terms.goals):
        return
    for basis in dict.fromkeys(basis for basis, _ in bases):
        systems = [SYSTEMS[system].name for one, system in bases if one == basis]
        named = f" ({', '.join(systems)})" if len(systems) < len(bases) else ""
        yield say(language, f"rule.basis.{basis}") + named


def reward_words(terms: Terms, language: str = ENGLISH, remember: str = "window") -> str:
    """Say what the terms pay for, a sentence a goal: the first part of `rule_words`."""
    if not terms.goals:
        return say(language, "rule.thanks")
    return say(language, "rule.next").join(_goal(goal, terms, language, remember) for goal in terms.goals)


def sharing_words(terms: Terms, language: str = ENGLISH) -> str:
    """Say how a reward is shared, when it is ready, and when it expires: the second part of `rule_words`."""
    shared = say(language, "rule.shared", touch=_touch(terms, language), parts=_parts(terms, language))
    hold = say(language, "rule.hold", terms.hold_days) if terms.hold_days else say(language, "rule.hold_none")
    gone = [say(language, "rule.expiry", terms.expiry_months)] if terms.expiry_months else []
    return say(language, "rule.next").join([shared, hold, *gone])


def _touch(terms: Terms, language: str) -> str:
    return say(language, f"rule.touch.{terms.touch_model}")


def _parts(terms: Terms, language: str) -> str:
    model: GenerationModel = terms.generation_model
    if model == "binomial":
        return say(language, "rule.binomial")
    parts = [
        say(language, f"rule.part.{step}", percent=percent(int(part * 10_000), language))
        for step, part in enumerate(generations(model, STEPS))
        if part
    ]
    return say(language, "formatting.comma").join(parts)


def _goal(goal: Goal, terms: Terms, language: str, remember: str) -> str:
    filled: dict[str, Any] = {"reward": _reward(goal, language), "limits": "".join(_limits(goal, language))}
    if goal.name == NEW_VISITOR:
        return say(language, "rule.newcomer", **filled)
    if goal.name in GOALS:
        does = say(language, f"rule.does.{GOALS[goal.name]}")
    else:
        does = say(language, "rule.does.other", goal=goal.name.replace("_", " "))
    if remember in SHORTER:
        return say(language, f"rule.goal_{SHORTER[remember]}", does=does, **filled)
    within = say(language, "rule.within", terms.window_days)
    return say(language, "rule.goal", does=does, within=within, **filled)


def _reward(goal: Goal, language: str) -> str:
    if goal.fixed_micros is None:
        return say(language, "rule.reward.rate", percent=percent(goal.rate_bp or 0, language))
    whole, rest = divmod(goal.fixed_micros, MICROS)
    amount = _amounts(goal, "fixed_micros", language)
    return say(language, "rule.reward.fixed", 2 if rest else whole, amount=amount)


def _limits(goal: Goal, language: str) -> Iterator[str]:
    """Return a goal's conditions and limits in words."""
    comma = say(language, "formatting.comma")
    if minimum := _amounts(goal, "minimum_micros", language):
        yield say(language, "rule.limit.minimum", amount=minimum)
    if goal.pages:
        yield say(language, "rule.limit.pages", pages=comma.join(goal.pages))
    if goal.products:
        yield say(language, "rule.limit.products", products=comma.join(goal.products))
    if goal.countries:
        names = locale(language).territories
        yield say(language, "rule.limit.countries", countries=comma.join(names.get(c, c) for c in goal.countries))
    for name in ("cap", "day_cap", "month_budget"):
        if amounts := _amounts(goal, f"{name}_micros", language):
            yield say(language, f"rule.limit.{name}", amount=amounts)
    if amounts := _amounts(goal, "welcome_micros", language):
        yield say(language, f"rule.limit.{'welcome_limited' if goal.has_limits else 'welcome'}", amount=amounts)


def _amounts(goal: Goal, field: str, language: str) -> str:
    """Return an amount of the goal in each currency that names it: `€5.00 / $6.00`."""
    unit = goal.currency or goal.unit if field == "minimum_micros" else goal.unit
    named = [(unit, getattr(goal, field)), *((amount.unit, getattr(amount, field)) for amount in goal.also_in)]
    return " / ".join(exact_money(micros, amount, language) for amount, micros in named if micros)

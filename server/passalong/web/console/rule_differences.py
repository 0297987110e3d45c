"""Differences between two versions of the rule, in words."""

from passalong.core.terms.model import Goal, Terms
from passalong.i18n.catalogue import ENGLISH, catalogue, say
from passalong.i18n.formatting import exact_money, percent
from passalong.web.console.rule_form import form_of

PARTS = ("window", "hold", "split", "touch", "generation", "pool", "weights", "expiry")
GOAL_PARTS = ("amount", "minimum", "cap", "day", "month", "referee", "pages", "products", "countries")


def differences(before: Terms, after: Terms, currency: str) -> list[str]:
    """Return a sentence for each part that differs: `Counted for: 30 → 14 days`."""
    old, new = form_of(before, currency), form_of(after, currency)
    if not before.goals or not after.goals:
        parts: tuple[str, ...] = ()
    else:
        parts = PARTS if "own" in (old["split"], new["split"]) else tuple(set(PARTS) - {"touch", "generation"})
    changes = [_changed(name, old[name], new[name]) for name in PARTS if name in parts and old[name] != new[name]]
    for goal in before.goals:
        later = after.goal(goal.name)
        changes += [_line("gone", goal=_goal(goal))] if later is None else _goal_differences(goal, later, currency)
    return changes + [_line("new", goal=_goal(goal)) for goal in after.goals if before.goal(goal.name) is None]


def _goal_differences(before: Goal, after: Goal, currency: str) -> list[str]:
    old, new = (form_of(Terms(goals=(goal,)), currency) for goal in (before, after))
    for form, goal in ((old, before), (new, after)):
        form["amount-0"] = _reward(goal)
    names = [name for name in GOAL_PARTS if old[f"{name}-0"] != new[f"{name}-0"]]
    return [f"{_goal(after)}, {_changed(name, old[f'{name}-0'], new[f'{name}-0'])}" for name in names]


def _reward(goal: Goal) -> str:
    if goal.rate_bp is not None:
        return percent(goal.rate_bp)
    return exact_money(goal.fixed_micros or 0, goal.unit)


def _changed(name: str, before: str, after: str) -> str:
    return _line(
        "changed",
        part=say(ENGLISH, f"console_rule.part.{name}"),
        before=_value(name, before),
        after=_value(name, after),
    )


def _line(kind: str, **values: str) -> str:
    return say(ENGLISH, f"console_rule.difference.{kind}", None, **values)


def _value(name: str, text: str) -> str:
    key = f"console_rule.{name}.{text}"
    if key in catalogue(ENGLISH):
        return say(ENGLISH, key)
    return ", ".join(text.splitlines()) or say(ENGLISH, "console_rule.nothing")


def _goal(goal: Goal) -> str:
    key = f"console_rule.goal.{goal.name}"
    return say(ENGLISH, key) if key in catalogue(ENGLISH) else goal.name.replace("_", " ")

"""Choices of the rule's form with their words, and what a goal is called on the page."""

from typing import Any

from passalong.i18n.catalogue import ENGLISH, say
from passalong.web.console.rule_form import CHOICES, GOALS, HOLDS, OTHER, OWN, SPLITS, WINDOWS, Fields

Options = list[tuple[str, str]]


def choices_of(fields: Fields) -> dict[str, Any]:
    """Return the options of every select, as the template names them; a value of its own is offered, too."""
    return {
        "goal_options": [(name, _word(f"goal.{name}")) for name in (*GOALS, OTHER)],
        "window_options": _days(WINDOWS, fields.get("window", ""), "days"),
        "hold_options": _days(HOLDS, fields.get("hold", ""), "hold_after"),
        "split_options": [(name, _word(f"split.{name}")) for name in (*SPLITS, OWN)],
        "options_of": {of: [(name, _word(f"{of}.{name}")) for name in names] for of, names in CHOICES.items()},
    }


def goal_name(fields: Fields, number: int) -> str:
    """Return what people do for a goal, in words: `buys anything`."""
    name = fields.get(f"name-{number}", "")
    if name in GOALS:
        return _word(f"goal.{name}")
    return fields.get(f"other-{number}", "").replace("_", " ") or _word("goal.other")


def _days(usual: tuple[int, ...], chosen: str, words: str) -> Options:
    own = {int(chosen)} if chosen.isascii() and chosen.isdigit() and len(chosen) < 3 else set()
    return [
        (str(days), say(ENGLISH, f"console_rule.{words}", days) if days else _word("hold.0"))
        for days in sorted({*usual} | own)
    ]


def _word(key: str) -> str:
    return say(ENGLISH, f"console_rule.{key}")

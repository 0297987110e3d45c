"""The form of the rule: terms as texts of fields, and back, with an error for each field that cannot stand."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from passalong.core.facts import NEW_VISITOR
from passalong.core.money import POINTS
from passalong.core.terms.also_in import also_in_problems
from passalong.core.terms.amounts import BadAmountError, read_amount, read_percent, write_amount, write_percent
from passalong.core.terms.currencies import CURRENCIES
from passalong.core.terms.model import AmountsIn, GenerationModel, Goal, PoolModel, Terms, TouchModel
from passalong.core.terms.validation import BadTermsError, checked

GOALS = ("purchase", "signup", "newsletter", "subscription", "donation", "booking", "download", NEW_VISITOR)
OTHER, OWN = "other", "own"
SHARE, MONEY = "share", "money"
SPLITS: Mapping[str, tuple[TouchModel, GenerationModel]] = {
    "all_chain": ("linear_unique", "fair"),
    "all": ("linear_unique", "none"),
    "last": ("last", "none"),
    "last_chain": ("last", "fair"),
    "first": ("first", "none"),
}
"""The usual ways to share; any other is put together of a touch model and a generation model."""
WINDOWS, HOLDS = (1, 7, 14, 30, 60, 90), (0, 7, 14, 30, 60, 90)
MOST_GOALS = 12
LIMITS = (("cap", "cap_micros"), ("day", "day_cap_micros"), ("month", "month_budget_micros"))
LISTS = ("pages", "products", "countries")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "touch": get_args(TouchModel),
    "generation": get_args(GenerationModel),
    "pool": get_args(PoolModel),
}

LABELS: Mapping[str, str] = {
    "new_visitor": "A first visit",
    "day_cap_micros": "limit per person per day",
    "cap_micros": "“At most each time”",
    "expiry_months": "the months",
    "remember": "“A browser remembers a shared link”",
    "window": "“as long as the rule allows”",
}
"""Names of fields and values in files, and what the console calls them."""

Fields = dict[str, str]


def form_of(terms: Terms, currency: str) -> Fields:
    """Return the fields that say these terms."""
    split = next(
        (name for name, models in SPLITS.items() if models == (terms.touch_model, terms.generation_model)), OWN
    )
    fields: Fields = {
        "goals": str(len(terms.goals)),
        "window": str(terms.window_days),
        "hold": str(terms.hold_days),
        "split": split,
        "touch": terms.touch_model,
        "generation": terms.generation_model,
        "pool": terms.pool_model,
        "weights": " ".join(map(str, terms.last_weights)),
        "expiry": str(terms.expiry_months or ""),
    }
    for number, goal in enumerate(terms.goals):
        fields |= {f"{name}-{number}": text for name, text in _fields_of(goal, currency).items()}
    return fields


def _fields_of(goal: Goal, currency: str) -> Fields:
    money = goal.currency or currency if goal.unit == POINTS else goal.unit
    kind = SHARE if goal.rate_bp is not None else POINTS if goal.unit == POINTS else MONEY
    amount = (
        write_percent(goal.rate_bp) if goal.rate_bp is not None else write_amount(goal.fixed_micros or 0, goal.unit)
    )
    fields = {
        "name": goal.name if goal.name in GOALS else OTHER,
        "other": "" if goal.name in GOALS else goal.name,
        "kind": kind,
        "unit": money,
        "also": msgspec.json.encode(goal.also_in).decode() if goal.also_in else "",
        "amount": amount,
        "minimum": write_amount(goal.minimum_micros, goal.currency or money) if goal.minimum_micros else "",
        "referee": write_amount(goal.welcome_micros, goal.unit) if goal.welcome_micros else "",
    }
    fields |= {name: write_amount(most, goal.unit) if (most := getattr(goal, of)) else "" for name, of in LIMITS}
    return fields | {name: "\n".join(getattr(goal, name)) for name in LISTS}


def read_form(fields: Mapping[str, str], currency: str) -> tuple[Terms | None, Fields]:
    """Return the terms that the fields say, or None and a sentence for each field that cannot stand."""
    reader = _Reader(fields, currency)
    goals = [reader.goal(number) for number in range(number_of_goals(fields))]
    terms = reader.terms(tuple(goal for goal in goals if goal is not None))
    if terms is None or reader.errors:
        return None, reader.errors
    try:
        return checked(terms), {}
    except BadTermsError as error:
        return None, {"": plainly(error.problems)}


def plainly(problems: Iterable[str]) -> str:
    """Return problems of terms with the labels of the page in place of the names that files use."""
    message = " ".join(problems)
    for name, label in LABELS.items():
        message = message.replace(f"`{name}`", label)
    return message


def number_of_goals(fields: Mapping[str, str]) -> int:
    """Return the number of goals of the form, of which nobody needs more than a dozen."""
    text = fields.get("goals", "0")
    return min(int(text), MOST_GOALS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text that say something, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class _Reader:
    """Reads fields one by one and collects what is wrong with each."""

    def __init__(self, fields: Mapping[str, str], currency: str):
        self._fields = fields
        self._currency = currency
        self.errors: Fields = {}

    def _text(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def terms(self, goals: tuple[Goal, ...]) -> Terms | None:
        split = self._one_of("split", (*SPLITS, OWN))
        touch, generation = SPLITS.get(split) or (self._one_of("touch"), self._one_of("generation"))
        values: dict[str, Any] = {
            "window_days": self._number("window", 1, 90),
            "hold_days": self._number("hold", 0, 90),
            "expiry_months": self._number("expiry", 12, 120) if self._text("expiry") else None,
            "pool_model": self._one_of("pool"),
            "last_weights": self._weights(),
        }
        if self.errors:
            return None
        return Terms(goals=goals, touch_model=touch, generation_model=generation, **values)  # type: ignore[arg-type]

    def goal(self, number: int) -> Goal | None:
        before = len(self.errors)
        chosen = self._one_of(f"name-{number}", (*GOALS, OTHER))
        name = self._text(f"other-{number}") if chosen == OTHER else chosen
        kind = self._one_of(f"kind-{number}", (SHARE, MONEY, POINTS))
        money = self._text(f"unit-{number}") if self._text(f"unit-{number}") in CURRENCIES else self._currency
        unit = POINTS if kind == POINTS else money
        limits: dict[str, Any] = {of: self._amount(f"{limit}-{number}", unit) for limit, of in LIMITS}
        goal = Goal(
            name,
            unit,
            minimum_micros=self._amount(f"minimum-{number}", money) or 0,
            welcome_micros=self._amount(f"referee-{number}", unit),
            pages=_lines(self._text(f"pages-{number}")),
            products=_lines(self._text(f"products-{number}")),
            countries=_lines("\n".join(self._text(f"countries-{number}").upper().replace(",", " ").split())),
            **limits,
        )
        goal = self._paying(goal, number, kind)
        if goal.minimum_micros and unit == POINTS:
            goal = replace(goal, currency=money)
        goal = replace(goal, also_in=self._also_in(goal, number))
        if len(self.errors) > before:
            return None
        self._check(goal, number, chosen)
        return goal

    def _also_in(self, goal: Goal, number: int) -> tuple[AmountsIn, ...]:
        """Return the amounts in further currencies that the form carried; none where the goal pays in another way."""
        try:
            amounts = msgspec.json.decode(self._text(f"also-{number}") or "[]", type=tuple[AmountsIn, ...])
        except msgspec.DecodeError:
            return ()
        return () if any(True for _ in also_in_problems(replace(goal, also_in=amounts))) else amounts

    def _paying(self, goal: Goal, number: int, kind: str) -> Goal:
        field = f"amount-{number}"
        try:
            if kind == SHARE:
                return replace(goal, rate_bp=read_percent(self._text(field)))
            return replace(goal, fixed_micros=read_amount(self._text(field), goal.unit))
        except BadAmountError as error:
            self.errors[field] = str(error)
        return goal

    def _check(self, goal: Goal, number: int, chosen: str) -> None:
        """Put what is wrong with a goal beside its name, where no field of its own is to blame."""
        try:
            checked(Terms(goals=(goal,)))
        except BadTermsError as error:
            self.errors[f"{OTHER if chosen == OTHER else 'name'}-{number}"] = plainly(error.problems)

    def _amount(self, name: str, unit: str) -> int | None:
        if not self._text(name):
            return None
        try:
            return read_amount(self._text(name), unit)
        except BadAmountError as error:
            self.errors[name] = str(error)
        return None

    def _number(self, name: str, least: int, most: int) -> int:
        text = self._text(name)
        if text.isascii() and text.isdigit() and len(text) < 4 and least <= int(text) <= most:
            return int(text)
        self.errors[name] = f"Write a whole number from {least} to {most}."
        return least

    def _one_of(self, name: str, choices: tuple[str, ...] = ()) -> str:
        choices = choices or CHOICES[name]
        text = self._text(name)
        if text not in choices:
            self.errors[name] = "Choose one from the list."
            return choices[0]
        return text

    def _weights(self) -> tuple[int, ...]:
        texts = self._text("weights").replace(",", " ").split()
        if 1 <= len(texts) <= 20 and all(
            text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000 for text in texts
        ):
            return tuple(map(int, texts))
        self.errors["weights"] = "Write 1 to 20 whole numbers from 1 to 1,000, the oldest link first, such as 1 2 3."
        return (1,)

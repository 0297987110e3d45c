"""The rule in words, as people read it."""

from typing import get_args

import pytest

from passalong.core.money import MICROS, POINTS
from passalong.core.terms import GenerationModel, Goal, Terms, TouchModel
from passalong.languages import ENGLISH, LANGUAGES
from passalong.languages.rule import GOALS, rule_words

GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        (
            Goal("purchase", "EUR", rate_bp=1_000),
            "within 30 days of arriving by a shared link, 10 % of the value goes back.",
        ),
        (Goal("purchase", "EUR", rate_bp=1_050), "by a shared link, 10.5 % of the value goes back."),
        (Goal("purchase", "EUR", fixed_micros=5 * MICROS), "by a shared link, 5 EUR go back."),
        (Goal("purchase", POINTS, fixed_micros=MICROS), "by a shared link, 1 point goes back."),
        (
            Goal("new_visitor", POINTS, fixed_micros=10 * MICROS),
            "for the first time by a shared link, 10 points go back.",
        ),
        (Goal("hive_tour", POINTS, fixed_micros=MICROS // 2), "When someone does “hive tour” within 30 days"),
    ],
)
def test_a_goal_is_a_sentence(goal: Goal, said: str) -> None:
    assert said in rule_words(Terms(goals=(goal,))).replace(GAP, " ")


@pytest.mark.parametrize(
    ("window_days", "hold_days", "said"),
    [
        (1, 0, ("within 1 day of", "It is ready at once.")),
        (2, 1, ("within 2 days of", "It is ready after 1 day.")),
        (90, 90, ("within 90 days of", "It is ready after 90 days.")),
    ],
)
def test_the_days_are_those_of_the_terms(window_days: int, hold_days: int, said: tuple[str, str]) -> None:
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=1),), window_days=window_days, hold_days=hold_days)
    assert all(words in rule_words(terms) for words in said)


EVERYTHING_ASKED = Goal(
    "purchase",
    "EUR",
    rate_bp=1_250,
    minimum_micros=20 * MICROS,
    pages=("/shop/*",),
    products=("hive-kit",),
    countries=("JP", "DE"),
    cap_micros=5 * MICROS,
    day_cap_micros=1_500_000,
    month_budget_micros=1_000 * MICROS,
    welcome_micros=2 * MICROS,
)


def rules() -> list[Terms]:
    """Every way to share and to pass up, every goal with words of its own, every condition."""
    goals = tuple(Goal(name, POINTS, fixed_micros=3 * MICROS) for name in (*GOALS, "new_visitor", "hive_tour"))
    touches = [Terms(goals=(EVERYTHING_ASKED,), touch_model=model) for model in get_args(TouchModel)]
    up = [Terms(goals=goals, generation_model=model, hold_days=0) for model in get_args(GenerationModel)]
    return touches + up


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != ENGLISH])
def test_every_rule_has_its_sentence_in_every_language(language: str) -> None:
    said = [rule_words(rule, language) for rule in rules()]
    assert len(set(said)) >= len(said) - 2  # two touch models read alike
    english = (" the ", " of ", "someone", " back", "EUR")
    assert [text for text in said if any(word in text for word in english)] == []
    asked = [text for text in said if "hive-kit" in text]
    assert len(asked) == len(get_args(TouchModel))
    assert all(
        "/shop/*" in text and "20" in text and "1.000" in text.replace(",", ".").replace("\u202f", ".")
        for text in asked
    )


def test_a_rule_in_german_and_arabic_writes_its_figures_as_they_do() -> None:
    german, arabic = (rule_words(Terms(goals=(EVERYTHING_ASKED,)), language) for language in ("de", "ar"))
    assert "gehen 12,5\N{NO-BREAK SPACE}% des Werts zurück" in german
    assert "mindestens 20,00\N{NO-BREAK SPACE}€" in german
    assert "in Japan, Deutschland" in german
    assert "خلال 30 يومًا من وصوله" in arabic

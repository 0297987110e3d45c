"""The rule in words, as people read it."""

import pytest

from passalong.core.money import MICROS, POINTS
from passalong.core.terms import Goal, Terms
from passalong.languages.rule import rule_words

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

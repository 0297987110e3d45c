"""The rule in words, as people read it."""

from typing import get_args

import pytest
from msgspec.structs import replace

from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import AmountsIn, GenerationModel, Goal, Terms, TouchModel
from passalong.i18n.catalogue import ENGLISH, LANGUAGES, say
from passalong.i18n.formatting import exact_money
from passalong.i18n.rule import GOALS, rule_words

GAP = "\N{NO-BREAK SPACE}"


def words_of(terms: Terms, language: str = ENGLISH, remember: str = "window") -> str:
    """The rule of a site without a shop connection."""
    return rule_words(terms, language, remember, bases=())


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        (
            Goal("purchase", "EUR", rate_bp=1_000),
            "within 30 days of visiting through a shared link, sharers get 10% of the price.",
        ),
        (Goal("purchase", "EUR", rate_bp=1_050), "through a shared link, sharers get 10.5% of the price."),
        (Goal("purchase", "EUR", fixed_micros=5 * MICROS), "through a shared link, sharers get €5.00."),
        (Goal("purchase", POINTS, fixed_micros=MICROS), "through a shared link, sharers get 1 point."),
        (
            Goal("new_visitor", POINTS, fixed_micros=10 * MICROS),
            "for the first time through a shared link, sharers get 10 points.",
        ),
        (Goal("hive_tour", POINTS, fixed_micros=MICROS // 2), "When someone does “hive tour” within 30 days"),
    ],
)
def test_a_goal_is_a_sentence(goal: Goal, said: str) -> None:
    assert said in words_of(Terms(goals=(goal,))).replace(GAP, " ")


@pytest.mark.parametrize(
    ("window_days", "hold_days", "said"),
    [
        (1, 0, ("within 1 day of", "You can use it straight away.")),
        (2, 1, ("within 2 days of", "You can use it after 1 day.")),
        (90, 90, ("within 90 days of", "You can use it after 90 days.")),
    ],
)
def test_the_days_are_those_of_the_terms(window_days: int, hold_days: int, said: tuple[str, str]) -> None:
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=1),), window_days=window_days, hold_days=hold_days)
    assert all(words in words_of(terms) for words in said)


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
    said = [words_of(rule, language) for rule in rules()]
    assert len(set(said)) >= len(said) - 2  # two touch models read alike
    english = (" the ", " of ", "someone", "sharers", "EUR")
    assert [text for text in said if any(word in text for word in english)] == []
    asked = [text for text in said if "hive-kit" in text]
    assert len(asked) == len(get_args(TouchModel))
    assert all(
        "/shop/*" in text and "20" in text and "1.000" in text.replace(",", ".").replace("\u202f", ".")
        for text in asked
    )


def test_a_rule_in_german_and_arabic_writes_its_figures_as_they_do() -> None:
    german, arabic = (words_of(Terms(goals=(EVERYTHING_ASKED,)), language) for language in ("de", "ar"))
    assert "bekommen die Teilenden 12,5\N{NO-BREAK SPACE}% des Preises" in german
    assert "mindestens 20,00\N{NO-BREAK SPACE}€" in german
    assert "in Japan, Deutschland" in german
    assert "خلال 30 يومًا من زيارته" in arabic


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_is_promised_only_where_a_browser_keeps_the_code_for_so_long(language: str) -> None:
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),), window_days=37, hold_days=14)
    window, visit, page = (words_of(terms, language, remember) for remember in ("window", "visit", "none"))
    assert "37" in window
    assert "37" not in visit + page
    assert len({window, visit, page}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_referee_reward_that_limits_may_lower_is_promised_up_to_its_amount(language: str) -> None:
    """A cap per conversion is never below the referee reward; a day's cap and a month's budget may be."""
    unlimited = Goal("purchase", "EUR", rate_bp=1_000, cap_micros=9 * MICROS, welcome_micros=5 * MICROS)
    assert _welcome(language, "welcome", unlimited) in words_of(Terms(goals=(unlimited,)), language)
    for limited in (replace(unlimited, day_cap_micros=MICROS), replace(unlimited, month_budget_micros=MICROS)):
        assert _welcome(language, "welcome_limited", limited) in words_of(Terms(goals=(limited,)), language)


def test_amounts_in_several_currencies_stand_side_by_side() -> None:
    dollars = AmountsIn("USD", fixed_micros=6 * MICROS, cap_micros=9 * MICROS)
    goal = Goal("purchase", "EUR", fixed_micros=5 * MICROS, minimum_micros=20 * MICROS, also_in=(dollars,))
    assert "sharers get €5.00 / $6.00, if it costs €20.00 or more, at most $9.00 each time." in words_of(
        Terms(goals=(goal,))
    )
    assert "5,00\N{NO-BREAK SPACE}€ / 6,00\N{NO-BREAK SPACE}$" in words_of(Terms(goals=(goal,)), "de")


def _welcome(language: str, key: str, goal: Goal) -> str:
    """The words about the referee reward."""
    amount = exact_money(goal.welcome_micros or 0, "EUR", language)
    return say(language, f"rule.limit.{key}", amount=amount)


def test_a_visit_is_promised_in_plain_words() -> None:
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),))
    assert words_of(terms, remember="visit").startswith("When someone buys anything during a visit through a shared")
    assert words_of(terms, remember="none").startswith("When someone buys anything on the page that a shared link")

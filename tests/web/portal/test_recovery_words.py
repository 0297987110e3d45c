"""The words of the pages: exact amounts, days in the site's time zone, sentences on both sides of every limit."""

from dataclasses import dataclass

import pytest

from passalong.core.ledger.line_kinds import LineKind
from passalong.core.reasons import REASON_WORDS, Reason
from passalong.core.terms.model import default_terms
from passalong.i18n import formatting
from passalong.store.queries.views import LedgerRow, UnitSums
from passalong.store.queries.why_views import WhyPage, WhyTerm
from passalong.web.http import formatting as web_formatting
from passalong.web.http import line_words

NOON = 1_793_012_400_000  # 26 October 2026, 11:00 UTC
DAY = 86_400_000
PARIS = "Europe/Paris"
RULE = default_terms("EUR")


def row(
    goal: str = "purchase", level: int = 0, state: str = "waiting", amount: int = 1, few: bool = False
) -> LedgerRow:
    kind = LineKind.NEWCOMER if goal == "new_visitor" else LineKind.RESULT
    return LedgerRow("line", NOON, goal, level, state, None, amount, "EUR", few, kind=kind)


def why(goal: str = "purchase", few: bool = False, arithmetic: tuple[WhyTerm, ...] = ()) -> WhyPage:
    kind = LineKind.NEWCOMER if goal == "new_visitor" else LineKind.RESULT
    before = ("line", kind, "ready", 1, 0, "EUR", goal, NOON, None, few, 0, (), arithmetic)
    return WhyPage(*before, None, 1, RULE, NOON, ())


@pytest.mark.parametrize(
    ("micros", "unit", "said"),
    [
        (4_000_000, "EUR", "€4.00"),
        (-4_000_000, "EUR", "−€4.00"),
        (0, "EUR", "€0.00"),
        (10_000, "EUR", "€0.01"),
        (9_999, "EUR", "€0.009999"),
        (3_200, "EUR", "€0.0032"),
        (-1, "EUR", "−€0.000001"),
        (2_015_999, "EUR", "€2.015999"),
        (999_990_000, "USD", "$999.99"),
        (1_000_000_000, "USD", "$1,000.00"),
        (42_000_000, "JPY", "¥42"),
        (42_500_000, "JPY", "¥42.5"),
        (1_500_000, "KWD", "KWD\N{NO-BREAK SPACE}1.500"),
        (1_500_100, "KWD", "KWD\N{NO-BREAK SPACE}1.5001"),
        (1_000_000, "CLF", "CLF\N{NO-BREAK SPACE}1.0000"),
        (12_000_000, "points", "12 points"),
        (1_000_000, "points", "1 point"),
        (-1_000_000, "points", "−1 point"),
        (0, "points", "0 points"),
        (800_000, "points", "0.80 points"),
        (1_000_001, "points", "1.000001 points"),
        (2**63 - 1, "EUR", "€9,223,372,036,854.775807"),
    ],
)
def test_an_amount_is_said_exactly(micros: int, unit: str, said: str) -> None:
    assert formatting.exact_money(micros, unit) == said


@pytest.mark.parametrize("micros", [0, 1, 9_999, 10_000, 10_001, 999_999, 1_000_000, 123_456_789, 2**53])
def test_no_micro_is_lost(micros: int) -> None:
    whole, _, rest = formatting.exact_money(micros, "EUR").lstrip("€").replace(",", "").partition(".")
    assert int(whole) * 1_000_000 + int(rest.ljust(6, "0")) == micros


@pytest.mark.parametrize(
    ("micros", "unit", "said"),
    [
        (5_037_597, "EUR", "€5.03"),
        (-5_037_597, "EUR", "−€5.03"),
        (681_150_982, "points", "681 points"),
        (1_999_999, "points", "1 point"),
        (42_900_000, "JPY", "¥42"),
        (1_500_900, "KWD", "KWD\N{NO-BREAK SPACE}1.500"),
        (10_000, "EUR", "€0.01"),
        (9_999, "EUR", "under €0.01"),
        (-3_200, "EUR", "under €0.01"),
        (400_000, "points", "under 1 point"),
        (0, "EUR", "€0.00"),
        (0, "points", "0 points"),
    ],
)
def test_pages_say_whole_cents_and_whole_points_rounded_down(micros: int, unit: str, said: str) -> None:
    assert formatting.money(micros, unit) == said


@pytest.mark.parametrize(
    ("sums", "shown", "carried"),
    [
        (UnitSums("EUR", 5_037_597, 0, 0, 0, 5_037_597), (5_030_000, 0, 0, 0, 5_030_000), 7_597),
        (UnitSums("EUR", 10_001_000, 5_009_000, 0, 0, 4_992_000), (9_990_000, 5_000_000, 0, 0, 4_990_000), 11_000),
        (UnitSums("points", 8_400_000, 8_400_000, 0, 0, 0), (8_000_000, 8_000_000, 0, 0, 0), 400_000),
        (UnitSums("EUR", 4_000_000, 0, 0, 5_000_000, -1_000_000), (4_000_000, 0, 0, 5_000_000, -1_000_000), 0),
    ],
)
def test_whole_sums_add_up_and_what_they_leave_out_is_said_once(
    sums: UnitSums, shown: tuple[int, ...], carried: int
) -> None:
    whole = sums.whole
    assert (
        whole.earned_micros, whole.waiting_micros, whole.taken_back_micros, whole.used_micros, whole.ready_micros
    ) == shown  # fmt: skip
    assert whole.ready_micros == whole.net_micros - whole.waiting_micros - whole.used_micros
    assert sums.carried_micros == carried


def test_amounts_names_what_is_there_and_only_that() -> None:
    @dataclass
    class Sum:
        unit: str
        ready: int

    assert web_formatting.amounts([Sum("EUR", 8_300_000), Sum("points", 0), Sum("points", -1_000_000)], "ready") == [
        "€8.30",
        "−1 point",
    ]
    assert web_formatting.amounts([], "ready") == []


@pytest.mark.parametrize(("number", "said"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages"), (1234, "1,234 pages")])
def test_a_count_agrees_with_its_noun(number: int, said: str) -> None:
    assert web_formatting.count(number, "page", "pages") == said


MIDNIGHT = 1_792_969_200_000  # 26 October 2026, 00:00 in Paris (UTC+1 since the day before)


@pytest.mark.parametrize(
    ("ms", "tz", "said"),
    [
        (MIDNIGHT, PARIS, "26 Oct"),
        (MIDNIGHT - 1, PARIS, "25 Oct"),
        (MIDNIGHT, "UTC", "25 Oct"),
        (MIDNIGHT + 3_599_999, "UTC", "25 Oct"),
        (MIDNIGHT + 3_600_000, "UTC", "26 Oct"),
        (NOON, "No/Where", "26 Oct"),
        (NOON, "../etc/passwd", "26 Oct"),
        (0, "UTC", "1 Jan"),
        (-1, "UTC", "31 Dec"),
    ],
)
def test_a_day_is_the_one_of_the_sites_time_zone(ms: int, tz: str, said: str) -> None:
    assert formatting.day(ms, tz) == said


def test_a_day_with_its_year_and_in_full() -> None:
    assert formatting.day(NOON, PARIS, with_year=True) == "26 Oct 2026"
    assert formatting.day(NOON, PARIS, with_year=True, long=True) == "26 October 2026"
    assert formatting.month(NOON, PARIS) == "October 2026"
    assert formatting.minute(NOON, PARIS) == "26 Oct, 12:00"
    assert web_formatting.iso(NOON) == "2026-10-26T11:00:00Z"


@pytest.mark.parametrize(
    ("days", "said"), [(-1, "19 October"), (0, "26 October"), (6, "26 October"), (7, "2 November")]
)
def test_a_week_is_named_by_its_monday(days: int, said: str) -> None:
    assert formatting.week(NOON + days * DAY, PARIS) == said


def test_few_people_make_a_line_say_no_more_than_the_month() -> None:
    assert web_formatting.when(NOON, PARIS, few=False) == "26 Oct"
    assert web_formatting.when(NOON, PARIS, few=True) == "October 2026"
    assert web_formatting.stamp(NOON, PARIS) == "2026-10-26"
    assert web_formatting.stamp(NOON, PARIS, few=True) == "2026-10"


@pytest.mark.parametrize(("name", "said"), [("2026-10-05", "5 Oct"), ("2026-13-05", "2026-13-05"), ("", "")])
def test_a_named_day_is_put_into_words(name: str, said: str) -> None:
    assert web_formatting.day_words(name) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (row(), "Someone you reached bought something"),
        (row(level=1), "Someone your link reached through one more person bought something"),
        (row(level=2), "Someone your link reached through two more people bought something"),
        (row(level=3), "Someone your link reached through two more people bought something"),
        (row(level=-1), "Someone you reached bought something"),
        (row("new_visitor"), "Someone visited for the first time through your link"),
        (row("new_visitor", 1), "Someone visited for the first time through a link passed on from yours"),
        (row("new_visitor", 2), "Someone visited for the first time through a link passed on twice from yours"),
        (row("hive_tour"), "Someone you reached: hive tour"),
        (row("hive_tour", 1), "Someone your link reached through one more person: hive tour"),
        (row(""), "Someone you reached: something"),
        (row(few=True), "A purchase"),
        (row("new_visitor", few=True), "Someone visited for the first time through your link"),
        (row(amount=0), "Someone you reached bought something"),
        (row(amount=-1), "A purchase was returned"),
        (row("signup", amount=-1), "No longer counts: A sign-up"),
        (row(amount=-1, few=True), "A purchase was returned"),
        (row(state="used"), "Someone you reached bought something"),
    ],
)
def test_a_line_says_what_happened(line: LedgerRow, said: str) -> None:
    assert line_words.what_happened(line) == said


@pytest.mark.parametrize(
    ("goal", "said"),
    [("purchase", "bought something"), ("new_visitor", "came for the first time"), ("hive-tour", "hive tour")],
)
def test_a_goal_has_words(goal: str, said: str) -> None:
    assert line_words.goal_words(goal) == said


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (why(arithmetic=(WhyTerm("value", 42_000_000),)), "On 26 October 2026 someone bought something for €42.00."),
        (why(arithmetic=(WhyTerm("fixed", 1),)), "On 26 October 2026 someone bought something."),
        (why("new_visitor"), "On 26 October 2026 someone visited for the first time."),
        (why("hive_tour"), "On 26 October 2026 this happened: hive tour."),
        (why(few=True, arithmetic=(WhyTerm("value", 1),)), "In October 2026 someone bought something."),
    ],
)
def test_a_credit_says_what_led_to_it(page: WhyPage, said: str) -> None:
    assert line_words.outcome_sentence(page, PARIS) == said


@pytest.mark.parametrize(
    ("goal", "few", "said"),
    [
        ("purchase", False, "They bought something"),
        ("new_visitor", False, "It was their first time here"),
        ("hive_tour", False, "This happened: hive tour"),
        ("purchase", True, "A purchase"),
    ],
)
def test_the_last_step_says_the_outcome(goal: str, few: bool, said: str) -> None:
    assert line_words.outcome_words(goal, few) == said


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (WhyTerm("value", 1), "Order value"),
        (WhyTerm("fixed", 1), "Fixed reward"),
        (WhyTerm("reward", 1, "10 %"), "Reward to be shared: 10% of it"),
        (WhyTerm("reward", 1), "Reward to be shared"),
        (WhyTerm("rounding", 1), "Rounding"),
        (WhyTerm("part", 1, "4/5", 0, 1), "Your share, 80%: they used your link"),
        (
            WhyTerm("part", 1, "2/5", 0, 2),
            "Your share, 40%: you were one of two people who brought them",
        ),
        (
            WhyTerm("part", 1, "4/25", 1, 1),
            "Your share, 16%: they used the link of someone you had shared with",
        ),
        (WhyTerm("part", 1, None, 1, 10), "Your share: you passed it to one of ten people who brought them"),
        (WhyTerm("part", 1, None, 0, 11), "Your share: you were one of 11 people who brought them"),
        (WhyTerm("part", 1, None, 2, 1), "Your share: it began with you, two steps earlier"),
        (WhyTerm("part", 1, None, 9), "Your share: it began with you, two steps earlier"),
    ],
)
def test_a_row_of_the_arithmetic_has_words(term: WhyTerm, said: str) -> None:
    assert line_words.term_words(term) == said


def test_every_reason_has_its_sentence_and_none_has_none() -> None:
    assert {web_formatting.reason_words(reason) for reason in Reason} == set(REASON_WORDS.values())
    assert web_formatting.reason_words("own_link") == REASON_WORDS[Reason.OWN_LINK]
    assert web_formatting.reason_words(None) == ""
    assert web_formatting.reason_words("not_on_the_list") == "Not on the list"


@pytest.mark.parametrize(("kind", "said"), [("visit", "Visit"), ("conversion", "Result"), ("refund", "Refund")])
def test_the_inspector_speaks_of_visits_and_results(kind: str, said: str) -> None:
    assert web_formatting.kind_words(kind) == said


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/bees", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_a_link_leads_only_to_the_web(url: str | None, safe: bool) -> None:
    assert web_formatting.web_url(url) == (url if safe else "")


def test_json_is_shown_as_it_is() -> None:
    assert web_formatting.pretty({"a": "<b> €"}) == '{\n  "a": "<b> €"\n}'
    assert web_formatting.pretty("as it came") == "as it came"


def test_the_filters_have_the_names_of_their_functions() -> None:
    assert all(getattr(web_formatting, name) is function for name, function in web_formatting.FILTERS.items())


@pytest.mark.parametrize(
    ("goals", "said"),
    [
        (("purchase",), "purchases"),
        (("new_visitor", "purchase"), "people who are new here and purchases"),
        (("new_visitor", "purchase", "hive_tour"), "people who are new here, purchases and “hive tour”"),
    ],
)
def test_a_rule_says_what_it_pays_for(goals: tuple[str, ...], said: str) -> None:
    assert web_formatting.paid_for(goals) == said

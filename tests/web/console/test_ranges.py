"""One range for a page of the console: 7, 30 or 90 days, or two days, in the site's time zone."""

from datetime import date

import pytest

from passalong.core.attribution.allocate import DAY_MS
from passalong.store.sites import Site
from passalong.web.console.ranges import range_of

NOON = 1_795_867_200_000  # 28 November 2026, 12:00 UTC
BEES = Site("bees01", "Bees", "https://bees.example", (), "Europe/Berlin", "EUR", "visit", "on", 0)


@pytest.mark.parametrize(
    ("args", "name", "first", "last", "label"),
    [
        ({}, "30", (2026, 10, 30), (2026, 11, 28), "30 October to 28 November"),
        ({"range": "7"}, "7", (2026, 11, 22), (2026, 11, 28), "22 November to 28 November"),
        ({"range": "90"}, "90", (2026, 8, 31), (2026, 11, 28), "31 August to 28 November"),
        ({"range": "31"}, "30", (2026, 10, 30), (2026, 11, 28), "30 October to 28 November"),
        (
            {"range": "custom", "from": "2025-12-24", "to": "2026-01-06"},
            "custom", (2025, 12, 24), (2026, 1, 6), "24 December 2025 to 6 January 2026",
        ),
        (
            {"range": "custom", "from": "2026-10-02", "to": "2026-10-02"},
            "custom", (2026, 10, 2), (2026, 10, 2), "2 October",
        ),
        (
            {"range": "custom", "from": "2026-11-01", "to": "2026-10-01"},
            "custom", (2026, 10, 1), (2026, 11, 1), "1 October to 1 November",
        ),
        (
            {"range": "custom", "from": "0001-01-01", "to": "9999-12-31"},
            "custom", (2000, 1, 1), (2026, 11, 28), "1 January 2000 to 28 November 2026",
        ),
    ],
)  # fmt: skip
def test_a_range_is_named_by_its_days(
    args: dict[str, str], name: str, first: tuple[int, int, int], last: tuple[int, int, int], label: str
) -> None:
    found = range_of(args, BEES, NOON)
    assert (found.name, found.first, found.last, found.label) == (name, date(*first), date(*last), label)
    assert found.problem == ""
    assert range_of(found.query, BEES, NOON) == found


@pytest.mark.parametrize(
    "args",
    [
        {"range": "custom"},
        {"range": "custom", "from": "yesterday", "to": "today"},
        {"range": "custom", "from": "2026-02-30", "to": "2026-03-01"},
        {"range": "custom", "from": "2027-01-01", "to": "2027-02-01"},
    ],
)
def test_days_that_make_no_range_are_explained_and_thirty_days_are_shown(args: dict[str, str]) -> None:
    found = range_of(args, BEES, NOON)
    assert (found.name, found.days) == ("30", 30)
    assert found.problem.endswith("These are the last 30 days.")


def test_a_day_begins_at_midnight_of_the_site() -> None:
    late = NOON + DAY_MS // 2 - 1_800_000  # 23:30 UTC is 0:30 of the next day in Berlin
    assert range_of({}, BEES, late).last == date(2026, 11, 29)

"""The range of days that everything on a page of the console is about: 7, 30 or 90 days, or two days of one's own."""

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

from passalong.core.dates import day_of
from passalong.store.sites import Site

DAYS: Mapping[str, int] = {"7": 7, "30": 30, "90": 90}
USUAL, CUSTOM = "30", "custom"
EARLIEST = date(2000, 1, 1)


class Range(Struct, frozen=True):
    """Days from `first` to `last`, both included; `label` names them in words.

    `name` is 7, 30, 90 or custom; `problem` says why the days that were asked for are not these.
    """

    name: str
    first: date
    last: date
    label: str
    problem: str = ""

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def query(self) -> dict[str, str]:
        """The same range as parameters of an address."""
        if self.name != CUSTOM:
            return {"range": self.name}
        return {"range": CUSTOM, "from": self.first.isoformat(), "to": self.last.isoformat()}


def range_of(args: Mapping[str, str], site: Site, now_ms: int) -> Range:
    """Return the range that `range`, `from` and `to` ask for, in the site's time zone; 30 days if they make none."""
    today = date.fromisoformat(day_of(now_ms, site.time_zone))
    name = args.get("range", USUAL)
    if name in DAYS:
        return _range(name, today - timedelta(days=DAYS[name] - 1), today)
    usual = _range(USUAL, today - timedelta(days=DAYS[USUAL] - 1), today)
    if name != CUSTOM:
        return usual
    try:
        first, last = sorted(date.fromisoformat(args.get(key, "")) for key in ("from", "to"))
    except ValueError:
        return _with_problem(usual, "Choose two days, like 2026-10-01 and 2026-10-31. These are the last 30 days.")
    first, last = max(first, EARLIEST), min(last, today)
    if first > last:
        return _with_problem(usual, "These days have not begun yet. These are the last 30 days.")
    return _range(CUSTOM, first, last)


def _with_problem(time_range: Range, problem: str) -> Range:
    return Range(time_range.name, time_range.first, time_range.last, time_range.label, problem)


def _range(name: str, first: date, last: date) -> Range:
    return Range(name, first, last, _label(first, last))


def _label(first: date, last: date) -> str:
    """Name the days: `30 October to 28 November`, with years if they differ."""
    year = f" {first.year}" if first.year != last.year else ""
    end = f"{last.day} {last:%B}" + (f" {last.year}" if year else "")
    return end if first == last else f"{first.day} {first:%B}{year} to {end}"

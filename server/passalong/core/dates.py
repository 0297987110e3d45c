"""Days and months in a site's time zone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Zones = Sequence[tuple[str, int | None]]
"""The time zones of a site, oldest first, each with the moment until which it held; None for today's."""


def local(at_ms: int, time_zone: str) -> datetime:
    """Return the local date and time of a moment, cut to whole milliseconds."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(milliseconds=at_ms % 1000)
    return moment.astimezone(ZoneInfo(time_zone))


@lru_cache(maxsize=4096)
def day_of(at_ms: int, time_zone: str) -> str:
    """Return the local day, like 2026-11-22."""
    return local(at_ms, time_zone).strftime("%Y-%m-%d")


def day_start_ms(day: str, time_zone: str) -> int:
    """Return the first moment of a local day (like 2026-11-22); raises ValueError for anything else."""
    first = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=ZoneInfo(time_zone))
    return int(first.timestamp()) * 1000


def period_of(at_ms: int, time_zone: str) -> str:
    """Return the pool's period: the local calendar month, like 2026-11."""
    return day_of(at_ms, time_zone)[:7]


def month_start_ms(at_ms: int, time_zone: str) -> int:
    """Return the first moment of the local month: a time that identifies nobody."""
    first = local(at_ms, time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(first.timestamp()) * 1000


def period_start_ms(period: str, time_zone: str) -> int:
    """Return the first moment of a period (like 2026-11); raises ValueError for anything else."""
    year, _, month = period.partition("-")
    if len(year) != 4 or len(month) != 2:
        raise ValueError(f"{period!r} is no month like 2026-11")
    first = datetime(int(year), int(month), 1, tzinfo=ZoneInfo(time_zone))
    return int(first.timestamp()) * 1000


def period_after(period: str) -> str:
    """Return the next period."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def site_period_of(at_ms: int, zones: Zones) -> str:
    """Return the pool's period of a moment, by the time zones that held; no change ends a month early.

    So a change to a zone further west, on the first of a month, does not go back to the month before.
    """
    periods: list[str] = []
    since_ms: int | None = None
    for zone, until_ms in zones:
        if until_ms is None or at_ms < until_ms:
            return max([*periods, period_of(at_ms, zone)])
        periods += [period_of(until_ms - 1, zone)] if since_ms is None or since_ms < until_ms else []
        since_ms = until_ms
    raise ValueError("the last time zone holds until None")


def site_period_start_ms(period: str, zones: Zones) -> int:
    """Return the first moment of a period by the time zones that held: the periods of a site leave no gap."""
    since_ms: int | None = None
    for zone, until_ms in zones:
        start_ms = period_start_ms(period, zone)
        start_ms = start_ms if since_ms is None else max(start_ms, since_ms)
        if until_ms is None or start_ms < until_ms:
            return start_ms
        since_ms = until_ms
    raise ValueError("the last time zone holds until None")

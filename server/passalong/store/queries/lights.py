"""The four lights of the first run: script seen, a share, a visit, a conversion."""

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.store.books import tries
from passalong.store.schema.event_log import events
from passalong.store.schema.rollups import day_totals

API = "api"


class Light(Struct, frozen=True):
    """One light. `at_ms` is when it was seen in try mode or by the script, `day` the first day of a real event."""

    name: str
    on: bool = False
    at_ms: int | None = None
    where: str = ""
    day: str = ""
    is_try: bool = False


def lights(session: Session, site_id: str) -> tuple[Light, Light, Light, Light]:
    """Return the four lights of a site, in order."""
    return (
        _script(session, site_id),
        _of(session, site_id, "share", "shares"),
        _of(session, site_id, "visit", "people"),
        _conversion(session, site_id),
    )


def _script(session: Session, site_id: str) -> Light:
    """Real pages show their origin alone; only a page of try mode is named."""
    opened = tries.latest_of(session, site_id, "opened")
    if opened is not None:
        return Light("script", True, opened.at_ms, opened.page_url, is_try=True)
    seen = next(iter(tries.sightings(session, site_id)), None)
    return Light("script") if seen is None else Light("script", True, seen.last_ms, seen.origin)


def _of(session: Session, site_id: str, name: str, column: str) -> Light:
    tried = tries.latest_of(session, site_id, name)
    if tried is not None:
        return Light(name, True, tried.at_ms, tried.page_url, is_try=True)
    counted = (day_totals.c.site_id == site_id, day_totals.c[column] > 0)
    first = session.scalar(select(func.min(day_totals.c.day)).where(*counted))
    return Light(name) if first is None else Light(name, True, day=first)


def _conversion(session: Session, site_id: str) -> Light:
    light = _of(session, site_id, "conversion", "outcomes")
    if light.on:
        return light
    reported = (events.c.site_id == site_id, events.c.source == API, events.c.kind == "conversion")
    at_ms = session.scalar(select(events.c.at_ms).where(*reported).limit(1))
    return light if at_ms is None else Light("conversion", True, at_ms)

"""Words of the event list: a row in one line, and the facts as they were recorded without what identifies a person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from passalong.core.dates import day_of, local
from passalong.core.facts import Event, encode_fact
from passalong.core.reasons import Reason
from passalong.i18n.formatting import listed, money
from passalong.i18n.rule import GOALS
from passalong.store.books.event_lines import UNSHARED, EventLine
from passalong.store.sites import Site
from passalong.web.http.language import said
from passalong.web.http.line_words import plain_name

SHAPES: Mapping[str, str] = {
    **dict.fromkeys(("credited", "granted", "silence", "approved", "done", "release", "lift", "show"), "credited"),
    **dict.fromkeys(("held", "pending", "open", "requested", "hold", "hide"), "waiting"),
    **dict.fromkeys(("refused", "taken_back", "declined", "rejected", "void", "ban"), "refused"),
}
"""The shape of a state; every other state is neutral."""
NEUTRAL_REASONS = ("returning_visitor", "no_token", "site_link", "opted_out", "prefetch", "no_matching_goal")
"""Reasons that accuse nobody: what they refuse is simply no new result."""
SECRETS = frozenset({"visitor_id", "customer", "email", "keys", "advocates", "also", "metadata_hash"})
"""Fields of facts by which a person could be found again elsewhere: their first letters are shown."""


class EventRow(Struct, frozen=True):
    """A line of the list, in words; `shape` is the class of its state."""

    at_ms: int
    clock: str
    what: str
    where: str
    shape: str
    result: str
    credit: str
    subject: str


class Day(Struct, frozen=True):
    """The rows of a day."""

    name: str
    rows: tuple[EventRow, ...]


Amounts = Sequence[tuple[str, int]]
"""Units and micros."""


def days_of(lines: tuple[EventLine, ...], further: Mapping[str, Amounts], site: Site, today: str) -> list[Day]:
    """Group lines by day, in the site's time zone; `further` is what each subject pays in further units."""
    days: dict[str, list[EventRow]] = {}
    for line in lines:
        days.setdefault(day_of(line.at_ms, site.time_zone), []).append(
            row_of(line, site, further.get(line.subject, ()))
        )
    return [Day(_day_name(day, today), tuple(rows)) for day, rows in days.items()]


def _day_name(day: str, today: str) -> str:
    at = date.fromisoformat(day)
    words = f"{at.day} {at:%B}" + ("" if day[:4] == today[:4] else f" {day[:4]}")
    ago = (date.fromisoformat(today) - at).days
    if ago in (0, 1):
        return said("console_events.today" if ago == 0 else "console_events.yesterday", day=words)
    return words


def row_of(line: EventLine, site: Site, further: Amounts = ()) -> EventRow:
    """Return one line in words."""
    at = local(line.at_ms, site.time_zone)
    paid = [(line.unit, line.amount_micros)] if line.amount_micros and line.unit else []
    value = money(line.value_micros, line.value_unit) if line.value_micros and line.value_unit else ""
    return EventRow(
        at_ms=line.at_ms,
        clock=f"{at:%H:%M}",
        what=" ".join(filter(None, (_what(line), value))),
        where=_where(line),
        shape=_shape(line),
        result=result_words(line),
        credit=listed([money(micros, unit) for unit, micros in (*paid, *further)]),
        subject=line.subject,
    )


def _what(line: EventLine) -> str:
    if line.kind == "conversion":
        goal = line.detail.partition(" ")[0]
        kind = GOALS.get(goal)
        return said(f"console_events.goal.{kind}") if kind in ("purchase", "signup") else plain_name(goal).capitalize()
    return said(f"console_events.kind.{line.kind}")


def _where(line: EventLine) -> str:
    if line.kind == "use":
        return said(f"redemptions.way.{line.detail}")
    kind, _, subject = line.detail.partition(" ")
    if line.kind == "decision" and kind == "advocate":
        return said("console_people.guest", name=subject[:4])
    return subject if line.kind in ("conversion", "given", "decision") else line.detail


def _shape(line: EventLine) -> str:
    if line.reason in NEUTRAL_REASONS:
        return "counted"
    return SHAPES.get(line.status, "counted")


def result_words(line: EventLine) -> str:
    """Return what came of an event, in a few words."""
    if line.status == UNSHARED and line.reason != Reason.SITE_LINK:
        return said("console_events.result.unshared")
    if line.reason and line.status != "held":
        return said(f"console_events.reason.{line.reason}")
    return said(f"console_events.result.{line.status}")


def recorded(event: Event) -> list[tuple[str, str]]:
    """Return the fields of a fact as they were recorded, in order; what could identify a person elsewhere is cut."""
    fields: dict[str, Any] = msgspec.json.decode(encode_fact(event.fact))
    return [
        (name.replace("_", " "), _masked(name, value))
        for name, value in fields.items()
        if value not in (None, "", [], False)
    ]


def _masked(name: str, value: Any) -> str:
    if name in SECRETS:
        return ", ".join(_cut(part) for part in (value if isinstance(value, list) else [value]))
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cut(value: object) -> str:
    return f"{str(value)[:6]}…"

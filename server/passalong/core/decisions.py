"""Decisions of people: of all that were made about one thing, the last one in time stands.

The order is by (time, event id), never by the order in which they arrived.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from passalong.core.facts import About, Action

DECISIONS: Mapping[About, tuple[Action, ...]] = {
    "advocate": ("ban", "lift", "hide", "show"),
    "conversion": ("hold", "void", "release"),
    "visit": ("void", "release"),
}
"""The decisions that each subject allows."""
BY_CLOCK = "the clock"
"""The author of what is granted because nobody answered."""
NAMES: tuple[Action, ...] = ("hide", "show")
"""Decisions about what a person shows in public. They change nothing that counts."""


class Decision(Struct, frozen=True, order=True):
    """One decision, as a receipt shows it."""

    at_ms: int
    event_id: str
    action: Action = field(name="decision")
    about: About
    subject_id: str
    author: str
    note: str
    share_id: str | None = None


def standing(decisions: Iterable[Decision], at_ms: int | None = None) -> Decision | None:
    """Return the decision that stands, now or at a past time; None without any. Naming and giving are not included."""
    judged = (decision for decision in decisions if decision.action not in ("name", "give", *NAMES))
    return max((decision for decision in judged if at_ms is None or decision.at_ms <= at_ms), default=None)


def is_banned(decisions: Iterable[Decision], at_ms: int | None = None) -> bool:
    """Return True if these decisions ban the person, now or at a past time."""
    decision = standing(decisions, at_ms)
    return decision is not None and decision.action == "ban"


def is_unnamed(about_person: Iterable[Decision]) -> bool:
    """Return True if the person's name is shown nowhere: the owner hid it or banned them."""
    decisions = tuple(about_person)
    last = max((decision for decision in decisions if decision.action in NAMES), default=None)
    return is_banned(decisions) or (last is not None and last.action == "hide")


def is_held(about_it: Iterable[Decision]) -> bool:
    """Return True while the standing decision holds all of a conversion."""
    decision = standing(about_it)
    return decision is not None and decision.action == "hold"


def holds_line(ban: Decision, about_it: Iterable[Decision]) -> bool:
    """Return True while a ban holds the banned person's line of a conversion that these decisions are about.

    A release by a person after the ban ends that; what silence releases does not.
    """
    decision = standing(decision for decision in about_it if decision.author != BY_CLOCK)
    return decision is None or decision.action != "release" or ban > decision

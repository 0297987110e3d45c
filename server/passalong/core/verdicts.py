"""What people's verdicts come to: of all that were given about one thing, the last one in time stands.

Which was given last is a matter of (time, event id), never of the order in which they came in.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from passalong.core.facts import About, Decision

DECISIONS: Mapping[About, tuple[Decision, ...]] = {
    "advocate": ("ban", "lift", "hide", "show"),
    "conversion": ("hold", "void", "release"),
    "visit": ("void", "release"),
}
"""What can be decided about what."""
NAMES: tuple[Decision, ...] = ("hide", "show")
"""About what a person shows of themselves in public. It changes nothing that counts."""


class Verdict(Struct, frozen=True, order=True):
    """One verdict, as a receipt shows it."""

    at_ms: int
    event_id: str
    decision: Decision
    about: About
    subject_id: str
    author: str
    note: str
    share_id: str | None = None


def standing(given: Iterable[Verdict], at_ms: int | None = None) -> Verdict | None:
    """The verdict that stands, today or at a time in the past; None without any. Naming and giving is no verdict."""
    judged = (verdict for verdict in given if verdict.decision not in ("name", "give", *NAMES))
    return max((verdict for verdict in judged if at_ms is None or verdict.at_ms <= at_ms), default=None)


def is_banned(given: Iterable[Verdict], at_ms: int | None = None) -> bool:
    """True when the person whom these verdicts are about is excluded, today or at a time in the past."""
    found = standing(given, at_ms)
    return found is not None and found.decision == "ban"


def is_unnamed(given: Iterable[Verdict]) -> bool:
    """True when the person whom these verdicts are about is named nowhere: the owner hides them, or excluded them."""
    known = tuple(given)
    last = max((verdict for verdict in known if verdict.decision in NAMES), default=None)
    return is_banned(known) or (last is not None and last.decision == "hide")


def is_held(about_it: Iterable[Verdict], bans: Iterable[Verdict]) -> bool:
    """True while a conversion is looked at: it was held, or it credits somebody who is banned (`bans`, as they stand).

    A release ends both, unless a ban came after it.
    """
    found = standing(about_it)
    if found is None or found.decision == "hold":
        return found is not None or any(True for _ in bans)
    return found.decision == "release" and any(ban > found for ban in bans)

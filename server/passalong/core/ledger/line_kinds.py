"""Kinds of lines in an advocate's ledger: what a line of credit is about, read from its receipt's subject.

Every kind has words of its own in `i18n/*/ledger.json` and `why.json` and an explanation in `store/queries/why.py`; a
test makes a line of each kind and opens its page, so a new kind cannot be added without its words.
"""

from enum import StrEnum, unique

from passalong.core.facts import GIVEN, NEW_VISITOR

CLAIM = "claim."
"""The prefix of the id of a decision that a granted question caused; ids in the API may not begin with it."""


@unique
class LineKind(StrEnum):
    """The subject of a line of credit."""

    RESULT = "result"
    """A part of what a purchase, a sign-up or another goal pays, for the person's own link or one passed on."""
    NEWCOMER = "newcomer"
    """The same for a person who came for the first time."""
    REFEREE = "referee"
    """The reward for the person who arrived, in addition to what advocates get."""
    GIVEN = "given"
    """Credit that the owner gave by hand."""
    GRANTED = "granted"
    """Credit from a claim of the advocate: the owner agreed, or did not answer in time."""
    POOL = "pool"
    """A part of a month's pool."""
    EXPIRED = "expired"
    """Credit that was not used in time and went to the pool."""


SHARED = (LineKind.RESULT, LineKind.NEWCOMER)
"""Kinds about a person who came through a link: with few arrivals, the line names neither item nor day."""


_HOW = (("coupon:", "code"), ("named:", "named"), (("conversion:", "first:", "last:"), "order"))


def how_of(event_id: str) -> str:
    """Return how a link led to a conversion: `came` by a visit, `code` typed in, `order` sent along, `named`."""
    return next((how for start, how in _HOW if event_id.startswith(start)), "came")


def kind_of(subject: str, goal: str, level: int) -> LineKind:
    """Return the kind of a line; `subject` is its receipt's, because a goal may have any name."""
    about, _, name = subject.partition(":")
    if about == GIVEN:
        return LineKind.GRANTED if name.startswith(CLAIM) else LineKind.GIVEN
    if about == "pool":
        return LineKind.POOL
    if about == "expiry":
        return LineKind.EXPIRED
    if level < 0:
        return LineKind.REFEREE
    return LineKind.NEWCOMER if goal == NEW_VISITOR else LineKind.RESULT


def period_in(subject: str) -> str:
    """Return the month (like 2026-10) of a pool's or an expiry's subject."""
    return subject.split(":")[1]

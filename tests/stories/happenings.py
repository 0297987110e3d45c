"""What happens in a replay: the vocabulary that the plan, the replay and the brute force share, and nothing else.

Times are milliseconds on the injected clock. A link is called by its request id: its token is the server's to choose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cast import Person
from passalong.core.terms.model import Terms


@dataclass(frozen=True, slots=True)
class LinkIssued:
    """Somebody shows the intent to share; `parent` is the link of their latest arrival."""

    at_ms: int
    site_id: str
    link: str
    person: Person
    parent: str | None
    with_visitor: bool


@dataclass(frozen=True, slots=True)
class LinkUsed:
    """Somebody uses the link that they were given."""

    at_ms: int
    site_id: str
    note_id: str
    link: str
    person: Person


@dataclass(frozen=True, slots=True)
class LinkVisited:
    """Somebody comes through a link; `with_guest` when the note says which guest that is."""

    at_ms: int
    site_id: str
    note_id: str
    link: str
    person: Person
    with_guest: bool
    sent_twice: bool


@dataclass(frozen=True, slots=True)
class Bought:
    """The owner's server reports a purchase, with the code `link.visit`, `link` or none."""

    at_ms: int
    site_id: str
    conversion_id: str
    amount_minor: int
    link: str | None
    visit: str | None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The owner's server reports a refund."""

    at_ms: int
    site_id: str
    refund_id: str
    conversion_id: str
    amount_minor: int


MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Happening = LinkIssued | LinkUsed | LinkVisited | Bought | GivenBack
Kind = TypeVar("Kind", bound=Happening)


@dataclass(frozen=True)
class SitePlan:
    """One site: where it is, and its terms with the moment since when each is in force, oldest first."""

    site_id: str
    currency: str
    minor_digits: int
    time_zone: str
    terms: Sequence[tuple[int, Terms]]


@dataclass(frozen=True)
class Plan:
    """Everything that is going to happen, in the order in which it does."""

    sites: Mapping[str, SitePlan]
    happenings: Sequence[Happening]
    edges: int

    def of(self, kind: type[Kind]) -> list[Kind]:
        """All happenings of one kind."""
        return [happening for happening in self.happenings if isinstance(happening, kind)]

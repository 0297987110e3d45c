"""Real re-share cascades, read as people on a site who pass a page on: data in, a plan of happenings out.

An edge is a visit of the child through a link of the parent. Whoever has children has shared: they ask for a link at
their own time or, where the data has a child older than its parent, when that child comes. What the data does not say
is chosen by hashing names, so that a plan is always the same; who buys stands in `outcomes`.
"""

import json
import lzma
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cast import Person, a_person, an_id
from passalong.core.terms.model import Goal, Terms
from stories.chance import happens_to, one_of
from stories.happenings import HOUR_MS, MINUTE_MS, Happening, LinkIssued, LinkUsed, LinkVisited, Plan, SitePlan
from stories.outcomes import outcomes

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "cascades" / "cascades.jsonl.xz"
SITE_MADE_MS = 1_769_299_200_000
"""2026-01-25 00:00 UTC, when the sites begin."""
START_MS = 1_769_868_000_000
"""2026-01-31 14:00 UTC, minute 0 of every cascade: a month ends soon, and not everywhere at once."""


def _terms(currency: str, points_micros: int, rate_bp: int, window_days: int, hold_days: int) -> Terms:
    return Terms(
        goals=(
            Goal(name="new_visitor", unit="points", fixed_micros=points_micros),
            Goal(name="purchase", unit=currency, rate_bp=rate_bp),
        ),
        window_days=window_days,
        pool_model="none",  # brute_force.py reads section 1 of the rule: who carried it, not what a month shares out
        hold_days=hold_days,
    )


SITES = (
    SitePlan("cascade1", "EUR", 2, "UTC", [(SITE_MADE_MS, _terms("EUR", 10_000_000, 1_000, 30, 90))]),
    SitePlan(
        "cascade2",
        "EUR",
        2,
        "Pacific/Auckland",
        [
            (SITE_MADE_MS, _terms("EUR", 10_000_000, 1_000, 30, 30)),
            (START_MS + 20 * MINUTE_MS, _terms("EUR", 7_000_001, 700, 2, 30)),
        ],
    ),
    SitePlan(
        "cascade3",
        "KWD",
        3,
        "America/Los_Angeles",
        [
            (SITE_MADE_MS, _terms("KWD", 10_000_000, 1_000, 30, 90)),
            (START_MS + 90 * MINUTE_MS, _terms("KWD", 3_333_333, 333, 2, 90)),
        ],
    ),
)
"""One site whose terms never change, and two that change them part-way; one with a short hold."""

SECOND_VISITS_MS = (HOUR_MS,) * 7 + (9_999, 10_000, 10_001)
"""How long after the one before a repeated visit comes, where they are moved apart: mostly an hour."""


@dataclass(frozen=True)
class Cascade:
    """One tree of re-shares: (parent, child, parent's minutes, child's minutes) an edge."""

    name: str
    edges: Sequence[tuple[int, int, float, float]]


def read_cascades(most_edges: int | None = None) -> list[Cascade]:
    """The cascades in the file's order, until they have that many edges together."""
    found: list[Cascade] = []
    edges = 0
    with lzma.open(DATA, "rt") as lines:
        for line in lines:
            if most_edges is not None and edges >= most_edges:
                break
            said: dict[str, Any] = json.loads(line)
            found.append(Cascade(said["cascade"], [tuple(edge) for edge in said["edges"]]))
            edges += len(said["edges"])
    return found


def make_plan(cascades: Sequence[Cascade], *, apart: bool) -> Plan:
    """Everything that happens, in order of time; `apart` moves repeated visits of one person away from each other."""
    happenings: list[Happening] = []
    for number, cascade in enumerate(cascades):
        site = SITES[number % len(SITES)]
        telling = _Telling(site.site_id, cascade.name, _visits_to_be(cascade, apart))
        happenings += telling.told
        for somebody in telling.people.values():
            happenings += outcomes(site, somebody.arrivals)
    happenings.sort(key=lambda happening: happening.at_ms)
    return Plan(
        sites={site.site_id: site for site in SITES},
        happenings=happenings,
        edges=sum(len(cascade.edges) for cascade in cascades),
    )


# --- one cascade ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Edge:
    """A visit to be: the child comes through a link of the parent. `number` tells the same edge twice apart."""

    at_ms: int
    parent: int
    child: int
    number: int


def _visits_to_be(cascade: Cascade, apart: bool) -> list[_Edge]:
    """The cascade's edges in order of time, with the repeated visits of one person moved apart if so wanted."""
    edges = [
        _Edge(START_MS + round(child_minutes * MINUTE_MS), parent, child, number)
        for number, (parent, child, _, child_minutes) in enumerate(cascade.edges)
    ]
    edges.sort(key=lambda edge: (edge.at_ms, edge.number))
    if not apart:
        return edges
    last: dict[int, int] = {}
    moved = []
    for edge in edges:
        at_ms = edge.at_ms
        if edge.child in last:
            at_ms = max(at_ms, last[edge.child] + one_of(SECOND_VISITS_MS, cascade.name, edge.number))
        last[edge.child] = at_ms
        moved.append(_Edge(at_ms, edge.parent, edge.child, edge.number))
    return sorted(moved, key=lambda edge: (edge.at_ms, edge.number))


@dataclass
class _Somebody:
    """What one person's browser holds."""

    person: Person
    arrivals: list[LinkVisited] = field(default_factory=list)
    link: str = ""
    links: int = 0
    arrivals_at_link: int = 0
    asking: bool = False


class _Telling:
    """One cascade, told. Within one moment people arrive before they share, and a link is there before it is used."""

    def __init__(self, site_id: str, name: str, edges: Sequence[_Edge]):
        self.told: list[Happening] = []
        self.people: dict[int, _Somebody] = {}
        self._site_id = site_id
        self._name = name
        self._to_come: dict[int, list[_Edge]] = {}
        self._came: set[int] = set()
        moments: dict[int, tuple[list[int], list[_Edge]]] = defaultdict(lambda: ([], []))
        for person, at_ms in _sharing_times(edges).items():
            moments[at_ms][0].append(person)
        for edge in edges:
            moments[edge.at_ms][1].append(edge)
        for at_ms in sorted(moments):
            self._tell_moment(at_ms, *moments[at_ms])

    def _tell_moment(self, at_ms: int, sharing: list[int], coming: list[_Edge]) -> None:
        self._to_come = defaultdict(list)
        for edge in coming:
            self._to_come[edge.child].append(edge)
        for person in sharing:
            self._link_of(person, at_ms)
        for edge in coming:
            self._come(edge)

    def _come(self, edge: _Edge) -> None:
        """The child arrives, unless it has already because something else of this moment needed that."""
        if edge.number in self._came:
            return
        self._came.add(edge.number)
        link = self._link_of(edge.parent, edge.at_ms)
        child = self._somebody(edge.child)
        note_id = an_id("visit", self._name, edge.number)
        visit = LinkVisited(
            at_ms=edge.at_ms,
            site_id=self._site_id,
            note_id=note_id,
            link=link,
            person=child.person,
            with_guest=bool(child.links) and not happens_to(50, "a page that knows no guest", note_id),
            sent_twice=happens_to(1, "sent twice", note_id),
        )
        child.arrivals.append(visit)
        self.told.append(visit)

    def _link_of(self, number: int, at_ms: int) -> str:
        """The link that this person shares at this moment: made now at the first time, or when they share again."""
        somebody = self._somebody(number)
        if not somebody.asking and self._shares_now(somebody):
            somebody.asking = True
            for edge in self._to_come[number]:
                if edge.parent != number:
                    self._come(edge)
            somebody.asking = False
        if self._shares_now(somebody):
            self._issue(somebody, at_ms)
        return somebody.link

    def _shares_now(self, somebody: _Somebody) -> bool:
        """Never shared yet; or came again since then and, half of the time, shares what they saw anew."""
        came = len(somebody.arrivals)
        again = came > somebody.arrivals_at_link and happens_to(50, "shares again", somebody.person.visitor, came)
        return not somebody.links or again

    def _issue(self, somebody: _Somebody, at_ms: int) -> None:
        somebody.links += 1
        somebody.arrivals_at_link = len(somebody.arrivals)
        somebody.link = an_id("link", somebody.person.visitor, somebody.links)
        self.told.append(
            LinkIssued(
                at_ms=at_ms,
                site_id=self._site_id,
                link=somebody.link,
                person=somebody.person,
                parent=somebody.arrivals[-1].link if somebody.arrivals else None,
                with_visitor=bool(somebody.arrivals),
            )
        )
        if happens_to(50, "the press is reported", somebody.link):
            used_ms = at_ms + one_of((0, 2_000, 20 * MINUTE_MS), "pressed after", somebody.link)
            note_id = an_id("press", somebody.link)
            self.told.append(LinkUsed(used_ms, self._site_id, note_id, somebody.link, somebody.person))

    def _somebody(self, number: int) -> _Somebody:
        if number not in self.people:
            self.people[number] = _Somebody(a_person(self._site_id, self._name, number))
        return self.people[number]


def _sharing_times(edges: Sequence[_Edge]) -> dict[int, int]:
    """When each parent shares first: at their own first visit, or with their first child if that is earlier."""
    first_visits: dict[int, int] = {}
    first_children: dict[int, int] = {}
    for edge in edges:  # in order of time
        first_visits.setdefault(edge.child, edge.at_ms)
        first_children.setdefault(edge.parent, edge.at_ms)
    return {parent: min(at_ms, first_visits.get(parent, at_ms)) for parent, at_ms in first_children.items()}

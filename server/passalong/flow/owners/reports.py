"""Reports for owners, from the same facts as credit: other measures of who matters. They never pay anybody.

A journey is everything one person came by, in order: it led to a conversion of the goal, or to none. The most frequent
people are named, all others are `others`: a chain of hundreds of states would say less, not more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import BURST_MS, DAY_MS, eligible
from passalong.core.identity import Ownership
from passalong.core.reports.markov import Walk, removal_effects
from passalong.core.reports.shapley import Uplift, shapley_of_journeys, uplift
from passalong.flow.fold.settle import journey_of
from passalong.flow.fold.slice import Slice
from passalong.store.books.identities import Buyer
from passalong.store.books.refunds import NOTHING_BACK
from passalong.store.books.visits import Visit
from passalong.store.engine import Database
from passalong.store.queries.past import conversions_since, visits_since
from passalong.store.sites import Site

OTHERS = "others"
MOST_NAMED = 12
MOST_EXACT_STATES = 60
NOTE = "A report: it pays nobody and changes nobody's credit."

Path = tuple[str, ...]


class Share(Struct, frozen=True):
    """One person in a report: conversions by its measure, and the removal effect if it has one."""

    who: str
    outcomes: float
    effect: float | None = None


class Report(Struct, frozen=True):
    """One report; `exact` is False if it was computed in floats. `pays` is always False."""

    name: str
    goal: str
    days: int
    journeys: int
    outcomes: int
    shares: tuple[Share, ...]
    exact: bool = True
    note: str = NOTE
    pays: bool = False


class Journeys(Struct, frozen=True):
    """The input of reports: how many journeys of each path led to conversions, and how many to none."""

    reached: Counter[Path]
    lost: Counter[Path]


class Scope(Struct, frozen=True):
    """The conversions that a report is about: of a goal, in the last days."""

    goal: str
    now_ms: int
    days: int


def removal_report(db: Database, site: Site, scope: Scope, order: int) -> Report:
    """Return Markov removal effects of the last days. Raises ValueError for an order that is not 1, 2 or 3."""
    journeys = _named(journeys_of(db, site, scope))
    paths = sorted({*journeys.reached, *journeys.lost})
    walks = [Walk(path, journeys.reached[path], journeys.lost[path]) for path in paths]
    states = {path[max(0, at - order) : at] for path in paths for at in range(1, len(path) + 1)}
    exact = len(states) <= MOST_EXACT_STATES
    result = removal_effects(walks, order, exact)
    shares = (Share(who, float(part), float(result.effects[who])) for who, part in result.attributed.items())
    return _report("removal", scope, journeys, shares, exact)


def shapley_report(db: Database, site: Site, scope: Scope) -> Report:
    """Return conversions of the last days by the Shapley value of the people involved, whatever the terms pay."""
    journeys = _named(journeys_of(db, site, scope))
    parts = shapley_of_journeys(sorted(journeys.reached.items()))
    return _report("shapley", scope, journeys, (Share(who, float(part)) for who, part in parts.items()), True)


def uplift_report(db: Database, site: Site, scope: Scope, control: tuple[int, int]) -> tuple[tuple[int, int], Uplift]:
    """Compare people who came by links, as (conversions, people), with a hold-out of the owner's.

    `control` is (conversions, people) of those to whom nothing was shown. Raises ValueError if either is invalid.
    """
    journeys = journeys_of(db, site, scope)
    outcomes = journeys.reached.total()
    treated = (outcomes, outcomes + journeys.lost.total())
    if not treated[1]:
        raise ValueError("Nobody came through a link in this period, so there is nothing to compare.")
    return treated, uplift(treated, control)


def _report(name: str, scope: Scope, journeys: Journeys, shares: Iterable[Share], exact: bool) -> Report:
    ordered = tuple(sorted(shares, key=lambda share: (share.who == OTHERS, share.who)))
    outcomes = journeys.reached.total()
    return Report(name, scope.goal, scope.days, outcomes + journeys.lost.total(), outcomes, ordered, exact)


def journeys_of(db: Database, site: Site, scope: Scope) -> Journeys:
    """Return the journeys of the last days: those of conversions, and of people who came and did nothing.

    People who came by nobody's link are in neither.
    """
    now_ms = scope.now_ms
    since_ms = now_ms - scope.days * DAY_MS
    with db.reading_one_moment() as session:
        work = Slice(session, site, 0, 0)
        converted, reached = _reached(session, work, scope.goal, since_ms, now_ms)
        return Journeys(reached, _lost(session, work, converted, since_ms, now_ms))


def _reached(session: Session, work: Slice, goal: str, since_ms: int, now_ms: int) -> tuple[set[str], Counter[Path]]:
    """Return who did it, and the paths that led there; several conversions of one person are as many journeys."""
    converted: set[str] = set()
    paths: Counter[Path] = Counter()
    conversions = [met for met in conversions_since(session, work.site_id, since_ms, now_ms) if met.goal == goal]
    work.visits.prime({met.visitor_id for met in conversions if met.visitor_id})
    for conversion in conversions:
        if conversion.visitor_id is not None:
            converted.add(_whose(work, conversion.visitor_id))
        if conversion.refused is None:
            touches, _ = eligible(journey_of(work, conversion, None, NOTHING_BACK))
            paths[tuple(_who(work, touch.path[0].payee) for touch in touches)] += 1
    del paths[()]
    return converted, paths


def _lost(session: Session, work: Slice, converted: set[str], since_ms: int, now_ms: int) -> Counter[Path]:
    by_person: dict[str, list[Visit]] = {}
    for visit in visits_since(session, work.site_id, since_ms, now_ms):
        person = _whose(work, visit.visitor_id)
        if person not in converted:
            by_person.setdefault(person, []).append(visit)
    counter = Counter(_path(work, person, visits) for person, visits in by_person.items())
    del counter[()]
    return counter


def _whose(work: Slice, visitor_id: str) -> str:
    """Return the journey of a visitor's visits, by the least of its visitors."""
    return min(work.identities.journey(Buyer(visitor_id)))


def _who(work: Slice, advocate_id: str) -> str:
    """Return the name of an advocate's group in reports: the least of its advocates."""
    return min(work.identities.group(advocate_id, seen=False))


def _path(work: Slice, person: str, visits: Sequence[Visit]) -> Path:
    """Return the people by whose links a person came, without their own, ten seconds apart."""
    path: list[str] = []
    last_ms: int | None = None
    for visit in visits:
        link = work.links.find(visit.share_id)
        own = link is None or work.identities.own(Buyer(person), link.advocate_id) is Ownership.OWN
        if link and not own and (last_ms is None or visit.at_ms - last_ms >= BURST_MS):
            path.append(_who(work, link.advocate_id))
            last_ms = visit.at_ms
    return tuple(path)


def _named(journeys: Journeys) -> Journeys:
    """Return the same with all but the most frequent people as `others`."""
    seen: Counter[str] = Counter()
    for paths in (journeys.reached, journeys.lost):
        for path, count in paths.items():
            seen.update(dict.fromkeys(path, count))
    named = set(sorted(seen, key=lambda who: (-seen[who], who))[:MOST_NAMED])

    def merged(paths: Counter[Path]) -> Counter[Path]:
        result: Counter[Path] = Counter()
        for path, count in paths.items():
            result[tuple(who if who in named else OTHERS for who in path)] += count
        return result

    return Journeys(merged(journeys.reached), merged(journeys.lost))

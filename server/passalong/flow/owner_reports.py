"""Reports for owners, from the same facts as credit: who matters by other measures. They never pay anybody.

A journey is all that one person came by, in order: it led to an outcome of the goal, or to none. The people who matter
most often stand by name, all others together as `others`: a chain of hundreds of states would say less, not more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution import BURST_MS, DAY_MS, eligible
from passalong.core.identity import advocate_key, person_id, visitor_key
from passalong.core.markov import Walk, removal_effects
from passalong.core.shapley import Uplift, shapley_of_journeys, uplift
from passalong.flow.posting import journey_of
from passalong.flow.slice import Slice
from passalong.store.engine import Database
from passalong.store.past import conversions_since, visits_since
from passalong.store.sites import Site
from passalong.store.visits import Visit

OTHERS = "others"
MOST_NAMED = 12
MOST_EXACT_STATES = 60
NOTE = "A report: it pays nobody and changes nobody's credit."

Path = tuple[str, ...]


class Share(Struct, frozen=True):
    """One person in a report: outcomes that are theirs by its measure, and the removal effect where it has one."""

    who: str
    outcomes: float
    effect: float | None = None


class Report(Struct, frozen=True):
    """One report; `exact` is False when it was worked out in floats. `pays` is always False."""

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
    """What the reports are made of: how many journeys of each path led to outcomes, and how many to none."""

    reached: Counter[Path]
    lost: Counter[Path]


def removal_report(db: Database, site: Site, goal: str, now_ms: int, days: int, order: int) -> Report:
    """Markov removal effects of the last days. Raises ValueError for an order that is not 1, 2 or 3."""
    found = _named(journeys_of(db, site, goal, now_ms, days))
    paths = sorted({*found.reached, *found.lost})
    walks = [Walk(path, found.reached[path], found.lost[path]) for path in paths]
    states = {path[max(0, at - order) : at] for path in paths for at in range(1, len(path) + 1)}
    exact = len(states) <= MOST_EXACT_STATES
    result = removal_effects(walks, order, exact)
    shares = (Share(who, float(part), float(result.effects[who])) for who, part in result.attributed.items())
    return _report("removal", goal, days, found, shares, exact)


def shapley_report(db: Database, site: Site, goal: str, now_ms: int, days: int) -> Report:
    """Outcomes of the last days by the Shapley value of who took part in them, whatever the terms pay."""
    found = _named(journeys_of(db, site, goal, now_ms, days))
    parts = shapley_of_journeys(sorted(found.reached.items()))
    return _report("shapley", goal, days, found, (Share(who, float(part)) for who, part in parts.items()), True)


def uplift_report(
    db: Database, site: Site, goal: str, now_ms: int, days: int, control: tuple[int, int]
) -> tuple[tuple[int, int], Uplift]:
    """People who came by links, as (outcomes, people), and what they did more than a hold-out of the owner's.

    `control` is (outcomes, people) of those to whom nothing was shown. Raises ValueError when either makes no sense.
    """
    found = journeys_of(db, site, goal, now_ms, days)
    outcomes = found.reached.total()
    treated = (outcomes, outcomes + found.lost.total())
    if not treated[1]:
        raise ValueError("Nobody came by a link in these days: there is nothing to compare.")
    return treated, uplift(treated, control)


def _report(name: str, goal: str, days: int, found: Journeys, shares: Iterable[Share], exact: bool) -> Report:
    ordered = tuple(sorted(shares, key=lambda share: (share.who == OTHERS, share.who)))
    outcomes = found.reached.total()
    return Report(name, goal, days, outcomes + found.lost.total(), outcomes, ordered, exact)


def journeys_of(db: Database, site: Site, goal: str, now_ms: int, days: int) -> Journeys:
    """The journeys of the last days: those of outcomes as the rule sees them, and of people who came and did nothing.

    Who came by nobody's link is in neither.
    """
    since_ms = now_ms - days * DAY_MS
    with db.reading_one_moment() as session:
        work = Slice(session, site, 0, 0)
        done, reached = _reached(session, work, goal, since_ms, now_ms)
        return Journeys(reached, _lost(session, work, done, since_ms, now_ms))


def _reached(session: Session, work: Slice, goal: str, since_ms: int, now_ms: int) -> tuple[set[str], Counter[Path]]:
    """Who did it, and the paths that led there; several outcomes of one person are as many journeys."""
    done: set[str] = set()
    paths: Counter[Path] = Counter()
    found = [met for met in conversions_since(session, work.site_id, since_ms, now_ms) if met.goal == goal]
    work.visits.prime({met.visitor_id for met in found if met.visitor_id})
    for conversion in found:
        if conversion.visitor_id is not None:
            done.add(work.persons.person(visitor_key(conversion.visitor_id)))
        if conversion.refused is None:
            kept, _ = eligible(journey_of(work, conversion, 0, None))
            paths[tuple(touch.owner for touch in kept)] += 1
    del paths[()]
    return done, paths


def _lost(session: Session, work: Slice, done: set[str], since_ms: int, now_ms: int) -> Counter[Path]:
    by_person: dict[str, list[Visit]] = {}
    for visit in visits_since(session, work.site_id, since_ms, now_ms):
        person = work.persons.person(visitor_key(visit.visitor_id))
        if person not in done:
            by_person.setdefault(person, []).append(visit)
    found = Counter(_path(work, person, visits) for person, visits in by_person.items())
    del found[()]
    return found


def _path(work: Slice, person: str, visits: Sequence[Visit]) -> Path:
    """The people by whose links a person came, their own left out, ten seconds apart."""
    path: list[str] = []
    last_ms: int | None = None
    for visit in visits:
        link = work.links.find(visit.share_id)
        owner = work.persons.person(advocate_key(link.advocate_id)) if link else person
        if owner != person and (last_ms is None or visit.at_ms - last_ms >= BURST_MS):
            path.append(person_id(owner))
            last_ms = visit.at_ms
    return tuple(path)


def _named(found: Journeys) -> Journeys:
    """The same with all but the people in most journeys as `others`."""
    seen: Counter[str] = Counter()
    for paths in (found.reached, found.lost):
        for path, count in paths.items():
            seen.update(dict.fromkeys(path, count))
    named = set(sorted(seen, key=lambda who: (-seen[who], who))[:MOST_NAMED])

    def merged(paths: Counter[Path]) -> Counter[Path]:
        result: Counter[Path] = Counter()
        for path, count in paths.items():
            result[tuple(who if who in named else OTHERS for who in path)] += count
        return result

    return Journeys(merged(found.reached), merged(found.lost))

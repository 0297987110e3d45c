"""The terms' life: a new version with its day and its note, announced in time; a draft tried on what has happened."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.attribution import DAY_MS, POOL, UNATTRIBUTED, Allocation, Journey, Limit, allocate
from passalong.core.days import day_of, period_of
from passalong.core.identity import advocate_key, person_id
from passalong.core.reasons import Reason
from passalong.core.terms import Terms
from passalong.core.terms_check import BadTerms, checked, cuts
from passalong.flow.posting import journey_of
from passalong.flow.slice import Slice
from passalong.flow.transaction import writing
from passalong.store import sites
from passalong.store.conversions import Conversion
from passalong.store.engine import Database
from passalong.store.past import conversions_since
from passalong.store.sites import Site, TermsVersion, in_force, terms_versions

NOTICE_DAYS = 14
BATCH = 500


def new_version(
    db: Database, clock: Clock, site_id: str, document: Terms, note: str, since_ms: int | None = None
) -> TermsVersion:
    """Append the next version of a site's terms, in force from `since_ms` (None: at once). Raises BadTerms.

    Links that were made before keep the terms under which they were made. A version never begins in the past, and one
    that takes something away begins 14 days from now at the earliest.
    """
    now_ms = clock.now_ms()
    begins_ms = now_ms if since_ms is None else since_ms
    checked(document)
    with writing(db) as session:
        versions = terms_versions(session, site_id)
        problems = _timing(versions, document, begins_ms, now_ms)
        if not 1 <= len(note.strip()) <= 500:
            problems.append("Say in 1 to 500 characters why the rule changes: people who share will read it.")
        if problems:
            raise BadTerms(problems)
        numbered = sites.add_terms(session, site_id, document, begins_ms, note.strip())
    return TermsVersion(numbered, begins_ms, note.strip())


def _timing(versions: Iterable[TermsVersion], document: Terms, begins_ms: int, now_ms: int) -> list[str]:
    if begins_ms < now_ms:
        return ["A rule cannot begin in the past: what people shared until now keeps the rule it was shared under."]
    known = list(versions)
    standing = [in_force(known, now_ms), *(version for version in known if now_ms < version.since_ms)]
    lost = sorted({sentence for version in standing for sentence in cuts(version.terms, document)})
    if lost and begins_ms < now_ms + NOTICE_DAYS * DAY_MS:
        return [f"{' '.join(lost)} So it begins {NOTICE_DAYS} days from now at the earliest, to be announced in time."]
    return []


class Tried(Struct, frozen=True):
    """What a draft would have made of one unit's credit: sums, and how many people would get more, the same or less.

    `bands` counts people by the change of what they get: nothing is left, less by half or more, less, the same, more,
    more by half or more, something where there was nothing. Nobody is named.
    """

    unit: str
    outcomes: int
    before_micros: int
    after_micros: int
    pool_before_micros: int
    pool_after_micros: int
    more: int
    same: int
    less: int
    bands: tuple[tuple[str, int], ...]


BANDS = ("nothing_left", "half_less", "less", "same", "more", "half_more", "new")


def try_terms(db: Database, site: Site, draft: Terms, now_ms: int, days: int) -> list[Tried]:
    """What every outcome of the last `days` days would pay under `draft`, against what it pays; writes nothing.

    All arrivals are looked at as if their links had been made under the draft, splits whose hold has ended too. Caps
    and budgets are taken in the order in which outcomes came. Raises BadTerms.
    """
    checked(draft)
    tally = _Tally(site.time_zone)
    with db.reading_one_moment() as session:
        for found in _parts(conversions_since(session, site.site_id, now_ms - days * DAY_MS, now_ms)):
            work = _looking(session, site, found)
            for conversion in found:
                tally.count(conversion, _stands(work, conversion), _drafted(work, conversion, draft))
    return tally.results()


def _looking(session: Session, site: Site, found: list[Conversion]) -> Slice:
    """What the fold works with, to look things up only: it is never flushed."""
    work = Slice(session, site, 0, 0)
    ids = [conversion.conversion_id for conversion in found]
    work.conversions.prime(ids, [], [])
    work.credits.prime(ids)
    work.visits.prime({conversion.visitor_id for conversion in found if conversion.visitor_id})
    return work


def _parts(found: list[Conversion]) -> Iterator[list[Conversion]]:
    return (found[start : start + BATCH] for start in range(0, len(found), BATCH))


def _stands(work: Slice, conversion: Conversion) -> dict[tuple[str, str], int]:
    """What it pays, by the person whom each recipient is today."""
    sums: Counter[tuple[str, str]] = Counter()
    for (recipient, unit), credit in work.credits.of(conversion.conversion_id).items():
        known = recipient in (POOL, UNATTRIBUTED)
        who = recipient if known else person_id(work.persons.person(advocate_key(recipient)))
        sums[who, unit] += credit.amount_micros
    return dict(sums)


def _drafted(work: Slice, conversion: Conversion, draft: Terms) -> Journey | None:
    """The journey as if all its links had been made under the draft; None for a visit that was not the first."""
    if conversion.refused == Reason.RETURNING_VISITOR:
        return None
    refunded_micros, _ = work.conversions.refunded(conversion.conversion_id)
    journey = journey_of(work, conversion, refunded_micros, None)
    touches = tuple(replace(touch, terms=draft) for touch in journey.touches)
    return replace(journey, touches=touches, terms=draft, limits=())


class _Tally:
    """Sums over outcomes, oldest first, with the draft's caps for a day and budgets for a month."""

    def __init__(self, time_zone: str):
        self._time_zone = time_zone
        self._before: dict[str, Counter[str]] = {}
        self._after: dict[str, Counter[str]] = {}
        self._outcomes: Counter[str] = Counter()
        self._spent: Counter[tuple[str, ...]] = Counter()

    def count(self, conversion: Conversion, stands: dict[tuple[str, str], int], journey: Journey | None) -> None:
        """Add one outcome: what it pays, and what it would pay."""
        for (recipient, unit), amount in stands.items():
            self._before.setdefault(unit, Counter())[recipient] += amount
        units = {unit for _, unit in stands}
        if journey is not None:
            found = self._limited(journey)
            if found.unit is not None:
                self._after.setdefault(found.unit, Counter()).update(found.amounts)
                units.add(found.unit)
        self._outcomes.update(units)

    def _limited(self, journey: Journey) -> Allocation:
        found = allocate(journey)
        goal = journey.terms.goal(journey.goal)
        if goal is None or not found.parts:
            return found
        day, month = day_of(journey.at_ms, self._time_zone), period_of(journey.at_ms, self._time_zone)
        limits = []
        if goal.day_cap_micros is not None:
            for who in sorted({part.recipient for part in found.parts}):
                left = goal.day_cap_micros - self._spent[goal.name, day, who]
                limits.append(Limit(who, left, Reason.CAP_REACHED))
        if goal.month_budget_micros is not None:
            left = goal.month_budget_micros - self._spent[goal.name, month]
            limits.append(Limit(None, left, Reason.BUDGET_SPENT))
        found = allocate(replace(journey, limits=tuple(limits)))
        for who, amount in found.amounts.items():
            if who != UNATTRIBUTED:
                self._spent[goal.name, day, who] += amount
                self._spent[goal.name, month] += amount
        return found

    def results(self) -> list[Tried]:
        """One for each unit."""
        return [self._result(unit) for unit in sorted({*self._before, *self._after})]

    def _result(self, unit: str) -> Tried:
        before, after = self._before.get(unit, Counter()), self._after.get(unit, Counter())
        people = [who for who in {*before, *after} - {POOL, UNATTRIBUTED} if before[who] or after[who]]
        bands = Counter(_band(before[who], after[who]) for who in people)
        return Tried(
            unit=unit,
            outcomes=self._outcomes[unit],
            before_micros=sum(before[who] for who in people),
            after_micros=sum(after[who] for who in people),
            pool_before_micros=before[POOL],
            pool_after_micros=after[POOL],
            more=sum(after[who] > before[who] for who in people),
            same=bands["same"],
            less=sum(after[who] < before[who] for who in people),
            bands=tuple((name, bands[name]) for name in BANDS),
        )


def _band(before: int, after: int) -> str:
    """Where a change belongs; by half or more is measured by what stood before."""
    if after == before:
        return "same"
    if after == 0:
        return "nothing_left"
    if before == 0:
        return "new"
    if after < before:
        return "half_less" if 2 * after <= before else "less"
    return "half_more" if 2 * after >= 3 * before else "more"

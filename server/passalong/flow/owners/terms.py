"""Terms: a new version with its day and note, announced in time; a draft tried on the past."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS, KEPT, POOL, UNATTRIBUTED, Allocation, Journey, Limit, allocate
from passalong.core.attribution.rewards import stands
from passalong.core.dates import day_of, period_of
from passalong.core.facts import NEW_VISITOR
from passalong.core.names.lines import is_plain_text
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms, encode_terms
from passalong.core.terms.validation import BadTermsError, checked, cuts
from passalong.core.webhooks import payloads
from passalong.core.webhooks.events import EventType
from passalong.flow.fold.settle import journey_of
from passalong.flow.fold.slice import Slice
from passalong.flow.owners.changes import CLI, record_change
from passalong.flow.owners.currencies import untaken
from passalong.flow.transaction import changing_site
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.books.conversions import Conversion
from passalong.store.engine import Database
from passalong.store.event_log import has_shared
from passalong.store.people.changes import Change
from passalong.store.queries.past import conversions_since
from passalong.store.sites import Site, TermsVersion, announced, in_force, terms_versions
from passalong.store.webhooks import feed

NOTICE_DAYS = 14
ADD, WITHDRAW = "terms.add", "terms.withdraw"
"""Actions in the audit log."""
BATCH = 500


class Draft(Struct, frozen=True):
    """Terms to put in force, why the rule changes, from when (None: at once), and the author.

    `change_id` is the id of a form: sending it twice makes one version.
    """

    document: Terms
    note: str
    since_ms: int | None = None
    author: str = CLI
    change_id: str = ""


def new_version(db: Database, clock: Clock, site_id: str, draft: Draft) -> TermsVersion:
    """Append the next version of a site's terms. Raises BadTermsError.

    Links made before keep their terms. A version never begins in the past, and one that takes something away begins in
    14 days at the earliest, unless nobody has shared anything yet.
    """
    draft = replace(draft, document=checked(draft.document), note=draft.note.strip())
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        return append_version(session, site_id, draft, now_ms)


def replace_announced(db: Database, clock: Clock, site_id: str, draft: Draft) -> TermsVersion:
    """Append a version in place of all that are still to begin; those are withdrawn. Raises BadTermsError."""
    draft = replace(draft, document=checked(draft.document), note=draft.note.strip())
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        for version in announced(terms_versions(session, site_id), now_ms):
            sites.withdraw_terms(session, site_id, version.terms.version, now_ms)
            announce_version(session, site_id, EventType.TERMS_WITHDRAWN, version, now_ms)
        return append_version(session, site_id, draft, now_ms)


def append_version(session: Session, site_id: str, draft: Draft, now_ms: int) -> TermsVersion:
    """Append a version in the caller's transaction. Raises BadTermsError, or AlreadyDoneError for a form sent twice."""
    begins_ms = now_ms if draft.since_ms is None else draft.since_ms
    is_free = not has_shared(session, site_id)
    versions = terms_versions(session, site_id)
    problems = _timing(versions, draft.document, begins_ms, now_ms, is_free=is_free)
    problems += _new_visitors(session, site_id, versions[-1:], draft.document)
    problems += untaken(sites.find_site(session, site_id), draft.document)
    if not 1 <= len(draft.note) <= 500:
        problems.append("Say in 1 to 500 characters why the rule changes: people who share will read it.")
    if not is_plain_text(draft.note):
        problems.append("Write why the rule changes without control characters and bidi controls.")
    if problems:
        raise BadTermsError(problems)
    before = encode_terms(in_force(versions, now_ms).terms) if versions else ""
    subject = f"version {len(versions) + 1}"
    after = encode_terms(draft.document)
    change = Change(site_id, draft.author, ADD, subject, before, after, draft.change_id)
    record_change(session, change, now_ms)
    numbered = sites.add_terms(session, site_id, draft.document, begins_ms, draft.note)
    announce_version(session, site_id, EventType.TERMS_ADDED, TermsVersion(numbered, begins_ms, draft.note), now_ms)
    return TermsVersion(numbered, begins_ms, draft.note)


def announce_version(session: Session, site_id: str, kind: EventType, version: TermsVersion, now_ms: int) -> None:
    """Append an event about a version to the site's stream."""
    data = payloads.TermsVersion(version=version.terms.version, begins_at_ms=version.since_ms, note=version.note)
    feed.append(session, site_id, [feed.Draft(kind, now_ms, data)], now_ms)


def _new_visitors(session: Session, site_id: str, last: Sequence[TermsVersion], document: Terms) -> list[str]:
    """Return a problem if a first visit is newly rewarded by a site that cannot tell it from a second one."""
    site = sites.find_site(session, site_id)
    if document.goal(NEW_VISITOR) is None or site is None or site.remember == "window":
        return []
    if any(version.terms.goal(NEW_VISITOR) for version in last):
        return []
    return [
        "A first visit can be rewarded only where browsers remember a link for the whole window: "
        "set `remember` to `window` in the settings first."
    ]


def withdraw(
    db: Database, clock: Clock, site_id: str, number: int | None = None, author: str = CLI
) -> list[TermsVersion]:
    """Withdraw a version that has not begun (None: all of them); returns those that were withdrawn.

    Raises BadTermsError.
    """
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        waiting = announced(terms_versions(session, site_id), now_ms)
        versions = [version for version in waiting if number in (None, version.terms.version)]
        if not versions:
            which = "No version waits to begin" if number is None else f"Version {number} does not wait to begin"
            raise BadTermsError([f"{which}: one that has begun stays for its links, and a new version comes after it."])
        for version in versions:
            change = Change(site_id, author, WITHDRAW, f"version {version.terms.version}", encode_terms(version.terms))
            record_change(session, change, now_ms)
            sites.withdraw_terms(session, site_id, version.terms.version, now_ms)
            announce_version(session, site_id, EventType.TERMS_WITHDRAWN, version, now_ms)
    return versions


def _timing(
    versions: Sequence[TermsVersion], document: Terms, begins_ms: int, now_ms: int, *, is_free: bool
) -> list[str]:
    if begins_ms < now_ms:
        return ["A rule cannot begin in the past: what people shared until now keeps the rule it was shared under."]
    if is_free:
        return []
    standing = [in_force(versions, now_ms), *announced(versions, now_ms)]
    lost = sorted({sentence for version in standing for sentence in cuts(version.terms, document)})
    if lost and begins_ms < now_ms + NOTICE_DAYS * DAY_MS:
        return [f"{' '.join(lost)} So it begins {NOTICE_DAYS} days from now at the earliest, to be announced in time."]
    return []


class Tried(Struct, frozen=True):
    """The effect of a draft on one unit's credit: sums, and how many people would get more, the same or less.

    `bands` counts people by the change of what they get: nothing left, less by half or more, less, the same, more, more
    by half or more, something instead of nothing. Nobody is named.
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
    """Compare what every conversion of the last `days` days would pay under `draft` with what it pays; writes nothing.

    All visits are treated as if their links had been made under the draft, frozen splits too. Caps and budgets are
    applied in the order in which conversions came. Raises BadTermsError.
    """
    checked(draft)
    totals = _TrialTotals(site.time_zone)
    with db.reading_one_moment() as session:
        for conversions in _parts(conversions_since(session, site.site_id, now_ms - days * DAY_MS, now_ms)):
            work = _looking(session, site, conversions)
            for conversion in conversions:
                totals.count(conversion, _stands(work, conversion), _drafted(work, conversion, draft))
    return totals.results()


def _looking(session: Session, site: Site, conversions: list[Conversion]) -> Slice:
    """Return a slice for look-ups only: it is never flushed."""
    work = Slice(session, site, 0, 0)
    ids = [conversion.conversion_id for conversion in conversions]
    work.conversions.prime(ids, [], [])
    work.credits.prime(ids)
    work.visits.prime({conversion.visitor_id for conversion in conversions if conversion.visitor_id})
    return work


def _parts(conversions: list[Conversion]) -> Iterator[list[Conversion]]:
    return (conversions[start : start + BATCH] for start in range(0, len(conversions), BATCH))


def _stands(work: Slice, conversion: Conversion) -> dict[tuple[str, str], int]:
    """Return what it pays to each recipient in each unit."""
    sums: Counter[tuple[str, str]] = Counter()
    for (recipient, unit), credit in work.credits.of(conversion.conversion_id).items():
        sums[recipient, unit] += credit.amount_micros
    return dict(sums)


def _drafted(work: Slice, conversion: Conversion, draft: Terms) -> Journey | None:
    """Return the journey as if all its links had been made under the draft; None for a visit that was not the first."""
    if conversion.refused == Reason.RETURNING_VISITOR:
        return None
    journey = journey_of(work, conversion, None)
    touches = tuple(replace(touch, terms=draft) for touch in journey.touches)
    return replace(journey, touches=touches, terms=draft, limits=())


class _TrialTotals:
    """Sums over conversions, oldest first, with the draft's caps per day and budgets per month."""

    def __init__(self, time_zone: str):
        self._time_zone = time_zone
        self._before: dict[str, Counter[str]] = {}
        self._after: dict[str, Counter[str]] = {}
        self._outcomes: Counter[str] = Counter()
        self._spent: Counter[tuple[str, ...]] = Counter()

    def count(self, conversion: Conversion, stands: dict[tuple[str, str], int], journey: Journey | None) -> None:
        """Add one conversion: what it pays, and what it would pay."""
        for (recipient, unit), amount in stands.items():
            self._before.setdefault(unit, Counter())[recipient] += amount
        units = {unit for _, unit in stands}
        if journey is not None:
            for pot in self._limited(journey).pots:
                self._after.setdefault(pot.unit, Counter()).update(pot.amounts)
                units.add(pot.unit)
        self._outcomes.update(units)

    def _limited(self, journey: Journey) -> Allocation:
        allocation = allocate(journey)
        goal = journey.terms.goal(journey.goal)
        goal = goal and stands(goal, journey)
        if goal is None or not allocation.parts:
            return allocation
        day, month = day_of(journey.at_ms, self._time_zone), period_of(journey.at_ms, self._time_zone)
        limits, names = [], {KEPT: journey.converter}
        if goal.day_cap_micros is not None:
            for who in sorted({*allocation.amounts} - {POOL, UNATTRIBUTED}):
                left = goal.day_cap_micros - self._spent[goal.name, goal.unit, day, names.get(who, who)]
                limits.append(Limit(who, left, Reason.CAP_REACHED))
        if goal.month_budget_micros is not None:
            left = goal.month_budget_micros - self._spent[goal.name, goal.unit, month]
            limits.append(Limit(None, left, Reason.BUDGET_SPENT))
        allocation = allocate(replace(journey, limits=tuple(limits)))
        for who, amount in allocation.amounts.items():
            if who != UNATTRIBUTED:
                self._spent[goal.name, goal.unit, day, names.get(who, who)] += amount
                self._spent[goal.name, goal.unit, month] += amount
        return allocation

    def results(self) -> list[Tried]:
        """Return one result per unit."""
        return [self._result(unit) for unit in sorted({*self._before, *self._after})]

    def _result(self, unit: str) -> Tried:
        before, after = self._before.get(unit, Counter()), self._after.get(unit, Counter())
        everybody = [who for who in {*before, *after} - {POOL, UNATTRIBUTED} if before[who] or after[who]]
        people = [who for who in everybody if who != KEPT]
        bands = Counter(_band(before[who], after[who]) for who in people)
        return Tried(
            unit=unit,
            outcomes=self._outcomes[unit],
            before_micros=sum(before[who] for who in everybody),
            after_micros=sum(after[who] for who in everybody),
            pool_before_micros=before[POOL],
            pool_after_micros=after[POOL],
            more=sum(after[who] > before[who] for who in people),
            same=bands["same"],
            less=sum(after[who] < before[who] for who in people),
            bands=tuple((name, bands[name]) for name in BANDS),
        )


def _band(before: int, after: int) -> str:
    """Return the band of a change, relative to the previous amount."""
    if after == before:
        return "same"
    if after == 0:
        return "nothing_left"
    if before == 0:
        return "new"
    if after < before:
        return "half_less" if 2 * after <= before else "less"
    return "half_more" if 2 * after >= 3 * before else "more"

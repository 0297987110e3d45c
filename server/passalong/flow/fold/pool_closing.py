"""Put the closing of a month's pool on record: who gets how much, in facts that are small enough to be folded quickly.

What everybody earned is read and shared out without a lock, while the site's lease keeps it from changing. The facts go
into a plan and from there on record, a few in each transaction, so that notes never wait long for the writer. A plan
that was written to its end is recorded as it stands, whatever is folded meanwhile and however often it is interrupted;
one that was not is made anew. Folding takes many slices, between which the site's other facts are folded. A replay
reads the shares and works out nothing.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import POOL
from passalong.core.dates import site_period_start_ms
from passalong.core.facts import Event, Fact, decode_fact, encode_fact, input_hash
from passalong.core.ledger.pool import MODELS, share_out
from passalong.core.pools.facts import PoolClosed, PoolShare, PoolShared
from passalong.flow.fold.fold import lease_site
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.books import conversions, pool_plans, pools
from passalong.store.books.pool_plans import PlannedFact
from passalong.store.books.pools import PREFIX, Pool, PoolBook
from passalong.store.engine import Database
from passalong.store.sites import Site, in_force, terms_versions

SOURCE = "clock"
PEOPLE_EACH = 25
"""People in one fact: few enough that folding one never holds SQLite's writer for long."""
FACTS_EACH = 20
"""Facts planned or recorded in one transaction: on SQLite notes wait until it ends."""


def record(db: Database, site: Site, now_ms: int) -> bool:
    """Record the next facts of the oldest month that can be closed; False if there is no such month.

    True as well if facts of it wait to be folded, or another worker has the site.
    """
    with db.reading() as session:
        ready = pool_plans.is_complete(session, site.site_id)
        closable = [] if ready else _closable(session, site, now_ms)
        if closable and event_log.find_event(session, site.site_id, SOURCE, _closing_id(closable[0])) is not None:
            return event_log.is_waiting(session, site.site_id)  # if not, it was set aside: holds must end all the same
    if not ready and not closable:
        return False
    if ready or _Planner(db, site).plan(now_ms):
        _record_some(db, site, now_ms)
    return True


def _record_some(db: Database, site: Site, now_ms: int) -> None:
    with writing(db) as session:
        turn = lease_site(session, site.site_id, "recording")
        if turn is None:
            session.rollback()
            return
        at_ms = max(now_ms, event_log.last_at_ms(session, site.site_id))
        facts = pool_plans.take(session, site.site_id, FACTS_EACH)
        event_log.append(session, [_event(site.site_id, at_ms, planned) for planned in facts])
        event_log.end_turn(session, site.site_id, *turn)


class _Planner:
    """Writes the plan of a month in slices, under a lease of its own: nothing of the site is folded meanwhile."""

    def __init__(self, db: Database, site: Site):
        self._db = db
        self._site = site
        self._name = f"plan:{secrets.token_hex(8)}"
        self._turn: tuple[int, int] | None = None

    def plan(self, now_ms: int) -> bool:
        """Write the whole plan; False if another worker has the site, or took it over."""
        while left := self._slice(lambda session: pool_plans.take(session, self._site.site_id, FACTS_EACH)):
            pass  # what an interrupted plan left behind
        if left is None:
            return False
        facts = self._facts(now_ms)
        for first in range(0, len(facts), FACTS_EACH):
            if self._slice(self._adding(facts[first : first + FACTS_EACH])) is None:
                return False
        return bool(facts) and self._slice(self._ending) is not None

    def _facts(self, now_ms: int) -> list[PlannedFact]:
        """Work out the facts: the closings of all the month's pools, then the shares."""
        with self._db.reading() as session:
            plans = [_plan_of(session, self._site, pool) for pool in _closable(session, self._site, now_ms)]
        facts = [plan.closing() for plan in plans]
        facts += [share for plan in plans for share in plan.shares()]
        return [PlannedFact(number, name, encode_fact(fact)) for number, (name, fact) in enumerate(facts)]

    def _adding(self, facts: Sequence[PlannedFact]) -> Callable[[Session], Sequence[PlannedFact]]:
        def add(session: Session) -> Sequence[PlannedFact]:
            pool_plans.add(session, self._site.site_id, facts)
            return facts

        return add

    def _ending(self, session: Session) -> Sequence[PlannedFact]:
        pool_plans.complete(session, self._site.site_id)
        event_log.end_turn(session, self._site.site_id, *(self._turn or (0, 0)))
        return ()

    def _slice(self, write: Callable[[Session], Sequence[PlannedFact]]) -> Sequence[PlannedFact] | None:
        """Write something in a transaction of its own, then rest as long as it took; None without the lease."""
        began_s = time.monotonic()
        with writing(self._db) as session:
            turn = lease_site(session, self._site.site_id, self._name)
            if turn is None or turn != (self._turn or turn):
                session.rollback()
                return None
            self._turn = turn
            facts = write(session)
        time.sleep(time.monotonic() - began_s)
        return facts


def _closable(session: Session, site: Site, now_ms: int) -> list[Pool]:
    """The pools of the oldest month that is over and has no hold left."""
    still_open = [pool for pool in pools.all_pools(session, site.site_id) if pool.closed_at_ms is None]
    period = min((pool.period for pool in still_open), default=None)
    if period is None:
        return []
    end_ms = pools.end_ms(period, site.zones)
    if end_ms > now_ms or conversions.waits_before(session, site.site_id, end_ms):
        return []
    return [pool for pool in still_open if pool.period == period]


def _plan_of(session: Session, site: Site, pool: Pool) -> "_Plan":
    """Work out how one pool is shared out."""
    start_ms = site_period_start_ms(pool.period, site.zones)
    terms = in_force(terms_versions(session, site.site_id), start_ms).terms
    book = PoolBook(session, site.site_id)
    earned = book.earned(pool.unit, start_ms, pools.end_ms(pool.period, site.zones))
    parents = book.parents(earned) if terms.pool_model == "pachira" else {}
    shares = share_out(terms.pool_model, pool.amount_micros, earned, parents, _name(pool))
    rest_micros = shares.pop(POOL)
    exact = MODELS[terms.pool_model](earned, parents) if shares else {}
    return _Plan(pool, rest_micros, terms.version, shares, exact)


class _Plan(Struct, frozen=True):
    """How one pool is shared out: what it keeps, each person's share, and their exact parts of the whole."""

    pool: Pool
    kept_micros: int
    terms_version: int
    amounts_micros: Mapping[str, int]
    parts: Mapping[str, Fraction]

    def closing(self) -> tuple[str, Fact]:
        """Return the closing fact with the id of its event."""
        return _closing_id(self.pool), self._closed()

    def shares(self) -> Iterator[tuple[str, Fact]]:
        """Yield the facts that name the shares with the ids of their events, which are folded in this order."""
        people = sorted(self.amounts_micros)
        closed = self._closed()
        for first in range(0, len(people), PEOPLE_EACH):
            named = tuple(map(self._share, people[first : first + PEOPLE_EACH]))
            yield f"{_name(self.pool)}:{first + 1:08}", PoolShared(closed, named)

    def _share(self, who: str) -> PoolShare:
        return PoolShare(who, self.amounts_micros[who], str(self.parts[who]))

    def _closed(self) -> PoolClosed:
        pool, people = self.pool, len(self.amounts_micros)
        return PoolClosed(pool.period, pool.unit, pool.amount_micros, self.kept_micros, people, self.terms_version)


def _name(pool: Pool) -> str:
    return f"{PREFIX}{pool.period}:{pool.unit}"


def _closing_id(pool: Pool) -> str:
    return f"{_name(pool)}:0"


def _event(site_id: str, at_ms: int, planned: PlannedFact) -> Event:
    return Event(site_id, SOURCE, planned.event_id, at_ms, input_hash(fact=planned.fact), decode_fact(planned.fact))

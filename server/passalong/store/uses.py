"""Uses of credit: what was asked for, where it stands, the ways a site offers, and where money goes."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Row, Select, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.settlement import Offered, State, Way, default_ways
from passalong.store import bulk
from passalong.store.read_models import unit_totals, uses
from passalong.store.several import of_each
from passalong.store.sites import Site
from passalong.store.tables import payout_destinations, ways


class Use(Struct, frozen=True):
    """One use as it stands; `reference` is what the advocate gets or can look it up by, `note` why it was rejected."""

    site_id: str
    use_id: str
    advocate_id: str
    way: Way
    unit: str
    amount_micros: int
    fee_micros: int
    state: State
    at_ms: int
    changed_at_ms: int
    batch_id: str | None = None
    reference: str = ""
    note: str = ""

    @property
    def net_micros(self) -> int:
        """What the advocate gets of it."""
        return self.amount_micros - self.fee_micros


class UseBook:
    """The uses of one site, as one slice of work has read and changed them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._by_id: dict[str, Use | None] = {}
        self._changed: set[str] = set()

    def find(self, use_id: str) -> Use | None:
        """The use of that id, if it was folded."""
        if use_id not in self._by_id:
            self._by_id[use_id] = find_use(self._session, self._site_id, use_id)
        return self._by_id[use_id]

    def put(self, use: Use) -> None:
        """Keep a use as it stands now."""
        self._by_id[use.use_id] = use
        self._changed.add(use.use_id)

    def flush(self) -> None:
        """Write what was changed."""
        rows = [structs.asdict(use) for use_id in sorted(self._changed) if (use := self._by_id[use_id])]
        bulk.upsert(self._session, uses, rows)
        self._changed.clear()


def find_use(session: Session, site_id: str, use_id: str) -> Use | None:
    """One use."""
    row = session.execute(select(uses).where(uses.c.site_id == site_id, uses.c.use_id == use_id)).one_or_none()
    return None if row is None else _use(row)


def uses_in(
    session: Session, site_id: str, states: Iterable[State], batch_id: str | None = None, way: Way | None = None
) -> list[Use]:
    """The site's uses in any of these states, oldest first; of one batch, of one way."""
    statement = select(uses).where(uses.c.site_id == site_id, uses.c.state.in_([state.value for state in states]))
    if batch_id is not None:
        statement = statement.where(uses.c.batch_id == batch_id)
    if way is not None:
        statement = statement.where(uses.c.way == way.value)
    return [_use(row) for row in session.execute(statement.order_by(uses.c.at_ms, uses.c.use_id))]


def count_waiting(session: Session, site_id: str) -> int:
    """How many uses wait for the owner."""
    waiting = uses.c.state.in_([State.REQUESTED.value, State.APPROVED.value])
    return session.scalar(select(func.count()).select_from(uses).where(uses.c.site_id == site_id, waiting)) or 0


def lately_settled(session: Session, site_id: str, limit: int) -> list[Use]:
    """What the owner did or declined, by when it was asked for, newest first."""

    def newest(state: str) -> Select[Any]:
        found = select(uses).where(uses.c.site_id == site_id, uses.c.state == state)
        return found.order_by(uses.c.at_ms.desc()).limit(limit)

    found = [_use(row) for row in of_each(session, (State.DONE.value, State.REJECTED.value), newest)]
    return sorted(found, key=lambda use: (use.at_ms, use.use_id), reverse=True)[:limit]


def uses_before(
    session: Session, site_id: str, mine: Sequence[str], before: tuple[int, str] | None, limit: int, every: bool = False
) -> list[Use]:
    """The uses of a person of these ids, newest first, older than `before`; with `every` what moved nothing, too."""

    def newest(advocate_id: str) -> Select[Any]:
        statement = select(uses).where(uses.c.site_id == site_id, uses.c.advocate_id == advocate_id)
        if not every:
            statement = statement.where(uses.c.state.notin_([State.REJECTED.value, State.REFUSED.value]))
        if before is not None:
            statement = statement.where(tuple_(uses.c.at_ms, uses.c.use_id) < before)
        return statement.order_by(uses.c.at_ms.desc(), uses.c.use_id.desc()).limit(limit)

    found = [_use(row) for row in of_each(session, mine, newest)]
    return sorted(found, key=lambda use: (use.at_ms, use.use_id), reverse=True)[:limit]


def _use(row: Row[tuple[Any, ...]]) -> Use:
    return Use(**dict(row._mapping) | {"way": Way(row.way), "state": State(row.state)})


def ready_micros(session: Session, site_id: str, mine: Sequence[str], unit: str) -> int:
    """What a person of these ids could use now; below zero where something was taken back after it had been used."""
    found = select(func.sum(unit_totals.c.ready_micros)).where(
        unit_totals.c.site_id == site_id, unit_totals.c.recipient.in_(mine), unit_totals.c.unit == unit
    )
    return int(session.scalar(found) or 0)


# --- the ways that a site offers --------------------------------------------------------------------------------------


def ways_of(session: Session, site: Site) -> Sequence[Offered]:
    """The ways in which credit can be used on this site, by unit: what every page shows before anybody chooses."""
    statement = select(ways).where(ways.c.site_id == site.site_id).order_by(ways.c.unit, ways.c.way)
    found = [_offered(row) for row in session.execute(statement)]
    return found or default_ways(site.currency)


def _offered(row: Row[tuple[Any, ...]]) -> Offered:
    return Offered(Way(row.way), row.unit, row.minimum_micros, row.fee_micros, row.days, row.about)


def keep_ways(session: Session, site_id: str, offered: Iterable[Offered]) -> None:
    """Replace the ways that the site offers."""
    session.execute(delete(ways).where(ways.c.site_id == site_id))
    rows = [{"site_id": site_id} | structs.asdict(one) | {"way": one.way.value} for one in offered]
    if rows:
        session.execute(insert(ways), rows)


# --- where money goes: personal, so it can be erased ------------------------------------------------------------------


class Destination(Struct, frozen=True):
    """Where an advocate wants to be paid: `kind` is iban, paypal or other."""

    kind: str
    name: str
    account: str


def destination_of(session: Session, site_id: str, mine: Sequence[str]) -> Destination | None:
    """Where a person of these ids wants to be paid: what they said last."""
    found = payout_destinations.c
    statement = select(found.kind, found.name, found.account).where(
        found.site_id == site_id, found.advocate_id.in_(mine)
    )
    row = session.execute(statement.order_by(found.changed_at_ms.desc(), found.advocate_id).limit(1)).one_or_none()
    return None if row is None else Destination(*row)


def keep_destination(session: Session, site_id: str, mine: Sequence[str], kept: Destination, now_ms: int) -> None:
    """Keep where a person of these ids wants to be paid, instead of what they said before."""
    forget_destination(session, site_id, mine)
    row = {"site_id": site_id, "advocate_id": mine[0], "changed_at_ms": now_ms} | structs.asdict(kept)
    bulk.upsert(session, payout_destinations, [row])


def forget_destination(session: Session, site_id: str, mine: Sequence[str]) -> None:
    """Erase where a person of these ids wants to be paid."""
    found = payout_destinations.c
    session.execute(delete(payout_destinations).where(found.site_id == site_id, found.advocate_id.in_(mine)))

"""Telling people of credit that expires: what their page shows, what e-mails say, and the facts that they were told.

A notice is on record once it was given: the e-mail was taken by the mail server, or its reader opened their own page.
Somebody who has no address and does not come back was not told, so nothing of theirs expires.
"""

import json
from collections.abc import Sequence
from typing import Literal

import structlog
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.expiry import (
    FIRST_MS,
    SECOND_MS,
    counts_as_first,
    counts_as_second,
    ends_ms,
    next_period,
    over_by,
)
from passalong.core.facts import Event, ExpiryNoticed, input_hash
from passalong.core.money import MICROS, POINTS
from passalong.core.settlement import usable
from passalong.flow.collect import Collector
from passalong.store import expiries
from passalong.store.engine import Database
from passalong.store.expiries import Expiry
from passalong.store.sites import Site, TermsVersion, terms_versions

SOURCE = "expiry"
KIND = "expiring"
WAIT_S = 20

log = structlog.get_logger()
Way = Literal["mail", "page"]


class Coming(Struct, frozen=True):
    """What expires next, in one period; `number` is of the notice that is to be given of it, 0 when none is.

    `ids` are those of a person's advocate ids under which it is on record, or is to be.
    """

    ids: tuple[str, ...]
    period: str
    expires_at_ms: int
    number: int
    amounts: tuple[tuple[str, int], ...]

    @property
    def n(self) -> int:
        """Whether the amounts together are one thing or many, for languages whose verbs say so."""
        ((unit, micros), *others) = self.amounts
        return 1 if not others and (unit != POINTS or micros == MICROS) else 2

    @property
    def last_day_ms(self) -> int:
        """A moment of the last day on which it can be used."""
        return self.expires_at_ms - 1


def coming(
    session: Session, site: Site, versions: Sequence[TermsVersion], mine: Sequence[str], now_ms: int
) -> list[Coming]:
    """What of this person's credit (under all ids of theirs) expires within three months, the first first."""
    if all(version.terms.expiry_months is None for version in versions):
        return []
    return _Standing(session, site, versions, mine, now_ms).all()


class _Standing:
    """What a person has, and what they were told of."""

    def __init__(
        self, session: Session, site: Site, versions: Sequence[TermsVersion], mine: Sequence[str], now_ms: int
    ) -> None:
        self._least = mine[0]
        self._zone = site.time_zone
        self._now_ms = now_ms
        self._lots = expiries.lots(session, site.site_id, versions, mine)
        self._ready = expiries.ready_micros(session, site.site_id, mine)
        self._told = [one for one in expiries.told(session, site.site_id, mine) if self._stands(one)]

    def all(self) -> list[Coming]:
        """What was told of, and the next period of which a first notice is still in time."""
        periods = sorted({one.period for one in self._told})
        found = [self._known(period) for period in periods]
        following = next_period(self._now_ms, self._zone)
        if following not in periods:
            amounts = self._amounts({unit: self._left(unit, following) for unit in self._ready})
            found.append(Coming((self._least,), following, ends_ms(following, self._zone), 1, amounts))
        return [one for one in found if one.amounts]

    def _stands(self, one: Expiry) -> bool:
        """Whether what was told still holds: once it is too late for a second notice, it is told of anew."""
        return one.second_at_ms is not None or self._now_ms < one.expires_at_ms - SECOND_MS or self._second(one)

    def _second(self, one: Expiry) -> bool:
        return one.second_at_ms is None and counts_as_second(self._now_ms, one.expires_at_ms)

    def _known(self, period: str) -> Coming:
        mine = [one for one in self._told if one.period == period]
        told: dict[str, int] = {}
        for one in mine:
            told[one.unit] = told.get(one.unit, 0) + one.amount_micros
        amounts = {unit: min(micros, self._over(unit, period)) for unit, micros in told.items()}
        number = 2 if any(self._second(one) for one in mine) else 0
        ids = tuple(sorted({one.advocate_id for one in mine}))
        return Coming(ids, period, mine[0].expires_at_ms, number, self._amounts(amounts))

    def _over(self, unit: str, period: str) -> int:
        lots = [lot for lot in self._lots if lot.unit == unit]
        return over_by(lots, period, self._ready.get(unit, 0), self._zone)

    def _left(self, unit: str, period: str) -> int:
        """What expires by then and was not told of: whole minor units, for nobody is written to about less."""
        told = sum(one.amount_micros for one in self._told if one.unit == unit)
        return usable(self._over(unit, period) - told, unit)

    def _amounts(self, found: dict[str, int]) -> tuple[tuple[str, int], ...]:
        return tuple((unit, micros) for unit, micros in sorted(found.items()) if micros > 0)


def due_by_mail(found: Sequence[Coming], now_ms: int) -> list[Coming]:
    """Those of which an e-mail is written now, 60 and 14 days before, whether or not a page has shown them."""
    return [replace(one, number=number) for one in found if (number := _mail_number(one.expires_at_ms, now_ms))]


def _mail_number(expires_at_ms: int, now_ms: int) -> int:
    if counts_as_first(now_ms, expires_at_ms):
        return 1 if now_ms >= expires_at_ms - FIRST_MS else 0
    return 2 if now_ms >= expires_at_ms - SECOND_MS and counts_as_second(now_ms, expires_at_ms) else 0


def shown(db: Database, collector: Collector, site: Site, mine: Sequence[str], now_ms: int) -> list[Coming]:
    """What a person's own page shows them of what is coming, put on record; each notice once."""
    with db.reading() as session:
        found = coming(session, site, terms_versions(session, site.site_id), mine, now_ms)
    for one in found:
        if one.number:
            try:
                _record(collector, site.site_id, one, "page")
            except Exception as error:  # the page is shown all the same, and was no notice: the next time is one
                log.warning("a notice could not be put on record", site=site.site_id, error=type(error).__name__)
    return found


def sent(collector: Collector, site_id: str, document: str) -> None:
    """Put on record that an e-mail with this document was sent, and wait until it is. Raises Busy."""
    said = json.loads(document)
    amounts = tuple((unit, micros) for unit, micros in said["amounts"])
    one = Coming(tuple(said["ids"]), said["period"], said["expires_at_ms"], said["number"], amounts)
    _record(collector, site_id, one, "mail")


def is_too_late(document: str, now_ms: int) -> bool:
    """True for a written notice that would not be one any more, if it were sent now."""
    said = json.loads(document)
    counts = counts_as_first if said["number"] == 1 else counts_as_second
    return not counts(now_ms, said["expires_at_ms"])


def _record(collector: Collector, site_id: str, one: Coming, way: Way) -> None:
    for advocate_id in one.ids:
        fact = ExpiryNoticed(advocate_id, one.period, one.expires_at_ms, one.number, one.amounts, way)
        event_id = f"{advocate_id}.{one.period}.{one.number}"
        said = input_hash(advocate=advocate_id, period=one.period, number=one.number)
        collector.offer(Event(site_id, SOURCE, event_id, 0, said, fact)).result(timeout=WAIT_S)

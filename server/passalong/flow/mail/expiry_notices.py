"""Expiry notices: what the page shows, what mails say, and the facts that they were given.

A notice is recorded once it was given: the mail server took the mail, or the person's own page was visible with the
notice on it and reported that. Nothing expires for people who have no address and do not come back.
"""

import json
from collections.abc import Collection, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.facts import ExpiryNoticed, input_hash
from passalong.core.ledger.expiry import (
    FIRST_MS,
    SECOND_MS,
    counts_as_first,
    counts_as_second,
    ends_ms,
    next_period,
    over_by,
)
from passalong.core.ledger.redemptions import usable
from passalong.core.money import MICROS, POINTS
from passalong.flow.ingest.collector import Collector
from passalong.store.books import expiry
from passalong.store.books.expiry import Expiry
from passalong.store.sites import Site, TermsVersion, terms_versions

SOURCE = "expiry"
KIND = "expiring"

Channel = Literal["mail", "page"]


class Coming(Struct, frozen=True):
    """The next expiry, in one period; `number` is that of the notice that is due, 0 if none is.

    `ids` are those of a person's advocate ids under which it is recorded, or will be.
    """

    ids: tuple[str, ...]
    period: str
    expires_at_ms: int
    number: int
    amounts: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """The name of this notice when a page reports that it was seen."""
        return f"{self.period}.{self.number}"

    @property
    def n(self) -> int:
        """The plural category of the amounts together."""
        ((unit, micros), *others) = self.amounts
        return 1 if not others and (unit != POINTS or micros == MICROS) else 2

    @property
    def last_day_ms(self) -> int:
        """A moment of the last day on which it can be used."""
        return self.expires_at_ms - 1


def coming(
    session: Session, site: Site, versions: Sequence[TermsVersion], advocate_ids: Sequence[str], now_ms: int
) -> list[Coming]:
    """Return what of this account's credit expires within three months, the earliest first."""
    if all(version.terms.expiry_months is None for version in versions):
        return []
    return _Standing(session, site, versions, advocate_ids, now_ms).all()


class _Standing:
    """The credit of a person, and the notices they were given."""

    def __init__(
        self, session: Session, site: Site, versions: Sequence[TermsVersion], advocate_ids: Sequence[str], now_ms: int
    ) -> None:
        self._least = advocate_ids[0]
        self._zone = site.time_zone
        self._now_ms = now_ms
        self._lots = expiry.lots(session, site.site_id, versions, advocate_ids)
        self._ready = expiry.ready_micros(session, site.site_id, advocate_ids)
        self._told = [planned for planned in expiry.told(session, site.site_id, advocate_ids) if self._stands(planned)]

    def all(self) -> list[Coming]:
        """Return expiries with notices, and the next period whose first notice is still in time."""
        periods = sorted({planned.period for planned in self._told})
        notices = [self._known(period) for period in periods]
        following = next_period(self._now_ms, self._zone)
        if following not in periods:
            amounts = self._amounts({unit: self._left(unit, following) for unit in self._ready})
            notices.append(Coming((self._least,), following, ends_ms(following, self._zone), 1, amounts))
        return [notice for notice in notices if notice.amounts]

    def _stands(self, planned: Expiry) -> bool:
        """Return whether a notice still holds: once it is too late for a second one, it starts again."""
        return (
            planned.second_at_ms is not None
            or self._now_ms < planned.expires_at_ms - SECOND_MS
            or self._second(planned)
        )

    def _second(self, planned: Expiry) -> bool:
        return planned.second_at_ms is None and counts_as_second(self._now_ms, planned.expires_at_ms)

    def _known(self, period: str) -> Coming:
        expiries = [planned for planned in self._told if planned.period == period]
        announced: dict[str, int] = {}
        for planned in expiries:
            announced[planned.unit] = announced.get(planned.unit, 0) + planned.amount_micros
        amounts = {unit: min(micros, self._over(unit, period)) for unit, micros in announced.items()}
        number = 2 if any(self._second(planned) for planned in expiries) else 0
        ids = tuple(sorted({planned.advocate_id for planned in expiries}))
        return Coming(ids, period, expiries[0].expires_at_ms, number, self._amounts(amounts))

    def _over(self, unit: str, period: str) -> int:
        lots = [lot for lot in self._lots if lot.unit == unit]
        return over_by(lots, period, self._ready.get(unit, 0), self._zone)

    def _left(self, unit: str, period: str) -> int:
        """Return what expires by then without a notice: whole minor units only."""
        announced_micros = sum(planned.amount_micros for planned in self._told if planned.unit == unit)
        return usable(self._over(unit, period) - announced_micros, unit)

    def _amounts(self, amounts: dict[str, int]) -> tuple[tuple[str, int], ...]:
        return tuple((unit, micros) for unit, micros in sorted(amounts.items()) if micros > 0)


def due_by_mail(notices: Sequence[Coming], now_ms: int) -> list[Coming]:
    """Return those for which a mail is due now, 60 and 14 days before, whether or not a page has shown them."""
    return [
        replace(notice, number=number) for notice in notices if (number := _mail_number(notice.expires_at_ms, now_ms))
    ]


def _mail_number(expires_at_ms: int, now_ms: int) -> int:
    if counts_as_first(now_ms, expires_at_ms):
        return 1 if now_ms >= expires_at_ms - FIRST_MS else 0
    return 2 if now_ms >= expires_at_ms - SECOND_MS and counts_as_second(now_ms, expires_at_ms) else 0


def coming_of(session: Session, site: Site, advocate_ids: Sequence[str], now_ms: int) -> list[Coming]:
    """Return what a person's own page shows them of what expires; records nothing."""
    return coming(session, site, terms_versions(session, site.site_id), advocate_ids, now_ms)


def record_seen(collector: Collector, site_id: str, notices: Sequence[Coming], names: Collection[str]) -> int:
    """Record the notices that a person saw, each once; returns how many of `names` are due now.

    `names` come from the page (`Coming.name`); one that is no longer due is ignored. Raises QueueFullError.
    """
    due = [notice for notice in notices if notice.number and notice.name in names]
    for notice in due:
        _record(collector, site_id, notice, "page")
    return len(due)


def sent(collector: Collector, site_id: str, document: str) -> None:
    """Record that a mail with this document was sent, and wait for the commit. Raises QueueFullError."""
    fields = json.loads(document)
    amounts = tuple((unit, micros) for unit, micros in fields["amounts"])
    notice = Coming(tuple(fields["ids"]), fields["period"], fields["expires_at_ms"], fields["number"], amounts)
    _record(collector, site_id, notice, "mail")


def is_too_late(document: str, now_ms: int) -> bool:
    """Return True for a queued notice that would be too late if it were sent now."""
    fields = json.loads(document)
    counts = counts_as_first if fields["number"] == 1 else counts_as_second
    return not counts(now_ms, fields["expires_at_ms"])


def _record(collector: Collector, site_id: str, notice: Coming, channel: Channel) -> None:
    for advocate_id in notice.ids:
        fact = ExpiryNoticed(advocate_id, notice.period, notice.expires_at_ms, notice.number, notice.amounts, channel)
        event_id = f"{advocate_id}.{notice.period}.{notice.number}"
        sender_hash = input_hash(advocate=advocate_id, period=notice.period, number=notice.number)
        collector.record(site_id, SOURCE, event_id, fact, sender_hash)

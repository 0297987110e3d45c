"""Fold expiring credit: notices, and once the time has come, the transfer to the pool.

Only credit with two notices is taken, never more than was named, never while its owner has an open claim, and it stays
among advocates: the pool of the month gets it. The line is a credit below zero with a receipt of its own, so it is
explained, disputed and given back like any other line that was taken back.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from passalong.core.attribution.allocate import POOL
from passalong.core.facts import Event, ExpiryNoticed
from passalong.core.identity import line_id
from passalong.core.ledger.entries import account, moved, owed_account
from passalong.core.ledger.expiry import EXPIRED, counts_as_first, counts_as_second, over_by
from passalong.core.ledger.receipts import Receipt, ReceiptLine
from passalong.flow.fold import announcements, rollups
from passalong.flow.fold.slice import Slice
from passalong.store.books.credits import Credit
from passalong.store.books.expiry import Expiry


def noticed(work: Slice, event: Event, fact: ExpiryNoticed) -> None:
    """Fold a notice; one that comes too late is recorded and changes nothing."""
    for unit, amount_micros in fact.amounts:
        expiry = work.expiries.find(fact.advocate_id, fact.period, unit)
        if fact.number == 1 and expiry is None and counts_as_first(event.at_ms, fact.expires_at_ms):
            key = (work.site_id, fact.advocate_id, fact.period, unit)
            work.expiries.put(Expiry(*key, fact.expires_at_ms, amount_micros, event.at_ms))
        elif fact.number == 2 and expiry is not None and _is_second(expiry, event.at_ms):
            least = min(expiry.amount_micros, amount_micros)
            work.expiries.put(replace(expiry, amount_micros=least, second_at_ms=event.at_ms))


def _is_second(expiry: Expiry, at_ms: int) -> bool:
    return expiry.second_at_ms is None and counts_as_second(at_ms, expiry.expires_at_ms)


def take_due(work: Slice, event: Event) -> None:
    """Expire what had two notices and whose time has come."""
    for expiry in work.due_expiries(event.at_ms):
        parts = _parts(work, expiry)
        work.expiries.put(replace(expiry, settled_at_ms=event.at_ms, taken_micros=sum(parts.values())))
        if parts:
            _take(work, event, expiry, parts)
        work.credits.flush()


def _parts(work: Slice, expiry: Expiry) -> dict[str, int]:
    """Return how much of it is still unused, by the person's ids."""
    advocate_ids = _ids(work, expiry.advocate_id)
    ready = {each_id: work.balances.of(account(each_id, "ready", ""), expiry.unit) for each_id in advocate_ids}
    left = sum(ready.values()) + sum(work.balances.of(owed_account(each_id), expiry.unit) for each_id in advocate_ids)
    lots = [lot for lot in work.lots_of(advocate_ids) if lot.unit == expiry.unit]
    over = min(expiry.amount_micros, over_by(lots, expiry.period, left, work.time_zone))
    parts: dict[str, int] = {}
    for each_id in advocate_ids:
        parts[each_id] = min(ready[each_id], over - sum(parts.values()))
    return {each_id: micros for each_id, micros in parts.items() if micros}


def _ids(work: Slice, advocate_id: str) -> list[str]:
    """Return all ids of the person, this one first."""
    others = work.identities.account(advocate_id) - {advocate_id}
    return [advocate_id, *sorted(others)]


def _take(work: Slice, event: Event, expiry: Expiry, parts: Mapping[str, int]) -> None:
    subject = f"expiry:{expiry.period}:{expiry.unit}:{expiry.advocate_id}"
    pool = account(POOL, "", work.period(event.at_ms))
    for who, micros in parts.items():
        work.post(subject, event.at_ms, moved(account(who, "ready", ""), pool, expiry.unit, micros))
        line = _credit(event, subject, expiry.unit, who, micros)
        work.credits.put(line)
        announcements.expired(work, line)
        rollups.count_expired(work, who, expiry.unit, micros, event.at_ms)
    work.receipts.put(_receipt(work, event, subject, expiry, parts), work.seq, event.at_ms)


def _credit(event: Event, subject: str, unit: str, who: str, taken_micros: int) -> Credit:
    """Return the advocate's line: nothing earned, and this much taken."""
    return Credit(
        site_id=event.site_id,
        conversion_id=subject,
        recipient=who,
        unit=unit,
        line_id=line_id(subject, who),
        subject=subject,
        share_id=None,
        goal=EXPIRED,
        level=-1,
        at_ms=event.at_ms,
        amount_micros=-taken_micros,
        earned_micros=0,
        taken_at_ms=event.at_ms,
        release_at_ms=event.at_ms,
        ready=True,
    )


def _receipt(work: Slice, event: Event, subject: str, expiry: Expiry, parts: Mapping[str, int]) -> Receipt:
    return Receipt(
        subject=subject,
        kind="expiry",
        status="credited",
        reason=None,
        goal=EXPIRED,
        at_ms=event.at_ms,
        unit=expiry.unit,
        budget_micros=expiry.amount_micros,
        people=1,
        pool_micros=sum(parts.values()),
        terms_version=work.terms_at(event.at_ms).version,
        lines=tuple(ReceiptLine(who, -micros, 0, "0", ()) for who, micros in sorted(parts.items())),
    )

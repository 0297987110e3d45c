"""The pool of a period: filled by missing levels and by the owner, shared out when its last hold ends.

A period is a calendar month in the site's time zone. It is closed once it is over and no hold of its conversions is
left: by facts that name the shares (pool_closing), each person's with a receipt of their own, or, in logs from before
there were such facts, by a tick of the clock with one receipt for all. What comes later, a refund after all, charges
the open period instead. What no rule takes, and what is below zero, is carried to the open period.
"""

from fractions import Fraction
from typing import NamedTuple

from msgspec.structs import replace

from passalong.core.attribution.allocate import POOL
from passalong.core.dates import site_period_start_ms
from passalong.core.facts import Event
from passalong.core.identity import line_id
from passalong.core.ledger.entries import ISSUED, Line, account, balanced, moved, release
from passalong.core.ledger.pool import MODELS, share_out
from passalong.core.ledger.receipts import Receipt, ReceiptLine, ReceiptPart
from passalong.core.pools.facts import PoolAdded, PoolClosed, PoolShare, PoolShared
from passalong.flow.fold import announcements, decisions, rollups
from passalong.flow.fold.slice import Slice
from passalong.store.books.credits import Credit
from passalong.store.books.pools import ACCOUNTS, PREFIX, Pool, end_ms, period_in


def pool_period(work: Slice, event: Event, at_ms: int) -> str:
    """Return the period whose pool a change of that time belongs to: its own, or once closed, the open one."""
    own, now = work.period(at_ms), work.period(event.at_ms)
    return now if own != now and work.pools.is_closed(own) else own


def added(work: Slice, event: Event, fact: PoolAdded) -> None:
    """Fold an addition by the owner; for a closed period it goes to the open one."""
    now = work.period(event.at_ms)
    period = now if work.pools.is_closed(fact.period) else fact.period
    lines = moved(ISSUED, account(POOL, "", period), fact.unit, fact.amount_micros)
    work.post(f"{PREFIX}{period}:{fact.unit}", event.at_ms, lines)
    rollups.count_pool(work, event.at_ms, fact.unit, fact.amount_micros)


def closed(work: Slice, event: Event, fact: PoolClosed) -> None:
    """Close a pool: what is not shared out goes to the open period, the rest waits for the facts that name shares."""
    own, following = f"{PREFIX}{fact.period}", f"{PREFIX}{work.period(event.at_ms)}"
    subject = f"{own}:{fact.unit}"
    made_of = {f"{part}_micros": micros for part, micros in work.pool_parts(fact.period, fact.unit).items()}
    amount_micros, shared_micros = work.balances.of(own, fact.unit), fact.amount_micros - fact.kept_micros
    kept_micros = amount_micros - shared_micros
    work.post(subject, event.at_ms, moved(own, following, fact.unit, kept_micros))
    now = replace(fact, amount_micros=amount_micros, kept_micros=kept_micros)
    work.receipts.put(_receipt_of(now, subject, event.at_ms, ()), work.seq, event.at_ms)
    work.pools.close(
        Pool(work.site_id, fact.period, fact.unit, amount_micros, event.at_ms, shared_micros, fact.people, **made_of)
    )


def shared(work: Slice, event: Event, fact: PoolShared) -> None:
    """Pay some people their shares of a closed pool, each with a receipt of their own."""
    own, unit = f"{PREFIX}{fact.pool.period}", fact.pool.unit
    for share in fact.shares:
        who, micros = share.advocate_id, share.amount_micros
        subject = share_subject(fact.pool, who)
        line = replace(_credit(work, event, f"{own}:{unit}", unit, share), conversion_id=subject, subject=subject)
        work.post(subject, event.at_ms, moved(own, account(who, _bucket(line), ""), unit, micros))
        work.credits.put(line)
        announcements.credit(work, None, line)
        rollups.count_pool_share(work, line)
        receipt = _receipt_of(fact.pool, subject, event.at_ms, (_line(fact.pool, share),))
        work.receipts.put(receipt, work.seq, event.at_ms)


def share_subject(pool: PoolClosed, advocate_id: str) -> str:
    """The subject of one person's share."""
    return f"{PREFIX}{pool.period}:{pool.unit}:{advocate_id}"


def _line(pool: PoolClosed, share: PoolShare) -> ReceiptLine:
    whole = Fraction(share.part) * pool.amount_micros
    subject = f"{PREFIX}{pool.period}:{pool.unit}"
    part = ReceiptPart("", subject, 0, share.part, "1", pool.amount_micros, str(whole), pool.terms_version)
    rounding = str(share.amount_micros - whole)
    return ReceiptLine(share.advocate_id, share.amount_micros, share.amount_micros, rounding, (part,))


def _receipt_of(pool: PoolClosed, subject: str, at_ms: int, lines: tuple[ReceiptLine, ...]) -> Receipt:
    """The receipt of a pool, or of one person's share of it, which says of the pool the same."""
    return Receipt(
        subject=subject,
        kind="pool",
        status="credited",
        reason=None,
        goal=POOL,
        at_ms=at_ms,
        unit=pool.unit,
        budget_micros=pool.amount_micros,
        people=pool.people,
        pool_micros=pool.kept_micros,
        terms_version=pool.terms_version,
        lines=lines,
    )


def close_due(work: Slice, event: Event) -> None:
    """Close every period that is over and has no hold left, the oldest first."""
    shares_of: dict[str, list[tuple[str, int]]] = {}
    for (name, unit), amount in work.balances.between(*ACCOUNTS).items():
        period = period_in(name)
        if end_ms(period, work.site.zones) <= event.at_ms and not work.pools.is_closed(period):
            shares_of.setdefault(period, []).append((unit, amount))
    for period in sorted(shares_of):
        if work.conversions.waits_before(end_ms(period, work.site.zones)):
            return
        work.credits.flush()
        for unit, amount in shares_of[period]:
            _close(work, event, period, unit, amount)


def _close(work: Slice, event: Event, period: str, unit: str, amount_micros: int) -> None:
    start_ms = site_period_start_ms(period, work.site.zones)
    terms = work.terms_at(start_ms)
    subject = f"{PREFIX}{period}:{unit}"
    earned = work.pools.earned(unit, start_ms, end_ms(period, work.site.zones))
    parents = work.pools.parents(earned) if terms.pool_model == "pachira" else {}
    shares = share_out(terms.pool_model, amount_micros, earned, parents, subject)
    rest_micros = shares.pop(POOL)
    exact = MODELS[terms.pool_model](earned, parents) if shares else {}
    following = work.period(event.at_ms)
    lines = [Line(f"{PREFIX}{period}", unit, -amount_micros), Line(f"{PREFIX}{following}", unit, rest_micros)]
    credits = [
        _credit(work, event, subject, unit, PoolShare(who, share, str(exact[who])))
        for who, share in sorted(shares.items())
    ]
    lines += [Line(account(line.recipient, _bucket(line), ""), unit, line.amount_micros) for line in credits]
    work.post(subject, event.at_ms, balanced(lines))
    for line in credits:
        work.credits.put(line)
        announcements.credit(work, None, line)
        rollups.count_pool_share(work, line)
    receipt = _receipt(Closing(subject, event.at_ms, unit, amount_micros, rest_micros, terms.version), shares, exact)
    work.receipts.put(receipt, work.seq, event.at_ms)
    shared = amount_micros - rest_micros
    made_of = {f"{part}_micros": micros for part, micros in work.pool_parts(period, unit).items()}
    work.pools.close(Pool(work.site_id, period, unit, amount_micros, event.at_ms, shared, len(shares), **made_of))


def let_go(work: Slice, event: Event, subject: str) -> None:
    """Release the shares of a pool under this subject that a ban held, once it is lifted or a person released them.

    In order of names, so that a replay posts the same.
    """
    for _, credit in sorted(work.credits.of(subject).items()) if subject.startswith(PREFIX) else ():
        if credit.on_hold and not decisions.ban_holds(work, credit.recipient, subject):
            whose = (credit.recipient, credit.unit, credit.amount_micros)
            work.post(credit.subject, event.at_ms, release(*whose))
            rollups.count_release(work, *whose)
            now = replace(credit, ready=True, on_hold=False, release_at_ms=event.at_ms)
            announcements.released(work, work.credits.put(now))


def _bucket(line: Credit) -> str:
    return "ready" if line.ready else "waiting"


def _credit(work: Slice, event: Event, subject: str, unit: str, share: PoolShare) -> Credit:
    """Return the advocate's line: of the goal `pool`, available at once unless they are banned."""
    who, share_micros = share.advocate_id, share.amount_micros
    is_banned = decisions.ban_on(work, who) is not None
    return Credit(
        site_id=event.site_id,
        conversion_id=subject,
        recipient=who,
        unit=unit,
        line_id=line_id(subject, who),
        subject=subject,
        share_id=None,
        goal=POOL,
        level=0,
        at_ms=event.at_ms,
        amount_micros=share_micros,
        earned_micros=share_micros,
        taken_at_ms=None,
        release_at_ms=event.at_ms,
        ready=not is_banned,
        on_hold=is_banned,
    )


class Closing(NamedTuple):
    """A period of the pool in one unit as it is closed: `amount_micros` of which `kept_micros` go to the next one."""

    subject: str
    at_ms: int
    unit: str
    amount_micros: int
    kept_micros: int
    terms_version: int


def _receipt(closing: Closing, shares: dict[str, int], exact: dict[str, Fraction]) -> Receipt:
    """Return the receipt of a shared-out pool: a line for each person with their exact part."""

    def line(who: str) -> ReceiptLine:
        whole = exact[who] * closing.amount_micros
        part = ReceiptPart(
            "", closing.subject, 0, str(exact[who]), "1", closing.amount_micros, str(whole), closing.terms_version
        )
        return ReceiptLine(who, shares[who], shares[who], str(shares[who] - whole), (part,))

    return Receipt(
        subject=closing.subject,
        kind="pool",
        status="credited",
        reason=None,
        goal=POOL,
        at_ms=closing.at_ms,
        unit=closing.unit,
        budget_micros=closing.amount_micros,
        people=len(shares),
        pool_micros=closing.kept_micros,
        terms_version=closing.terms_version,
        lines=tuple(line(who) for who in sorted(shares)),
    )

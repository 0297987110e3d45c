"""The pool of a period: filled by missing levels and by what the owner sets aside, shared out when its last hold ends.

A period is a calendar month in the site's time zone. It is closed by a fact of the clock, once it is over and no hold
of its conversions is left. What comes later, a refund after all, charges the open period instead. What no rule takes,
and what is below zero, is carried to the open period.
"""

from fractions import Fraction

from passalong.core.attribution import POOL
from passalong.core.days import period_of, period_start_ms
from passalong.core.facts import Event, PoolAdded
from passalong.core.identity import line_id
from passalong.core.ledger import ISSUED, Line, account, balanced, moved
from passalong.core.pool import MODELS, share_out
from passalong.core.receipts import Receipt, ReceiptLine, ReceiptPart
from passalong.core.terms import Terms
from passalong.flow import tally
from passalong.flow.slice import Slice
from passalong.store.credits import Credit
from passalong.store.pools import PREFIX, Pool, end_ms, period_in


def pool_period(work: Slice, event: Event, at_ms: int) -> str:
    """The period whose pool a change of something of that time belongs to: its own, or, once closed, the open one."""
    own, now = period_of(at_ms, work.time_zone), period_of(event.at_ms, work.time_zone)
    return now if own != now and work.pools.is_closed(own) else own


def added(work: Slice, event: Event, fact: PoolAdded) -> None:
    """The owner sets something aside; for a period that is closed it goes to the open one."""
    now = period_of(event.at_ms, work.time_zone)
    period = now if work.pools.is_closed(fact.period) else fact.period
    lines = moved(ISSUED, account(POOL, "", period), fact.unit, fact.amount_micros)
    work.post(f"{PREFIX}{period}:{fact.unit}", event.at_ms, lines)
    tally.count_pool(work, event.at_ms, fact.unit, fact.amount_micros)


def close_due(work: Slice, event: Event) -> None:
    """Close every period that is over and has no hold left, the oldest first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for (name, unit), amount in work.balances.starting(PREFIX).items():
        period = period_in(name)
        if end_ms(period, work.time_zone) <= event.at_ms and not work.pools.is_closed(period):
            found.setdefault(period, []).append((unit, amount))
    for period in sorted(found):
        if work.conversions.waits_before(end_ms(period, work.time_zone)):
            return
        work.credits.flush()
        for unit, amount in found[period]:
            _close(work, event, period, unit, amount)


def _close(work: Slice, event: Event, period: str, unit: str, amount_micros: int) -> None:
    start_ms = period_start_ms(period, work.time_zone)
    terms = work.terms_at(start_ms)
    subject = f"{PREFIX}{period}:{unit}"
    earned = work.pools.earned(unit, start_ms, end_ms(period, work.time_zone))
    parents = work.pools.parents(earned) if terms.pool_model == "pachira" else {}
    shares = share_out(terms.pool_model, amount_micros, earned, parents, subject)
    kept = shares.pop(POOL)
    exact = MODELS[terms.pool_model](earned, parents) if shares else {}
    following = period_of(event.at_ms, work.time_zone)
    lines = [Line(f"{PREFIX}{period}", unit, -amount_micros), Line(f"{PREFIX}{following}", unit, kept)]
    lines += [Line(account(who, "ready", ""), unit, share) for who, share in sorted(shares.items())]
    work.post(subject, event.at_ms, balanced(lines))
    for who, share in sorted(shares.items()):
        work.credits.put(_credit(work, event, subject, who, unit, share))
        tally.count_pool_share(work, who, unit, share, event.at_ms)
    made = _receipt(subject, event.at_ms, unit, amount_micros, kept, shares, exact, terms)
    work.receipts.put(made, work.seq, event.at_ms, None)
    shared = amount_micros - kept
    work.pools.close(Pool(work.site_id, period, unit, amount_micros, event.at_ms, shared, len(shares)))


def _credit(work: Slice, event: Event, subject: str, who: str, unit: str, share_micros: int) -> Credit:
    """The advocate's line: of the goal `pool`, ready at once."""
    return Credit(
        site_id=work.site_id,
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
        ready=True,
    )


def _receipt(
    subject: str,
    at_ms: int,
    unit: str,
    amount_micros: int,
    kept_micros: int,
    shares: dict[str, int],
    exact: dict[str, Fraction],
    terms: Terms,
) -> Receipt:
    """How a pool was shared out: a line for each person with their exact part of it."""

    def line(who: str) -> ReceiptLine:
        whole = exact[who] * amount_micros
        part = ReceiptPart("", subject, 0, str(exact[who]), "1", amount_micros, str(whole), terms.version)
        return ReceiptLine(who, shares[who], shares[who], str(shares[who] - whole), (part,))

    return Receipt(
        subject=subject,
        kind="pool",
        status="credited",
        reason=None,
        goal=POOL,
        at_ms=at_ms,
        unit=unit,
        budget_micros=amount_micros,
        people=len(shares),
        pool_micros=kept_micros,
        terms_version=terms.version,
        lines=tuple(line(who) for who in sorted(shares)),
    )

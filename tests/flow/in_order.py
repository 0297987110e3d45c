"""What must hold of a site's books, whatever happened to it: sums, numbers without gaps, one receipt each, counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from passalong.core.ledger.receipts import Receipt
from passalong.store import sites
from passalong.store.queries import due
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.event_log import events, numbered, turns
from passalong.store.schema.expiries import expiries
from passalong.store.schema.journal import journal
from passalong.store.schema.pools import pools
from passalong.store.schema.redemptions import uses
from passalong.store.schema.visits import visits

if TYPE_CHECKING:
    from flow.world import World


def check(world: World) -> None:
    """All of it."""
    the_journal_sums_to_zero(world)
    events_are_numbered_without_gaps(world)
    everything_has_one_receipt(world)
    pages_show_what_is_booked(world)
    who_owes_has_nothing_ready(world)
    receipts_say_what_is_booked(world)
    the_next_due_moment_is_kept(world)


def the_next_due_moment_is_kept(world: World) -> None:
    """What the fold kept is what its rows say now."""
    for row in world.rows(select(turns.c.site_id, turns.c.next_due_ms, turns.c.last_seq)):
        last = world.rows(
            select(func.max(events.c.at_ms)).where(
                events.c.site_id == row.site_id,
                events.c.event_id.in_(
                    select(numbered.c.event_id).where(numbered.c.site_id == row.site_id, numbered.c.seq == row.last_seq)
                ),
            )
        )[0][0]
        if last is None:
            continue
        with world.db.reading() as session:
            site = sites.find_site(session, row.site_id)
            if site is None:
                continue  # it was removed, and nothing of it is due
            assert row.next_due_ms == due.next_due_ms(session, row.site_id, site.zones, last)


def the_journal_sums_to_zero(world: World) -> None:
    """Each transaction in each unit; and they are numbered without gaps."""
    rows = world.rows(select(journal).order_by(journal.c.tx, journal.c.line))
    sums = Counter[tuple[int, str]]()
    for row in rows:
        sums[row.tx, row.unit] += row.amount_micros
    assert not any(sums.values())
    transactions = sorted({row.tx for row in rows})
    assert transactions == list(range(1, len(transactions) + 1))


def events_are_numbered_without_gaps(world: World) -> None:
    """Every event is folded, waits, or is set aside."""
    numbers = [row.seq for row in world.rows(select(numbered.c.seq).order_by(numbered.c.seq))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert world.count("events") == len(numbers) + world.count("queue") + world.count("set_aside")


def everything_has_one_receipt(world: World) -> None:
    """Visits, conversions that were reported, uses, gifts, what expired and pools; and nothing else has one."""
    reported = select(events.c.event_id).join(
        numbered,
        (numbered.c.site_id == events.c.site_id)
        & (numbered.c.source == events.c.source)
        & (numbered.c.event_id == events.c.event_id),
    )
    subjects = {f"visit:{row.visit_id}" for row in world.rows(select(visits.c.visit_id))}
    subjects |= {f"conversion:{row.event_id}" for row in world.rows(reported.where(events.c.kind == "conversion"))}
    subjects |= {f"given:{row.event_id}" for row in world.rows(reported.where(events.c.kind == "given"))}
    subjects |= {f"use:{row.use_id}" for row in world.rows(select(uses.c.use_id))}
    subjects |= {name for name in world.receipts() if name.startswith("given:claim.")}
    taken = world.rows(select(expiries).where(expiries.c.taken_micros > 0))
    subjects |= {f"expiry:{row.period}:{row.unit}:{row.advocate_id}" for row in taken}
    subjects |= {f"pool:{row.period}:{row.unit}" for row in world.rows(select(pools))}
    subjects |= {row.subject for row in world.rows(select(credits.c.subject).where(credits.c.goal == "pool"))}
    assert set(world.receipts()) == subjects


def receipts_say_what_is_booked(world: World) -> None:
    """What the receipts say was paid is what the journal has."""
    told, booked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for made in world.receipts().values():
        for line in made.lines:
            told[line.recipient, made.unit_of(line) or ""] += line.amount_micros
        for pot in () if _is_a_share(made) else made.pots:
            told["pool", pot.unit] += pot.pool_micros - (pot.budget_micros if made.kind == "pool" else 0)
            told["unattributed", pot.unit] += pot.unattributed_micros
            if pot.referee_reward is not None:
                told[pot.referee_reward.recipient, pot.unit] += pot.referee_reward.amount_micros
    set_aside = journal.c.subject.startswith("pool:") & (journal.c.account == "program:issued")
    for row in world.rows(select(journal).where(set_aside)):
        told["pool", row.unit] -= row.amount_micros
    for (account, unit), amount in world.balances().items():
        kind, _, rest = account.partition(":")
        if kind != "program":
            booked[rest.partition(":")[0] if kind in ("advocate", "clawback") else kind, unit] += amount
    for row in _payouts_on_their_way(world):
        booked[row.advocate_id, row.unit] += row.amount_micros
        booked["payout", row.unit] -= row.amount_micros
    assert told == booked  # to a Counter what is not there is zero


def _is_a_share(made: Receipt) -> bool:
    """One person's share of a pool: it says of the pool what the pool's own receipt says."""
    return made.kind == "pool" and made.subject.count(":") == 3


def pages_show_what_is_booked(world: World) -> None:
    """The portal's sums are those of the journal and those of the credits."""
    shown, booked = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    sums, paid = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in world.rows(select(unit_totals)):
        assert row.ready_micros == row.earned_micros - row.waiting_micros - row.taken_back_micros - row.used_micros
        for bucket in ("waiting", "ready", "used"):
            shown[row.recipient, bucket, row.unit] += getattr(row, f"{bucket}_micros")
            sums[row.recipient, row.unit] += getattr(row, f"{bucket}_micros")
    for (account, unit), amount in world.balances().items():
        kind, _, rest = account.partition(":")
        if kind in ("advocate", "clawback"):
            who, _, bucket = rest.partition(":")
            booked[who, bucket or "ready", unit] += amount
    for row in _payouts_on_their_way(world):
        booked[row.advocate_id, "used", row.unit] += row.amount_micros
    for row in world.rows(select(credits).where(credits.c.recipient.notin_(["pool", "unattributed", "kept"]))):
        paid[row.recipient, row.unit] += row.amount_micros
    assert shown == booked
    assert paid == sums


def who_owes_has_nothing_ready(world: World) -> None:
    """Nobody's ready credit is below zero: what would be is owed."""
    found = world.balances()
    owed = {(account.partition(":")[2], unit) for account, unit in found if account.startswith("clawback:")}
    for (account, unit), amount in found.items():
        kind, _, rest = account.partition(":")
        who, _, bucket = rest.partition(":")
        assert amount >= 0 or kind != "advocate", (account, unit, amount)
        assert amount < 0 or kind != "clawback", (account, unit, amount)
        assert bucket != "ready" or (who, unit) not in owed


def _payouts_on_their_way(world: World) -> Sequence[Any]:
    """Payouts that are asked for and neither paid nor rejected."""
    open_ones = uses.c.state.in_(["requested", "approved"]) & (uses.c.way == "payout")
    return world.rows(select(uses).where(open_ones))

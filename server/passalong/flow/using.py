"""Uses of credit, folded: what is ready becomes used or is on its way to be paid, and comes back when it is rejected.

A step that may not follow the one before (approved after rejected) is on record and changes nothing. What was used is
never taken out of these entries: a refund that comes later is carried forward (core.ledger.carried).
"""

from msgspec.structs import replace

from passalong.core.facts import CreditUsed, Event, PayoutPrepared, UseApproved, UseRejected, UseSettled
from passalong.core.ledger import PAYOUT, account, moved
from passalong.core.settlement import STEPS, State, Way, use_receipt
from passalong.flow import tally
from passalong.flow.slice import Slice
from passalong.store.uses import Use


def used(work: Slice, event: Event, fact: CreditUsed) -> None:
    """Somebody uses ready credit; more than there is is refused, and the receipt says so."""
    enough = 0 < fact.amount_micros <= work.balances.of(account(fact.advocate_id, "ready", ""), fact.unit)
    way = Way(fact.way)
    state = State.DONE if way == Way.GIVE_BACK else State.REQUESTED
    use = Use(
        site_id=work.site_id,
        use_id=event.event_id,
        advocate_id=fact.advocate_id,
        way=way,
        unit=fact.unit,
        amount_micros=fact.amount_micros,
        fee_micros=fact.fee_micros,
        state=state if enough else State.REFUSED,
        at_ms=event.at_ms,
        changed_at_ms=event.at_ms,
    )
    if enough:
        _move(work, event, use, "ready", _kept_in(use))
        tally.count_use(work, use.advocate_id, use.unit, use.amount_micros)
    _keep(work, event, use)


def approved(work: Slice, event: Event, fact: UseApproved) -> None:
    """The owner agrees: nothing moves yet."""
    _step(work, event, fact.use_id, State.APPROVED)


def prepared(work: Slice, event: Event, fact: PayoutPrepared) -> None:
    """Payouts that are in no batch yet belong to this one."""
    for use_id in fact.use_ids:
        use = work.uses.find(use_id)
        if use is not None and use.batch_id is None and STEPS[use.state]:
            work.uses.put(replace(use, batch_id=event.event_id))


def settled(work: Slice, event: Event, fact: UseSettled) -> None:
    """The owner did it: what was on its way is used."""
    before = _step(work, event, fact.use_id, State.DONE, reference=fact.reference)
    if before is not None and before.way == Way.PAYOUT:
        _move(work, event, before, _kept_in(before), "used")


def rejected(work: Slice, event: Event, fact: UseRejected) -> None:
    """The owner refuses: the credit is ready again."""
    before = _step(work, event, fact.use_id, State.REJECTED, note=fact.note)
    if before is not None:
        _move(work, event, before, _kept_in(before), "ready")
        tally.count_use(work, before.advocate_id, before.unit, -before.amount_micros)


def _kept_in(use: Use) -> str:
    """The bucket in which a use stands until it is done."""
    return PAYOUT if use.way == Way.PAYOUT else "used"


def _move(work: Slice, event: Event, use: Use, source: str, target: str) -> None:
    left, reached = (name if name == PAYOUT else account(use.advocate_id, name, "") for name in (source, target))
    work.post(f"use:{use.use_id}", event.at_ms, moved(left, reached, use.unit, use.amount_micros))


def _step(work: Slice, event: Event, use_id: str, state: State, reference: str = "", note: str = "") -> Use | None:
    """Take a use to its next state; returns it as it was, or None when that step may not follow."""
    before = work.uses.find(use_id)
    if before is None or state not in STEPS[before.state]:
        return None
    after = replace(
        before,
        state=state,
        changed_at_ms=event.at_ms,
        reference=reference or before.reference,
        note=note or before.note,
    )
    _keep(work, event, after)
    return before


def _keep(work: Slice, event: Event, use: Use) -> None:
    work.uses.put(use)
    made = use_receipt(
        use.use_id, use.advocate_id, use.way, use.unit, use.amount_micros, use.fee_micros, use.state, use.at_ms
    )
    made = replace(made, reference=use.reference, note=use.note)
    work.receipts.put(made, work.seq, event.at_ms, None)

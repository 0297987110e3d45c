"""Uses of credit, folded: what is ready becomes used or is on its way to be paid, and comes back when it is rejected.

A step that may not follow the one before (approved after rejected) is on record and changes nothing. What was used is
never taken out of these entries: a refund that comes later is carried forward (core.ledger.carried).
"""

from msgspec.structs import replace

from passalong.core.facts import CreditUsed, Event, PayoutPrepared, UseApproved, UseRejected, UseSettled
from passalong.core.identity import advocate_key
from passalong.core.ledger import PAYOUT, Line, account, moved, owed_account
from passalong.core.settlement import STEPS, State, Way, use_receipt
from passalong.flow import tally
from passalong.flow.slice import Slice
from passalong.store.uses import Use

Parts = list[tuple[str, int]]
"""What each of a person's advocate ids gives to one use, or got back of it: (id, micros)."""


def used(work: Slice, event: Event, fact: CreditUsed) -> None:
    """Somebody uses ready credit; more than there is is refused, and the receipt says so."""
    parts = _parts_for(work, fact)
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
        state=state if parts else State.REFUSED,
        at_ms=event.at_ms,
        changed_at_ms=event.at_ms,
    )
    _move(work, event, use, parts, "ready", _kept_in(use))
    _keep(work, event, use)


def _parts_for(work: Slice, fact: CreditUsed) -> Parts:
    """From which of the person's ids so much is taken; of none where all together have less, less what they owe."""
    theirs = work.persons.members(advocate_key(fact.advocate_id))
    mine = [fact.advocate_id, *(one for one in fact.also if advocate_key(one) in theirs and one != fact.advocate_id)]
    ready = {one: work.balances.of(account(one, "ready", ""), fact.unit) for one in mine}
    owed = sum(work.balances.of(owed_account(one), fact.unit) for one in mine)
    if not 0 < fact.amount_micros <= sum(ready.values()) + owed:
        return []
    parts, left = [], fact.amount_micros
    for one, micros in ready.items():
        parts.append((one, min(micros, left)))
        left -= parts[-1][1]
    return [(one, micros) for one, micros in parts if micros]


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
        _move(work, event, before, _parts_of(work, before), _kept_in(before), "used")


def rejected(work: Slice, event: Event, fact: UseRejected) -> None:
    """The owner refuses: the credit is ready again."""
    before = _step(work, event, fact.use_id, State.REJECTED, note=fact.note)
    if before is not None:
        _move(work, event, before, _parts_of(work, before), _kept_in(before), "ready")


def _kept_in(use: Use) -> str:
    """The bucket in which a use stands until it is done."""
    return PAYOUT if use.way == Way.PAYOUT else "used"


def _parts_of(work: Slice, use: Use) -> Parts:
    """From which ids a use was taken: its first transaction says so."""
    first = work.journal.first_of(f"use:{use.use_id}")
    taken = {line.account: -line.amount_micros for line in first if line.amount_micros < 0}
    return [(name.split(":")[1], micros) for name, micros in taken.items()]


def _move(work: Slice, event: Event, use: Use, parts: Parts, source: str, target: str) -> None:
    lines: list[Line] = []
    for advocate_id, micros in parts:
        left, reached = (name if name == PAYOUT else account(advocate_id, name, "") for name in (source, target))
        lines += moved(left, reached, use.unit, micros)
        change = micros * ((source == "ready") - (target == "ready"))
        tally.count_use(work, advocate_id, use.unit, change)
    work.post(f"use:{use.use_id}", event.at_ms, lines)


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
    if state in (State.DONE, State.REJECTED):
        work.settled.append(after)
    return before


def _keep(work: Slice, event: Event, use: Use) -> None:
    work.uses.put(use)
    made = use_receipt(
        use.use_id, use.advocate_id, use.way, use.unit, use.amount_micros, use.fee_micros, use.state, use.at_ms
    )
    made = replace(made, reference=use.reference, note=use.note)
    work.receipts.put(made, work.seq, event.at_ms, None)

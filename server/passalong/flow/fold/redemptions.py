"""Fold redemptions: available credit becomes used or on its way to be paid, and comes back when it is rejected.

A step that may not follow the one before (approved after rejected) is recorded and changes nothing. Redeemed amounts
never leave these entries: a later refund is carried forward (core.ledger.entries.carried).
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from passalong.core.facts import Event
from passalong.core.ledger.entries import BORNE, ISSUED, PAYOUT, Line, account, moved, owed_account
from passalong.core.ledger.redemptions import STEPS, Method, RedemptionReceipt, State
from passalong.core.reasons import Reason
from passalong.core.redemptions.facts import (
    PayoutPrepared,
    RedemptionApproved,
    RedemptionHonoured,
    RedemptionRejected,
    RedemptionRequested,
    RedemptionSettled,
    RedemptionWithdrawn,
)
from passalong.flow.fold import announcements, event_lines, rollups
from passalong.flow.fold.slice import Slice
from passalong.store.books.redemptions import Redemption

Parts = list[tuple[str, int]]
"""The amount that each of a person's advocate ids contributes to one redemption, or gets back: (id, micros)."""


def requested(work: Slice, event: Event, fact: RedemptionRequested) -> None:
    """Fold a redemption; more than the available credit is refused, and the receipt says so."""
    parts = _parts_for(work, fact)
    method = Method(fact.method)
    state = State.DONE if method == Method.GIVE_BACK else State.REQUESTED
    redemption = Redemption(
        site_id=work.site_id,
        redemption_id=event.event_id,
        advocate_id=fact.advocate_id,
        method=method,
        unit=fact.unit,
        amount_micros=fact.amount_micros,
        fee_micros=fact.fee_micros,
        state=state if parts else State.REFUSED,
        at_ms=event.at_ms,
        changed_at_ms=event.at_ms,
    )
    _move(work, event, redemption, parts, ("ready", _kept_in(redemption)))
    _keep(work, event, redemption)


def _parts_for(work: Slice, fact: RedemptionRequested) -> Parts:
    """Return how much each of the person's ids contributes; nothing if together they have less, minus what they owe."""
    ready, available = _available(work, fact.advocate_id, fact.also, fact.unit)
    return _taken(ready, fact.amount_micros) if 0 < fact.amount_micros <= available else []


def _available(work: Slice, advocate_id: str, also: Sequence[str], unit: str) -> tuple[dict[str, int], int]:
    """Return what each of the person's ids has available, and all of it minus what they owe."""
    theirs = work.identities.account(advocate_id)
    members = [advocate_id, *(member for member in also if member in theirs and member != advocate_id)]
    ready = {member: work.balances.of(account(member, "ready", ""), unit) for member in members}
    return ready, sum(ready.values()) + sum(work.balances.of(owed_account(member), unit) for member in members)


def _taken(ready: Mapping[str, int], amount_micros: int) -> Parts:
    """Return how much of an amount each id contributes, in order."""
    parts, left = [], amount_micros
    for member, micros in ready.items():
        parts.append((member, min(micros, left)))
        left -= parts[-1][1]
    return [(member, micros) for member, micros in parts if micros]


def honoured(work: Slice, event: Event, fact: RedemptionHonoured) -> None:
    """Fold that a refused redemption was carried out under the rules of 0.2.0: it stands as it was asked for.

    It takes what its person has at that moment and never more, so no credit that comes later pays for it: the site
    bears the rest.
    """
    redemption = work.redemptions.find(fact.redemption_id)
    if redemption is None or redemption.state != State.REFUSED:
        return
    ready, available = _available(work, redemption.advocate_id, fact.advocates, redemption.unit)
    covered = min(redemption.amount_micros, max(0, available))
    request = replace(redemption, state=State.REQUESTED, changed_at_ms=event.at_ms)
    _move(work, event, request, _taken(ready, covered), ("ready", _kept_in(request)))
    work.post(
        f"use:{redemption.redemption_id}",
        event.at_ms,
        moved(ISSUED, BORNE, redemption.unit, redemption.amount_micros - covered),
    )
    _keep(work, event, request)


def approved(work: Slice, event: Event, fact: RedemptionApproved) -> None:
    """Fold the owner's approval: nothing moves yet."""
    _step(work, event, fact.redemption_id, State.APPROVED)


def prepared(work: Slice, event: Event, fact: PayoutPrepared) -> None:
    """Fold a prepared batch: payouts that are in no batch yet belong to this one."""
    for redemption_id in fact.redemption_ids:
        redemption = work.redemptions.find(redemption_id)
        if redemption is not None and redemption.batch_id is None and STEPS[redemption.state]:
            work.redemptions.put(replace(redemption, batch_id=event.event_id))


def settled(work: Slice, event: Event, fact: RedemptionSettled) -> None:
    """Fold that the owner did it: what was on its way is used."""
    before = _step(work, event, fact.redemption_id, State.DONE, fact.reference)
    if before is not None and before.method == Method.PAYOUT:
        _move(work, event, before, _parts_of(work, before), (_kept_in(before), "used"))


def rejected(work: Slice, event: Event, fact: RedemptionRejected) -> None:
    """Fold the owner's rejection: the credit is available again."""
    before = _step(work, event, fact.redemption_id, State.REJECTED, fact.note)
    if before is not None:
        _move(work, event, before, _parts_of(work, before), (_kept_in(before), "ready"))


def withdrawn(work: Slice, event: Event, fact: RedemptionWithdrawn) -> None:
    """Fold a withdrawal before approval: the credit is available again."""
    before = _step(work, event, fact.redemption_id, State.WITHDRAWN)
    if before is not None:
        _move(work, event, before, _parts_of(work, before), (_kept_in(before), "ready"))


def _kept_in(redemption: Redemption) -> str:
    """Return the bucket of a redemption until it is done."""
    return PAYOUT if redemption.method == Method.PAYOUT else "used"


def _parts_of(work: Slice, redemption: Redemption) -> Parts:
    """Return the ids that a redemption was taken from, by its first transaction."""
    first = work.journal.first_of(f"use:{redemption.redemption_id}")
    lines = [line for line in first if line.amount_micros < 0 and line.account != ISSUED]
    amounts = {line.account: -line.amount_micros for line in lines}
    return [(name.split(":")[1], micros) for name, micros in amounts.items()]


def _move(work: Slice, event: Event, redemption: Redemption, parts: Parts, path: tuple[str, str]) -> None:
    """Post that these parts move from one of a person's accounts to another (`path`)."""
    source, target = path
    lines: list[Line] = []
    for advocate_id, micros in parts:
        left, reached = (name if name == PAYOUT else account(advocate_id, name, "") for name in (source, target))
        lines += moved(left, reached, redemption.unit, micros)
        change = micros * ((source == "ready") - (target == "ready"))
        rollups.count_redemption(work, advocate_id, redemption.unit, change)
    work.post(f"use:{redemption.redemption_id}", event.at_ms, lines)


def _step(work: Slice, event: Event, redemption_id: str, state: State, words: str = "") -> Redemption | None:
    """Move a redemption to its next state; returns it as it was, or None if that step may not follow.

    `words` are the reference of what was done, or the note of a rejection.
    """
    before = work.redemptions.find(redemption_id)
    if before is None or state not in STEPS[before.state]:
        return None
    after = replace(
        before,
        state=state,
        changed_at_ms=event.at_ms,
        reference=words if words and state == State.DONE else before.reference,
        note=words if words and state == State.REJECTED else before.note,
    )
    _keep(work, event, after)
    if state in (State.DONE, State.REJECTED):
        work.settled.append(after)
    return before


def _keep(work: Slice, event: Event, redemption: Redemption) -> None:
    work.redemptions.put(redemption)
    is_refused = redemption.state == State.REFUSED
    redemption_receipt = RedemptionReceipt(
        subject=f"use:{redemption.redemption_id}",
        kind="use",
        status="refused" if is_refused else "credited",
        reason=Reason.NOT_ENOUGH_CREDIT if is_refused else None,
        goal=None,
        at_ms=redemption.at_ms,
        unit=redemption.unit,
        advocate_id=redemption.advocate_id,
        method=redemption.method,
        state=redemption.state,
        amount_micros=redemption.amount_micros,
        fee_micros=redemption.fee_micros,
        reference=redemption.reference,
        note=redemption.note,
    )
    work.receipts.put(redemption_receipt, work.seq, event.at_ms)
    event_lines.of_redemption(work, redemption)
    announcements.redemption(work, event, redemption)

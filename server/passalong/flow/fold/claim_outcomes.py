"""Outcomes of claims that give nothing: whether granting one by itself gives anything, and if not, why."""

from collections.abc import Sequence

from passalong.core.claim_facts import Nothing
from passalong.core.decisions import BY_CLOCK, standing
from passalong.flow.fold import decisions, hypothetical
from passalong.flow.fold.slice import Slice
from passalong.store.books.claims import Claim
from passalong.store.books.conversions import Conversion
from passalong.store.books.credits import Credit


def of_order(work: Slice, claim: Claim) -> Nothing | None:
    """Return why granting a claim about an order gives nothing, or None if it gives something.

    The claimed link must count as a step already. An order that is still to come may pay.
    """
    conversion = work.conversions.find(claim.conversion_id or "")
    if conversion is None:
        return None
    is_promised = conversion.frozen_seq is None or not claim.needs_owner
    if is_promised and hypothetical.owed(work, conversion, claim.advocate_id) is not None:
        return None
    return _of_unpaid(work, claim, conversion)


def _of_unpaid(work: Slice, claim: Claim, conversion: Conversion) -> Nothing:
    reason = _of_conversion(work, conversion.conversion_id)
    if reason is not None:
        return reason
    if hypothetical.is_used_up(work, conversion, claim.advocate_id):
        return Nothing.USED_UP
    own = work.identities.account(claim.advocate_id)
    lines = work.credits.of(conversion.conversion_id).values()
    if any(line.recipient in own and line.amount_micros > 0 for line in lines):
        return Nothing.HAS_IT
    is_banned = decisions.banned(work, claim.advocate_id, conversion.at_ms)
    return Nothing.BANNED if is_banned else Nothing.UNPAID


def of_line(work: Slice, claim: Claim, author: str) -> Nothing | None:
    """Return why granting a claim about a line gives nothing, or None if it gives something."""
    conversion_id = claim.conversion_id or ""
    if author == BY_CLOCK and decisions.ban_holds(work, claim.advocate_id, conversion_id):
        return Nothing.BANNED  # only a person lets go of what a ban holds
    lines = lines_of(work, claim)
    if is_held(work, claim):
        is_refunded = _of_conversion(work, conversion_id) is Nothing.REFUNDED
        return Nothing.REFUNDED if is_refunded else None
    if any(line.taken_micros > 0 for line in lines):
        return None
    return Nothing.HAS_IT if any(line.amount_micros > 0 for line in lines) else Nothing.UNPAID


def is_held(work: Slice, claim: Claim) -> bool:
    """Return True if granting ends a review, a void, or the hold of the disputed line."""
    decision = standing(work.decisions.of("conversion", [claim.conversion_id or ""]))
    if decision is not None and decision.action in ("hold", "void"):
        return True
    return any(line.on_hold for line in lines_of(work, claim))


def lines_of(work: Slice, claim: Claim) -> Sequence[Credit]:
    """Return the disputed line: one in each unit that has this id."""
    lines = work.credits.of(claim.conversion_id or "").values()
    return [line for line in lines if line.line_id == claim.line_id]


def _of_conversion(work: Slice, conversion_id: str) -> Nothing | None:
    """Return whether all of a conversion was refunded, or does not count by a decision; None if neither."""
    conversion, back = work.conversions.find(conversion_id), work.conversions.refunded(conversion_id)
    if back.whole or (conversion is not None and 0 < conversion.gross_micros <= back.micros):
        return Nothing.REFUNDED
    decision = standing(work.decisions.of("conversion", [conversion_id]))
    return Nothing.VOID if decision is not None and decision.action == "void" else None

"""Promises of claims: by when silence decides a claim, and which claims only the owner's answer can change."""

from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.claim_facts import NO_CLOCK_MS, ONLY_OWNER_MS, Nothing
from passalong.core.decisions import BY_CLOCK, Decision
from passalong.core.facts import ClaimOpened
from passalong.core.ledger.line_kinds import CLAIM
from passalong.flow import deadlines
from passalong.flow.fold import claim_outcomes
from passalong.flow.fold.decisions import ban_holds
from passalong.flow.fold.slice import Slice
from passalong.store.books import identities
from passalong.store.books.claims import Claim
from passalong.store.people import addresses
from passalong.store.queries.advocates import find_credit
from passalong.store.sites import Site


class NothingToDecideError(ValueError):
    """A claim about a line of which nothing is held or was taken back."""


def promised_ms(session: Session, site: Site, now_ms: int) -> int:
    """Return the deadline of a claim that is opened or answered now: none while no owner can be written to."""
    reached = addresses.reaches_owner(session, site.site_id)
    return now_ms + site.answer_days * DAY_MS if reached else NO_CLOCK_MS


def promised_to(session: Session, site: Site, claim: ClaimOpened, now_ms: int) -> int:
    """Return the deadline of a new claim: none where silence would give nothing. Raises NothingToDecideError."""
    if claim.line_id is not None:
        only_owner = line_needs_owner(session, site, claim.advocate_id, claim.line_id)
    else:
        only_owner = not claim.conversion_id or not claim.share_id or is_final(session, site, claim.conversion_id)
        about = (claim.line_id, claim.conversion_id, claim.share_id)
        candidate = Claim(site.site_id, "", claim.advocate_id, *about, now_ms, NO_CLOCK_MS)
        only_owner = only_owner or why_nothing(session, site, candidate, BY_CLOCK) is not None
    return ONLY_OWNER_MS if only_owner else promised_ms(session, site, now_ms)


def line_needs_owner(session: Session, site: Site, advocate_id: str, line_id: str) -> bool:
    """Return True if silence gives nothing of a line, because a ban holds it. Raises NothingToDecideError."""
    account = sorted(identities.account(session, site.site_id, advocate_id))
    credit = find_credit(session, site.site_id, account, line_id)
    if credit is not None and not credit.on_hold and credit.taken_micros <= 0:
        raise NothingToDecideError
    return credit is not None and ban_holds(Slice(session, site, 0, 0), advocate_id, credit.conversion_id)


def is_final(session: Session, site: Site, conversion_id: str) -> bool:
    """Return True once the split of an order is final, so that no further link can become a step on the way to it."""
    return deadlines.too_late_to_name(session, site, conversion_id) is not None


def can_be_granted(session: Session, site: Site, claim: Claim) -> bool:
    """Return True if granting a claim by itself may give something, unless nothing is owed any more."""
    if claim.line_id is not None or not claim.needs_owner:
        return True
    return bool(claim.conversion_id and claim.share_id) and not is_final(session, site, claim.conversion_id or "")


def why_nothing(session: Session, site: Site, claim: Claim, author: str) -> Nothing | None:
    """Return why granting a claim by itself would give nothing now, or None if it would give something."""
    work = Slice(session, site, 0, 0)  # nothing of it is written
    if claim.line_id is not None:
        return claim_outcomes.of_line(work, claim, author)
    if not claim.conversion_id or not claim.share_id:
        return Nothing.UNPAID
    about = (claim.conversion_id, author, "", claim.share_id)
    work.decisions.add(Decision(claim.at_ms, f"{CLAIM}{claim.claim_id}", "name", "conversion", *about))
    return claim_outcomes.of_order(work, claim)

"""Explain one receipt: compute it again from the stored facts, put it into words, and compare it with the stored
one."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.ledger import receipts as core_receipts
from passalong.core.ledger.explanation import differences, words_of
from passalong.core.ledger.receipts import Receipt
from passalong.core.reasons import Reason
from passalong.flow.fold import caps
from passalong.flow.fold.first_visits import is_own
from passalong.flow.fold.settle import frozen_receipt, journey_of, work_out
from passalong.flow.fold.slice import Slice
from passalong.store.books import credits, receipts
from passalong.store.books.conversions import Conversion
from passalong.store.books.visits import Visit
from passalong.store.sites import Site

KINDS = ("conversion", "visit", "given", "use", "expiry")


class Explanation(Struct, frozen=True):
    """A receipt in words; `made` is the recomputed one, None if only time or a person decided it.

    `frozen` is True if the hold has ended: then the split is the one of the receipt, and amounts are computed from it.
    `differs` names the fields in which `made` and `stored` differ: none, if all is well.
    """

    site_id: str
    subject: str
    stored: Receipt
    made: Receipt | None
    frozen: bool
    differs: tuple[str, ...]
    words: tuple[str, ...]


def explain(session: Session, site: Site, name: str) -> Explanation | None:
    """Explain the receipt behind the id of a conversion, a visit or a line of credit; None if there is none."""
    stored = _find(session, site.site_id, name)
    if stored is None:
        return None
    work = Slice(session, site, 0, 0)
    receipt, frozen = _made(work, stored)
    return Explanation(
        site_id=site.site_id,
        subject=stored.subject,
        stored=stored,
        made=receipt,
        frozen=frozen,
        differs=tuple(differences(stored, receipt)) if receipt else (),
        words=tuple(words_of(stored)),
    )


def _find(session: Session, site_id: str, name: str) -> Receipt | None:
    subjects = [name, *(f"{kind}:{name}" for kind in KINDS)]
    subject = credits.subject_of_line(session, site_id, name)
    for candidate in [*subjects, *([subject] if subject else [])]:
        receipt = receipts.latest(session, site_id, candidate)
        if receipt is not None:
            return receipt
    return None


def _made(work: Slice, stored: Receipt) -> tuple[Receipt | None, bool]:
    """Return the receipt as the facts make it now, and whether its split is frozen."""
    conversion = _conversion(work, stored)
    if conversion is not None:
        frozen = frozen_receipt(work, conversion)
        journey = journey_of(work, conversion, frozen)
        if work.has_limits:
            journey = replace(journey, limits=caps.limits_of(work, conversion, journey))
        return work_out(work, conversion, journey, frozen)[2], frozen is not None
    visit = work.visits.find(stored.subject.removeprefix("visit:")) if stored.kind == "visit" else None
    return (_refused(work, visit), False) if visit is not None else (None, False)


def _conversion(work: Slice, stored: Receipt) -> Conversion | None:
    """Return the conversion of a receipt; for a visit, the goal that it met."""
    if stored.kind == "visit":
        visit_id = stored.subject.removeprefix("visit:")
        conversions = [met for met in work.conversions.of_visit(visit_id) if met.subject == stored.subject]
        return next((met for met in conversions if met.refused != Reason.RETURNING_VISITOR), None)
    return work.conversions.find(stored.subject.removeprefix("conversion:"))


def _refused(work: Slice, visit: Visit) -> Receipt | None:
    """Return the receipt of a visit that pays nothing; None if a hold has ended since."""
    visitors = work.identities.same_visitor(visit.visitor_id)
    if any(met.frozen_seq is not None for met in work.conversions.of_visitors(visitors)):
        return None
    reason = Reason(visit.refused) if visit.refused else Reason.RETURNING_VISITOR
    if visit.refused is None and (refusal := work.links.refusal(visit.share_id)):
        reason = refusal
    elif visit.refused is None and is_own(work, visit):
        reason = Reason.OWN_LINK
    return core_receipts.refused(f"visit:{visit.visit_id}", "visit", reason, visit.at_ms)

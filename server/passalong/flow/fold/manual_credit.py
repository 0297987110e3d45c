"""Attribution by hand: the owner names who led to a conversion, or gives credit; facts with author and note."""

from fractions import Fraction

from passalong.core.attribution.allocate import Allocation, Part, Pot
from passalong.core.decisions import Decision
from passalong.core.facts import GIVEN, AdvocateNamed, CreditGiven, Event
from passalong.core.ledger.receipts import Receipt
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion


def named(work: Slice, event: Event, fact: AdvocateNamed) -> None:
    """Fold that the owner named an advocate; the conversion may still be to come."""
    work.decisions.add(
        Decision(
            event.at_ms, event.event_id, "name", "conversion", fact.conversion_id, fact.author, fact.note, fact.share_id
        )
    )
    work.touched.add(fact.conversion_id)


def given(work: Slice, event: Event, fact: CreditGiven) -> None:
    """Fold given credit: it has a receipt of its own, no hold, and can be voided like any other."""
    conversion_id = f"{GIVEN}:{event.event_id}"
    work.decisions.add(
        Decision(event.at_ms, event.event_id, "give", "conversion", conversion_id, fact.author, fact.note)
    )
    work.conversions.put(
        Conversion(
            site_id=work.site_id,
            conversion_id=conversion_id,
            subject=conversion_id,
            goal=GIVEN,
            at_ms=event.at_ms,
            gross_micros=fact.amount_micros,
            currency=fact.unit,
            share_id=None,
            visit_id=None,
            visitor_id=None,
            refused=None,
            given_to=fact.advocate_id,
        )
    )
    work.touched.add(conversion_id)


def given_by_hand(work: Slice, conversion: Conversion, frozen: Receipt | None) -> Allocation:
    """Allocate all of it to the advocate it was given to."""
    recipient = conversion.given_to or ""
    amount_micros, whole = conversion.gross_micros, Fraction(1)
    terms = work.terms_at(conversion.at_ms)
    unit = conversion.currency or ""
    part = Part(recipient, "", conversion.conversion_id, 0, whole, whole, amount_micros, terms.version, unit)
    pot = Pot(unit, amount_micros, {(recipient, terms.version): amount_micros})
    return Allocation((pot,), (part,), (), None, 0, terms.version)

"""Attribution by hand: the owner names who led to a conversion, or gives credit: facts, with author and note."""

from fractions import Fraction

from passalong.core.attribution import Allocation, Part
from passalong.core.facts import GIVEN, AdvocateNamed, CreditGiven, Event
from passalong.core.identity import advocate_key, person_id
from passalong.core.receipts import Receipt
from passalong.core.verdicts import Verdict
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion


def named(work: Slice, event: Event, fact: AdvocateNamed) -> None:
    """The owner says who led to a conversion; the conversion may still be to come."""
    work.verdicts.add(
        Verdict(
            event.at_ms, event.event_id, "name", "conversion", fact.conversion_id, fact.author, fact.note, fact.share_id
        )
    )
    work.touched.add(fact.conversion_id)


def given(work: Slice, event: Event, fact: CreditGiven) -> None:
    """The owner gives credit: it has a receipt of its own, no hold, and can be voided like any other."""
    conversion_id = f"{GIVEN}:{event.event_id}"
    work.verdicts.add(Verdict(event.at_ms, event.event_id, "give", "conversion", conversion_id, fact.author, fact.note))
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
    """All of it goes to whom it was given, or to whom they were when the split froze."""
    person = person_id(work.persons.person(advocate_key(conversion.given_to or "")))
    recipient = frozen.lines[0].recipient if frozen and frozen.lines else person
    amount_micros, whole = conversion.gross_micros, Fraction(1)
    terms = work.terms_at(conversion.at_ms)
    part = Part(recipient, "", conversion.conversion_id, 0, whole, whole, amount_micros, terms.version)
    amounts = {recipient: amount_micros}
    return Allocation(conversion.currency, amount_micros, amounts, (part,), (), None, 0, terms.version)

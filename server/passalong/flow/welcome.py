"""The double-sided reward: what a goal gives to the person who came, on top of the pot that is shared out.

It is theirs as soon as they are known as an advocate (a guest, or who the owner says they are); until then it is kept
for them, also after the hold. Without anybody who led them there is no welcome.
"""

from msgspec.structs import replace

from passalong.core.attribution import KEPT, POOL, UNATTRIBUTED, Allocation
from passalong.core.receipts import Receipt, Welcome
from passalong.flow.arrivals import key_of
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion

NOBODYS = (POOL, UNATTRIBUTED, KEPT)
"""Recipients that are no persons."""


def welcome_of(
    work: Slice, conversion: Conversion, now: Allocation, at_gross: Allocation, frozen: Receipt | None
) -> Welcome | None:
    """What is for the person who came, now and before anything was taken back; None where the terms give nothing."""
    earned_micros = _micros(work, conversion, at_gross)
    if not earned_micros or conversion.given_to:
        return None
    return Welcome(_recipient(work, conversion, frozen), _micros(work, conversion, now), earned_micros)


def _micros(work: Slice, conversion: Conversion, pays: Allocation) -> int:
    goal = work.terms(pays.terms_version).goal(conversion.goal)
    credited = pays.refusal is None and pays.parts
    return goal.welcome_micros or 0 if goal is not None and credited else 0


def _recipient(work: Slice, conversion: Conversion, frozen: Receipt | None) -> str:
    """Once the hold has ended, it stays with whom it was given to; what was kept still finds its person."""
    if frozen is not None and frozen.welcome is not None and frozen.welcome.recipient != KEPT:
        return frozen.welcome.recipient
    person = work.persons.person(key_of(conversion))
    return person[2:] if person.startswith("a:") else KEPT


def paid_with(pays: Allocation, recipient: str, amount_micros: int) -> Allocation:
    """The allocation with the welcome among its amounts, as it is posted."""
    if not amount_micros:
        return pays
    amounts = pays.amounts | {recipient: pays.amounts.get(recipient, 0) + amount_micros}
    return replace(pays, amounts=amounts)

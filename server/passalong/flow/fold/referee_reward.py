"""The referee reward: what a goal gives to the person who came, on top of the pot that is split.

It goes to the guest of the browser that came, or to the account bound to a customer who is signed in at the site. If
there is none, or several people share that browser, it is kept, also after the hold. Without anybody who led them there
is no referee reward. Its amount, and what caps and budgets leave of it, is decided with everything else that the
conversion pays (core.attribution.allocate).
"""

from msgspec.structs import replace

from passalong.core.attribution.allocate import KEPT, Allocation, Pot
from passalong.core.ledger.receipts import Receipt
from passalong.flow.fold.arrivals import buyer_of
from passalong.flow.fold.slice import Slice
from passalong.store.books.bindings import CUSTOMER
from passalong.store.books.conversions import Conversion


def recipient_of(work: Slice, conversion: Conversion, frozen: Receipt | None) -> str:
    """Return who gets the referee reward: the person who came, or `kept` until they are known.

    Once the hold has ended its recipient stays the same; a kept reward still finds its person.
    """
    referees = [pot.referee_reward.recipient for pot in frozen.pots if pot.referee_reward] if frozen else []
    if referees and referees[0] != KEPT:
        return referees[0]
    guests = work.identities.guests_of(conversion.visitor_id) if conversion.visitor_id else set()
    if guests and guests <= work.identities.account(min(guests)):
        return min(guests)
    customer = buyer_of(conversion).customer
    return (customer and work.identities.bindings.bound(CUSTOMER, customer)) or KEPT


def posted_to(pays: Allocation, recipient: str) -> Allocation:
    """Return the allocation as posted: the referee reward is among the amounts of its recipient."""
    return replace(pays, pots=tuple(_given(pot, recipient) for pot in pays.pots))


def _given(pot: Pot, recipient: str) -> Pot:
    cells = dict(pot.cells)
    for who, version in pot.cells:
        if who == KEPT:
            micros = cells.pop((KEPT, version))
            cells[recipient, version] = cells.get((recipient, version), 0) + micros
    return replace(pot, cells=cells)

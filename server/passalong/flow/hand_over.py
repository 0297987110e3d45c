"""An owner's signed-in customer comes in without a second sign-in: the owner's server vouches for them."""

from passalong.clock import Clock
from passalong.core.identity import advocate_id_of, advocate_key
from passalong.flow.collect import Collector
from passalong.flow.door import identify
from passalong.flow.transaction import writing
from passalong.store import access, personal
from passalong.store.engine import Database
from passalong.tokens import hashed, new_secret

VIA = "site"
GOOD_MS = 2 * 60_000
"""How long the address is good: long enough for a redirect."""


def for_customer(db: Database, clock: Clock, collector: Collector, site_id: str, customer_key: str) -> str:
    """A one-time code that opens the portal as this customer; an advocate is made for one who never shared. Busy."""
    with db.reading() as session:
        known = access.advocate_of(session, site_id, customer_key)
        erased_at_ms = personal.erased_at_ms(session, site_id, known) if known else None
    if erased_at_ms is not None:  # what was erased stays closed: they begin anew, as somebody else
        advocate_id = advocate_id_of(site_id, f"customer|{customer_key}|{erased_at_ms}")
    else:
        advocate_id = known or advocate_id_of(site_id, f"customer|{customer_key}")
    code = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        access.add_advocate(session, site_id, advocate_id, now_ms)
        access.add_code(session, site_id, hashed(code), VIA, advocate_id, now_ms + GOOD_MS)
    if known is None:
        identify(collector, site_id, f"customer-{hashed(customer_key)[:40]}", (advocate_key(advocate_id), customer_key))
    return code

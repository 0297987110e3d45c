"""Hand-over: a customer who is signed in at the owner's site opens the portal without a second sign-in.

The first one makes an account for the customer, later ones open exactly that, and after an erasure a new one.
"""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.identity import bound_advocate_id
from passalong.core.identity_facts import AccountJoined, CustomerBound
from passalong.flow.ingest.collector import Collector
from passalong.flow.signin.guests import BadSignInCodeError, Entry
from passalong.flow.signin.joining import end_weaker
from passalong.flow.signin.magic_links import PROVED, prove
from passalong.flow.signin.sessions import NewSession, begin
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.people import erasure, sessions
from passalong.store.people.sessions import NewCode

VIA = "site"
GOOD_MS = 2 * 60_000
"""How long the address is good: long enough for a redirect."""


def for_customer(db: Database, clock: Clock, collector: Collector, site_id: str, customer_key: str) -> str:
    """A one-time code that opens the portal as this customer. Raises QueueFullError."""
    with db.reading() as session:
        bound = _binding(session, site_id, customer_key)
        event_id = f"customer-{hashed(customer_key)[:40]}-{bound.generation}"
        known = event_log.find_event(session, site_id, PROVED, event_id) is not None
    code = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        sessions.add_advocate(session, site_id, bound.advocate_id, now_ms)
        sessions.add_code(session, site_id, NewCode(hashed(code), VIA, bound.advocate_id, now_ms + GOOD_MS))
    if not known:
        prove(collector, site_id, event_id, bound)
    return code


class JoiningBrowser(Struct, frozen=True):
    """A browser that uses a hand-over code: the code's entry, the subject of its own session, and its label."""

    code: str
    entry: Entry
    here: str
    label: str


def add_browser(db: Database, clock: Clock, collector: Collector, site_id: str, browser: JoiningBrowser) -> str:
    """Use up a code, and make one account of what it opens and of what is open here; returns a session's secret.

    One of them is the customer's, whose session begins; all weaker sessions of both end. The fact comes first, as for a
    magic link. Raises BadSignInCodeError, QueueFullError.
    """
    code, entry, here = browser.code, browser.entry, browser.here
    ours = tuple(sorted({entry.subject, here}))
    prove(collector, site_id, hashed(code), AccountJoined(ours, VIA))
    secret = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        if sessions.use_code(session, site_id, hashed(code), entry.purpose, now_ms) is None:
            raise BadSignInCodeError
        end_weaker(session, site_id, ours, hashed(code), now_ms)
        begin(
            session,
            site_id,
            secret,
            NewSession(entry.subject if entry.via == VIA else here, VIA, browser.label),
            now_ms,
        )
    return secret


def _binding(session: Session, site_id: str, customer_key: str) -> CustomerBound:
    """The customer's binding now: of the first generation that was not erased."""
    generation = 0
    advocate_id = bound_advocate_id(site_id, customer_key, generation)
    while erasure.erased_at_ms(session, site_id, advocate_id) is not None:
        generation += 1
        advocate_id = bound_advocate_id(site_id, customer_key, generation)
    return CustomerBound(advocate_id, customer_key, generation)

"""Hand-over: a customer who is signed in at the owner's site opens the portal without a second sign-in.

The first one makes an account for the customer, later ones open exactly that, and after an erasure a new one.
"""

from collections.abc import Callable

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
    code = new_secret()

    def add_code(session: Session, advocate_id: str, now_ms: int) -> None:
        sessions.add_code(session, site_id, NewCode(hashed(code), VIA, advocate_id, now_ms + GOOD_MS))

    open_account(db, clock, collector, Customer(site_id, customer_key), add_code)
    return code


class Customer(Struct, frozen=True):
    """A customer for whom the owner's server vouches; `key` is the hash of the owner's id."""

    site_id: str
    key: str


def open_account(
    db: Database,
    clock: Clock,
    collector: Collector,
    customer: Customer,
    write: Callable[[Session, str, int], None],
) -> str:
    """Find or make the account of a customer, and write something for it; returns its advocate id.

    `write` gets the session, the advocate id and the time. The binding is recorded once. Raises QueueFullError.
    """
    site_id = customer.site_id
    with db.reading() as session:
        bound = binding_of(session, site_id, customer.key)
        event_id = f"customer-{hashed(customer.key)[:40]}-{bound.generation}"
        is_proved = event_log.find_event(session, site_id, PROVED, event_id) is not None
    with writing(db) as session:
        now_ms = clock.now_ms()
        sessions.add_advocate(session, site_id, bound.advocate_id, now_ms)
        write(session, bound.advocate_id, now_ms)
    if not is_proved:
        prove(collector, site_id, event_id, bound)
    return bound.advocate_id


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


def binding_of(session: Session, site_id: str, customer_key: str) -> CustomerBound:
    """Return the customer's binding now: of the first generation that was not erased."""
    generation = 0
    advocate_id = bound_advocate_id(site_id, customer_key, generation)
    while erasure.erased_at_ms(session, site_id, advocate_id) is not None:
        generation += 1
        advocate_id = bound_advocate_id(site_id, customer_key, generation)
    return CustomerBound(advocate_id, customer_key, generation)

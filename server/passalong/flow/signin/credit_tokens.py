"""Credit tokens: the owner's server gets one for its signed-in customer, and the customer's page reads credit with it.

A token is a session of its own role (`CREDIT`), begun by a hand-over: it reads the sums and lines of one account for
fifteen minutes, opens no page and changes nothing. It ends with every sign-out of its person, with a join, an erasure
or a ban, and with the API key that made it.
"""

from sqlalchemy.orm import Session

from passalong.core.privileges import HAND_OVER
from passalong.flow.ingest.collector import Collector
from passalong.flow.signin import hand_over
from passalong.flow.signin.hand_over import Customer
from passalong.flow.signin.sessions import CREDIT, end_credit_tokens
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.books import identities
from passalong.store.books.decisions import standing_ban
from passalong.store.engine import Database
from passalong.store.people import api_keys
from passalong.store.people import open_sessions as sessions
from passalong.store.people.api_keys import ApiKey
from passalong.store.people.open_sessions import OpenSession

GOOD_MS = 15 * 60_000
"""How long a token is good; the owner's page asks for another one after that."""
PREFIX = "ct"


class BannedError(Exception):
    """The customer is excluded from earning credit: no token is made for them."""


class EndedTokenError(Exception):
    """A token that is unknown, has ended, or was made by a key that was revoked."""


def make(db: Database, clock: Clock, collector: Collector, key: ApiKey, customer: Customer) -> str:
    """Return a token for a customer, whose account is opened as by a hand-over. Raises BannedError, QueueFullError."""
    secret = new_secret()

    def write(session: Session, advocate_id: str, now_ms: int) -> None:
        advocate_ids = identities.account(session, customer.site_id, advocate_id)
        if standing_ban(session, customer.site_id, advocate_ids) is not None:
            raise BannedError
        times = (now_ms, now_ms + GOOD_MS, now_ms, now_ms)
        token = OpenSession(customer.site_id, hashed(secret), CREDIT, advocate_id, HAND_OVER, key.handle, *times)
        sessions.add(session, token)

    hand_over.open_account(db, clock, collector, customer, write)
    return f"{PREFIX}_{customer.site_id}_{secret}"


def end(db: Database, customer: Customer) -> int:
    """End every token of a customer, who has signed out at the owner's site; returns how many ended."""
    with writing(db) as session:
        advocate_id = hand_over.binding_of(session, customer.site_id, customer.key).advocate_id
        return end_credit_tokens(session, customer.site_id, advocate_id)


def site_id_of(token: str) -> str:
    """Return the site that a token names; empty if it is no token."""
    pieces = token.split("_", 2)
    return pieces[1] if len(pieces) == 3 and pieces[0] == PREFIX else ""


def account_behind(session: Session, token: str, now_ms: int) -> tuple[str, ...]:
    """Return the advocate ids whose credit a token reads. Raises EndedTokenError."""
    site_id, secret = site_id_of(token), token.split("_", 2)[-1]
    session_row = sessions.find(session, site_id, hashed(secret), CREDIT, now_ms)
    if session_row is None or not api_keys.works(session, site_id, session_row.label, now_ms):
        raise EndedTokenError
    advocate_ids = identities.account(session, site_id, session_row.subject)
    if standing_ban(session, site_id, advocate_ids) is not None:
        raise EndedTokenError
    return advocate_ids

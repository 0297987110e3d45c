"""Assistant tokens: a person lets an assistant read their own account, and nothing else.

A token is a session of its own role (`ASSISTANT`): no cookie holds its secret, it opens no page, it changes nothing.
Only a fresh sign-in of the person makes one (core/privileges.py). It ends after thirty days, when the person ends it,
with a sign-out everywhere and with an erasure.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from passalong.flow.signin.sessions import ASSISTANT, NewSession, begin
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import open_sessions as sessions
from passalong.store.people.open_sessions import OpenSession, Which

PREFIX = "at"
MOST = 10
LONGEST_NAME = 60


class TooManyError(Exception):
    """The person has as many tokens as they may have."""


def new(db: Database, clock: Clock, site_id: str, begun: NewSession) -> str:
    """Return a new token of a person; `begun` says whose, how they signed in, and its name. Raises TooManyError."""
    secret, now_ms = new_secret(), clock.now_ms()
    with writing(db) as session:
        if len(of_account(session, site_id, identities.account(session, site_id, begun.subject), now_ms)) >= MOST:
            raise TooManyError
        begin(session, site_id, secret, begun, now_ms)
    return f"{PREFIX}_{site_id}_{secret}"


def of_account(session: Session, site_id: str, advocate_ids: Sequence[str], now_ms: int) -> Sequence[OpenSession]:
    """Return the tokens of an account, newest first."""
    return sessions.all_of(session, site_id, ASSISTANT, now_ms, advocate_ids)


def end(db: Database, site_id: str, advocate_id: str, handle: str) -> None:
    """End the token of this account that has this handle."""
    with writing(db) as session:
        sessions.end_all(session, site_id, ASSISTANT, identities.account(session, site_id, advocate_id), Which(handle))


def find(session: Session, site_id: str, token: str, now_ms: int) -> OpenSession | None:
    """Return the session of a token of this site, or None if it is none or has ended."""
    prefix, _, secret = token.partition(f"_{site_id}_")
    return sessions.find(session, site_id, hashed(secret), ASSISTANT, now_ms) if prefix == PREFIX else None

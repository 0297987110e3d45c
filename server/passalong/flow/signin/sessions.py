"""Opening and ending sessions: what each role's session is worth, how long it lives, and what ends it."""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import GUEST, HAND_OVER
from passalong.flow.transaction import writing
from passalong.lib.tokens import hashed
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sessions as store_sessions
from passalong.store.people.open_sessions import OpenSession, Which

ADVOCATE, OWNER = "advocate", "owner"
CREDIT = "credit"
"""The role of a credit token (flow/signin/credit_tokens.py): no cookie holds its secret, and it opens no page."""
ASSISTANT = "assistant"
"""The role of the token of a person's assistant (flow/signin/assistant_tokens.py)."""
SESSION_MS = 30 * DAY_MS
"""How long a session lives at most."""
IDLE_MS = {ADVOCATE: SESSION_MS, ASSISTANT: SESSION_MS, OWNER: 7 * DAY_MS}
"""How long it lives without being used."""
WEAK = (GUEST, HAND_OVER)
"""How sessions begin that prove no sign-in method."""
OWNERS_SUBJECT = "owner"


class NewSession(Struct, frozen=True):
    """A session to open: of whom, begun by which sign-in method, in which browser (`label`)."""

    subject: str
    via: str
    label: str = ""
    role: str = ADVOCATE


def begin(session: Session, site_id: str, secret: str, new: NewSession, now_ms: int) -> None:
    """Open a session under a new secret."""
    ends_at_ms = now_ms + min(SESSION_MS, IDLE_MS[new.role])
    sessions.add(
        session,
        OpenSession(
            site_id, hashed(secret), new.role, new.subject, new.via, new.label, now_ms, ends_at_ms, now_ms, now_ms
        ),
    )


def lives_until_ms(open_session: OpenSession, now_ms: int) -> int:
    """When a session that is used now ends, if it is never used again."""
    return min(open_session.began_at_ms + SESSION_MS, now_ms + IDLE_MS[open_session.role])


def end_credit_tokens(session: Session, site_id: str, subject: str) -> int:
    """End every credit token of a person; returns how many."""
    return sessions.end_all(session, site_id, CREDIT, identities.account(session, site_id, subject))


def end_owners(db: Database, site_id: str, handle: str = "", *, but: str = "") -> int:
    """End the session of a site's console that has this handle, or all but the one of the secret `but`.

    Returns the number of sessions ended. With all of them, links into the console that were not used yet end too.
    """
    with writing(db) as session:
        if not handle:
            store_sessions.end_codes(session, site_id, [OWNERS_SUBJECT])
        but_hash = hashed(but) if but else ""
        return sessions.end_all(session, site_id, OWNER, [OWNERS_SUBJECT], Which(handle, but=but_hash))

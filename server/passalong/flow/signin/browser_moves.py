"""Moving a browser from one account to another: "Use this browser for Ben".

The guest secret in the browser's storage stays that of the account which it shared for. It opens nothing more, and the
next request for a link is answered with a secret that follows from it: a new guest, joined to the chosen account.
"""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.identity import advocate_id_of, guest_hash
from passalong.core.identity_facts import AccountJoined
from passalong.flow.ingest.collector import Collector
from passalong.flow.signin.guests import HAND_OVER, BadSignInCodeError, StoppedGuestError
from passalong.flow.signin.magic_links import PROVED, prove
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, next_guest
from passalong.store import event_log
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, erasure, sessions

METHOD = "browser"
"""How the new guest was proved to be of the account: by a session with a fresh sign-in, in the browser itself."""
MOVED = "moved"
"""The kind of the mail to the account that a browser shared for before."""


def move(db: Database, clock: Clock, site_id: str, code: str, subject: str) -> None:
    """Use up a browser's code, and let its next links be of the account of `subject`. Raises BadSignInCodeError.

    Every confirmed address of the earlier account gets a mail about it, once for each code.
    """
    now_ms = clock.now_ms()
    with writing(db) as session:
        before = sessions.use_code(session, site_id, hashed(code), HAND_OVER, now_ms)
        if before is None:
            raise BadSignInCodeError
        sessions.move_guests(session, site_id, before, subject, now_ms)
        for address in addresses.confirmed_of(session, site_id, identities.account(session, site_id, before)):
            mail_id = f"{MOVED}:{hashed(code)[:22]}:{address.address_hash}"
            enqueue(session, site_id, address, Draft(MOVED, mail_id, {"day_ms": now_ms}), now_ms)


class SharingBrowser(Struct, frozen=True):
    """A browser that asks for a link: its site, and the guest secret in its storage."""

    site_id: str
    guest: str


def guest_of(db: Database, clock: Clock, keys: Keyring, collector: Collector, browser: SharingBrowser) -> str:
    """Return the guest secret with which this browser shares: a new one if it was moved.

    Raises StoppedGuestError, QueueFullError.

    The new guest is joined to the chosen account; if that was erased meanwhile, it stands alone.
    """
    site_id, guest = browser.site_id, browser.guest
    with db.reading() as session:
        owner = sessions.moved_to(session, site_id, guest_hash(site_id, guest))
        if owner is None:
            return guest
        erased = erasure.erased_at_ms(session, site_id, owner) is not None
        stopped = _has_stopped(session, site_id, owner)
    new = next_guest(keys, site_id, guest)
    if not erased and stopped:
        raise StoppedGuestError
    _enrol(db, clock, collector, site_id, (new, None if erased else owner))
    return guest_of(db, clock, keys, collector, SharingBrowser(site_id, new))


def _has_stopped(session: Session, site_id: str, advocate_id: str) -> bool:
    advocate_ids = identities.account(session, site_id, advocate_id)
    return erasure.choices(session, site_id, advocate_ids).stopped_at_ms is not None


def _enrol(db: Database, clock: Clock, collector: Collector, site_id: str, pair: tuple[str, str | None]) -> None:
    """Create the new guest and join it to the owner's account, once."""
    guest, owner = pair
    advocate_id = advocate_id_of(site_id, guest)
    with db.reading() as session:
        is_guest = sessions.find_guest(session, site_id, guest_hash(site_id, guest)) is not None
        event_id = f"{METHOD}-{guest_hash(site_id, guest)}"
        joined = event_log.find_event(session, site_id, PROVED, event_id) is not None
    if not is_guest:
        with writing(db) as session:
            sessions.enrol_guest(session, site_id, guest_hash(site_id, guest), advocate_id, clock.now_ms())
    if owner is not None and not joined:
        prove(collector, site_id, event_id, AccountJoined(tuple(sorted((advocate_id, owner))), METHOD))

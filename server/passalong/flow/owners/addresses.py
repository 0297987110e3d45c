"""The owner's address: entered, confirmed by a link that is sent to it, and used only then.

entered → queued in the outbox with its code's hash → opened, as often as anything likes → confirmed by a POST
"""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.flow import claims
from passalong.flow.ingest.collector import Collector
from passalong.flow.mail.messages import OWNER_CONFIRM, OWNERS_KINDS, is_wanted
from passalong.flow.owners.changes import By, ChangedMeanwhileError, record_change, state
from passalong.flow.owners.sites import BadSiteError
from passalong.flow.signin import rate_limits
from passalong.flow.signin.guests import BadSignInCodeError
from passalong.flow.signin.magic_links import clean_address, masked
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, mail_code, new_secret, owner_email_hash
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, owners, sessions
from passalong.store.people.addresses import OWNER, Address, NewAddress
from passalong.store.people.changes import Change
from passalong.store.people.sessions import NewCode
from passalong.store.sites import Site

CODE = "owner_mail"
CODE_MS = 24 * 60 * 60_000
MINUTE_MS = 60_000


class Asked(Struct, frozen=True):
    """The result for an entered address: `confirmed` if it was the owner's before, otherwise a link is on its way."""

    address: str
    confirmed: bool


class Typed(Struct, frozen=True):
    """An address as it was typed, the language of mails to it, and who typed it."""

    address: str
    language: str
    by: By = By()


def ask(db: Database, clock: Clock, keys: Keyring, site_id: str, typed: Typed) -> Asked:
    """Send a confirmation link to an address that was entered as the owner's.

    Raises BadAddressError, RateLimitError, ChangedMeanwhileError, AlreadyDoneError.
    """
    address = clean_address(typed.address)
    address_hash = hash_of(keys, site_id, address)
    now_ms = clock.now_ms()
    with writing(db) as session:
        _refuse_changed(session, site_id, typed.by, address)
        existing = addresses.find(session, site_id, address_hash)
        if existing is not None and existing.confirmed_at_ms is not None and existing.bounced_at_ms is None:
            return Asked(address, confirmed=True)
        rate_limits.demand(session, site_id, rate_limits.MAIL_OF_ADDRESS, address_hash, now_ms)
        rate_limits.demand(session, site_id, rate_limits.MAIL_OF_OWNER, "site", now_ms)
        _record(session, site_id, "mail.address", typed.by, (address, now_ms))
        new = NewAddress(address_hash, address, typed.language, now_ms, OWNER)
        addresses.ask(session, site_id, new)
        _write_link(session, keys, site_id, new)
    return Asked(address, confirmed=False)


def entered(session: Session, site_id: str) -> str:
    """Return the owner's addresses, also those that are not confirmed, with blanks between them: what a form shows."""
    return " ".join(owner.address for owner in addresses.owners(session, site_id, confirmed=False))


def _refuse_changed(session: Session, site_id: str, by: By, proposal: str) -> None:
    """Raise ChangedMeanwhileError if the addresses changed since the form was shown and lack the proposed one."""
    current = entered(session, site_id)
    if by.seen is not None and current != by.seen and proposal not in current.split() and (proposal or current):
        raise ChangedMeanwhileError(current)


def _record(session: Session, site_id: str, action: str, by: By, new: tuple[str, int]) -> None:
    """Record the change to a new address at a time, or to none. The log is kept, so addresses in it are masked."""
    before = [masked(address) for address in entered(session, site_id).split()]
    after = state({"address": masked(new[0])}) if new[0] else ""
    change = Change(site_id, by.actor, action, "", state({"address": ", ".join(before)}), after, by.once)
    record_change(session, change, new[1])


def hash_of(keys: Keyring, site_id: str, address: str) -> str:
    """Return the hash of the owner's address: another row than the same person's as an advocate."""
    return owner_email_hash(keys, site_id, address)


def _write_link(session: Session, keys: Keyring, site_id: str, new: NewAddress) -> None:
    mail_id = f"{OWNER_CONFIRM}:{new_secret()[:22]}"
    code_hash = hashed(mail_code(keys, keys.newest, site_id, mail_id))
    until_ms = new.asked_at_ms + CODE_MS
    sessions.add_code(session, site_id, NewCode(code_hash, CODE, new.address_hash, until_ms))
    draft = Draft(OWNER_CONFIRM, mail_id, {"key_id": keys.newest, "until_ms": until_ms})
    enqueue(session, site_id, new, draft, new.asked_at_ms)


def look(db: Database, clock: Clock, site_id: str, code: str) -> Address:
    """Return the address behind a link's code, without using it up. Raises BadSignInCodeError."""
    with db.reading() as session:
        code_row = sessions.look_at_code(session, site_id, hashed(code), CODE, clock.now_ms())
        address = code_row and addresses.find(session, site_id, code_row.subject)
    if not address:
        raise BadSignInCodeError
    return address


class Opened(Struct, frozen=True):
    """The code of a confirmation link, and who opened it."""

    code: str
    by: By


def confirm(db: Database, clock: Clock, collector: Collector, site: Site, opened: Opened) -> Address:
    """Use up the code: this address is the owner's, and no other; clocks of claims start.

    Raises BadSignInCodeError, QueueFullError.

    The caller has checked that an owner of the site is signed in where the link was opened: a mistyped address must
    not make a stranger the owner. So an account of the site that waited for this may sign in by mail from now on.
    """
    site_id = site.site_id
    address = look(db, clock, site_id, opened.code)
    with writing(db) as session:
        if sessions.use_code(session, site_id, hashed(opened.code), CODE, clock.now_ms()) is None:
            raise BadSignInCodeError
        _record(session, site_id, "mail.confirm", opened.by, (address.address, clock.now_ms()))
        addresses.forget_owners(session, site_id, but=address.address_hash)
        addresses.confirm_owner(session, site_id, address.address_hash, clock.now_ms())
        owners.confirm(session, site_id, address.address, clock.now_ms())
    claims.keep_clocks(db, clock, collector, site)
    return address


def speak(db: Database, site_id: str, language: str) -> None:
    """Write to the owner in that language from now on. Raises BadSiteError where they have given no address."""
    with writing(db) as session:
        if not addresses.owners(session, site_id, confirmed=False):
            raise BadSiteError(
                f"E-mails go to nobody yet: give the owner's address with `passalong site email {site_id}`."
            )
        addresses.speak_to_owners(session, site_id, language)


def forget(db: Database, clock: Clock, site_id: str, by: By) -> list[str]:
    """Erase the owner's addresses and their queued mails; returns them. Raises ChangedMeanwhileError."""
    with writing(db) as session:
        _refuse_changed(session, site_id, by, "")
        removed_addresses = entered(session, site_id).split()
        if removed_addresses:
            _record(session, site_id, "mail.forget", by, ("", clock.now_ms()))
        addresses.forget_owners(session, site_id)
    return removed_addresses


def chosen(session: Session, site_id: str) -> str:
    """Return the kinds of mail that the owner wants, with blanks between them: what a form shows."""
    owner_addresses = addresses.owners(session, site_id, confirmed=False)
    choices = addresses.choices(session, site_id, owner_addresses[0].address_hash) if owner_addresses else {}
    return " ".join(kind for kind in OWNERS_KINDS if is_wanted(kind, choices))


def choose(db: Database, clock: Clock, site_id: str, wanted: set[str], by: By) -> None:
    """Store which kinds of mail the owner wants. Raises ChangedMeanwhileError if others were chosen meanwhile."""
    after = " ".join(kind for kind in OWNERS_KINDS if kind in wanted)
    with writing(db) as session:
        before = chosen(session, site_id)
        by.check(before, after)
        change = Change(site_id, by.actor, "mail.choose", "", state({"kinds": before}), state({"kinds": after}))
        if before != after:
            record_change(session, change, clock.now_ms())
        for address in addresses.owners(session, site_id):
            for kind in OWNERS_KINDS:
                addresses.choose(session, site_id, address.address_hash, kind, kind in wanted)

"""Coming in by e-mail: a link that works once, for 15 minutes, and only when a person presses the button behind it.

asked for → written into the outbox with its code's hash → looked at, as often as anything likes → used up by a POST
"""

import unicodedata
from collections.abc import Collection

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import Fact, input_hash, stored_values
from passalong.core.identity import advocate_id_of, email_key
from passalong.core.identity_facts import AccountJoined, AddressProved
from passalong.flow.ingest.collector import Collector
from passalong.flow.signin import rate_limits
from passalong.flow.signin.guests import BadSignInCodeError
from passalong.flow.signin.joining import end_weaker
from passalong.flow.signin.rate_limits import Caller
from passalong.flow.signin.sessions import NewSession, begin
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.emails import BadEmailError, split_email
from passalong.lib.tokens import Keyring, email_hash, hashed, mail_code, new_secret
from passalong.store import event_log
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, sessions
from passalong.store.people.addresses import Address, NewAddress
from passalong.store.people.sessions import NewCode

MAIL_CODE = "mail"
MAIL_CODE_MS = 15 * 60_000
SIGN_IN = "sign_in"
PROVED = "proved"
"""The source of facts that people prove: what is theirs."""


class BadAddressError(ValueError):
    """Not an address that mail can be sent to."""


class Looked(Struct, frozen=True):
    """The subject of a magic link before it is used: whose address, and which browser asked."""

    address: Address
    asked_by: str | None
    label: str


class Opened(Struct, frozen=True):
    """A session that was opened: its secret, and the language of its person."""

    secret: str
    language: str | None


def clean_address(text: str) -> str:
    """The address as mail is sent to it: trimmed, its domain in ASCII and small letters. Raises BadAddressError."""
    try:
        name, domain = split_email(unicodedata.normalize("NFKC", text[:400]))
    except BadEmailError:
        raise BadAddressError(text[:80]) from None
    if not name.isascii():
        raise BadAddressError(text[:80])
    return f"{name}@{domain}"


def masked(address: str) -> str:
    """An address as it is shown to whoever holds its link: `a…a@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"


class MailRequest(Struct, frozen=True):
    """A request for a magic link; `advocate_id` is the session's that asks, to keep the credit of its browser.

    `to` is a word for the page after the sign-in, empty for home.
    """

    typed: str
    caller: Caller
    advocate_id: str | None = None
    to: str = ""


def ask_for_link(db: Database, clock: Clock, keys: Keyring, site_id: str, request: MailRequest) -> None:
    """Send a link to the address that was typed.

    Nothing tells whether the address is known, nor that it was asked for too often. Raises BadAddressError,
    limits.RateLimitError.
    """
    address, now_ms = clean_address(request.typed), clock.now_ms()
    new = NewAddress(email_hash(keys, site_id, address), address, request.caller.language, now_ms)
    with writing(db) as session:
        is_within = rate_limits.within(session, site_id, rate_limits.MAIL_OF_CALLER, request.caller.bucket, now_ms)
        if is_within and _may_be_written(session, keys, site_id, new):
            _write_link(session, keys, site_id, new, request)
    if not is_within:
        raise rate_limits.RateLimitError(rate_limits.MAIL_OF_CALLER.window_ms // 1_000)


def _may_be_written(session: Session, keys: Keyring, site_id: str, new: NewAddress) -> bool:
    """True while nobody has too many mails: this address, the mailbox behind it, all that are strangers here."""
    now_ms = new.asked_at_ms
    name, _, domain = new.address.rpartition("@")
    mailbox = email_hash(keys, site_id, f"{name.partition('+')[0] or name}@{domain}")
    address = addresses.find(session, site_id, new.address_hash)
    stranger = address is None or address.confirmed_at_ms is None
    return (
        rate_limits.within(session, site_id, rate_limits.MAIL_OF_ADDRESS, new.address_hash, now_ms)
        and rate_limits.within(session, site_id, rate_limits.MAIL_OF_MAILBOX, mailbox, now_ms)
        and (not stranger or rate_limits.within(session, site_id, rate_limits.MAIL_TO_STRANGERS, "site", now_ms))
    )


def _write_link(session: Session, keys: Keyring, site_id: str, new: NewAddress, request: MailRequest) -> None:
    addresses.ask(session, site_id, new)
    address = addresses.find(session, site_id, new.address_hash)
    to = address if address and address.confirmed_at_ms else new
    mail_id = f"{SIGN_IN}:{new_secret()[:22]}"
    code_hash = hashed(mail_code(keys, keys.newest, site_id, mail_id))
    until_ms = new.asked_at_ms + MAIL_CODE_MS
    code = NewCode(code_hash, MAIL_CODE, new.address_hash, until_ms, request.advocate_id, request.caller.label)
    sessions.add_code(session, site_id, code)
    place = {"to": request.to} if request.to else {}
    draft = Draft(SIGN_IN, mail_id, {"key_id": keys.newest, "until_ms": until_ms, **place})
    enqueue(session, site_id, to, draft, new.asked_at_ms)


def look(db: Database, clock: Clock, site_id: str, code: str) -> Looked:
    """Return the subject of a magic link's code, without using it up. Raises BadSignInCodeError."""
    with db.reading() as session:
        code_row = sessions.look_at_code(session, site_id, hashed(code), MAIL_CODE, clock.now_ms())
        address = code_row and addresses.find(session, site_id, code_row.subject)
        if not code_row or not address:
            raise BadSignInCodeError
        asked_by = code_row.advocate_id and identities.account(session, site_id, code_row.advocate_id)[0]
        return Looked(address, asked_by or None, code_row.label)


def is_same_account(db: Database, site_id: str, first: str, other: str) -> bool:
    """True when these advocates are of one account."""
    with db.reading() as session:
        return other in identities.account(session, site_id, first)


def is_asked_by(db: Database, site_id: str, looked: Looked, subject: str) -> bool:
    """True when a session of this advocate's account asked for the link."""
    return looked.asked_by is not None and is_same_account(db, site_id, looked.asked_by, subject)


class LinkUse(Struct, frozen=True):
    """A press of a magic link's button: its code, the advocates of browsers that join, and this browser's name."""

    code: str
    joining: Collection[str]
    label: str


def come_in(db: Database, clock: Clock, collector: Collector, site_id: str, used: LinkUse) -> Opened:
    """Use up the code: the address is this person's, the browsers that join become theirs.

    Raises BadSignInCodeError, QueueFullError.

    The facts come first and have the code's hash in their ids: were the process to die in between, the same link would
    say the same again.
    """
    code, joining = used.code, sorted(used.joining)
    looked = look(db, clock, site_id, code)
    advocate_id = looked.address.advocate_id or next(iter(joining), advocate_id_of(site_id, f"address|{hashed(code)}"))
    ours = sorted({advocate_id, *joining})
    if len(ours) > 1:
        prove(collector, site_id, hashed(code), AccountJoined(tuple(ours), MAIL_CODE))
    proved = AddressProved(advocate_id, email_key(looked.address.address_hash))
    prove(collector, site_id, f"{hashed(code)}.address", proved)
    secret = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        subject = sessions.use_code(session, site_id, hashed(code), MAIL_CODE, now_ms)
        if subject is None:
            raise BadSignInCodeError
        sessions.add_advocate(session, site_id, advocate_id, now_ms)
        addresses.confirm(session, site_id, subject, advocate_id, now_ms)
        end_weaker(session, site_id, _joined_by(session, site_id, code) or (advocate_id,), hashed(code), now_ms)
        begin(session, site_id, secret, NewSession(advocate_id, MAIL_CODE, used.label), now_ms)
    return Opened(secret, looked.address.language)


def _joined_by(session: Session, site_id: str, code: str) -> tuple[str, ...]:
    """Return the advocates that the fact of this code joined, whether or not it was folded yet; none without one."""
    event = event_log.find_event(session, site_id, PROVED, hashed(code))
    return event.fact.advocates if event and isinstance(event.fact, AccountJoined) else ()


def prove(collector: Collector, site_id: str, event_id: str, fact: Fact) -> None:
    """Put on record what a person has proved, and wait until it is. Raises QueueFullError."""
    sender_hash = input_hash(kind=fact.__struct_config__.tag, **stored_values(fact))
    collector.record(site_id, PROVED, event_id, fact, sender_hash)

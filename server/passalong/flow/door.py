"""Coming in by e-mail: a link that works once, for 15 minutes, and only when a person presses the button behind it.

asked for → written into the outbox with its code's hash → looked at, as often as anything likes → used up by a POST
"""

import re
import unicodedata
from collections.abc import Iterable

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.facts import Event, PersonIdentified, input_hash
from passalong.core.identity import advocate_id_of, advocate_key, customer_key
from passalong.flow import limits
from passalong.flow.collect import Collector
from passalong.flow.enrol import SESSION_MS, BadCode
from passalong.flow.transaction import writing
from passalong.store import access, addresses, mails, personal
from passalong.store.addresses import Address
from passalong.store.engine import Database
from passalong.store.mails import Mail
from passalong.tokens import Keyring, caller_hash, customer_hash, hashed, mail_code, new_secret

MAIL_CODE = "mail"
MAIL_CODE_MS = 15 * 60_000
SIGN_IN = "sign_in"
JOINED = "joined"
"""The source of facts that say that two browsers are one person's."""
ACK_TIMEOUT_S = 20
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f/]{1,253}")


class BadAddress(ValueError):
    """Not an address that mail can be sent to."""


class Caller(Struct, frozen=True):
    """Who asks: a network address (for the limits alone), a browser's name, the language it reads."""

    address: str
    label: str
    language: str


class Looked(Struct, frozen=True):
    """What a link in a mail stands for, before it is used: whose address, and which browser asked."""

    address: Address
    asked_by: str | None
    label: str


class Opened(Struct, frozen=True):
    """A session that was opened: its secret, and the language of its person."""

    secret: str
    language: str | None


def clean_address(text: str) -> str:
    """The address as mail is sent to it: trimmed, its domain in ASCII and small. Raises BadAddress."""
    address = unicodedata.normalize("NFKC", text[:400]).strip()
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise BadAddress(text[:80])
    name, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower()
        name.encode("ascii")
    except UnicodeError:
        raise BadAddress(text[:80]) from None
    if "." not in ascii_domain.strip(".") and ascii_domain != "localhost":
        raise BadAddress(text[:80])
    return f"{name}@{ascii_domain}"


def masked(address: str) -> str:
    """An address as it is shown to whoever holds its link: `a…a@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"


def ask_for_link(
    db: Database, clock: Clock, keys: Keyring, site_id: str, typed: str, caller: Caller, advocate_id: str | None
) -> None:
    """Send a link to that address; `advocate_id` is who asks for it, to keep the credit of their browser.

    Nothing tells whether the address is known, nor that it was asked for too often. Raises BadAddress, limits.TooMany.
    """
    address = clean_address(typed)
    address_hash = customer_hash(keys, site_id, address)
    now_ms = clock.now_ms()
    with writing(db) as session:
        asked = limits.within(session, site_id, limits.MAIL_OF_CALLER, caller_hash(keys, caller.address), now_ms)
        if asked and _may_be_written(session, keys, site_id, address, address_hash, now_ms):
            _write_link(session, keys, site_id, address, address_hash, caller, advocate_id, now_ms)
    if not asked:
        raise limits.TooMany(limits.MAIL_OF_CALLER.window_ms // 1_000)


def _may_be_written(
    session: Session, keys: Keyring, site_id: str, address: str, address_hash: str, now_ms: int
) -> bool:
    """True while nobody has too many mails: this address, the mailbox behind it, all that are strangers here."""
    name, _, domain = address.rpartition("@")
    mailbox = customer_hash(keys, site_id, f"{name.partition('+')[0] or name}@{domain}")
    known = addresses.find(session, site_id, address_hash)
    stranger = known is None or known.confirmed_at_ms is None
    return (
        limits.within(session, site_id, limits.MAIL_OF_ADDRESS, address_hash, now_ms)
        and limits.within(session, site_id, limits.MAIL_OF_MAILBOX, mailbox, now_ms)
        and (not stranger or limits.within(session, site_id, limits.MAIL_TO_STRANGERS, "site", now_ms))
    )


def _write_link(
    session: Session,
    keys: Keyring,
    site_id: str,
    address: str,
    address_hash: str,
    caller: Caller,
    advocate_id: str | None,
    now_ms: int,
) -> None:
    addresses.ask(session, site_id, address_hash, address, caller.language, now_ms)
    known = addresses.find(session, site_id, address_hash)
    language = known.language if known and known.confirmed_at_ms else caller.language
    mail_id = f"{SIGN_IN}:{new_secret()[:22]}"
    code_hash = hashed(mail_code(keys, keys.newest, site_id, mail_id))
    expires_at_ms = now_ms + MAIL_CODE_MS
    access.add_code(session, site_id, code_hash, MAIL_CODE, address_hash, expires_at_ms, advocate_id, caller.label)
    document = msgspec.json.encode({"key_id": keys.newest, "until_ms": expires_at_ms}).decode()
    mails.put(session, Mail(site_id, mail_id, SIGN_IN, address_hash, language, document, now_ms))


def look(db: Database, clock: Clock, site_id: str, code: str) -> Looked:
    """What is behind a link's code; uses nothing up. Raises BadCode."""
    with db.reading() as session:
        found = access.look_at_code(session, site_id, hashed(code), MAIL_CODE, clock.now_ms())
        address = found and addresses.find(session, site_id, found.subject)
        if not found or not address:
            raise BadCode
        asked_by = found.advocate_id and access.person_of(session, site_id, found.advocate_id)
        return Looked(address, asked_by or None, found.label)


def come_in(
    db: Database, clock: Clock, collector: Collector, site_id: str, code: str, joining: Iterable[str], label: str
) -> Opened:
    """Use up the code: the address is this person's, the browsers in `joining` become theirs. Raises BadCode, Busy.

    The fact that joins comes first and has the code's hash for its id: were the process to die in between, the same
    link would say the same again.
    """
    looked = look(db, clock, site_id, code)
    ours = sorted({*joining} | ({looked.address.advocate_id} if looked.address.advocate_id else set()))
    _join(db, collector, site_id, hashed(code), ours, looked.address.address_hash)
    secret = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        subject = access.use_code(session, site_id, hashed(code), MAIL_CODE, now_ms)
        if subject is None:
            raise BadCode
        advocate_id = looked.address.advocate_id or (ours[0] if ours else advocate_id_of(site_id, new_secret()))
        access.add_advocate(session, site_id, advocate_id, now_ms)
        addresses.confirm(session, site_id, subject, advocate_id, now_ms)
        access.end_codes(session, site_id, {advocate_id, *ours})
        begin(session, site_id, secret, advocate_id, MAIL_CODE, label, now_ms)
    return Opened(secret, looked.address.language)


def begin(session: Session, site_id: str, secret: str, advocate_id: str, via: str, label: str, now_ms: int) -> None:
    """Open an advocate's session under a new secret."""
    access.add_session(
        session,
        site_id,
        hashed(secret),
        "advocate",
        advocate_id,
        now_ms + SESSION_MS,
        via=via,
        label=label,
        now_ms=now_ms,
    )


def _join(
    db: Database, collector: Collector, site_id: str, code_hash: str, advocate_ids: list[str], address_hash: str
) -> None:
    """Put on record that these are one person, who is also the customer with that address.

    Unless the customer was erased: then joining would bring back what is gone.
    """
    customer, keys = customer_key(address_hash), [*map(advocate_key, advocate_ids)]
    with db.reading() as session:
        before = access.advocate_of(session, site_id, customer)
        if before is None or personal.erased_at_ms(session, site_id, before) is None:
            keys.append(customer)
    if advocate_ids and len(keys) > 1:
        identify(collector, site_id, code_hash, keys)


def identify(collector: Collector, site_id: str, event_id: str, keys: Iterable[str]) -> None:
    """Put on record that these keys are one person's, and wait until it is. Raises Busy."""
    fact = PersonIdentified(tuple(sorted(set(keys))))
    event = Event(site_id, JOINED, event_id[:64], 0, input_hash(keys=fact.keys), fact)
    collector.offer(event).result(timeout=ACK_TIMEOUT_S)

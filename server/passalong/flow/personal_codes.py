"""Personal codes: they stand for one advocate's link, in an address (`?ht=ana`) and at a checkout (a coupon).

Behind each code is an issued link, so a code pays under the terms of the day on which it was made.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from passalong.core.facts import input_hash
from passalong.flow.impersonation import impersonates
from passalong.flow.signin import rate_limits
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, code_hash, new_share_id
from passalong.store import sites
from passalong.store.books import identities, links
from passalong.store.books.links import IssuedLink
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.queries import link_aliases, personal_codes
from passalong.store.queries.personal_codes import Code, MadeBy, Wanted
from passalong.store.sites import Site, in_force, terms_versions

CODE = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,22}[a-z0-9]")
MOST_OF_ONE = 5
"""The most codes an advocate may ask for."""
Asking = Literal["on", "ask", "off"]


class NoCode(StrEnum):
    """Reasons why a code is not possible."""

    SHAPE = "shape"
    TAKEN = "taken"
    DECLINED = "declined"
    OWNERS_OWN = "owners_own"
    RESERVED = "reserved"
    KEEP_FIRST = "keep_first"
    MOST = "most"
    BUSY = "busy"
    NO_ADVOCATE = "no_advocate"
    UNKNOWN = "unknown"


NO_CODE_WORDS: Mapping[NoCode, str] = {
    NoCode.SHAPE: "A code is 3 to 24 letters a to z, digits and single hyphens, with no hyphen at either end.",
    NoCode.TAKEN: "The code {word!r} is taken, or was once: choose another.",
    NoCode.DECLINED: "The owner did not agree to {word!r}: choose another.",
    NoCode.OWNERS_OWN: "This site gives out codes itself: ask its owner for one.",
    NoCode.RESERVED: "The code {word!r} looks like the site's own name, a role or a company: choose another.",
    NoCode.KEEP_FIRST: "Keep your credit first, by e-mail, passkey or printed words: a code is for good.",
    NoCode.MOST: f"You have asked for {MOST_OF_ONE} codes already; that is as many as there are for one person.",
    NoCode.BUSY: "Many codes were asked for from this network today: ask again tomorrow.",
    NoCode.NO_ADVOCATE: "No advocate with this id is known here: they have one once they shared something.",
    NoCode.UNKNOWN: "No code {word!r} is known here.",
}


class BadPersonalCodeError(ValueError):
    """A code that is not possible; `why` is a reason, the text says what to do."""

    def __init__(self, why: NoCode, word: str = ""):
        super().__init__(NO_CODE_WORDS[why].format(word=word[:60]))
        self.why = why


class Resolved(Struct, frozen=True):
    """The result for a code: the link behind it, or why there is none (`unknown`, `retired`)."""

    share_id: str | None
    state: str


def plain(code: str) -> str:
    """Normalise a code: people write it in any case, with spaces around it."""
    return code.strip().lower()


def resolve(session: Session, site_id: str, code: str) -> Resolved:
    """Return the link behind a code, as somebody typed it."""
    wanted = plain(code)
    existing = personal_codes.find_code(session, site_id, wanted) if CODE.fullmatch(wanted) else None
    if existing is None:
        old = link_aliases.find(session, site_id, code.strip())
        return Resolved(old.share_id, "known") if old else Resolved(None, "unknown")
    return Resolved(None, "retired") if existing.retired_at_ms is not None else Resolved(existing.share_id, "known")


class CodeRequest(Struct, frozen=True):
    """A code for an advocate, as it was typed.

    `is_saved`: the account has a sign-in method, so a printed code stays theirs. `made_by` is set by this module.
    `caller` is the hash of the sender's network, for rate limits.
    """

    advocate_id: str
    code: str
    is_saved: bool = False
    made_by: MadeBy = "advocate"
    caller: str = ""


def add_code(db: Database, clock: Clock, keys: Keyring, site: Site, wanted: CodeRequest) -> Code:
    """Create a code of the owner's choice for an advocate. Raises BadPersonalCodeError."""
    return _add(db, clock, keys, site, replace(wanted, made_by="owner"))


def ask_for_code(db: Database, clock: Clock, keys: Keyring, site: Site, request: CodeRequest) -> Code | Wanted:
    """Request a code for oneself: created at once, or waiting for the owner, by the site's setting.

    Raises BadPersonalCodeError.
    """
    word = plain(request.code)
    with writing(db) as session:
        asking = _asking(session, site.site_id, request)
        _check_shape(word)  # before anything that takes longer for a longer text
        if impersonates(word, site, code=True):
            raise BadPersonalCodeError(NoCode.RESERVED, word)
        if not rate_limits.within(session, site.site_id, rate_limits.CODES_OF_CALLER, request.caller, clock.now_ms()):
            raise BadPersonalCodeError(NoCode.BUSY)
        if asking == "ask":
            return _want(session, site.site_id, request.advocate_id, word, clock.now_ms())
    return _add(db, clock, keys, site, request)


def _want(session: Session, site_id: str, advocate_id: str, word: str, now_ms: int) -> Wanted:
    _check_free(session, site_id, advocate_id, word)
    before = personal_codes.find_wanted(session, site_id, word)
    advocate_ids = identities.account(session, site_id, advocate_id)
    if before is not None and before.declined_at_ms is not None and before.advocate_id in advocate_ids:
        raise BadPersonalCodeError(NoCode.DECLINED, word)
    if before is not None and before.declined_at_ms is None:
        raise BadPersonalCodeError(NoCode.TAKEN, word)
    wanted = Wanted(site_id, word, advocate_id, now_ms)
    personal_codes.keep_wanted(session, wanted)
    return wanted


def agree(db: Database, clock: Clock, keys: Keyring, site: Site, word: str) -> Code:
    """Approve a requested code. Raises BadPersonalCodeError."""
    with db.reading() as session:
        wanted = _waiting(session, site.site_id, word)
    return _add(db, clock, keys, site, CodeRequest(wanted.advocate_id, wanted.code))


def decline(db: Database, clock: Clock, site_id: str, word: str) -> Wanted:
    """Decline a requested code: the advocate reads that, and may ask for another. Raises BadPersonalCodeError."""
    with writing(db) as session:
        wanted = replace(_waiting(session, site_id, word), declined_at_ms=clock.now_ms())
        personal_codes.keep_wanted(session, wanted)
        return wanted


def _waiting(session: Session, site_id: str, word: str) -> Wanted:
    wanted = personal_codes.find_wanted(session, site_id, plain(word))
    if wanted is None or wanted.declined_at_ms is not None:
        raise BadPersonalCodeError(NoCode.UNKNOWN, plain(word))
    return wanted


def _add(db: Database, clock: Clock, keys: Keyring, site: Site, wanted: CodeRequest) -> Code:
    word, advocate_id = plain(wanted.code), wanted.advocate_id
    try:
        with writing(db) as session:
            _check_free(session, site.site_id, advocate_id, word)
            named = NamedLink(advocate_id, code_hash(keys, site.site_id, word))
            link = add_named_link(session, clock.now_ms(), keys, site, named)
            code = Code(site.site_id, word, advocate_id, link.share_id, wanted.made_by, link.issued_at_ms)
            personal_codes.insert_code(session, code)
            personal_codes.forget_wanted(session, site.site_id, word)
            return code
    except IntegrityError:
        raise BadPersonalCodeError(NoCode.TAKEN, word) from None


def _check_shape(word: str) -> None:
    if not CODE.fullmatch(word):
        raise BadPersonalCodeError(NoCode.SHAPE)


def _check_free(session: Session, site_id: str, advocate_id: str, word: str) -> None:
    _check_shape(word)
    if not sessions.is_advocate(session, site_id, advocate_id):
        raise BadPersonalCodeError(NoCode.NO_ADVOCATE)
    older_link = links.link_of_request(session, site_id, f"code:{word}")  # 0.2.0 did not hash the word
    if personal_codes.find_code(session, site_id, word) is not None or older_link is not None:
        raise BadPersonalCodeError(NoCode.TAKEN, word)


def _asking(session: Session, site_id: str, request: CodeRequest) -> str:
    """Return the site's setting; raises BadPersonalCodeError for people who may not ask."""
    site = sites.find_site(session, site_id)
    if site is None or site.vanity not in ("on", "ask"):
        raise BadPersonalCodeError(NoCode.OWNERS_OWN)
    if not request.is_saved:
        raise BadPersonalCodeError(NoCode.KEEP_FIRST)
    advocate_ids = identities.account(session, site_id, request.advocate_id)
    codes = [code for code in personal_codes.codes_of(session, site_id, advocate_ids) if code.made_by == "advocate"]
    if len(codes) + len(personal_codes.wanted_of(session, site_id, advocate_ids)) >= MOST_OF_ONE:
        raise BadPersonalCodeError(NoCode.MOST)
    return site.vanity


class NamedLink(Struct, frozen=True):
    """A link that no browser asked for: whose it is, and a name that makes it one of a kind."""

    advocate_id: str
    name: str

    @property
    def request_id(self) -> str:
        """The id under which the link is made once."""
        return f"code:{self.name}"


def add_named_link(session: Session, now_ms: int, keys: Keyring, site: Site, named: NamedLink) -> IssuedLink:
    """Make the link of a name, to the site's home page."""
    advocate_id, name = named.advocate_id, named.name
    link = IssuedLink(
        site_id=site.site_id,
        share_id=new_share_id(),
        request_id=named.request_id,
        input_hash=input_hash(code=name, advocate=advocate_id),
        key_id=keys.newest,
        advocate_id=advocate_id,
        visitor_id=None,
        page_url=site.home_url,
        title=site.name,
        parent_share_id=None,
        terms_version=in_force(terms_versions(session, site.site_id), now_ms).terms.version,
        issued_at_ms=now_ms,
    )
    links.add_link(session, link)
    return link


def link_by_hand(db: Database, clock: Clock, keys: Keyring, site: Site, advocate_id: str) -> str:
    """Return the share id under which an owner names this advocate for a conversion; made once.

    Raises BadPersonalCodeError.
    """
    with writing(db) as session:
        if not sessions.is_advocate(session, site.site_id, advocate_id):
            raise BadPersonalCodeError(NoCode.NO_ADVOCATE)
        version = in_force(terms_versions(session, site.site_id), clock.now_ms()).terms.version
        name = f"by-hand:{advocate_id}:{version}"
        link = links.link_of_request(session, site.site_id, f"code:{name}")
        return (link or add_named_link(session, clock.now_ms(), keys, site, NamedLink(advocate_id, name))).share_id


def retire_code(db: Database, clock: Clock, site_id: str, code: str) -> Code:
    """Retire a code: it earns nothing any more, what it earned stays, and nobody else ever gets it.

    Raises BadPersonalCodeError.
    """
    with writing(db) as session:
        existing = personal_codes.find_code(session, site_id, plain(code))
        if existing is None:
            raise BadPersonalCodeError(NoCode.UNKNOWN, plain(code))
        if existing.retired_at_ms is not None:
            return existing
        at_ms = clock.now_ms()
        personal_codes.end_code(session, site_id, existing.code, at_ms)
        return replace(existing, retired_at_ms=at_ms)

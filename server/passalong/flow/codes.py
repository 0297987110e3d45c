"""Codes: words that stand for one advocate's link, in an address (`?ht=ana`) and at a checkout (a coupon).

Behind each code stands an issued link, so a code pays under the terms of the day on which it was made.
"""

import re

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.facts import input_hash
from passalong.flow.transaction import writing
from passalong.store import access, codes, links
from passalong.store.codes import Code, MadeBy
from passalong.store.engine import Database
from passalong.store.links import IssuedLink
from passalong.store.sites import Site, find_site, in_force, terms_versions
from passalong.tokens import Keyring, new_share_id

CODE = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,22}[a-z0-9]")
MOST_OF_ONE = 5
"""How many words an advocate may ask for: enough to try, too few to take what others want."""


class BadCode(ValueError):
    """A code that cannot be; says what to do."""


class Resolved(Struct, frozen=True):
    """What a code comes to: the link behind it, or why there is none (`unknown`, `retired`)."""

    share_id: str | None
    state: str


def plain(code: str) -> str:
    """A code as it is kept: people write it in any case, with blanks around it."""
    return code.strip().lower()


def resolve(session: Session, site_id: str, code: str) -> Resolved:
    """The link behind a code, as somebody typed it."""
    wanted = plain(code)
    found = codes.find_code(session, site_id, wanted) if CODE.fullmatch(wanted) else None
    if found is None:
        return Resolved(None, "unknown")
    return Resolved(None, "retired") if found.retired_at_ms is not None else Resolved(found.share_id, "known")


def add_code(db: Database, clock: Clock, keys: Keyring, site: Site, advocate_id: str, code: str) -> Code:
    """A code of the owner's choice for an advocate. Raises BadCode."""
    return _add(db, clock, keys, site, advocate_id, code, "owner")


def ask_for_code(db: Database, clock: Clock, keys: Keyring, site: Site, advocate_id: str, code: str) -> Code:
    """A code that an advocate wants for themselves, where the owner lets them. Raises BadCode."""
    return _add(db, clock, keys, site, advocate_id, code, "advocate")


def _add(db: Database, clock: Clock, keys: Keyring, site: Site, advocate_id: str, code: str, made_by: MadeBy) -> Code:
    wanted = plain(code)
    if not CODE.fullmatch(wanted):
        raise BadCode("A code is 3 to 24 letters a to z, digits and single hyphens, with no hyphen at either end.")
    try:
        with writing(db) as session:
            if made_by == "advocate":
                _may_ask(session, site.site_id, advocate_id)
            if not access.is_advocate(session, site.site_id, advocate_id):
                raise BadCode("No advocate with this id is known here: they have one once they shared something.")
            if codes.find_code(session, site.site_id, wanted) is not None:
                raise BadCode(f"The code {wanted!r} is taken, or was once: choose another.")
            link = _link(session, clock.now_ms(), keys, site, advocate_id, wanted)
            made = Code(site.site_id, wanted, advocate_id, link.share_id, made_by, link.issued_at_ms)
            codes.insert_code(session, made)
            return made
    except IntegrityError:
        raise BadCode(f"The code {wanted!r} is taken, or was once: choose another.") from None


def _may_ask(session: Session, site_id: str, advocate_id: str) -> None:
    site = find_site(session, site_id)
    if site is None or site.vanity != "on":
        raise BadCode("This site gives out codes itself: ask its owner for one.")
    mine = [code for code in codes.codes_of(session, site_id, advocate_id) if code.made_by == "advocate"]
    if len(mine) >= MOST_OF_ONE:
        raise BadCode(f"You have asked for {MOST_OF_ONE} codes already; that is as many as there are for one person.")


def _link(session: Session, now_ms: int, keys: Keyring, site: Site, advocate_id: str, name: str) -> IssuedLink:
    link = IssuedLink(
        site_id=site.site_id,
        share_id=new_share_id(),
        request_id=f"code:{name}",
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
    """The share id under which an owner names this advocate for a conversion; made once. Raises BadCode."""
    with writing(db) as session:
        if not access.is_advocate(session, site.site_id, advocate_id):
            raise BadCode("No advocate with this id is known here.")
        version = in_force(terms_versions(session, site.site_id), clock.now_ms()).terms.version
        name = f"by-hand:{advocate_id}:{version}"
        known = links.link_of_request(session, site.site_id, f"code:{name}")
        return (known or _link(session, clock.now_ms(), keys, site, advocate_id, name)).share_id


def retire_code(db: Database, clock: Clock, site_id: str, code: str) -> Code:
    """End a code: it leads nowhere from now on, what it brought stays, and nobody else ever gets it. Raises BadCode."""
    with writing(db) as session:
        known = codes.find_code(session, site_id, plain(code))
        if known is None:
            raise BadCode(f"No code {plain(code)[:60]!r} is known here.")
        if known.retired_at_ms is not None:
            return known
        at_ms = clock.now_ms()
        codes.end_code(session, site_id, known.code, at_ms)
        return replace(known, retired_at_ms=at_ms)

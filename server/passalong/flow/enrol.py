"""Before a share: a guest becomes an advocate, and gets a link that is committed before its token is given out."""

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.facts import input_hash
from passalong.core.identity import advocate_id_of, guest_hash
from passalong.flow.transaction import writing
from passalong.store import access, links, personal
from passalong.store.engine import Database
from passalong.store.links import IssuedLink
from passalong.store.sites import Site, in_force, terms_versions
from passalong.tokens import Keyring, hashed, new_secret, new_share_id, token_of

HAND_OVER = "hand_over"
HAND_OVER_MS = 15 * 60_000
"""How long a one-time code from the widget to the portal is good."""
SESSION_MS = 30 * 86_400_000


class LinkRequest(Struct, frozen=True):
    """What a browser asks for: a link of this guest to this page. `parent_share_id` is the verified arrival."""

    request_id: str
    guest: str
    page_url: str
    title: str
    parent_share_id: str | None
    visitor_id: str | None


class RequestConflict(Exception):
    """The request id was used before, for something else."""


class UnknownGuest(Exception):
    """A guest secret that was never used on this site."""


class ClosedGuest(Exception):
    """A guest secret whose person has signed out everywhere: they come in another way."""


class Stopped(Exception):
    """A guest whose links shall not count any more."""


class Issued(Struct, frozen=True):
    """A token, whose it is, and whether it was made now or by an earlier attempt."""

    token: str
    advocate_id: str
    new: bool


def issue_link(db: Database, clock: Clock, keys: Keyring, site: Site, request: LinkRequest) -> Issued:
    """The token of the link that was asked for; the same request again gives the same. Raises RequestConflict."""
    said = input_hash(
        guest=guest_hash(site.site_id, request.guest),
        page=request.page_url,
        title=request.title,
        parent=request.parent_share_id,
        visitor=request.visitor_id,
    )
    try:
        link, new = _find_or_make(db, clock, keys, site, request, said)
    except IntegrityError:  # the same request, twice at the same time: the other one has made it by now
        link, new = _find_or_make(db, clock, keys, site, request, said)
    if link.input_hash != said:
        raise RequestConflict
    return Issued(token_of(keys, site.site_id, link.share_id, link.key_id), link.advocate_id, new)


def _find_or_make(
    db: Database, clock: Clock, keys: Keyring, site: Site, request: LinkRequest, said: str
) -> tuple[IssuedLink, bool]:
    with writing(db) as session:
        known = links.link_of_request(session, site.site_id, request.request_id)
        if known is not None:
            return known, False
        return _new_link(session, clock.now_ms(), keys, site, request, said), True


def _new_link(session: Session, now_ms: int, keys: Keyring, site: Site, request: LinkRequest, said: str) -> IssuedLink:
    advocate_id = access.enrol_guest(
        session,
        site.site_id,
        guest_hash(site.site_id, request.guest),
        advocate_id_of(site.site_id, request.guest),
        now_ms,
    )
    if _has_stopped(session, site.site_id, advocate_id):
        raise Stopped
    parent = links.find_link(session, site.site_id, request.parent_share_id) if request.parent_share_id else None
    link = IssuedLink(
        site_id=site.site_id,
        share_id=new_share_id(),
        request_id=request.request_id,
        input_hash=said,
        key_id=keys.newest,
        advocate_id=advocate_id,
        visitor_id=request.visitor_id,
        page_url=request.page_url,
        title=request.title,
        parent_share_id=parent.share_id if parent else None,
        terms_version=in_force(terms_versions(session, site.site_id), now_ms).terms.version,
        issued_at_ms=now_ms,
    )
    links.add_link(session, link)
    return link


def _has_stopped(session: Session, site_id: str, advocate_id: str) -> bool:
    """True for who chose so in this browser or in one that was joined with it."""
    asked = ([advocate_id], access.advocates_of(session, site_id, advocate_id))
    return any(personal.choices(session, site_id, mine).stopped_at_ms is not None for mine in asked)


def hand_over(db: Database, clock: Clock, site_id: str, guest: str) -> str:
    """A one-time code with which this guest opens the portal. Raises UnknownGuest, ClosedGuest."""
    code = new_secret()
    with writing(db) as session:
        if access.is_closed(session, site_id, guest_hash(site_id, guest)):
            raise ClosedGuest
        advocate_id = access.find_guest(session, site_id, guest_hash(site_id, guest))
        if advocate_id is None or personal.choices(session, site_id, [advocate_id]).erased_at_ms is not None:
            raise UnknownGuest
        expires_at_ms = clock.now_ms() + HAND_OVER_MS
        access.add_code(session, site_id, hashed(code), HAND_OVER, advocate_id, expires_at_ms)
    return code


class BadCode(Exception):
    """A code that is unknown, used up or too old."""


def open_session(
    db: Database, clock: Clock, site_id: str, code: str, purpose: str, role: str, *, via: str = "guest", label: str = ""
) -> str:
    """Use up a one-time code and open a session; returns the session's secret. Raises BadCode."""
    secret = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        subject = access.use_code(session, site_id, hashed(code), purpose, now_ms)
        if subject is None:
            raise BadCode
        ends_ms = now_ms + SESSION_MS
        access.add_session(
            session, site_id, hashed(secret), role, subject, ends_ms, via=via, label=label, now_ms=now_ms
        )
    return secret


def close_session(db: Database, site_id: str, secret: str) -> None:
    """Sign out."""
    with writing(db) as session:
        access.end_session(session, site_id, hashed(secret))

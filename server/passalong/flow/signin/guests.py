"""Before a share: a guest becomes an advocate, and gets a link that is committed before its token is given out."""

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from passalong.core.facts import input_hash
from passalong.core.identity import advocate_id_of, guest_hash
from passalong.core.privileges import GUEST
from passalong.core.privileges import HAND_OVER as CUSTOMER
from passalong.flow.signin.sessions import ADVOCATE, NewSession, begin
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, new_secret, new_share_id, token_of
from passalong.store.books import identities, links
from passalong.store.books.links import IssuedLink
from passalong.store.engine import Database
from passalong.store.people import erasure, sessions
from passalong.store.people.sessions import NewCode
from passalong.store.sites import Site, in_force, terms_versions

HAND_OVER = "hand_over"
HAND_OVER_MS = 15 * 60_000
"""How long a one-time code from the widget to the portal is good."""


class LinkRequest(Struct, frozen=True):
    """A browser's request for a link of this guest to this page. `parent_share_id` is the verified visit's."""

    request_id: str
    guest: str
    page_url: str
    title: str
    parent_share_id: str | None
    visitor_id: str | None

    def input_hash(self, site_id: str) -> str:
        """The hash of what was asked for."""
        return input_hash(
            guest=guest_hash(site_id, self.guest),
            page=self.page_url,
            title=self.title,
            parent=self.parent_share_id,
            visitor=self.visitor_id,
        )


class RequestConflictError(Exception):
    """The request id was used before, for something else."""


class UnknownGuestError(Exception):
    """A guest secret that was never used on this site."""


class ClosedGuestError(Exception):
    """A guest secret whose person has signed out everywhere: they come in another way."""


class StoppedGuestError(Exception):
    """A guest whose links shall not count any more."""


class Issued(Struct, frozen=True):
    """A token, whose it is, and whether it was made now or by an earlier attempt."""

    token: str
    advocate_id: str
    new: bool


def issue_link(db: Database, clock: Clock, keys: Keyring, site: Site, request: LinkRequest) -> Issued:
    """The token of the link that was asked for; the same request again gives the same. Raises RequestConflictError."""
    try:
        link, new = _find_or_make(db, clock, keys, site, request)
    except IntegrityError:  # the same request, twice at the same time: the other one has made it by now
        link, new = _find_or_make(db, clock, keys, site, request)
    if link.input_hash != request.input_hash(site.site_id):
        raise RequestConflictError
    return Issued(token_of(keys, site.site_id, link.share_id, link.key_id), link.advocate_id, new)


def _find_or_make(
    db: Database, clock: Clock, keys: Keyring, site: Site, request: LinkRequest
) -> tuple[IssuedLink, bool]:
    with writing(db) as session:
        link = links.link_of_request(session, site.site_id, request.request_id)
        if link is not None:
            return link, False
        return _new_link(session, clock.now_ms(), keys, site, request), True


def _new_link(session: Session, now_ms: int, keys: Keyring, site: Site, request: LinkRequest) -> IssuedLink:
    advocate_id = sessions.enrol_guest(
        session,
        site.site_id,
        guest_hash(site.site_id, request.guest),
        advocate_id_of(site.site_id, request.guest),
        now_ms,
    )
    if _has_stopped(session, site.site_id, advocate_id):
        raise StoppedGuestError
    parent = links.find_link(session, site.site_id, request.parent_share_id) if request.parent_share_id else None
    link = IssuedLink(
        site_id=site.site_id,
        share_id=new_share_id(),
        request_id=request.request_id,
        input_hash=request.input_hash(site.site_id),
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
    id_lists = ([advocate_id], identities.account(session, site_id, advocate_id))
    return any(erasure.choices(session, site_id, ids).stopped_at_ms is not None for ids in id_lists)


def hand_over(db: Database, clock: Clock, site_id: str, guest: str) -> str:
    """A one-time code with which this guest opens the portal. Raises UnknownGuestError, ClosedGuestError."""
    code = new_secret()
    with writing(db) as session:
        if sessions.is_closed(session, site_id, guest_hash(site_id, guest)):
            raise ClosedGuestError
        advocate_id = sessions.find_guest(session, site_id, guest_hash(site_id, guest))
        if advocate_id is None or erasure.choices(session, site_id, [advocate_id]).erased_at_ms is not None:
            raise UnknownGuestError
        expires_at_ms = clock.now_ms() + HAND_OVER_MS
        sessions.add_code(session, site_id, NewCode(hashed(code), HAND_OVER, advocate_id, expires_at_ms))
    return code


class BadSignInCodeError(Exception):
    """A code that is unknown, used up or too old."""


class Entry(Struct, frozen=True):
    """The session that a sign-in code opens: of `subject`, begun by `via`, in the browser `label`."""

    purpose: str
    subject: str
    via: str
    role: str = ADVOCATE
    label: str = ""


ENTRIES = {HAND_OVER: GUEST, CUSTOMER: CUSTOMER}
"""The purposes of codes that open the portal, and how a session by each begins."""


def look(db: Database, clock: Clock, site_id: str, code: str) -> Entry | None:
    """Return what a sign-in code opens, without using it up; None if it opens nothing."""
    with db.reading() as session:
        for purpose, via in ENTRIES.items():
            code_row = sessions.look_at_code(session, site_id, hashed(code), purpose, clock.now_ms())
            if code_row is not None:
                return Entry(purpose, code_row.subject, via)
    return None


def open_session(db: Database, clock: Clock, site_id: str, code: str, entry: Entry) -> str:
    """Use up a one-time code and open a session; returns the session's secret. Raises BadSignInCodeError."""
    secret = new_secret()
    with writing(db) as session:
        now_ms = clock.now_ms()
        subject = sessions.use_code(session, site_id, hashed(code), entry.purpose, now_ms)
        if subject is None:
            raise BadSignInCodeError
        begin(session, site_id, secret, NewSession(subject, entry.via, entry.label, entry.role), now_ms)
    return secret

"""Opening a link from a mail: whose account it opens, and whether this browser's credit may join it.

Only a link that was requested by the session of this very browser joins that session's account: a link that Mallory
requested, or had sent to somebody else, joins nothing. An account with a sign-in method joins another one only while
its session is freshly signed in.
"""

from enum import StrEnum

from msgspec import Struct

from passalong.core.privileges import Strength
from passalong.flow.signin import magic_links
from passalong.store.sites import Site
from passalong.web.http.auth import Signed, advocate
from passalong.web.http.services import current_services


class Case(StrEnum):
    """The question on the page behind a link."""

    PLAIN = "plain"
    """None: the link opens its account."""
    KEEP = "keep"
    """None: the address becomes a sign-in method of this browser's account."""
    JOIN = "join"
    """Whether this browser's account joins the link's."""
    SWITCH = "switch"
    """Whether to leave the account that is open here."""
    ELSEWHERE = "elsewhere"
    """None, but the credit that was to be saved is in another browser."""


class Opening(Struct, frozen=True):
    """A link that is about to be used: the case, and the session of this browser on the same site."""

    case: Case
    here: Signed | None

    @property
    def joinable(self) -> tuple[str, ...]:
        """The advocate ids that may join the link's account."""
        joins = self.case in (Case.KEEP, Case.JOIN) and self.here is not None
        return (self.here.advocate_id,) if joins and self.here is not None else ()


def opening(site: Site, looked: magic_links.Looked) -> Opening:
    """Return what opening this link means in this browser."""
    signed = advocate()
    here = signed if signed is not None and signed.site.site_id == site.site_id else None
    theirs = looked.address.advocate_id
    if here is None:
        elsewhere = theirs is None and looked.asked_by is not None
        return Opening(Case.ELSEWHERE if elsewhere else _switch(signed), here)
    if theirs is not None and magic_links.is_same_account(current_services().db, site.site_id, theirs, here.subject):
        return Opening(Case.PLAIN, here)
    if not magic_links.is_asked_by(current_services().db, site.site_id, looked, here.subject):
        return Opening(Case.SWITCH, here)
    if theirs is None:
        weak = here.strength in (Strength.GUEST_OF_KEPT, Strength.HAND_OVER_OF_KEPT)
        return Opening(Case.SWITCH if weak else Case.KEEP, here)
    unkept = here.strength in (Strength.GUEST, Strength.HAND_OVER)
    return Opening(Case.JOIN if unkept or here.strength is Strength.FRESH else Case.SWITCH, here)


def _switch(session: Signed | None) -> Case:
    """Return the case of a session of another site, which the link leaves, too."""
    return Case.PLAIN if session is None else Case.SWITCH

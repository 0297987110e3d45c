"""The referee reward that a link offers to the person who comes by it."""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.money import POINTS
from passalong.store.books import links
from passalong.store.sites import terms_versions


class Offer(Struct, frozen=True):
    """The most that one outcome gives the person who came, under the terms of their link."""

    micros: int
    unit: str
    has_limits: bool
    """A cap or a budget may leave less of it."""


def offered(session: Session, site_id: str, share_id: str) -> Offer | None:
    """Return what this link's own terms offer, money before points; None where they offer nothing."""
    link = links.find_link(session, site_id, share_id)
    if link is None:
        return None
    terms = terms_versions(session, site_id)[link.terms_version - 1].terms
    offers = [Offer(goal.welcome_micros, goal.unit, goal.has_limits) for goal in terms.goals if goal.welcome_micros]
    return max(offers, key=lambda offer: (offer.unit != POINTS, offer.micros), default=None)

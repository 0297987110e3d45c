"""Fold thanks: count who said thank you, for everyone who carried the link."""

from itertools import islice

from passalong.core.facts import Event
from passalong.core.identity import Ownership
from passalong.core.thanks.facts import LinkThanked
from passalong.flow.fold import rollups
from passalong.flow.fold.first_visits import is_own
from passalong.flow.fold.slice import Slice
from passalong.store.books.identities import Buyer
from passalong.store.books.links import IssuedLink
from passalong.store.books.visits import Visit

CARRIERS = 1 + rollups.TREE_STEPS
"""The sharer and two ancestors: the people between whom credit is split, too."""


def thanked(work: Slice, event: Event, fact: LinkThanked) -> None:
    """Fold a thank-you; its visit may still be to come."""
    if fact.refused is not None:
        return
    visit = work.visits.find(fact.visit_id)
    if visit is None:
        work.thanks.put_early(fact.visit_id, fact.share_id)
    else:
        count_thanks(work, visit, fact.share_id)


def count_thanks(work: Slice, visit: Visit, share_id: str) -> None:
    """Count the thanks of a visit that counts; thanking oneself, or for another link, counts for nobody."""
    if visit.refused is not None or visit.share_id != share_id or is_own(work, visit):
        return
    for link in _carriers(work, visit):
        rollups.count_thanks(work, link, visit)


def _carriers(work: Slice, visit: Visit) -> list[IssuedLink]:
    """Return the links by which the visit came, one for each person, without the visitor's own."""
    first: dict[str, IssuedLink] = {}
    for link in work.links.path(visit.share_id):
        first.setdefault(link.advocate_id, link)
    buyer = Buyer(visit.visitor_id)
    found = islice(first.values(), CARRIERS)
    return [link for link in found if work.identities.own(buyer, link.advocate_id) is not Ownership.OWN]

"""Fold thanks: count who said thank you, for everyone who carried the link, and list it among the events."""

from itertools import islice

from passalong.core.facts import Event
from passalong.core.identity import Ownership
from passalong.core.reasons import Reason
from passalong.core.thanks.facts import LinkThanked
from passalong.flow.fold import announcements, event_lines, rollups
from passalong.flow.fold.first_visits import is_own
from passalong.flow.fold.slice import Slice
from passalong.store.books.identities import Buyer
from passalong.store.books.links import IssuedLink
from passalong.store.books.visits import Visit

CARRIERS = 1 + rollups.TREE_STEPS
"""The sharer and two ancestors: the people between whom credit is split, too."""


def thanked(work: Slice, event: Event, fact: LinkThanked) -> None:
    """Fold a thank-you; its visit may still be to come."""
    visit = work.visits.find(fact.visit_id)
    if fact.refused is not None:
        event_lines.of_thanks(work, event.at_ms, fact, fact.refused)
    elif visit is None:
        work.thanks.put_early(fact.visit_id, fact.share_id)
    else:
        count_thanks(work, visit, fact.share_id, event.at_ms)


def count_thanks(work: Slice, visit: Visit, share_id: str, at_ms: int) -> None:
    """Count the thanks of a visit that counts, and list them; refused thanks are listed with their reason."""
    refused = _refusal(work, visit, share_id)
    event_lines.of_thanks(work, at_ms, LinkThanked(share_id, visit.visit_id), refused)
    if refused is not None:
        return
    for link in _carriers(work, visit):
        rollups.count_thanks(work, link, visit)
    announcements.thanks(work, at_ms, visit)


def _refusal(work: Slice, visit: Visit, share_id: str) -> str | None:
    """Return why thanks count for nobody: their visit does not, they are for another link, or for oneself."""
    if visit.share_id != share_id:
        return Reason.ID_CONFLICT
    return visit.refused or (Reason.OWN_LINK if is_own(work, visit) else None)


def _carriers(work: Slice, visit: Visit) -> list[IssuedLink]:
    """Return the links by which the visit came, one for each person, without the visitor's own."""
    first: dict[str, IssuedLink] = {}
    for link in work.links.path(visit.share_id):
        first.setdefault(link.advocate_id, link)
    buyer = Buyer(visit.visitor_id)
    carriers = islice(first.values(), CARRIERS)
    return [link for link in carriers if work.identities.own(buyer, link.advocate_id) is not Ownership.OWN]

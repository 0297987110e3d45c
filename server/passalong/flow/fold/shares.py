"""Fold shares."""

from passalong.core.facts import Event, LinkShared
from passalong.core.identity import advocate_key
from passalong.flow.fold import announcements, rollups
from passalong.flow.fold.persons import rejoined
from passalong.flow.fold.slice import Slice


def shared(work: Slice, event: Event, fact: LinkShared) -> None:
    """Fold a share: count the link's first use, which may also link a visitor to an advocate."""
    link = work.links.find(fact.share_id)
    if link is None or fact.refused is not None:
        return
    rollups.count_sent(work, link, fact.to, event.at_ms)
    announcements.share(work, event, link, fact.to)
    if rollups.use_link(work, link, event.at_ms):
        rejoined(work, event, [advocate_key(link.advocate_id)])

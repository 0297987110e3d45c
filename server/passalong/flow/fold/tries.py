"""Fold facts of try mode: into a table of their own, and into no book that a sum is made from."""

from passalong.core.facts import Event
from passalong.core.tries.facts import TriesDeleted, TryReported
from passalong.flow.fold.slice import Slice


def reported(work: Slice, event: Event, fact: TryReported) -> None:
    """Keep an event of try mode for the console to show."""
    work.tries.add(
        {
            "seq": work.seq,
            "tried": fact.tried,
            "at_ms": event.at_ms,
            "share_id": fact.share_id,
            "page_url": fact.page_url,
            "target": fact.to,
            "goal": fact.goal,
            "refused": fact.refused,
        }
    )


def deleted(work: Slice, _: Event, __: TriesDeleted) -> None:
    """Delete every event of try mode until now."""
    work.tries.clear()

"""Erased people stay erased: erasures that came after a backup are done again on what is restored."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from passalong.core.facts import Event
from passalong.core.identity_facts import PersonErased
from passalong.flow.erasure import forget_answers
from passalong.flow.ingest.recorder import Recorder
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.people import erasure
from passalong.store.schema.advocates import advocates
from passalong.store.schema.event_log import events


class Erasure(Struct, frozen=True):
    """One person's erasure: the fact as it was recorded, and the person's ids."""

    event: Event
    ids: tuple[str, ...]


def erasures_of(session: Session) -> list[Erasure]:
    """Return every erasure that a database knows."""
    if not inspect(session.connection()).has_table(events.name):
        return []
    rows = session.execute(
        select(events.c.site_id, events.c.source, events.c.event_id).where(events.c.kind == "erased")
    ).all()
    every = (event_log.find_event(session, row.site_id, row.source, row.event_id) for row in rows)
    return [Erasure(event, event.fact.advocates) for event in every if event and isinstance(event.fact, PersonErased)]


def erase_again(db: Database, clock: Clock, erasures: Sequence[Erasure]) -> list[tuple[str, list[str]]]:
    """Erase in a restored database whoever was erased since its backup.

    Returns site and addresses of each person, for what lies elsewhere.
    """
    lines = []
    recorder = Recorder(db, clock)
    for each_erasure in erasures:
        site_id = each_erasure.event.site_id
        with db.reading() as session:
            remaining = _not_erased(session, site_id, each_erasure.ids)
        if not remaining:
            continue
        recorder.record([each_erasure.event])
        forget_answers(db, clock, site_id, each_erasure.ids)
        with writing(db) as session:
            written_to = erasure.erase(session, site_id, each_erasure.ids)
            choices = erasure.Choices(stopped_at_ms=each_erasure.event.at_ms, erased_at_ms=each_erasure.event.at_ms)
            erasure.choose(session, site_id, remaining, choices)
        lines.append((site_id, written_to))
    recorder.close()
    if lines:
        db.tidy()
    return lines


def _not_erased(session: Session, site_id: str, ids: Sequence[str]) -> list[str]:
    conditions = (advocates.c.site_id == site_id, advocates.c.advocate_id.in_(ids))
    there = session.scalars(select(advocates.c.advocate_id).where(*conditions))
    return [advocate_id for advocate_id in there if erasure.erased_at_ms(session, site_id, advocate_id) is None]

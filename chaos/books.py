"""The audit: compare the sender's acknowledgements with the database, and the database with its own replay."""

from dataclasses import dataclass

from sqlalchemy import func, select

from chaos.place import SITE
from chaos.sending import Sender
from passalong.core.ledger.entries import ISSUED
from passalong.core.money import MICROS
from passalong.flow.replay.replay import compare
from passalong.store.engine import Database
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.journal import balances
from passalong.store.schema.receipts import receipts
from passalong.store.schema.visits import visits
from tables import make_tables

POINTS_EACH = 10


@dataclass(frozen=True)
class Audit:
    """The numbers of `lost` and `double` facts, and `problems` with everything else that differs."""

    acked: int
    recorded: int
    lost: int
    double: int
    problems: list[str]

    @property
    def is_good(self) -> bool:
        """Return True if nothing is lost or double and everything adds up."""
        return not (self.lost or self.double or self.problems)


def audit(database_url: str, *senders: Sender) -> Audit:
    """Audit after the fold. A fact that was never acknowledged may be there, but only once."""
    db = Database(database_url)
    try:
        return _audit(db, senders)
    finally:
        db.close()


def _audit(db: Database, senders: tuple[Sender, ...]) -> Audit:
    with db.reading() as session:
        rows = session.scalars(select(events.c.event_id).where(events.c.site_id == SITE)).all()
        folded = session.scalars(select(numbered.c.event_id).where(numbered.c.site_id == SITE)).all()
        told = session.scalar(
            select(func.count(receipts.c.subject.distinct())).where(receipts.c.subject.like("visit:%"))
        )
        people = session.scalar(select(func.count(visits.c.visitor_id.distinct())))
        issued = session.scalar(select(balances.c.amount_micros).where(balances.c.account == ISSUED))
    problems = []
    if told != len(rows):
        problems.append(f"{len(rows)} visits have {told} receipts")
    if -(issued or 0) != (people or 0) * POINTS_EACH * MICROS:
        problems.append(f"{people} people brought {-(issued or 0) / MICROS} points")
    stands, replayed = compare(db, SITE, make_tables)
    if stands != replayed:
        problems.append("a replay gives another journal")
    recorded = set(rows)
    acked = {note_id for sender in senders for note_id in sender.acked}
    twice = sum(count > 1 for sender in senders for count in sender.new.values())
    double = len(rows) - len(recorded) + len(folded) - len(set(folded)) + twice
    if set(folded) != recorded:
        problems.append(f"{len(recorded ^ set(folded))} facts are recorded and not folded, or the other way round")
    return Audit(len(acked), len(rows), len(acked - recorded), double, problems)


def lost(database_url: str, sender: Sender) -> int:
    """Return the number of acknowledged facts that are missing."""
    db = Database(database_url)
    with db.reading() as session:
        recorded = set(session.scalars(select(events.c.event_id).where(events.c.site_id == SITE)))
    db.close()
    return len(sender.acked.keys() - recorded)

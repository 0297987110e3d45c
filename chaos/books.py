"""The audit: what the sender was told against what the database has, and the database against a replay of itself."""

from dataclasses import dataclass

from sqlalchemy import func, select

from chaos.place import SITE
from chaos.sending import Sender
from passalong import migrate
from passalong.core.ledger import ISSUED
from passalong.core.money import MICROS
from passalong.flow.replay import compare
from passalong.store.engine import Database
from passalong.store.read_models import balances, visits
from passalong.store.tables import events, numbered, receipts

POINTS_EACH = 10


@dataclass(frozen=True)
class Audit:
    """`lost` and `double` are numbers of facts; `problems` is what else does not add up."""

    acked: int
    recorded: int
    lost: int
    double: int
    problems: list[str]

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing double, everything adds up."""
        return not (self.lost or self.double or self.problems)


def audit(database_url: str, *senders: Sender) -> Audit:
    """After everything is folded. A fact that was never acknowledged may be there or not, but once."""
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
    stands, replayed = compare(db, SITE, migrate.upgrade)
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
    """Only how many acknowledged facts are not there."""
    db = Database(database_url)
    with db.reading() as session:
        recorded = set(session.scalars(select(events.c.event_id).where(events.c.site_id == SITE)))
    db.close()
    return len(sender.acked.keys() - recorded)

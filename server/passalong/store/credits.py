"""Credits: what one conversion pays to one recipient, as it stands. The portal's lines are these."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert
from passalong.store.read_models import credits


class Credit(Struct, frozen=True):
    """One recipient's part of one conversion: `earned_micros` before, `amount_micros` after what was taken back."""

    site_id: str
    conversion_id: str
    recipient: str
    unit: str
    line_id: str
    subject: str
    share_id: str | None
    goal: str
    level: int
    at_ms: int
    amount_micros: int
    earned_micros: int
    taken_at_ms: int | None
    release_at_ms: int | None
    ready: bool

    @property
    def taken_micros(self) -> int:
        """What was taken back."""
        return self.earned_micros - self.amount_micros


def credits_of(session: Session, site_id: str, conversion_id: str) -> dict[tuple[str, str], Credit]:
    """The conversion's credits by (recipient, unit)."""
    rows = session.execute(
        select(credits).where(credits.c.site_id == site_id, credits.c.conversion_id == conversion_id)
    )
    return {(row.recipient, row.unit): Credit(**row._mapping) for row in rows}


def put_credit(session: Session, credit: Credit) -> None:
    """Write a credit as it stands now."""
    values = structs.asdict(credit)
    key = ["site_id", "conversion_id", "recipient", "unit"]
    changes = {name: value for name, value in values.items() if name not in key}
    statement = insert(session, credits).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))


def make_ready(session: Session, site_id: str, conversion_id: str) -> None:
    """Mark that the hold of the conversion has ended."""
    session.execute(
        update(credits).where(credits.c.site_id == site_id, credits.c.conversion_id == conversion_id).values(ready=True)
    )


def conversions_crediting(session: Session, site_id: str, recipients: Iterable[str]) -> set[str]:
    """The ids of the conversions that name any of these recipients."""
    found = select(credits.c.conversion_id).where(
        credits.c.site_id == site_id, credits.c.recipient.in_(sorted(recipients))
    )
    return set(session.scalars(found))

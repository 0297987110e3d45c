"""Credits: what one conversion pays to one recipient, as it stands. The portal's lines are these."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.read_models import credits


class Credit(Struct, frozen=True):
    """One recipient's part of one conversion: `earned_micros` before, `amount_micros` after what was taken back.

    `direct_micros` is the part of it for people whom the recipient brought themselves: pools are shared out by it.
    """

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
    direct_micros: int = 0

    @property
    def taken_micros(self) -> int:
        """What was taken back."""
        return self.earned_micros - self.amount_micros


class CreditBook:
    """The credits of one site, as one slice of work has read and changed them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._by_conversion: dict[str, dict[tuple[str, str], Credit]] = {}
        self._changed: set[tuple[str, str, str]] = set()

    def prime(self, conversion_ids: Iterable[str]) -> None:
        """Read the credits of these conversions at once."""
        asked = sorted({one for one in conversion_ids if one not in self._by_conversion})
        self._by_conversion |= {conversion_id: {} for conversion_id in asked}
        if asked:
            statement = select(credits).where(credits.c.site_id == self._site_id, credits.c.conversion_id.in_(asked))
            for row in self._session.execute(statement):
                self._by_conversion[row.conversion_id][(row.recipient, row.unit)] = Credit(**row._mapping)

    def of(self, conversion_id: str) -> dict[tuple[str, str], Credit]:
        """The conversion's credits by (recipient, unit)."""
        self.prime([conversion_id])
        return dict(self._by_conversion[conversion_id])

    def put(self, credit: Credit) -> None:
        """Keep a credit as it stands now."""
        self.prime([credit.conversion_id])
        self._by_conversion[credit.conversion_id][(credit.recipient, credit.unit)] = credit
        self._changed.add((credit.conversion_id, credit.recipient, credit.unit))

    def conversions_crediting(self, recipients: Iterable[str]) -> set[str]:
        """The ids of the conversions that name any of these recipients."""
        self.flush()
        found = select(credits.c.conversion_id).where(
            credits.c.site_id == self._site_id, credits.c.recipient.in_(sorted(recipients))
        )
        return set(self._session.scalars(found))

    def flush(self) -> None:
        """Write what was changed."""
        rows = [
            structs.asdict(self._by_conversion[conversion_id][(recipient, unit)])
            for conversion_id, recipient, unit in sorted(self._changed)
        ]
        bulk.upsert(self._session, credits, rows)
        self._changed.clear()


def subject_of_line(session: Session, site_id: str, line_id: str) -> str | None:
    """What a line of somebody's credit is about: the subject of its receipt."""
    found: str | None = session.scalar(
        select(credits.c.subject).where(credits.c.site_id == site_id, credits.c.line_id == line_id).limit(1)
    )
    return found

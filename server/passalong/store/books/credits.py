"""Credits: what one conversion pays to one recipient now. They are the portal's lines."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from passalong.core.attribution.journey import NOBODYS
from passalong.core.ledger.line_kinds import LineKind, kind_of
from passalong.store.books.book import Book
from passalong.store.schema.credits import credits

_OF_CONVERSIONS = select(credits).where(
    credits.c.site_id == bindparam("of_site"), credits.c.conversion_id.in_(bindparam("ids", expanding=True))
)


class Credit(Struct, frozen=True):
    """One recipient's part of one conversion: `earned_micros` before, `amount_micros` after what was taken back.

    `direct_micros` is the part for people whom the recipient brought directly: pools are shared out by it. While
    `on_hold` it waits for a person's decision, whatever its release time.
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
    on_hold: bool = False

    @property
    def taken_micros(self) -> int:
        """The amount that was taken back."""
        return self.earned_micros - self.amount_micros

    @property
    def is_gone(self) -> bool:
        """True for a line that earns nothing any more: what it was for is shared out otherwise."""
        return self.earned_micros == 0 and self.amount_micros == 0

    @property
    def kind(self) -> LineKind:
        """The kind of the line."""
        return kind_of(self.subject, self.goal, self.level)


class CreditBook(Book[Credit]):
    """The credits of one site, as one slice has read and changed them."""

    table = credits
    struct = Credit

    def __init__(self, session: Session, site_id: str):
        super().__init__(session, site_id)
        self._by_conversion: dict[str, dict[tuple[str, str], Credit]] = {}

    def _index(self, row: Credit) -> None:
        self._by_conversion.setdefault(row.conversion_id, {})[row.recipient, row.unit] = row

    def prime(self, conversion_ids: Iterable[str]) -> None:
        """Read the credits of these conversions at once."""
        missing = sorted(
            {conversion_id for conversion_id in conversion_ids if conversion_id not in self._by_conversion}
        )
        self._by_conversion |= {conversion_id: {} for conversion_id in missing}
        if missing:
            self._read_all(_OF_CONVERSIONS, {"of_site": self._site_id, "ids": missing})

    def of(self, conversion_id: str) -> dict[tuple[str, str], Credit]:
        """Return the conversion's credits by (recipient, unit)."""
        if conversion_id not in self._by_conversion:
            self.prime([conversion_id])
        return dict(self._by_conversion[conversion_id])

    def put(self, row: Credit) -> Credit:
        """Store a credit's new state."""
        if row.conversion_id not in self._by_conversion:
            self.prime([row.conversion_id])
        return super().put(row)

    def conversions_crediting(self, recipients: Iterable[str]) -> set[str]:
        """Return the ids of the conversions that credit any of these recipients."""
        self.flush()
        statement = select(credits.c.conversion_id).where(
            credits.c.site_id == self._site_id, credits.c.recipient.in_(sorted(recipients))
        )
        return set(self._session.scalars(statement))

    def recipients(self) -> set[str]:
        """Return everybody who is credited by what was read."""
        return {recipient for entries in self._by_conversion.values() for recipient, _ in entries} - {*NOBODYS}


def subject_of_line(session: Session, site_id: str, line_id: str) -> str | None:
    """Return the subject of the receipt behind a line of credit."""
    subject: str | None = session.scalar(
        select(credits.c.subject).where(credits.c.site_id == site_id, credits.c.line_id == line_id).limit(1)
    )
    return subject

"""Lines of the console's event list: one for each event, changed when its result changes, and whom it is about."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.schema.inspection import event_people, inspected

UNSHARED = "unshared"
"""The state of what came without a shared link: not refused, just not about sharing."""


class EventLine(Struct, frozen=True):
    """One event: `detail` is a page path, an order or what else it was about; `value` what was reported, `amount` what
    it pays."""

    subject: str
    at_ms: int
    kind: str
    status: str
    detail: str
    reason: str | None = None
    unit: str | None = None
    amount_micros: int | None = None
    value_unit: str | None = None
    value_micros: int | None = None
    page_hash: str | None = None
    shown: bool = True


class EventLineBook:
    """The lines of one slice of one site; they are only written.

    Not a `Book`: nothing is read back, and each line also writes the people whom it is about.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._lines: dict[str, EventLine] = {}
        self._people: set[tuple[str, int, str]] = set()

    def put(self, line: EventLine, advocate_ids: Iterable[str] = ()) -> None:
        """Write a line, and name the advocates whom it is about."""
        self._lines[line.subject] = line
        self._people |= {(advocate_id, line.at_ms, line.subject) for advocate_id in advocate_ids}

    def flush(self) -> None:
        """Write the lines."""
        rows = [{"site_id": self._site_id, **structs.asdict(self._lines[key])} for key in sorted(self._lines)]
        bulk.upsert(self._session, inspected, rows)
        people = [
            {"site_id": self._site_id, "advocate_id": advocate_id, "at_ms": at_ms, "subject": subject}
            for advocate_id, at_ms, subject in sorted(self._people)
        ]
        bulk.insert_missing(self._session, event_people, people)
        self._lines.clear()
        self._people.clear()

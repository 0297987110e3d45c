"""The journal: balanced transactions, appended and never changed, with the balances they add up to."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.core.ledger import Line
from passalong.store import bulk
from passalong.store.read_models import balances
from passalong.store.tables import journal


def all_balances(session: Session, site_id: str) -> dict[tuple[str, str], int]:
    """Every balance that is not zero, by (account, unit)."""
    rows = session.execute(select(balances).where(balances.c.site_id == site_id, balances.c.amount_micros != 0))
    return {(row.account, row.unit): row.amount_micros for row in rows}


def lines_of(
    session: Session, site_id: str, subject: str, accounts: Iterable[str]
) -> list[tuple[int, int, str, str, int]]:
    """The lines of one subject on these accounts: (tx, at_ms, account, unit, amount_micros), oldest first."""
    rows = session.execute(
        select(journal)
        .where(journal.c.site_id == site_id, journal.c.subject == subject, journal.c.account.in_(sorted(set(accounts))))
        .order_by(journal.c.tx, journal.c.line)
    )
    return [(row.tx, row.at_ms, row.account, row.unit, row.amount_micros) for row in rows]


class JournalBook:
    """Transactions that one slice of work appends; `last_tx` is the site's last number."""

    def __init__(self, session: Session, site_id: str, last_tx: int):
        self._session = session
        self._site_id = site_id
        self._new: list[dict[str, Any]] = []
        self.last_tx = last_tx

    def post(self, seq: int, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
        """Append one balanced transaction (core.ledger.balanced)."""
        self.last_tx += 1
        for number, line in enumerate(lines, start=1):
            self._new.append(
                {
                    "site_id": self._site_id,
                    "tx": self.last_tx,
                    "line": number,
                    "seq": seq,
                    "subject": subject,
                    "account": line.account,
                    "unit": line.unit,
                    "amount_micros": line.amount_micros,
                    "at_ms": at_ms,
                }
            )

    def first_of(self, subject: str) -> list[Line]:
        """The lines of the first transaction of a subject, in their order."""
        self.flush()
        own = (journal.c.site_id == self._site_id, journal.c.subject == subject)
        first = select(func.min(journal.c.tx)).where(*own).scalar_subquery()
        columns = (journal.c.account, journal.c.unit, journal.c.amount_micros)
        rows = self._session.execute(select(*columns).where(*own, journal.c.tx == first).order_by(journal.c.line))
        return [Line(*row) for row in rows]

    def flush(self) -> None:
        """Write what was appended."""
        bulk.insert_all(self._session, journal, self._new)
        self._new.clear()


class BalanceBook:
    """Balances as one slice of work has read them and added to them; Counters write what was added."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._read: dict[tuple[str, str], int] = {}
        self._known: set[str] = set()
        self._added: dict[tuple[str, str], int] = {}

    def prime(self, accounts: Iterable[str]) -> None:
        """Read the balances of these accounts at once."""
        asked = sorted(set(accounts) - self._known)
        self._known.update(asked)
        if asked:
            statement = select(balances).where(balances.c.site_id == self._site_id, balances.c.account.in_(asked))
            for row in self._session.execute(statement):
                self._read[row.account, row.unit] = row.amount_micros

    def of(self, account: str, unit: str) -> int:
        """The balance as it stands, with what this slice has posted."""
        self.prime([account])
        return self._read.get((account, unit), 0) + self._added.get((account, unit), 0)

    def starting(self, prefix: str) -> dict[tuple[str, str], int]:
        """The balances of every account that starts so, zeros among them, by (account, unit) in order."""
        known = select(balances.c.account).where(
            balances.c.site_id == self._site_id, balances.c.account.startswith(prefix, autoescape=True)
        )
        names = {*self._session.scalars(known), *(name for name, _ in self._added if name.startswith(prefix))}
        self.prime(names)
        keys = {key for key in (*self._read, *self._added) if key[0] in names}
        return {key: self.of(*key) for key in sorted(keys)}

    def add(self, lines: Iterable[Line]) -> None:
        """Take in lines that are posted."""
        for line in lines:
            key = (line.account, line.unit)
            self._added[key] = self._added.get(key, 0) + line.amount_micros

"""The journal: balanced transactions, appended and never changed, and their balances."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from passalong.core.ledger.entries import Line
from passalong.store import bulk
from passalong.store.schema.journal import balances, journal

_BALANCES = select(balances.c.account, balances.c.unit, balances.c.amount_micros).where(
    balances.c.site_id == bindparam("of_site"), balances.c.account.in_(bindparam("accounts", expanding=True))
)


_COLUMNS = ("site_id", "tx", "line", "seq", "subject", "account", "unit", "amount_micros", "at_ms")


def all_balances(session: Session, site_id: str) -> dict[tuple[str, str], int]:
    """Return every balance that is not zero, by (account, unit)."""
    rows = session.execute(select(balances).where(balances.c.site_id == site_id, balances.c.amount_micros != 0))
    return {(row.account, row.unit): row.amount_micros for row in rows}


def lines_of(
    session: Session, site_id: str, subject: str, accounts: Iterable[str]
) -> list[tuple[int, int, str, str, int]]:
    """Return the lines of one subject on these accounts: (tx, at_ms, account, unit, amount_micros), oldest first."""
    rows = session.execute(
        select(journal)
        .where(journal.c.site_id == site_id, journal.c.subject == subject, journal.c.account.in_(sorted(set(accounts))))
        .order_by(journal.c.tx, journal.c.line)
    )
    return [(row.tx, row.at_ms, row.account, row.unit, row.amount_micros) for row in rows]


class JournalBook:
    """The transactions that one slice appends; `last_tx` is the site's last number.

    Not a `Book`: lines are numbered as they come, and only the first transaction of a subject is ever read back.
    """

    def __init__(self, session: Session, site_id: str, last_tx: int):
        self._session = session
        self._site_id = site_id
        self._new: list[tuple[Any, ...]] = []
        self.last_tx = last_tx

    def post(self, seq: int, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
        """Append one balanced transaction (core.ledger.entries.balanced)."""
        self.last_tx += 1
        for number, line in enumerate(lines, start=1):
            of_line = (line.account, line.unit, line.amount_micros, at_ms)
            self._new.append((self._site_id, self.last_tx, number, seq, subject, *of_line))

    def first_of(self, subject: str) -> list[Line]:
        """Return the lines of the first transaction of a subject, in order."""
        self.flush()
        own = (journal.c.site_id == self._site_id, journal.c.subject == subject)
        first = select(func.min(journal.c.tx)).where(*own).scalar_subquery()
        columns = (journal.c.account, journal.c.unit, journal.c.amount_micros)
        rows = self._session.execute(select(*columns).where(*own, journal.c.tx == first).order_by(journal.c.line))
        return [Line(*row) for row in rows]

    def flush(self) -> None:
        """Write the appended transactions."""
        bulk.insert_values(self._session, journal, _COLUMNS, self._new)
        self._new.clear()


class BalanceBook:
    """Balances as one slice has read them and added to them.

    Not a `Book`: a row is added to and not replaced.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._read: dict[tuple[str, str], int] = {}
        self._known: set[str] = set()
        self._new: dict[tuple[str, str], int] = {}
        """The additions that are not written yet."""

    def prime(self, accounts: Iterable[str]) -> None:
        """Read the balances of these accounts at once."""
        missing = sorted(set(accounts) - self._known)
        self._known.update(missing)
        if missing:
            rows = self._session.execute(_BALANCES, {"of_site": self._site_id, "accounts": missing})
            self._read |= {(account, unit): micros for account, unit, micros in rows}

    def of(self, account: str, unit: str) -> int:
        """Return the balance, with what this slice has posted."""
        if account not in self._known:
            self.prime([account])
        key = (account, unit)
        return self._read.get(key, 0) + self._new.get(key, 0)

    def between(self, first: str, last: str) -> dict[tuple[str, str], int]:
        """Return the balances of the accounts from `first` to `last`, with zeros, by (account, unit) in order."""
        statement = select(balances.c.account).where(
            balances.c.site_id == self._site_id, balances.c.account.between(first, last)
        )
        names = {*self._session.scalars(statement), *(name for name, _ in self._new if first <= name <= last)}
        self.prime(names)
        keys = {key for key in (*self._read, *self._new) if key[0] in names}
        return {key: self.of(*key) for key in sorted(keys)}

    def add(self, lines: Iterable[Line]) -> None:
        """Add posted lines."""
        for line in lines:
            key = (line.account, line.unit)
            self._new[key] = self._new.get(key, 0) + line.amount_micros

    def flush(self) -> None:
        """Write the additions."""
        bulk.add_amounts(self._session, balances, {(self._site_id, *key): added for key, added in self._new.items()})
        for key, added in self._new.items():
            if key[0] in self._known:
                self._read[key] = self._read.get(key, 0) + added
        self._new.clear()

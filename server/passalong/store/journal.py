"""The journal: balanced transactions, appended and never changed, with the balances they add up to."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from passalong.core.ledger import Line
from passalong.store.engine import add_to
from passalong.store.read_models import balances
from passalong.store.tables import journal


def post(session: Session, site_id: str, tx: int, seq: int, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
    """Append one balanced transaction (core.ledger.balanced) and add it to the balances."""
    session.execute(
        insert(journal),
        [
            {
                "site_id": site_id,
                "tx": tx,
                "line": number,
                "seq": seq,
                "subject": subject,
                "account": line.account,
                "unit": line.unit,
                "amount_micros": line.amount_micros,
                "at_ms": at_ms,
            }
            for number, line in enumerate(lines, start=1)
        ],
    )
    for line in sorted(lines, key=lambda line: (line.account, line.unit)):
        key = {"site_id": site_id, "account": line.account, "unit": line.unit}
        add_to(session, balances, key, amount_micros=line.amount_micros)


def all_balances(session: Session, site_id: str) -> dict[tuple[str, str], int]:
    """Every balance that is not zero, by (account, unit)."""
    rows = session.execute(select(balances).where(balances.c.site_id == site_id, balances.c.amount_micros != 0))
    return {(row.account, row.unit): row.amount_micros for row in rows}


def lines_of(session: Session, site_id: str, subject: str, account_prefix: str) -> list[tuple[int, str, str, int]]:
    """The lines of one subject on accounts that start so: (at_ms, account, unit, amount_micros), oldest first."""
    rows = session.execute(
        select(journal)
        .where(
            journal.c.site_id == site_id,
            journal.c.subject == subject,
            journal.c.account.startswith(account_prefix, autoescape=True),
        )
        .order_by(journal.c.tx, journal.c.line)
    )
    return [(row.at_ms, row.account, row.unit, row.amount_micros) for row in rows]

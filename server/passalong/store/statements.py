"""Making an advocate's statement: their sealed lines, each with its proof, and nobody else's."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, or_, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.identity import advocate_key
from passalong.core.merkle import inclusion
from passalong.core.seals import COLUMNS, JournalLine, leaf_fields, salts
from passalong.core.statement import FORMAT, AccountSum, OpenedTime, Statement, StatementLine
from passalong.store import heads
from passalong.store.heads import Sealed
from passalong.store.identities import PersonBook
from passalong.store.lines import is_few
from passalong.store.read_models import balances, credits
from passalong.store.sites import Site
from passalong.store.tables import advocates, journal
from passalong.store.tree import TreeReader, secret_of


def statement_of(
    session: Session, site: Site, advocate_id: str, public_keys: dict[str, bytes], now_ms: int
) -> Statement | None:
    """Everything of theirs up to the newest head; None before the first head, or when its key is not ours any more."""
    sealed, secret = heads.newest(session, site.site_id), secret_of(session, site.site_id)
    if sealed is None or secret is None or sealed.head.key not in public_keys:
        return None
    accounts = _accounts(session, site.site_id, advocate_id)
    rows = _lines(session, site.site_id, accounts)
    known = _Known(session, site.site_id, secret, sealed, _credits(session, site.site_id, rows))
    lines = tuple(sorted((known.line(row) for row in rows if _is_under(row, sealed)), key=lambda line: line.index))
    return Statement(
        format=FORMAT,
        site_name=site.name,
        advocate=advocate_id,
        made_at_ms=now_ms,
        public_key=public_keys[sealed.head.key].hex(),
        head=sealed.head,
        columns=COLUMNS,
        lines=lines,
        sums=_sums(lines),
        unsealed=len(rows) - len(lines),
    )


def site_of_advocate(session: Session, advocate_id: str) -> Sequence[str]:
    """The keys of the sites that know this advocate: one, or none."""
    return session.scalars(select(advocates.c.site_id).where(advocates.c.advocate_id == advocate_id)).all()


def _accounts(session: Session, site_id: str, advocate_id: str) -> list[str]:
    """Every account of this person, under any id that they had before they turned out to be one person."""
    keys = {*PersonBook(session, site_id).members(advocate_key(advocate_id)), advocate_key(advocate_id)}
    ids = sorted(key[2:] for key in keys if key.startswith("a:"))
    named = or_(
        *(balances.c.account.startswith(f"advocate:{one}:", autoescape=True) for one in ids),
        balances.c.account.in_([f"clawback:{one}" for one in ids]),
    )
    found = select(balances.c.account).where(balances.c.site_id == site_id, named).distinct()
    return sorted(session.scalars(found))


def _lines(session: Session, site_id: str, accounts: Sequence[str]) -> list[JournalLine]:
    columns = [journal.c[field] for field in JournalLine.__struct_fields__]
    statement = select(*columns).where(journal.c.site_id == site_id, journal.c.account.in_(accounts))
    return [JournalLine(*row) for row in session.execute(statement.order_by(journal.c.tx, journal.c.line))]


def _is_under(row: JournalLine, sealed: Sealed) -> bool:
    return (row.tx, row.line) <= (sealed.tx, sealed.line)


class _Credit(Struct, frozen=True):
    """What the portal says of the credit that a line is about."""

    line_id: str
    few: bool


def _credits(session: Session, site_id: str, rows: Sequence[JournalLine]) -> dict[tuple[str, str], _Credit]:
    """By (recipient, subject): the page that explains the line, and whether few people came by that link."""
    keys = sorted({(row.account.split(":")[1], row.subject) for row in rows})
    found: list[Row[Any, Any, Any, Any]] = []
    for start in range(0, len(keys), 500):
        columns = (credits.c.recipient, credits.c.subject, credits.c.line_id, credits.c.share_id)
        asked = tuple_(credits.c.recipient, credits.c.subject).in_(keys[start : start + 500])
        found += session.execute(select(*columns).where(credits.c.site_id == site_id, asked)).all()
    few = is_few(session, site_id, [row.share_id for row in found])
    return {(row.recipient, row.subject): _Credit(row.line_id, few.get(row.share_id, True)) for row in found}


class _Known:
    """What lines are made from."""

    def __init__(
        self, session: Session, site_id: str, secret: bytes, sealed: Sealed, credits: dict[tuple[str, str], _Credit]
    ):
        self._secret = secret
        self._size = sealed.head.size
        self._credits = credits
        self._tree = TreeReader(session, site_id, secret)

    def line(self, row: JournalLine) -> StatementLine:
        """A line with its proof."""
        index, found = self._tree.find(row.tx, row.line)
        credit = self._credits.get((row.account.split(":")[1], row.subject))
        about_a_visitor = row.subject.startswith(("visit:", "conversion:"))
        hidden = credit.few if credit else about_a_visitor
        when = None if hidden else OpenedTime(str(row.at_ms), salts(self._secret, row.tx, row.line)[0])
        return StatementLine(
            index=index,
            fields=leaf_fields(found, self._secret),
            proof=tuple(piece.hex() for piece in inclusion(index, self._size, self._tree.hash)),
            when=when,
            line_id=credit.line_id if credit else None,
        )


def _sums(lines: Sequence[StatementLine]) -> tuple[AccountSum, ...]:
    added: dict[tuple[str, str], int] = {}
    for line in lines:
        _, _, _, _, account, unit, amount, *_ = line.fields
        added[account, unit] = added.get((account, unit), 0) + int(amount)
    return tuple(AccountSum(account, unit, str(amount)) for (account, unit), amount in sorted(added.items()))

"""Making an advocate's statement: their sealed lines, each with its proof, and nobody else's.

It is made in pieces of JSON, so that a statement of any length takes little memory; a line costs the same however
many lines the site's ledger has.
"""

from collections.abc import Generator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.ledger.entries import accounts_of, owed_account
from passalong.core.ledger.line_kinds import SHARED, kind_of
from passalong.core.transparency.leaves import COLUMNS, JournalLine, canonical, leaf_fields, salts
from passalong.core.transparency.merkle import inclusion, leaf_hash
from passalong.core.transparency.statement import (
    FORMAT,
    AccountSum,
    Header,
    OpenedTime,
    Signer,
    StatementLine,
    header_text,
)
from passalong.store.few import is_few
from passalong.store.schema.advocates import advocates
from passalong.store.schema.credits import credits
from passalong.store.schema.journal import journal
from passalong.store.sites import Site
from passalong.store.transparency import heads
from passalong.store.transparency.heads import Sealed
from passalong.store.transparency.nodes import secret_of
from passalong.store.transparency.tree_reader import TreeReader

AT_ONCE = 100
"""How many lines are read and proved together: some milliseconds of work."""


class SealedLinesMissingError(Exception):
    """A hash that the proofs need is not there: sealed lines were removed or changed."""


class Made(Struct, frozen=True):
    """A statement as it is made: the size of its head, and its JSON in pieces."""

    size: int
    pieces: Generator[bytes]

    def whole(self) -> bytes:
        """All of it at once."""
        return b"".join(self.pieces)


def statement_of(session: Session, site: Site, advocate_ids: Sequence[str], signer: Signer, now_ms: int) -> Made | None:
    """The statement of a person with these ids; `mine[0]` is the one that its header names.

    It has everything up to the newest head. None before the first head, or when its key is not ours any more.
    """
    sealed, secret = heads.newest(session, site.site_id), secret_of(session, site.site_id)
    if sealed is None or secret is None or sealed.head.key not in signer.public:
        return None
    accounts = _accounts(advocate_ids)
    unsealed = _unsealed(session, site.site_id, accounts, sealed)
    header = Header(site.name, advocate_ids[0], tuple(advocate_ids), now_ms, sealed.head, unsealed)
    maker = _Maker(session, site.site_id, secret, sealed, accounts)
    return Made(sealed.head.size, _pieces(header, signer, maker))


def site_of_advocate(session: Session, advocate_id: str) -> Sequence[str]:
    """The keys of the sites that know this advocate: one, or none."""
    return session.scalars(select(advocates.c.site_id).where(advocates.c.advocate_id == advocate_id)).all()


def _pieces(header: Header, signer: Signer, maker: "_Maker") -> Generator[bytes]:
    """One row a line. What depends on the lines, the sums and the signature, comes last."""
    opening = {"format": FORMAT, **msgspec.to_builtins(header), "columns": COLUMNS}
    opening["public_key"] = signer.public[header.head.key].hex()
    yield msgspec.json.encode(opening)[:-1] + b',\n"lines":['
    named: list[tuple[int, str | None]] = []
    sums: dict[tuple[str, str], int] = {}
    for lines in _whole(maker.parts()):
        yield (b",\n" if named else b"\n") + b",\n".join(map(msgspec.json.encode, lines))
        named += [(line.index, line.line_id) for line in lines]
        _add_up(sums, lines)
    closing = {"sums": _sums(sums), "signature": signer.sign_as(header.head.key, header_text(header, named))}
    yield b"\n],\n" + msgspec.json.encode(closing)[1:] + b"\n"


def _whole(parts: Generator[list[StatementLine]]) -> Generator[list[StatementLine]]:
    try:
        yield from parts
    except KeyError:
        raise SealedLinesMissingError from None


def _accounts(advocate_ids: Sequence[str]) -> list[str]:
    """Every account of this person, under any of their ids."""
    return [name for advocate_id in advocate_ids for name in (*accounts_of(advocate_id), owed_account(advocate_id))]


def _unsealed(session: Session, site_id: str, accounts: Sequence[str], sealed: Sealed) -> int:
    """How many lines on these accounts are newer than the head."""
    statement = select(func.count()).select_from(journal).where(journal.c.site_id == site_id)
    newer = statement.where(journal.c.tx >= sealed.tx, tuple_(journal.c.tx, journal.c.line) > (sealed.tx, sealed.line))
    return session.scalar(newer.where(journal.c.account.in_(accounts))) or 0


class _Credit(Struct, frozen=True):
    """The portal's view of the credit behind a line."""

    line_id: str
    few: bool


def _credits(session: Session, site_id: str, rows: Sequence[JournalLine]) -> dict[tuple[str, str, str], _Credit]:
    """By (recipient, subject, unit): the page that explains the line, and whether few people came by that link."""
    keys = sorted({(row.account.split(":")[1], row.subject) for row in rows})
    columns = [credits.c[name] for name in ("recipient", "subject", "unit", "line_id", "share_id", "goal", "level")]
    condition = tuple_(credits.c.recipient, credits.c.subject).in_(keys)
    lines: Sequence[Row[Any]] = session.execute(select(*columns).where(credits.c.site_id == site_id, condition)).all()
    few = is_few(session, site_id, [row.share_id for row in lines])

    def hides(row: Row[Any]) -> bool:
        return kind_of(row.subject, row.goal, row.level) in SHARED and few[row.share_id]

    return {(row.recipient, row.subject, row.unit): _Credit(row.line_id, hides(row)) for row in lines}


class _Maker:
    """Makes the lines of one statement."""

    def __init__(self, session: Session, site_id: str, secret: bytes, sealed: Sealed, accounts: Sequence[str]):
        self._session = session
        self._site_id = site_id
        self._secret = secret
        self._sealed = sealed
        self._accounts = accounts
        self._tree = TreeReader(session, site_id, secret)
        self._edges: dict[int, bytes] = {}

    def parts(self) -> Generator[list[StatementLine]]:
        """All lines in the order of the tree, some at a time."""
        columns = [journal.c[field] for field in JournalLine.__struct_fields__]
        sealed = tuple_(journal.c.tx, journal.c.line) <= (self._sealed.tx, self._sealed.line)
        statement = select(*columns).where(
            journal.c.site_id == self._site_id, journal.c.account.in_(self._accounts), sealed
        )
        ordered = statement.order_by(journal.c.tx, journal.c.line)
        with self._session.execute(ordered, execution_options={"yield_per": AT_ONCE}) as result:
            for rows in result.partitions():
                yield self._lines([JournalLine(*row) for row in rows])
                self._tree.forget()

    def _lines(self, rows: Sequence[JournalLine]) -> list[StatementLine]:
        credit_of = _credits(self._session, self._site_id, rows)
        fields = [leaf_fields(row, self._secret) for row in rows]
        indexes = self._tree.indexes(rows, [leaf_hash(canonical(line_fields)) for line_fields in fields])
        return [
            self._line(row, (index, line_fields), credit_of.get((row.account.split(":")[1], row.subject, row.unit)))
            for row, index, line_fields in zip(rows, indexes, fields, strict=True)
        ]

    def _line(self, row: JournalLine, leaf: tuple[int, tuple[str, ...]], credit: _Credit | None) -> StatementLine:
        """A line with its proof."""
        index, fields = leaf
        hidden = credit.few if credit else row.subject.startswith(("visit:", "conversion:"))
        proof = inclusion(index, self._sealed.head.size, self._tree.hash, self._edges)
        return StatementLine(
            index=index,
            fields=fields,
            proof=tuple(piece.hex() for piece in proof),
            when=None if hidden else OpenedTime(str(row.at_ms), salts(self._secret, row.tx, row.line)[0]),
            line_id=credit.line_id if credit else None,
        )


def _add_up(sums: dict[tuple[str, str], int], lines: Sequence[StatementLine]) -> None:
    for line in lines:
        _, _, _, _, account, unit, amount, *_ = line.fields
        sums[account, unit] = sums.get((account, unit), 0) + int(amount)


def _sums(added: dict[tuple[str, str], int]) -> list[AccountSum]:
    return [AccountSum(account, unit, str(amount)) for (account, unit), amount in sorted(added.items())]

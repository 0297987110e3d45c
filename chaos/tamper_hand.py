"""Somebody with the whole database in their hands and no signing key: what they can do to a ledger, by chance."""

import random
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace as changed
from sqlalchemy import BigInteger, Boolean, Integer, Table, select, text
from sqlalchemy.orm import Session

from cast import a_person, anna, ben
from flow.world import SITE
from passalong.core.seals import Head
from passalong.flow import replay_check
from passalong.store import read_models, sealed, tables

WEIGHTS: dict[Table, int] = {
    tables.journal: 12,
    tables.receipts: 3,
    sealed.heads: 4,
    sealed.tree_nodes: 2,
    sealed.tree_salts: 1,
    read_models.balances: 3,
    read_models.unit_totals: 2,
    read_models.credits: 3,
    **{table: 1 for table in replay_check.MADE if table not in (tables.journal, tables.receipts)},
}
"""The tables that the ledger consists of, and how often each is picked."""

Outside = list[Head]


class Nothing(Exception):
    """This changed nothing, or the database refused it: try another."""


class Hand:
    """Somebody with the database in their hands; every choice comes from one seed."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.kinds: tuple[tuple[Callable[[Session, Outside], str], int], ...] = (
            (self.edit, 46),
            (self.delete, 12),
            (self.insert, 10),
            (self.swap, 8),
            (self.cut_off, 6),
            (self.cut_off_with_everything, 6),
            (self.move_money, 6),
            (self.edit_outside, 6),
        )

    def tamper(self, session: Session, outside: Outside) -> tuple[str, str]:
        """Do something; returns (its kind, what it was)."""
        kinds, weights = zip(*self.kinds, strict=True)
        kind = self.chance.choices(kinds, weights)[0]
        return kind.__name__.replace("_", " "), kind(session, outside)

    # --- single rows --------------------------------------------------------------------------------------------------

    def edit(self, session: Session, _outside: Outside) -> str:
        """Any field of any row."""
        table, row = self._row(session)
        field = self.chance.choice([column for column in table.columns if column.name != "site_id"])
        value = self._other(field.type, row[field.name])
        self._update(session, table, row, {field.name: value})
        return f"{table.name}.{field.name}: {row[field.name]!r} becomes {value!r}"

    def delete(self, session: Session, _outside: Outside) -> str:
        """A row is gone."""
        table, row = self._row(session)
        session.execute(table.delete().where(*self._key(table, row)))
        return f"{table.name}: {row} is gone"

    def insert(self, session: Session, _outside: Outside) -> str:
        """A row of somebody's own, like one that is there."""
        table, row = self._row(session)
        keys = [column for column in table.primary_key.columns if column.name != "site_id"]
        if not keys:
            raise Nothing
        field = self.chance.choice(keys)
        session.execute(table.insert().values(row | {field.name: self._other(field.type, row[field.name])}))
        return f"{table.name}: one more row like {row}"

    def _row(self, session: Session) -> tuple[Table, dict[str, Any]]:
        table = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
        if not rows:
            raise Nothing
        return table, dict(self.chance.choice(rows))

    def _other(self, kind: object, value: Any) -> Any:
        if isinstance(kind, Boolean):
            return not value
        if isinstance(kind, Integer | BigInteger):
            return (value or 0) + self.chance.choice((-1, 1)) * self.chance.choice((1, 2, 10, 1_000, 1_000_000))
        if not value:
            return "x"
        place = self.chance.randrange(len(value))
        letter = self.chance.choice("0123456789abcdefx:".replace(value[place], ""))
        return value[:place] + letter + value[place + 1 :]

    def _key(self, table: Table, row: dict[str, Any]) -> list[Any]:
        return [column == row[column.name] for column in table.primary_key.columns]

    def _update(self, session: Session, table: Table, row: dict[str, Any], values: dict[str, Any]) -> None:
        session.execute(table.update().where(*self._key(table, row)).values(values))

    # --- whole transactions -------------------------------------------------------------------------------------------

    def swap(self, session: Session, _outside: Outside) -> str:
        """Two lines stand in each other's place."""
        journal = tables.journal
        rows = session.execute(select(journal).order_by(journal.c.tx, journal.c.line)).mappings().all()
        one, other = (dict(row) for row in self.chance.sample(rows, 2))
        content = [column.name for column in journal.columns if column.name not in ("site_id", "tx", "line")]
        if all(one[name] == other[name] for name in content):
            raise Nothing
        self._update(session, journal, one, {name: other[name] for name in content})
        self._update(session, journal, other, {name: one[name] for name in content})
        return f"{one} and {other} changed places"

    def cut_off(self, session: Session, _outside: Outside) -> str:
        """The last transactions are gone."""
        last = self._last(session)
        at = self.chance.randint(max(1, last - 40), last)
        session.execute(text("DELETE FROM journal WHERE tx >= :at"), {"at": at})
        return f"the journal ends before transaction {at} of {last}"

    def cut_off_with_everything(self, session: Session, _outside: Outside) -> str:
        """The same, and every sum, number, head and subtree with it: what an old copy of the ledger would be."""
        last = self._last(session)
        lowest = session.scalar(text("SELECT max(tx) FROM heads")) or last
        at = self.chance.randint(max(1, lowest - 60), lowest)
        for table in ("journal", "heads", "tree_nodes"):
            session.execute(text(f"DELETE FROM {table} WHERE tx >= :at"), {"at": at})
        session.execute(text("UPDATE turns SET last_tx = :last"), {"last": at - 1})
        self._sum_up(session)
        return f"the ledger ends before transaction {at} of {last}, with every sum put right"

    def move_money(self, session: Session, _outside: Outside) -> str:
        """Credit goes from one person to another, and every sum with it."""
        amounts = "SELECT tx, line, account FROM journal WHERE account LIKE 'advocate:%' ORDER BY tx, line"
        tx, line, account = self.chance.choice(session.execute(text(amounts)).all())
        other = f"advocate:{self.chance.choice((anna, ben, a_person('thief'))).advocate_id(SITE)}:waiting"
        if other == account:
            raise Nothing
        session.execute(
            text("UPDATE journal SET account = :other WHERE tx = :tx AND line = :line"),
            {"other": other, "tx": tx, "line": line},
        )
        self._sum_up(session)
        return f"line {line} of transaction {tx} goes to {other}, with every sum put right"

    def _last(self, session: Session) -> int:
        return int(session.scalar(text("SELECT max(tx) FROM journal")) or 0)

    def _sum_up(self, session: Session) -> None:
        session.execute(text("DELETE FROM balances"))
        session.execute(
            text(
                "INSERT INTO balances SELECT site_id, account, unit, sum(amount_micros) FROM journal "
                "GROUP BY site_id, account, unit"
            )
        )

    # --- outside ------------------------------------------------------------------------------------------------------

    def edit_outside(self, _session: Session, outside: Outside) -> str:
        """The file outside: a field, a line gone, two lines swapped, a line twice."""
        at = self.chance.randrange(len(outside))
        how = self.chance.choice(("edit", "gone", "swapped", "twice"))
        if how == "edit":
            field = self.chance.choice(("size", "root", "at_ms", "key", "signature"))
            kind = Integer() if field in ("size", "at_ms") else None
            outside[at] = changed(outside[at], **{field: self._other(kind, getattr(outside[at], field))})
        elif how == "gone" and at < len(outside) - 1:
            del outside[at]
        elif how == "swapped" and at:
            outside[at - 1], outside[at] = outside[at], outside[at - 1]
        elif how == "twice":
            outside.insert(at, outside[at])
        else:
            raise Nothing  # without its last line the file is as it was a minute ago
        return f"the file outside: line {at} {how}"

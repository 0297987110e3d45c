"""Random changes to a ledger by an attacker with the whole database and without the signing key."""

import random
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace as changed
from sqlalchemy import BigInteger, Boolean, Integer, Table, select, text
from sqlalchemy.orm import Session

from cast import a_person, anna, ben
from flow.world import SITE
from passalong.flow.replay import compare
from passalong.flow.transparency.heads_file import Line
from passalong.store.schema import transparency
from passalong.store.schema.credits import credits, unit_totals
from passalong.store.schema.event_log import events, numbered
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.receipts import receipts
from passalong.store.schema.terms import terms

WEIGHTS: dict[Table, int] = {
    journal: 12,
    receipts: 3,
    transparency.heads: 4,
    transparency.tree_nodes: 2,
    transparency.tree_salts: 1,
    transparency.record_heads: 3,
    events: 8,
    numbered: 2,
    terms: 3,
    balances: 3,
    unit_totals: 2,
    credits: 3,
    **{table: 1 for table in compare.MADE if table not in (journal, receipts)},
}
"""The tables that the ledger consists of, and how often each is picked."""

Outside = list[Line]


class NoEffectError(Exception):
    """The change had no effect, or the database refused it: try another."""


class Hand:
    """An attacker with the database; every choice comes from one seed."""

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
            (self.lose_outside, 4),
        )

    def tamper(self, session: Session, outside: Outside) -> tuple[str, str]:
        """Make one change; returns its kind and a description."""
        kinds, weights = zip(*self.kinds, strict=True)
        kind = self.chance.choices(kinds, weights)[0]
        return kind.__name__.replace("_", " "), kind(session, outside)

    # --- single rows --------------------------------------------------------------------------------------------------

    def edit(self, session: Session, _outside: Outside) -> str:
        """Change a field of a row."""
        table, row = self._row(session)
        field = self.chance.choice([column for column in table.columns if column.name != "site_id"])
        value = self._other(field.type, row[field.name])
        self._update(session, table, row, {field.name: value})
        return f"{table.name}.{field.name}: {row[field.name]!r} becomes {value!r}"

    def delete(self, session: Session, _outside: Outside) -> str:
        """Delete a row."""
        table, row = self._row(session)
        session.execute(table.delete().where(*self._key(table, row)))
        return f"{table.name}: {row} is gone"

    def insert(self, session: Session, _outside: Outside) -> str:
        """Insert a row that resembles an existing one."""
        table, row = self._row(session)
        if table is events:
            raise NoEffectError  # a row that nobody numbered is no fact
        keys = [column for column in table.primary_key.columns if column.name != "site_id"]
        if not keys:
            raise NoEffectError
        field = self.chance.choice(keys)
        session.execute(table.insert().values(row | {field.name: self._other(field.type, row[field.name])}))
        return f"{table.name}: one more row like {row}"

    def _row(self, session: Session) -> tuple[Table, dict[str, Any]]:
        table = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
        if not rows:
            raise NoEffectError
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
        """Swap two lines."""
        rows = session.execute(select(journal).order_by(journal.c.tx, journal.c.line)).mappings().all()
        one, other = (dict(row) for row in self.chance.sample(rows, 2))
        content = [column.name for column in journal.columns if column.name not in ("site_id", "tx", "line")]
        if all(one[name] == other[name] for name in content):
            raise NoEffectError
        self._update(session, journal, one, {name: other[name] for name in content})
        self._update(session, journal, other, {name: one[name] for name in content})
        return f"{one} and {other} changed places"

    def cut_off(self, session: Session, _outside: Outside) -> str:
        """Delete the last transactions."""
        last = self._last(session)
        at = self.chance.randint(max(1, last - 40), last)
        session.execute(text("DELETE FROM journal WHERE tx >= :at"), {"at": at})
        return f"the journal ends before transaction {at} of {last}"

    def cut_off_with_everything(self, session: Session, _outside: Outside) -> str:
        """Delete the last transactions with all their sums, numbers, heads and subtrees, as an old copy would."""
        last = self._last(session)
        lowest = session.scalar(text("SELECT max(tx) FROM heads")) or last
        at = self.chance.randint(max(1, lowest - 60), lowest)
        for table in ("journal", "heads", "tree_nodes"):
            session.execute(text(f"DELETE FROM {table} WHERE tx >= :at"), {"at": at})
        session.execute(text("UPDATE turns SET last_tx = :last"), {"last": at - 1})
        self._sum_up(session)
        return f"the ledger ends before transaction {at} of {last}, with every sum put right"

    def move_money(self, session: Session, _outside: Outside) -> str:
        """Move credit from one person to another, with every sum."""
        amounts = "SELECT tx, line, account FROM journal WHERE account LIKE 'advocate:%' ORDER BY tx, line"
        tx, line, account = self.chance.choice(session.execute(text(amounts)).all())
        other = f"advocate:{self.chance.choice((anna, ben, a_person('thief'))).advocate_id(SITE)}:waiting"
        if other == account:
            raise NoEffectError
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
        """Change the heads file: edit a field, delete, swap or repeat a line."""
        at = self.chance.randrange(len(outside))
        how, line = self.chance.choice(("edit", "gone", "swapped", "twice")), outside[at]
        if how == "edit":
            fields = [name for name in line.__struct_fields__ if name != "site" and getattr(line, name) is not None]
            field = self.chance.choice(fields)
            value = getattr(line, field)
            outside[at] = changed(line, **{field: self._other(Integer() if isinstance(value, int) else None, value)})
        elif how == "gone":
            del outside[at]
        elif how == "swapped" and (other := self._before(outside, at)) is not None:
            outside[other], outside[at] = outside[at], outside[other]
        elif how == "twice":
            outside.insert(at, line)
        else:
            raise NoEffectError
        return f"the file outside: line {at} {how}"

    def _before(self, outside: Outside, at: int) -> int | None:
        """Return the previous line of the same kind; lines of two kinds may be in any order."""
        same = [number for number in range(at) if type(outside[number]) is type(outside[at])]
        return same[-1] if same else None

    def lose_outside(self, _session: Session, outside: Outside) -> str:
        """Delete the heads file, truncate it, or replace it with another instance's."""
        how = self.chance.choice(("gone", "without its end", "another instance's"))
        keep = self.chance.randrange(len(outside)) if how == "without its end" else 0
        del outside[keep:]
        return f"the file outside: {how}"

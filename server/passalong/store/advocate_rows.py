"""Rows of an account with several advocate ids: one for each joined browser.

Pages are read a page at a time from each id, in one statement, and merged here. Asked for all ids at once (`IN`), a
database would sort everything that the person ever had.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, select, union_all
from sqlalchemy.orm import Session

Key = TypeVar("Key")
AT_ONCE = 100
"""The number of selects in one statement: SQLite takes 500."""


def of_each(session: Session, keys: Sequence[Key], statement_of: Callable[[Key], Select[Any]]) -> list[Row[Any]]:
    """Return the rows that `statement_of` selects for each key (each select has a limit), in no order across keys."""
    if len(keys) == 1:
        return list(session.execute(statement_of(keys[0])).all())
    rows: list[Row[Any]] = []
    for start in range(0, len(keys), AT_ONCE):
        some = [select(statement_of(key).subquery()) for key in keys[start : start + AT_ONCE]]
        rows += session.execute(union_all(*some)).all()
    return rows

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


def of_each(session: Session, keys: Sequence[Key], one: Callable[[Key], Select[Any]]) -> list[Row[Any]]:
    """Return the rows that `one` selects for each key (each select has a limit), in no order across keys."""
    if len(keys) == 1:
        return list(session.execute(one(keys[0])).all())
    found: list[Row[Any]] = []
    for start in range(0, len(keys), AT_ONCE):
        some = [select(one(key).subquery()) for key in keys[start : start + AT_ONCE]]
        found += session.execute(union_all(*some)).all()
    return found

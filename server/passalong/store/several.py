"""Reading for a person of several advocate ids: their browsers, once they were joined.

What is shown a page at a time is read a page at a time from each id, in one statement, and put in order here. Asked for
all ids at once (`IN`), a database would sort everything that the person ever had.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Select, select, union_all
from sqlalchemy.orm import Session

AT_ONCE = 100
"""So many selects in one statement: SQLite takes 500."""


def of_each(session: Session, mine: Sequence[str], one: Callable[[str], Select[Any]]) -> list[Row[Any]]:
    """The rows that `one` selects for each of the ids, which ends in a limit; in no order across ids."""
    if len(mine) == 1:
        return list(session.execute(one(mine[0])).all())
    found: list[Row[Any]] = []
    for start in range(0, len(mine), AT_ONCE):
        some = [select(one(advocate_id).subquery()) for advocate_id in mine[start : start + AT_ONCE]]
        found += session.execute(union_all(*some)).all()
    return found

"""Look-ups by equal values, whose statements are built once: to build one costs more than SQLite needs to run it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Column, Integer, Result, Select, Table, Update, bindparam, func, select, update
from sqlalchemy.orm import Session


def find_among(
    session: Session, site_id: str, column: Column[Any], values: Iterable[Any], wanted: tuple[Column[Any], ...] = ()
) -> Result[*tuple[Any, ...]]:
    """Return the rows of a site with one of these values in a column: all columns, unless some are wanted."""
    return session.execute(among(column, wanted), {"of_site": site_id, "values": sorted(values)})


def find_where(session: Session, site_id: str, table: Table, **values: Any) -> Result[*tuple[Any, ...]]:
    """Return the rows of a site that have these values, of which none is None, in the columns of these names."""
    return session.execute(_where(table, tuple(values)), {"of_site": site_id, **values})


def count_up_to(session: Session, site_id: str, most: int, waiting: Select[Any]) -> int:
    """Count the rows that a statement selects of `of_site`, up to `most`: every page of the console asks."""
    return session.scalar(_counted(waiting), {"of_site": site_id, "most": most}) or 0


@cache
def _counted(rows: Select[Any]) -> Select[int]:
    bounded = rows.limit(bindparam("most", type_=Integer)).subquery()
    return select(func.count()).select_from(bounded)


@cache
def among(column: Column[Any], wanted: tuple[Column[Any], ...] = ()) -> Select[Any]:
    """Select the rows of `of_site` whose column has one of `values`."""
    one_of = column.in_(bindparam("values", expanding=True))
    return select(*(wanted or (column.table,))).where(column.table.c.site_id == bindparam("of_site"), one_of)


@cache
def _where(table: Table, names: tuple[str, ...]) -> Select[Any]:
    equal = [table.c[name] == bindparam(name) for name in names]
    return select(table).where(table.c.site_id == bindparam("of_site"), *equal)


def update_of_site(session: Session, site_id: str, table: Table, **values: Any) -> None:
    """Set columns of all rows of a site: for tables with one row for each."""
    session.execute(_set(table, tuple(values)), {"of_site": site_id} | {f"new_{name}": values[name] for name in values})


@cache
def _set(table: Table, names: tuple[str, ...]) -> Update:
    values: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c.site_id == bindparam("of_site")).values(values)

"""PostgreSQL's tables in a backup: COPY of every table at one moment, and back into tables made by our migrations.

`pg_dump` would want a program as new as the server, and gives no digest of what it wrote. A backup holds our tables
alone, and the tables themselves are made by the migrations of the same revision.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, inspect

from passalong.flow.backup.manifest import TABLES
from passalong.store.engine import Database

if TYPE_CHECKING:
    from psycopg.sql import Composed

REVISIONS = "alembic_version"


class Migrations(Protocol):
    """The migrations, as the assembly knows them (passalong.migrate)."""

    def upgrade(self, db: Database, revision: str = ...) -> None:
        """Make the tables of a revision."""

    def revision_of(self, db: Database) -> str | None:
        """Return the revision of a database; None if it is empty."""

    def is_known(self, revision: str) -> bool:
        """True for a revision of this version."""

    def is_current(self, db: Database) -> bool:
        """True if a database has the newest revision."""


def names(connection: Connection) -> list[str]:
    """Return the tables of the current schema, each after those that it refers to."""
    names = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in names if name is not None and name != REVISIONS]


def copy_out(connection: Connection, folder: Path) -> dict[str, tuple[str, ...]]:
    """Write every table into `folder/tables/`; returns the columns by member. The transaction holds one moment."""
    (folder / TABLES).mkdir()
    inspector, columns = inspect(connection), {}
    for table in names(connection):
        named = tuple(column["name"] for column in inspector.get_columns(table))
        member = f"{TABLES}{table}.copy"
        columns[member] = named
        statement = _copy(table, named, "TO STDOUT")
        with (folder / member).open("wb") as file, _driver(connection).cursor().copy(statement) as pieces:
            for piece in pieces:
                file.write(piece)
    return columns


def copy_in(connection: Connection, folder: Path, columns: dict[str, tuple[str, ...]]) -> None:
    """Read the members back, in this order, into empty tables."""
    for member, named in columns.items():
        table = member.removeprefix(TABLES).removesuffix(".copy")
        statement = _copy(table, named, "FROM STDIN")
        with (folder / member).open("rb") as file, _driver(connection).cursor().copy(statement) as target:
            while piece := file.read(1 << 20):
                target.write(piece)


def _copy(table: str, columns: tuple[str, ...], where: str) -> "Composed":
    from psycopg import sql  # here: an instance on SQLite never needs it

    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + where).format(sql.Identifier(table), listed)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection

"""Migrations: upgrade a database to this version's tables, and check it. Runs under the writer's connection.

Alembic is imported where it is used: most commands, and the workers of a server, never need it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from passalong.store.engine import Database
from passalong.store.schema.advocates import BEGINS
from passalong.store.schema.columns import metadata

if TYPE_CHECKING:
    from alembic.config import Config


class NewerDatabaseError(Exception):
    """The tables were made by a newer version of Passalong."""

    def __init__(self, revision: str, newest: str):
        super().__init__(
            f"The database is of a newer Passalong (tables {revision}; this version knows those up to {newest}): "
            "run that version, or restore the backup from before its upgrade."
        )


FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x616C6F6E67
"""The key of PostgreSQL's advisory lock on migrations."""
LAST_OF_0_2 = "0006"
"""The newest revision of 0.2.0."""


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, revision: str = "head") -> None:
    """Run every missing revision, up to one; idempotent. Raises NewerDatabaseError.

    Processes that start together take turns: SQLite has one writer, PostgreSQL an advisory lock.
    """
    from alembic import command

    with db.writer.begin() as connection:
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        _known(connection)
        command.upgrade(_config(connection), revision)


def downgrade(db: Database, revision: str) -> None:
    """Downgrade to a revision; `base` is an empty database."""
    from alembic import command

    with db.writer.begin() as connection:
        command.downgrade(_config(connection), revision)


def revision_of(db: Database) -> str | None:
    """Return the revision of a database, also of a newer one; None if it is empty."""
    with db.reader.connect() as connection:  # never waits for a writer
        return _revision(connection)


def is_known(revision: str) -> bool:
    """Return True for a revision of this version."""
    return revision in revisions()


def is_of_0_2(db: Database) -> bool:
    """True for a database that 0.2.0 made, and that has had no revision since."""
    revision = revision_of(db)
    return revision is not None and revision <= LAST_OF_0_2


def is_current(db: Database) -> bool:
    """Return True if the database has the newest revision. Raises NewerDatabaseError."""
    with db.reader.connect() as connection:
        return _known(connection) == revisions()[-1]


def _known(connection: Connection) -> str | None:
    """Return the revision of the database; None if it is empty. Raises NewerDatabaseError."""
    current = _revision(connection)
    if current is not None and not is_known(current):
        raise NewerDatabaseError(current, revisions()[-1])
    return current


def _revision(connection: Connection) -> str | None:
    """Read the revision without Alembic, which takes a third of a second to load."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this version knows, oldest first: each file's name begins with its own."""
    return tuple(sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")))


def differences(db: Database) -> list[str]:
    """Return the differences between the tables in the database and in the code."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def is_compared(name: str | None, *_: object) -> bool:
        return name != BEGINS

    with db.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_compared})
        differences = compare_metadata(context, metadata)
    return [str(difference) for difference in differences]

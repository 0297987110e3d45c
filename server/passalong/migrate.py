"""Bringing a database to this version's tables, and checking that it is there. Runs under the writer's connection."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from passalong.store import people_tables, read_models, tables
from passalong.store.engine import Database
from passalong.store.schema import metadata

MODELS = (tables, people_tables, read_models)
"""Imported so that the metadata knows every table."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database) -> None:
    """Run every revision that the database has not had; nothing happens when it is up to date."""
    with db.writer.begin() as connection:
        command.upgrade(_config(connection), "head")


def downgrade(db: Database, revision: str) -> None:
    """Go back to a revision; `base` is an empty database."""
    with db.writer.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(db: Database) -> bool:
    """True when the database has had the newest revision."""
    with db.writer.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def differences(db: Database) -> list[str]:
    """What the tables in the database and in the code differ in; empty when they agree."""
    with db.writer.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    return [str(difference) for difference in found]


def new_revision(db: Database, message: str, number: str) -> None:
    """Write a revision file with what differs, to be read and finished by hand."""
    with db.writer.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)

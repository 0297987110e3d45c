"""What Alembic runs each revision with: the connection that passalong.migrate hands over."""

from alembic import context

from passalong.store import people_tables, read_models, tables
from passalong.store.schema import metadata

assert people_tables and read_models and tables  # noqa: S101 - imported so that the metadata knows every table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()

"""Alembic environment: run each revision with the connection that passalong.migrate passes."""

from alembic import context

from passalong.store.schema.columns import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()

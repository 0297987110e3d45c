"""How the database came to be: Alembic's revisions, shipped inside the package."""

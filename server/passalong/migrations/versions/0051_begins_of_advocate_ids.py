"""People by how their id begins, by an index of PostgreSQL: the primary key sorts by the language of the database."""

from alembic import op
from sqlalchemy import text

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

NAME = "ix_advocates_begins"


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(NAME, "advocates", ["site_id", text('advocate_id COLLATE "C"')])


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(NAME, table_name="advocates")

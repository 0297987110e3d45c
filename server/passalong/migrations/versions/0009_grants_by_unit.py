"""Grants name the unit and the version of the terms that they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = ("site_id", "conversion_id", "recipient", "event_id")


def upgrade() -> None:
    """Forward: grants from before stand for every unit and every version."""
    _rebuild(
        sa.Column("unit", sa.String(8), server_default="", nullable=False),
        sa.Column("terms_version", sa.BigInteger(), autoincrement=False, server_default="0", nullable=False),
    )


def downgrade() -> None:
    """Back: what was granted of a conversion by one decision is one row again."""
    _rebuild()


def _rebuild(*more: sa.Column[str] | sa.Column[int]) -> None:
    """Make the table anew, with its key over `more` columns, which SQLite cannot change in place."""
    op.execute(
        "CREATE TABLE grants_kept AS SELECT site_id, conversion_id, recipient, event_id, "
        "SUM(wanted_micros) AS wanted_micros, SUM(granted_micros) AS granted_micros "
        "FROM grants GROUP BY site_id, conversion_id, recipient, event_id"
    )
    op.drop_table("grants")
    op.create_table(
        "grants",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("conversion_id", sa.String(160), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        *more,
        sa.Column("wanted_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("granted_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(*KEY, *(column.name for column in more), name="pk_grants"),
    )
    op.execute(
        "INSERT INTO grants (site_id, conversion_id, recipient, event_id, wanted_micros, granted_micros) "
        "SELECT site_id, conversion_id, recipient, event_id, wanted_micros, granted_micros FROM grants_kept"
    )
    op.drop_table("grants_kept")

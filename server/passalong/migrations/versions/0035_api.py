"""Scopes of API keys, and the calls that carried an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Keys from before have no scopes: they may call what they could call then."""
    op.add_column("api_keys", sa.Column("scopes", sa.String(120)))
    op.create_table(
        "api_requests",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_api_requests_site_id"),
        sa.PrimaryKeyConstraint("site_id", "request_id", name="pk_api_requests"),
    )
    op.create_index("ix_api_requests_site_id_at_ms", "api_requests", ["site_id", "at_ms"])


def downgrade() -> None:
    """Back."""
    op.drop_table("api_requests")
    op.drop_column("api_keys", "scopes")

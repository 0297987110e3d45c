"""Edges of identity with their strengths, accounts and bindings; an order's e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "edges",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("low", sa.String(66), nullable=False),
        sa.Column("high", sa.String(66), nullable=False),
        sa.Column("strength", sa.String(8), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ended_seq", sa.BigInteger()),
        sa.PrimaryKeyConstraint("site_id", "low", "high", "strength", "source", "event_id", name="pk_edges"),
    )
    op.create_index("ix_edges_site_id_high", "edges", ["site_id", "high"])
    op.create_index("ix_edges_site_id_source_event_id", "edges", ["site_id", "source", "event_id"])
    op.create_table(
        "accounts",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("advocate_id", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_site_id_account_id", "accounts", ["site_id", "account_id"])
    op.create_table(
        "bindings",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(66), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("advocate_id", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ended_seq", sa.BigInteger()),
        sa.PrimaryKeyConstraint("site_id", "kind", "key", "generation", name="pk_bindings"),
    )
    op.create_index("ix_bindings_site_id_advocate_id", "bindings", ["site_id", "advocate_id"])
    op.add_column("conversions", sa.Column("email", sa.String(66)))
    op.add_column("conversions", sa.Column("signed_in", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_conversions_site_id_email", "conversions", ["site_id", "email"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_conversions_site_id_email", table_name="conversions")
    with op.batch_alter_table("conversions") as table:
        table.drop_column("signed_in")
        table.drop_column("email")
    for name in ("bindings", "accounts", "edges"):
        op.drop_table(name)

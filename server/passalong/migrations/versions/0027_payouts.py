"""Exported payouts with their destinations, the account that the owner pays from, and lists of discount codes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _site() -> sa.Column[str]:
    return sa.Column("site_id", sa.String(16), nullable=False)


def _of_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=f"fk_{table}_site_id_sites")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "payout_batches",
        _site(),
        sa.Column("batch_id", sa.String(128), nullable=False),
        sa.Column("exported_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("exported_by", sa.String(128), nullable=False),
        sa.Column("sender_name", sa.String(120), nullable=False),
        sa.Column("sender_iban", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "batch_id", name="pk_payout_batches"),
        _of_site("payout_batches"),
    )
    op.create_index("ix_payout_batches_site_id_exported_at_ms", "payout_batches", ["site_id", "exported_at_ms"])
    op.create_table(
        "payout_lines",
        _site(),
        sa.Column("redemption_id", sa.String(128), nullable=False),
        sa.Column("advocate_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("account", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "redemption_id", name="pk_payout_lines"),
        _of_site("payout_lines"),
    )
    op.create_index("ix_payout_lines_site_id_advocate_id", "payout_lines", ["site_id", "advocate_id"])
    op.create_table(
        "payout_senders",
        _site(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("iban", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_payout_senders"),
        _of_site("payout_senders"),
    )
    _discount_codes()


def _discount_codes() -> None:
    op.create_table(
        "discount_codes",
        _site(),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.String(128)),
        sa.PrimaryKeyConstraint("site_id", "code", name="pk_discount_codes"),
        _of_site("discount_codes"),
    )
    op.create_index("ix_discount_codes_site_id_redemption_id", "discount_codes", ["site_id", "redemption_id"])
    columns = ["site_id", "unit", "amount_micros", "added_at_ms"]
    op.create_index("ix_discount_codes_site_id_unit_amount_micros_added_at_ms", "discount_codes", columns)


def downgrade() -> None:
    """Back."""
    for name in ("discount_codes", "payout_senders", "payout_lines", "payout_batches"):
        op.drop_table(name)

"""The shop connection of an order by an index, for the page that explains its credit."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

INDEX = "ix_shop_orders_conversion"


def upgrade() -> None:
    """Forward."""
    op.create_index(INDEX, "shop_orders", ["site_id", "conversion_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index(INDEX, table_name="shop_orders")

"""Webhooks: endpoints, the stream of events with its numbers, deliveries and attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLES = ("webhook_attempts", "webhook_deliveries", "webhook_events", "webhook_numbers", "webhooks")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "webhooks",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("webhook_id", sa.String(22), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.String(120), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("paused_because", sa.String(8), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("old_nonce", sa.String(32), nullable=False, server_default=""),
        sa.Column("old_key_id", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("old_until_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failing_since_ms", sa.BigInteger()),
        sa.Column("retry_at_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_success_ms", sa.BigInteger()),
        sa.Column("due_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_webhooks_site_id"),
        sa.PrimaryKeyConstraint("site_id", "webhook_id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_due_ms", "webhooks", ["due_ms"])
    _stream()
    _deliveries()


def _stream() -> None:
    op.create_table(
        "webhook_numbers",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_webhook_numbers_site_id"),
        sa.PrimaryKeyConstraint("site_id", name="pk_webhook_numbers"),
    )
    op.create_table(
        "webhook_events",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "number", name="pk_webhook_events"),
    )
    op.create_index("ix_webhook_events_site_id_event_id", "webhook_events", ["site_id", "event_id"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("webhook_id", sa.String(22), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in ("attempts", "failures")),
        *(sa.Column(name, sa.BigInteger()) for name in ("next_at_ms", "done_at_ms")),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.String(200), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("site_id", "webhook_id", "number", name="pk_webhook_deliveries"),
    )
    for rest in (["next_at_ms"], ["state", "number"]):
        columns = ["site_id", "webhook_id", *rest]
        op.create_index(f"ix_webhook_deliveries_{'_'.join(columns)}", "webhook_deliveries", columns)
    op.create_table(
        "webhook_attempts",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("webhook_id", sa.String(22), nullable=False),
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in ("number", "attempt")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at_ms", "took_ms")),
        sa.Column("status", sa.Integer()),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "webhook_id", "number", "attempt", name="pk_webhook_attempts"),
    )


def downgrade() -> None:
    """Back."""
    for table in TABLES:
        op.drop_table(table)

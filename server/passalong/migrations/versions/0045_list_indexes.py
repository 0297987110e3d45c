"""Lists of refunds and decisions, newest first, by an index each."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

OLD = {
    "ix_refund_requests_site_id_conversion_id": ("refund_requests", ["site_id", "conversion_id"]),
    "ix_refund_requests_site_id_at_ms": ("refund_requests", ["site_id", "at_ms"]),
}
NEW = {
    "ix_refund_requests_conversion": ("refund_requests", ["site_id", "conversion_id", "at_ms", "refund_id"]),
    "ix_refund_requests_at": ("refund_requests", ["site_id", "at_ms", "refund_id"]),
    "ix_verdicts_at": ("verdicts", ["site_id", "at_ms", "event_id"]),
    "ix_verdicts_subject": ("verdicts", ["site_id", "about", "subject_id", "at_ms", "event_id"]),
}


def upgrade() -> None:
    """Forward."""
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns)
    for name, (table, _) in OLD.items():
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    """Back."""
    for name, (table, columns) in OLD.items():
        op.create_index(name, table, columns)
    for name, (table, _) in NEW.items():
        op.drop_index(name, table_name=table)

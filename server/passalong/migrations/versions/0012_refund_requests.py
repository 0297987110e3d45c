"""Refunds as they were recorded, which later ones are judged against."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DIGITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
"""ISO 4217 exponents other than two, as they were when this was written."""


def upgrade() -> None:
    """Forward, with the refunds that are recorded already."""
    requests = op.create_table(
        "refund_requests",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("refund_id", sa.String(128), nullable=False),
        sa.Column("conversion_id", sa.String(128), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("everything", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "refund_id", name="pk_refund_requests"),
    )
    op.create_index("ix_refund_requests_site_id_conversion_id", "refund_requests", ["site_id", "conversion_id"])
    op.create_index("ix_refund_requests_site_id_at_ms", "refund_requests", ["site_id", "at_ms"])
    op.add_column("refunds", sa.Column("amount_minor", sa.BigInteger()))
    op.add_column("refunds", sa.Column("everything", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.bulk_insert(requests, _recorded())


def downgrade() -> None:
    """Back."""
    op.drop_column("refunds", "everything")
    op.drop_column("refunds", "amount_minor")
    op.drop_index("ix_refund_requests_site_id_at_ms", table_name="refund_requests")
    op.drop_index("ix_refund_requests_site_id_conversion_id", table_name="refund_requests")
    op.drop_table("refund_requests")


def _recorded() -> list[dict[str, object]]:
    columns: list[sa.ColumnClause[str]] = [
        sa.column(name) for name in ("site_id", "source", "event_id", "kind", "at_ms", "input_hash", "fact")
    ]
    events = sa.table("events", *columns)
    read = op.get_bind().execute
    found = []
    for row in read(sa.select(events).where(events.c.kind == "refund")).all():
        fact = json.loads(row.fact)
        order = (events.c.site_id == row.site_id, events.c.source == "api", events.c.event_id == fact["conversion_id"])
        text = read(sa.select(events.c.fact).where(*order)).scalar()
        currency = json.loads(text).get("currency") if text else None
        found.append(
            {
                "site_id": row.site_id,
                "refund_id": row.event_id,
                "conversion_id": fact["conversion_id"],
                "input_hash": row.input_hash,
                "amount_minor": fact["amount_micros"] // 10 ** (6 - DIGITS.get(currency or "", 2)),
                "everything": False,
                "at_ms": row.at_ms,
            }
        )
    return found

"""Indexes with the whole order of a list, and names without capitals, and since when metadata waits for its fact."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

INDEXES = (
    (
        "claims",
        "ix_claims_site_id_outcome_promised_at_ms",
        "ix_claims_outcome",
        ["outcome", "promised_at_ms", "claim_id"],
    ),
    (
        "payout_batches",
        "ix_payout_batches_site_id_exported_at_ms",
        "ix_payout_batches_exported",
        ["exported_at_ms", "batch_id"],
    ),
    ("uses", "ix_uses_site_id_state_at_ms", "ix_uses_state", ["state", "at_ms", "use_id"]),
)
UNRECORDED = sa.text("unrecorded_since_ms IS NOT NULL")
CHOICES = sa.table("advocate_choices", *(sa.column(name) for name in ("site_id", "advocate_id", "name", "name_folded")))


def upgrade() -> None:
    """Forward."""
    for table, old, new, columns in INDEXES:
        op.create_index(new, table, ["site_id", *columns])
        op.drop_index(old, table_name=table)
    op.add_column("advocate_choices", sa.Column("name_folded", sa.String(240), nullable=False, server_default=""))
    _fold_names()
    op.add_column("attached_metadata", sa.Column("unrecorded_since_ms", sa.BigInteger()))
    op.execute("UPDATE attached_metadata SET unrecorded_since_ms = 0 WHERE about LIKE 'conversion:%'")
    op.create_index(
        "ix_attached_metadata_unrecorded",
        "attached_metadata",
        ["site_id", "unrecorded_since_ms", "about"],
        sqlite_where=UNRECORDED,
        postgresql_where=UNRECORDED,
    )
    op.create_index("ix_advocate_choices_name", "advocate_choices", ["site_id", "name_folded", "advocate_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_attached_metadata_unrecorded", table_name="attached_metadata")
    op.drop_column("attached_metadata", "unrecorded_since_ms")
    op.drop_index("ix_advocate_choices_name", table_name="advocate_choices")
    op.drop_column("advocate_choices", "name_folded")
    for table, old, new, columns in INDEXES:
        op.create_index(old, table, ["site_id", *columns[:-1]])
        op.drop_index(new, table_name=table)


def _fold_names() -> None:
    connection = op.get_bind()
    named = connection.execute(
        sa.select(CHOICES.c.site_id, CHOICES.c.advocate_id, CHOICES.c.name).where(CHOICES.c.name != "")
    )
    rows = [
        {"site": site_id, "advocate": advocate_id, "folded": _folded(name)}
        for site_id, advocate_id, name in named.all()
    ]
    this_one = (CHOICES.c.site_id == sa.bindparam("site"), CHOICES.c.advocate_id == sa.bindparam("advocate"))
    statement = sa.update(CHOICES).where(*this_one).values(name_folded=sa.bindparam("folded"))
    if rows:  # together: one call for each takes minutes for a million
        connection.execute(statement, rows)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())

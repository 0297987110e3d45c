"""Terms that were announced and withdrawn before they began."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "terms_withdrawals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "version"],
            ["terms.site_id", "terms.version"],
            name=op.f("fk_terms_withdrawals_site_id_version"),
        ),
        sa.PrimaryKeyConstraint("site_id", "version", name=op.f("pk_terms_withdrawals")),
    )
    for verb in ("UPDATE", "DELETE"):
        name = f"terms_withdrawals_no_{verb.lower()}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON terms_withdrawals "
                "BEGIN SELECT RAISE(ABORT, 'terms_withdrawals is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON terms_withdrawals "
                "FOR EACH ROW EXECUTE FUNCTION along_append_only()"
            )


def downgrade() -> None:
    """Back."""
    op.drop_table("terms_withdrawals")

"""Signed heads over facts, terms and withdrawals, named by the heads over journal lines."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBERS = ("facts", "terms", "withdrawals")


def upgrade() -> None:
    """Forward: the next seal covers every fact and every version from before."""
    op.create_table(
        "record_heads",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in NUMBERS),
        *(sa.Column(f"{name}_root", sa.String(64), nullable=False) for name in NUMBERS),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_record_heads_site_id"),
        sa.PrimaryKeyConstraint("site_id", "size", name="pk_record_heads"),
    )
    op.add_column("heads", sa.Column("records", sa.String(64)))
    sqlite = op.get_bind().dialect.name == "sqlite"
    for verb in ("UPDATE", "DELETE"):
        name = f"record_heads_no_{verb.lower()}"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON record_heads "
                "BEGIN SELECT RAISE(ABORT, 'record_heads is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON record_heads FOR EACH ROW EXECUTE FUNCTION along_append_only()"
            )


def downgrade() -> None:
    """Back."""
    op.drop_column("heads", "records")
    op.drop_table("record_heads")

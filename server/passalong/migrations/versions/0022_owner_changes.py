"""The audit log: each change of a site by a person, with what was there before and after."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FILTERS: tuple[tuple[str, ...], ...] = ((), ("action",), ("actor",))
"""Filters of the list: each has an index."""


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "owner_changes",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("change_id", sa.String(40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_owner_changes_site_id"),
        sa.PrimaryKeyConstraint("site_id", "change_id", name="pk_owner_changes"),
    )
    for filtered in FILTERS:
        columns = ["site_id", *filtered, "at_ms", "change_id"]
        op.create_index(f"ix_owner_changes_{'_'.join(columns)}", "owner_changes", columns)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for verb in ("UPDATE", "DELETE"):
        name = f"owner_changes_no_{verb.lower()}"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON owner_changes "
                "BEGIN SELECT RAISE(ABORT, 'owner_changes is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON owner_changes "
                "FOR EACH ROW EXECUTE FUNCTION along_append_only()"
            )


def downgrade() -> None:
    """Back."""
    op.drop_table("owner_changes")

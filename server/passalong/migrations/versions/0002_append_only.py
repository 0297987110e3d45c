"""Append-only tables: triggers reject changes of recorded rows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEVER_CHANGED = ("events", "journal", "receipts", "numbered", "terms", "tree_salts", "tree_nodes", "heads")
NEVER_UPDATED = ("issued_links",)
"""Links that nobody used are deleted when they expire; none is ever changed."""


def _rules() -> list[tuple[str, str]]:
    both = [(table, verb) for table in NEVER_CHANGED for verb in ("UPDATE", "DELETE")]
    return both + [(table, "UPDATE") for table in NEVER_UPDATED]


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "sqlite":
        for table, verb in _rules():
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION along_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, verb in _rules():
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION along_append_only()"
        )
    for table in NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION along_append_only()"
        )


def downgrade() -> None:
    """Back."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, verb in _rules():
        op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}" + (f" ON {table}" if postgres else ""))
    if postgres:
        for table in NEVER_CHANGED:
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION along_append_only()")

"""Owners as accounts of their own: roles at sites, invitations, sessions, magic links; archived and deleted sites."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("invitations", "owner_codes", "owner_sessions", "memberships", "owners")


def upgrade() -> None:
    """Forward."""
    for name in ("archived_at_ms", "delete_at_ms"):
        op.add_column("sites", sa.Column(name, sa.BigInteger()))
    op.create_table(
        "owners",
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("address_hash", sa.String(40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_owners"),
        sa.UniqueConstraint("address_hash", name="uq_owners_address_hash"),
    )
    op.create_table(
        "memberships",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_memberships_owner_id"),
        sa.PrimaryKeyConstraint("site_id", "owner_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_owner_id_site_id", "memberships", ["owner_id", "site_id"])
    _sessions()
    _invitations()


def _sessions() -> None:
    op.create_table(
        "owner_sessions",
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("began_at_ms", "expires_at_ms", "seen_at_ms")),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_owner_sessions_owner_id"),
        sa.PrimaryKeyConstraint("session_hash", name="pk_owner_sessions"),
    )
    op.create_index("ix_owner_sessions_owner_id", "owner_sessions", ["owner_id"])
    op.create_table(
        "owner_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_owner_codes_owner_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_owner_codes"),
    )
    op.create_index("ix_owner_codes_owner_id", "owner_codes", ["owner_id"])


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("invitation_id", sa.String(22), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("address_hash", sa.String(40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("invited_by", sa.String(80), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_invitations_site_id"),
        sa.PrimaryKeyConstraint("site_id", "invitation_id", name="pk_invitations"),
        sa.UniqueConstraint("site_id", "code_hash", name="uq_invitations_site_id_code_hash"),
    )
    op.create_index("ix_invitations_site_id_address_hash", "invitations", ["site_id", "address_hash"])


def downgrade() -> None:
    """Back."""
    for name in ("delete_at_ms", "archived_at_ms"):
        op.drop_column("sites", name)
    for table in TABLES:
        op.drop_table(table)

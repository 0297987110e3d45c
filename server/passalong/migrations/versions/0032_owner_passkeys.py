"""Passkeys and accounts at an OpenID provider, by which people who run sites sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "owner_challenges",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_owner_challenges"),
    )
    op.create_index("ix_owner_challenges_subject", "owner_challenges", ["subject"])
    op.create_table(
        "owner_passkeys",
        sa.Column("credential_hash", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_owner_passkeys_owner_id"),
        sa.PrimaryKeyConstraint("credential_hash", name="pk_owner_passkeys"),
    )
    op.create_index("ix_owner_passkeys_owner_id", "owner_passkeys", ["owner_id"])
    op.create_table(
        "owner_identities",
        sa.Column("identity_hash", sa.String(64), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_owner_identities_owner_id"),
        sa.PrimaryKeyConstraint("identity_hash", name="pk_owner_identities"),
    )
    op.create_index("ix_owner_identities_owner_id", "owner_identities", ["owner_id"])


def downgrade() -> None:
    """Back."""
    for table in ("owner_identities", "owner_passkeys", "owner_challenges"):
        op.drop_table(table)

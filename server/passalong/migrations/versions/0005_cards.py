"""Cards that people made public: a month, a number and titles, under an address that nobody can guess."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "cards",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("card_code", sa.String(length=64), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_cards_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "card_code", name=op.f("pk_cards")),
    )
    op.create_index(op.f("ix_cards_site_id_advocate_id"), "cards", ["site_id", "advocate_id"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_cards_site_id_advocate_id"), table_name="cards")
    op.drop_table("cards")

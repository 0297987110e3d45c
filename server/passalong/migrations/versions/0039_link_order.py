"""Links in one order: the indexes of their totals end in the id of the link, which decides between equal numbers."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

OLD = {
    "ix_link_totals_site_id_parent_share_id_people": ("site_id", "parent_share_id", "people"),
    "ix_link_totals_site_id_advocate_id_page_hash_people": ("site_id", "advocate_id", "page_hash", "people"),
    "ix_link_totals_page": ("site_id", "page_hash", "parent_share_id", "people"),
}
NEW = {
    "ix_link_totals_beneath": ("site_id", "parent_share_id", "people", "share_id"),
    "ix_link_totals_advocate": ("site_id", "advocate_id", "page_hash", "people", "share_id"),
    "ix_link_totals_page": ("site_id", "page_hash", "parent_share_id", "people", "share_id"),
}


def upgrade() -> None:
    """Forward."""
    _replace(OLD, NEW)


def downgrade() -> None:
    """Back."""
    _replace(NEW, OLD)


def _replace(old: dict[str, tuple[str, ...]], new: dict[str, tuple[str, ...]]) -> None:
    for name in old:
        op.drop_index(name, "link_totals")
    for name, columns in new.items():
        op.create_index(name, "link_totals", columns)

"""Sites by their hosts."""

import sqlalchemy as sa
from alembic import op

from passalong.core.sites.origins import hosts_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: the hosts of each site's addresses."""
    made = op.create_table(
        "site_hosts",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("host", sa.String(260), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "host", name="pk_site_hosts"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_site_hosts_site_id"),
    )
    op.create_index("ix_site_hosts_host", "site_hosts", ["host"])
    known = op.get_bind().execute(sa.text("SELECT site_id, origins FROM sites")).all()
    rows = [{"site_id": site_id, "host": host} for site_id, origins in known for host in hosts_of(origins.split())]
    if rows:
        op.bulk_insert(made, rows)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_site_hosts_host", table_name="site_hosts")
    op.drop_table("site_hosts")

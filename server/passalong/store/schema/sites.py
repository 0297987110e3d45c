"""Sites, and the hosts of their origins."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false, true

from passalong.core.sites.languages import ALL_LANGUAGES
from passalong.store.schema.columns import key, metadata, number, of_site, site

sites = Table(
    "sites",
    metadata,
    site(),
    Column("name", String(120), nullable=False),
    Column("home_url", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("remember", String(8), nullable=False),
    Column("credit", String(8), nullable=False),
    Column("vanity", String(8), nullable=False, server_default="on"),
    number("created_at_ms"),
    Column("answer_days", Integer, nullable=False, server_default="7"),
    Column("former_origins", Text, nullable=False, server_default=""),
    Column("drop_params", Text),
    Column("former_time_zones", Text, nullable=False, server_default=""),
    Column("removed_at_ms", BigInteger),
    Column("customers_signed_in", Boolean, nullable=False, server_default=false()),
    Column("questions", Boolean, nullable=False, server_default=true()),
    Column("retention_days", Integer, nullable=False, server_default="30"),
    Column("sender_name", String(120), nullable=False, server_default=""),
    Column("archived_at_ms", BigInteger),
    Column("delete_at_ms", BigInteger),
    Column("further_currencies", String(120), nullable=False, server_default=""),
    Column("thanks_note", String(280), nullable=False, server_default=""),
    Column("languages", String(60), nullable=False, server_default=ALL_LANGUAGES),
)

site_hosts = Table("site_hosts", metadata, site(), key("host", 260), of_site(to="sites"), Index(None, "host"))
"""The hosts of each site's accepted origins, so that finding a site by its host need not read all of them."""
